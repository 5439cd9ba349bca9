"""From paths to findings: discovery, selection, suppression, order."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossguard.checker import calls_in, check_paths, check_source
from lossguard.config import Config
from lossguard.discovery import discover, patterns
from tests.planted import planted

__all__ = ["planted"]

LOSS = "loss = criterion(out, y)\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fill(directory: Path, *names: str, text: str = LOSS) -> None:
    for name in names:
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def found(root: Path, *paths: str, exclude: tuple[str, ...] = ("build", ".git")) -> list[str]:
    def fail(error: OSError) -> None:
        raise error

    return [
        file.relative_to(root).as_posix() for file in discover(paths or ["."], patterns(exclude, root), fail)
    ]


def test_python_files_and_notebooks_are_discovered(project: Path) -> None:
    fill(
        project,
        "b.py",
        "a/c.py",
        "a/d.ipynb",
        "a/e.pyi",
        "a/f.txt",
        "build/g.py",
        "a/build/h.py",
        ".git/i.py",
    )
    assert found(project) == ["b.py", "a/c.py", "a/d.ipynb"]


def test_what_is_named_is_checked(project: Path) -> None:
    fill(project, "build/g.py", "build/deep/build/h.py", "script")
    (project / ".gitignore").write_text("build/\n")
    assert found(project, "build/g.py", "script", "./script") == ["build/g.py", "script"]
    assert found(project, "build") == ["build/g.py"]


def test_gitignore_holds_from_the_root_of_the_repository(project: Path) -> None:
    fill(
        project,
        "repo/a.py",
        "repo/gen/b.py",
        "repo/src/gen/c.py",
        "repo/src/keep.py",
        "repo/src/x_pb2.py",
        "up.py",
    )
    (project / "repo" / ".git").mkdir()
    (project / ".gitignore").write_text("a.py\n")
    (project / "repo" / ".gitignore").write_text("/gen\n*_pb2.py\nkeep.py\n!\n")
    (project / "repo" / "src" / ".gitignore").write_text("!keep.py\n")
    assert found(project, "repo") == ["repo/a.py", "repo/src/keep.py", "repo/src/gen/c.py"]
    assert found(project, "repo/src") == ["repo/src/keep.py", "repo/src/gen/c.py"]
    assert found(project, "repo/gen") == ["repo/gen/b.py"]


def test_exclude_is_relative_to_the_root(project: Path) -> None:
    fill(project, "src/old/a.py", "old/b.py", "src/c_test.py")
    assert found(project, exclude=("/old", "*_test.py")) == ["src/old/a.py"]
    assert found(project, "src", exclude=("src/old",)) == ["src/c_test.py"]


def test_links(project: Path) -> None:
    fill(project, "a/real.py")
    (project / "a" / "loop").symlink_to(project / "a")
    (project / "a" / "again.py").symlink_to(project / "a" / "real.py")
    (project / "a" / "self.py").symlink_to(project / "a" / "self.py")
    (project / "a" / ".#lock.py").symlink_to("nobody@nowhere")
    (project / "b").symlink_to(project / "a")
    assert found(project) == ["a/real.py"]
    assert found(project, "b") == ["b/real.py"]


def test_missing_path_is_an_error(project: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        check_paths(["gone.py"])
    assert caught.value.filename == "gone.py"


@pytest.mark.usefixtures("planted")
def test_findings_are_in_order_and_only_of_checked_files(project: Path) -> None:
    fill(project, "b.py", text="x = 1\n" + LOSS)
    fill(project, "a.py", text=LOSS * 2)
    places = [(finding.span.path, finding.span.line, finding.span.column) for finding in check_paths(["."])]
    assert places == [("a.py", 1, 18), ("a.py", 2, 18), ("b.py", 2, 18)]
    assert [call.span.path for call in calls_in(["b.py"])] == ["b.py", "b.py"]


@pytest.mark.usefixtures("planted")
def test_what_cannot_be_read_or_parsed_is_lg901(project: Path) -> None:
    fill(project, "good.py")
    fill(project, "syntax.py", text="x = 1\nx = (\n")
    (project / "bytes.py").write_bytes(b"x = 1\n\xff\n")
    fill(project, "broken.ipynb", text="{\n]")
    cell = {"cell_type": "code", "source": "x = 1\nif:"}
    fill(project, "cell.ipynb", text=json.dumps({"cells": [{"cell_type": "raw"}, cell]}))
    findings = check_paths(["."])
    assert [(each.span.path, each.code, each.span.line, each.span.cell) for each in findings] == [
        ("broken.ipynb", "LG901", 2, None),
        ("bytes.py", "LG901", 2, None),
        ("cell.ipynb", "LG901", 2, 2),
        ("good.py", "LG101", 1, None),
        ("syntax.py", "LG901", 2, None),
    ]
    assert findings[1].message == "nothing here was checked: not valid utf-8: invalid start byte"
    assert check_paths(["."], Config(ignore=("LG9",))) == findings[3:4]


@pytest.mark.parametrize("indent", ["", "  ", "\t"])
def test_the_cells_beside_one_that_is_not_python_are_checked(project: Path, indent: str) -> None:
    model = "out = torch.nn.Linear(2, 3)(x).softmax(1)"
    loss = "loss = torch.nn.functional.cross_entropy(out, y)"
    cells = ["import torch", "if:", f"{indent}{model}\n{indent}{loss}", "y = (", "!ls\nz = 1\nelse:"]
    sources = [{"cell_type": "code", "source": cell} for cell in cells]
    fill(project, "a.ipynb", text=json.dumps({"cells": sources}))
    unread, wrong = check_paths(["."])
    assert (unread.code, unread.span.cell, unread.span.line, unread.span.column) == ("LG901", 2, 1, 3)
    assert unread.message == (
        "this cell was not checked: cannot be parsed: invalid syntax; nor can 2 of the cells below"
    )
    column = len(indent) + loss.index("out") + 1
    assert (wrong.code, wrong.span.cell, wrong.span.line, wrong.span.column) == ("LG101", 3, 2, column)
    assert [call.span.cell for call in calls_in(["."])] == [3]


def test_a_cell_that_is_not_python_where_nothing_leads_to_a_loss(project: Path) -> None:
    sources = [{"cell_type": "code", "source": cell} for cell in ("x = 1", "\ny =")]
    fill(project, "a.ipynb", text=json.dumps({"cells": sources}))
    (unread,) = check_paths(["."])
    assert (unread.code, unread.span.cell, unread.span.line) == ("LG901", 2, 2)
    assert unread.message == "this cell was not checked: cannot be parsed: invalid syntax"


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize(
    "text",
    [
        "loss = criterion(out, y)  # noqa: LG101\n",
        "loss = criterion(out, y)  # noqa\n",
        "# lossguard: ignore-file\n" + LOSS,
    ],
)
def test_suppressed(text: str) -> None:
    assert check_source(text) == []
    assert len(check_source(LOSS)) == 1


@pytest.mark.usefixtures("planted")
def test_source_as_text() -> None:
    assert check_source(LOSS)[0].span.path == "<string>"
    assert check_source("x = (", "dir/model.py")[0].span.path == "dir/model.py"
    assert check_source("x\0", "dir/model.py")[0].code == "LG901"
    assert check_source("{", "dir/model.ipynb")[0].code == "LG901"


@pytest.mark.usefixtures("planted")
def test_per_file_ignores(project: Path) -> None:
    fill(project, "tests/a.py", "src/tests/b.py", "src/c.py")
    for pattern, left in [
        ("tests", ["src/c.py"]),
        ("/tests/*", ["src/c.py", "src/tests/b.py"]),
        ("c.py", ["src/tests/b.py", "tests/a.py"]),
        ("elsewhere", ["src/c.py", "src/tests/b.py", "tests/a.py"]),
    ]:
        for codes in (("LG1",), ("LG9", "LG101"), ("ALL",)):
            config = Config(per_file_ignores={pattern: codes}, root=project)
            assert [each.span.path for each in check_paths(["."], config)] == left
    other = Config(per_file_ignores={"*": ("LG9", "LG2")})
    assert len(check_paths(["."], other)) == 3


@pytest.mark.parametrize(
    ("config", "code", "on_by_default", "selected"),
    [
        (Config(), "LG101", True, True),
        (Config(), "LG109", False, False),
        (Config(select=("LG1",)), "LG101", True, True),
        (Config(select=("LG1",)), "LG201", True, False),
        (Config(select=("ALL",)), "LG109", False, True),
        (Config(select=()), "LG101", True, False),
        (Config(ignore=("LG1",)), "LG101", True, False),
        (Config(ignore=("ALL",)), "LG101", True, False),
        (Config(select=("LG101",), ignore=("LG1",)), "LG101", True, True),
        (Config(select=("LG1",), ignore=("LG101",)), "LG101", True, False),
        (Config(select=("LG1",), ignore=("LG101",)), "LG102", True, True),
        (Config(select=("LG101",), ignore=("LG101",)), "LG101", True, False),
        (Config(select=("ALL",), ignore=("LG",)), "LG101", True, False),
        (Config(extend_select=("LG109",)), "LG109", False, True),
        (Config(extend_select=("LG109",)), "LG101", True, True),
        (Config(extend_select=("LG109",), ignore=("LG1",)), "LG109", False, True),
        (Config(extend_select=("LG109",), ignore=("LG1",)), "LG101", True, False),
        (Config(select=("LG2",), extend_select=("LG109",)), "LG101", True, False),
    ],
)
def test_selection(config: Config, code: str, on_by_default: bool, selected: bool) -> None:
    assert config.selects(code, on_by_default=on_by_default) is selected


def test_a_limit_is_told_of_once_a_file_where_it_is_asked_for(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
        import torch.nn.functional as F

        def short(x, y):
            return F.cross_entropy(x.softmax(1), y)

        def long(x, y):
            for _ in range(9):
                x = (x + 1) * 2 - x / 3
            return F.cross_entropy(x, y)

        def longer(x, y):
            return long(x, y) + long(y, x) + long(x + 1, y)
        """
    fill(project, "a.py", "b.py", text=dedent(text))
    asked = Config(extend_select=("LG903",))
    assert [(each.span.path, each.code) for each in check_paths(["."], asked)] == [
        ("a.py", "LG101"),
        ("b.py", "LG101"),
    ]
    monkeypatch.setattr("lossguard.analysis.interpreter.budget.MAX_STEPS", 40)
    stopped = [(each.span.path, each.span.line, each.code) for each in check_paths(["."], asked)]
    assert sorted(stopped) == [
        ("a.py", 5, "LG101"),
        ("a.py", 12, "LG903"),
        ("b.py", 5, "LG101"),
        ("b.py", 12, "LG903"),
    ]
    assert [each.code for each in check_paths(["."])] == ["LG101", "LG101"]
    verdicts = {call.span.line: call.verdict.value for call in calls_in(["a.py"])}
    assert verdicts[5] == "violated"
    assert verdicts.get(10, "undecided") == "undecided"


@given(
    st.lists(st.sampled_from(["build", "a.py", ".git", "x-y", "data"]), min_size=1, max_size=4),
    st.lists(st.sampled_from(["build", "a.py", ".git", "x-y", "lib", "buildx"]), min_size=1, max_size=4),
    st.booleans(),
)
def test_plain_names_decide_as_patterns_do(names: list[str], parts: list[str], directory: bool) -> None:
    made = patterns(names, "/base")
    assert made.names == frozenset(names)
    relative = "/".join(parts) + ("/" if directory else "")
    expected = made.spec.check_file(relative).include
    assert made.decide(f"/base/{'/'.join(parts)}", directory=directory) is expected


@pytest.mark.parametrize("line", ["build/", "/build", "*.py", "!build", "a b", "#x", "[ab]", "a\\ "])
def test_any_other_pattern_is_no_plain_name(line: str) -> None:
    assert patterns(["build", line], "/base").names is None
