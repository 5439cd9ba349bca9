"""What every fix keeps to: nothing else changes, once is enough, and files stay what they are."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lossguard import check_source
from lossguard.config import Config
from lossguard.diagnostics import Edit
from tests.fixing.mending import HEADER, UNSAFE, Mending

CASES = Path(__file__).parent.parent / "cases"
FOLDERS = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())
PROGRAM = HEADER + "def step():\n    probs = F.softmax(net(x), dim=1)\n    return F.cross_entropy(probs, y)\n"
FIXED = PROGRAM.replace("F.softmax(net(x), dim=1)", "net(x)")


@pytest.mark.parametrize("folder", FOLDERS)
def test_cases_are_mended_once(mending: Mending, folder: str) -> None:
    """After all fixes every file parses, no fixable finding is left, and nothing more changes."""
    shutil.copytree(CASES / folder, mending.folder, dirs_exist_ok=True)
    select = f"--extend-select={folder[:5]}"
    before = mending.codes(select)
    left = mending.run(select, "--fix", "--unsafe-fixes")
    assert [finding for finding in left if finding["fix"] is not None] == []
    assert len(left) <= len(before)
    mended = mending.read()
    mending.run(select, "--fix", "--unsafe-fixes")
    assert mending.read() == mended


@pytest.mark.parametrize("folder", FOLDERS)
def test_one_fix_removes_its_finding(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fix of a program that is one file, made alone: its finding is gone, and no other error is new."""
    monkeypatch.chdir(CASES)
    config = Config(extend_select=(folder[:5],))
    for file in sorted((CASES / folder).glob("*.py")):
        text = file.read_text()
        findings = check_source(text, f"<{file.name}>", config)
        for fix in {finding.fix: None for finding in findings if finding.fix is not None}:
            mended = edited(text, fix.edits)
            left = Counter(
                (each.code, each.message) for each in check_source(mended, f"<{file.name}>", config)
            )
            told = Counter((each.code, each.message) for each in findings if each.fix == fix)
            before = Counter((each.code, each.message) for each in findings)
            assert all(left[each] <= before[each] - told[each] for each in told), (file.name, fix)


def edited(text: str, edits: tuple[Edit, ...]) -> str:
    """A text with edits made, counted by hand."""
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines) + 1)]
    for edit in sorted(edits, key=lambda each: each.span, reverse=True):
        start = starts[edit.span.line - 1] + edit.span.column - 1
        end = starts[edit.span.end_line - 1] + edit.span.end_column - 1
        text = text[:start] + edit.content + text[end:]
    return text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    newline=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
    before=st.lists(
        st.sampled_from(["", "# é 𝕏", "\x0c", "s = 'a\\tb'  ", "\tt = (1,\t2)"[1:], "u = '\u2028'"])
    ),
    after=st.sampled_from(["", "# the end", "v = 'ü'  # x"]),
    indent=st.sampled_from(["    ", "\t", " "]),
)
def test_every_other_byte_stays(
    mending: Mending, newline: str, mark: str, before: list[str], after: str, indent: str
) -> None:
    def file(body: str) -> str:
        return mark + "\n".join([*before, body.replace("    ", indent), after]).replace("\n", newline)

    mending.write({"train.py": file(PROGRAM)})
    assert mending.codes("--fix") == []
    assert mending.read() == {"train.py": file(FIXED)}
    assert mending.codes("--fix") == []
    assert mending.read() == {"train.py": file(FIXED)}


def notebook(*cells: str) -> str:
    sources = [cell.splitlines(keepends=True) for cell in cells]
    code = [{"cell_type": "code", "metadata": {}, "outputs": [1.50], "source": source} for source in sources]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "# é"}, *code], "nbformat": 4}, indent=3)


def test_a_notebook_is_mended_in_its_cells(mending: Mending) -> None:
    lines = ["class Net(nn.Module):", "    def forward(self, x):", "        x = net(x)"]
    model = "\n".join([*lines, "        x = F.softmax(x, dim=1)", "        return x"])
    train = "%time\nloss = F.cross_entropy(Net()(x), y.int())"
    mending.write({"a.ipynb": notebook(HEADER, model, train)})
    fixes = {finding["code"]: finding["fix"] for finding in mending.run()}
    assert [fix["applicability"] for fix in fixes.values()] == [UNSAFE]
    assert mending.codes("--fix", "--unsafe-fixes") == []
    shorter = model.replace("        x = F.softmax(x, dim=1)\n", "")
    assert mending.read() == {"a.ipynb": notebook(HEADER, shorter, train.replace("y.int()", "y.long()"))}


@pytest.mark.parametrize("indent", ["", " ", "\t", "    "])
def test_a_cell_beside_one_that_is_not_python(mending: Mending, indent: str) -> None:
    lines = ["logits = net(x)", "loss = F.cross_entropy(logits,", "  y.int())"]
    cell = "\n".join(f"{indent}{line}" for line in lines)
    mending.write({"a.ipynb": notebook(HEADER, "y = # later", cell)})
    assert mending.codes("--fix") == ["LG901"]
    mended = cell.replace("y.int()", "y.long()")
    assert mending.read() == {"a.ipynb": notebook(HEADER, "y = # later", mended)}


def test_the_last_line_of_a_cell(mending: Mending) -> None:
    cells = "out = net(x)\nout = out.softmax(1)", "loss = F.cross_entropy(out, y)"
    mending.write({"a.ipynb": notebook(HEADER, *cells)})
    assert mending.codes("--fix") == []
    assert mending.read() == {"a.ipynb": notebook(HEADER, "out = net(x)", cells[1])}


def test_edits_tell_their_cell(mending: Mending) -> None:
    mending.write({"a.ipynb": notebook(HEADER, "loss = F.cross_entropy(net(x), y.int())")})
    ((fix,),) = [[finding["fix"]] for finding in mending.run()]
    (edit,) = fix["edits"]
    assert edit == {
        "path": "a.ipynb",
        "line": 1,
        "column": 34,
        "end_line": 1,
        "end_column": 39,
        "content": "long()",
        "cell": 3,
    }


def test_a_fix_in_json_and_sarif(mending: Mending, capsys: pytest.CaptureFixture[str]) -> None:
    from lossguard.cli.main import main

    mending.write({"train.py": PROGRAM})
    (finding,) = mending.run()
    assert finding["fix"] == {
        "applicability": "safe",
        "message": "remove `softmax`",
        "edits": [
            {"path": "train.py", "line": 9, "column": 13, "end_line": 9, "end_column": 23, "content": ""},
            {"path": "train.py", "line": 9, "column": 29, "end_line": 9, "end_column": 37, "content": ""},
        ],
    }
    main(["check", "--isolated", "--output-format=sarif"])
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    (fix,) = result["fixes"]
    assert fix["description"]["text"] == "remove `softmax` (safe)"
    (change,) = fix["artifactChanges"]
    assert [each["deletedRegion"]["startColumn"] for each in change["replacements"]] == [13, 29]


def test_a_diff_is_only_shown(mending: Mending, capsys: pytest.CaptureFixture[str]) -> None:
    from lossguard.cli.main import main

    mending.write({"train.py": PROGRAM})
    assert main(["check", "--isolated", "--diff"]) == 1
    out, err = capsys.readouterr()
    assert "-    probs = F.softmax(net(x), dim=1)\n+    probs = net(x)\n" in out
    assert err == "Would fix 1 finding.\n"
    assert mending.read() == {"train.py": PROGRAM}
