"""``lossguard check`` within the process, with planted findings."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lossguard import checker
from lossguard.checker import Input, Result
from lossguard.cli.main import main
from lossguard.cli.progress import progress
from lossguard.config import Config
from lossguard.diagnostics import Applicability, Edit, Fix, Span
from tests.planted import planted

__all__ = ["planted"]
pytestmark = pytest.mark.usefixtures("planted")

FINDING = "`criterion` gets probabilities: `out` comes from `softmax` at models.py:14"
LOSS = "loss = criterion(out, y)\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = main(arguments)
        return (status, *capsys.readouterr())

    return call


def test_finding(run: Run, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LOSS)
    (tmp_path / "clean.py").write_text("")
    status, out, err = run("check", "--output-format", "concise")
    assert (status, out) == (1, f"train.py:1:18: LG101 {FINDING}\n")
    assert err == "Found 1 error in 2 files.\n"


def test_full_is_the_default(run: Run, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LOSS)
    (tmp_path / "models.py").write_text("\n" * 13 + "        return torch.softmax(x, 1)\n")
    assert run("check", "train.py")[1] == (
        f"error[LG101]: {FINDING}\n"
        "  --> train.py:1:18\n"
        "   |\n"
        " 1 | loss = criterion(out, y)\n"
        "   |                  ^^^\n"
        "   |\n"
        "   = step 1: `softmax` gives probabilities\n"
        "  ::: models.py:14:16\n"
        "   |\n"
        "14 |         return torch.softmax(x, 1)\n"
        "   |                -------------\n"
        "   |\n"
        "   = help: return the logits\n"
        "\n"
    )


def test_clean(run: Run, tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text("x = 1\n")
    assert run("check") == (0, "", "Found nothing in 1 file.\n")
    assert run("check", "--output-format=json") == (0, "[]\n", "Found nothing in 1 file.\n")
    assert run("check", "-q") == (0, "", "")


def test_nothing_to_check(run: Run) -> None:
    assert run("check") == (0, "", "No Python file or notebook to check.\n")


def test_quiet_and_exit_zero(run: Run, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LOSS)
    status, out, err = run("check", "--quiet", "--exit-zero", "--output-format=concise")
    assert (status, err) == (0, "")
    assert out


def test_statistics(run: Run, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LOSS * 2)
    (tmp_path / "bad.py").write_text("(")
    _, out, err = run("check", "--statistics", "--output-format=json")
    assert len(json.loads(out)) == 3
    assert err == (
        "    2  LG101  softmax-before-cross-entropy\n"
        "    1  LG901  unreadable-file\n"
        "3 loss calls: 0 satisfied, 3 violated, 0 undecided\n"
        "Found 3 errors in 2 files.\n"
    )


def test_output_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LOSS)
    out_file = tmp_path / "out.json"
    out_file.write_text("old")
    out_file.chmod(0o640)
    status, out, _ = run("check", "--output-format=json", "--output-file", "out.json")
    assert (status, out) == (1, "")
    assert json.loads(out_file.read_text())[0]["code"] == "LG101"
    assert stat.S_IMODE(out_file.stat().st_mode) == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["out.json", "train.py"]


def test_output_file_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LOSS)
    assert run("check", "--output-file", "gone/out.txt") == (
        2,
        "",
        "lossguard: gone/out.txt: No such file or directory\n",
    )


def test_standard_input(run: Run) -> None:
    status, out, err = run("check", "-", "--output-format=concise", stdin=LOSS.encode())
    assert (status, err) == (1, "Found 1 error in 1 file.\n")
    assert out.startswith("<stdin>:1:18: LG101")
    full = run(
        "check", "-", "--stdin-filename", "sub/../train.py", stdin=b"\xef\xbb\xbf\r\n" + LOSS.encode()
    )[1]
    assert " --> train.py:2:18\n" in full
    assert "loss = criterion(out, y)\n" in full
    assert "LG901" in run("check", "-", stdin=b"\xff")[1]


def test_standard_input_is_checked_alone(run: Run) -> None:
    assert run("check", "-", "a.py") == (2, "", "lossguard: standard input (-) is checked alone\n")


def test_notebook(run: Run, tmp_path: Path) -> None:
    cells = [{"cell_type": "markdown", "source": "x"}, {"cell_type": "code", "source": ["!ls\n", LOSS]}]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    assert run("check", "--output-format=concise")[1].startswith("a.ipynb:cell 2:2:18: LG101")
    assert "\n2 | loss = criterion(out, y)\n" in run("check")[1].replace("\n 2", "\n2")
    (finding,) = json.loads(run("check", "--output-format=json")[1])
    assert (finding["cell"], finding["line"]) == (2, 2)


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], True),
        (["--select", "LG2"], False),
        (["--select", "lg2,LG101"], True),
        (["--select", "LG2", "--select", "LG101"], True),
        (["--ignore", "LG1"], False),
        (["--ignore", "LG1", "--extend-select", "LG101"], True),
        (["--select", "ALL", "--ignore", "LG101"], False),
    ],
)
def test_selection(run: Run, tmp_path: Path, arguments: list[str], found: bool) -> None:
    (tmp_path / "train.py").write_text(LOSS)
    assert run("check", *arguments)[0] == int(found)


def test_exclude(run: Run, tmp_path: Path) -> None:
    for name in ("build/a.py", "gen/b.py", "c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(LOSS)

    def files(*arguments: str) -> list[str]:
        lines = run("check", "--output-format=concise", *arguments)[1].splitlines()
        return [line.split(":")[0] for line in lines]

    assert files() == ["c.py", "gen/b.py"]
    assert files("--extend-exclude", "gen,c.py") == []
    assert files("--exclude", "gen") == ["build/a.py", "c.py"]
    assert files("--extend-exclude", "*.py", "gen/b.py") == ["gen/b.py"]


def test_configuration_is_read_and_the_command_line_wins(run: Run, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LOSS)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.lossguard]\nignore = ["LG1"]\noutput-format = "concise"\nquiet = true\n'
    )
    assert run("check") == (0, "", "")
    assert run("check", "--select", "LG1")[:2] == (1, f"train.py:1:18: LG101 {FINDING}\n")
    assert run("check", "--ignore", "LG102")[0] == 1
    assert run("check", "--output-format=json", "--ignore=LG2")[1].startswith("[")
    assert run("check", "--isolated")[0] == 1
    (tmp_path / "other.toml").write_text('select = ["LG101"]\noutput-format = "concise"\n')
    assert run("check", "--config", "other.toml")[:2] == (1, f"train.py:1:18: LG101 {FINDING}\n")


def test_configuration_belongs_to_the_paths(run: Run, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    (project / "src" / "train.py").write_text(LOSS)
    (project / "lossguard.toml").write_text('per-file-ignores = { "src/*" = ["LG101"] }')
    assert run("check", "project/src/train.py")[0] == 0
    assert run("check", "-", "--stdin-filename", "project/src/x.py", stdin=LOSS.encode())[0] == 0
    assert run("check", "-", stdin=LOSS.encode())[0] == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["--select", "LG9O1"],
            "argument --select: unknown rule code 'LG9O1'; did you mean 'LG901'?",
        ),
        (["--selekt", "LG101"], "unknown argument '--selekt'; did you mean '--select'?"),
        (["--output-format", "ful"], "argument --output-format: invalid choice: 'ful' (choose from"),
        (["gone.py"], "gone.py: No such file or directory"),
        (["--config", "gone.toml"], "gone.toml: No such file or directory"),
        (["--config", "a.toml", "--isolated"], "--isolated and --config exclude each other"),
        (["--extend-exclude", "a\\"], "Invalid git pattern"),
    ],
)
def test_mistakes_are_one_line(run: Run, arguments: list[str], complaint: str) -> None:
    status, out, err = run("check", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("lossguard: ")
    assert complaint in err
    assert err.count("\n") == 1


def test_broken_configuration_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lossguard.toml").write_text("selct = []")
    file = tmp_path / "lossguard.toml"
    assert run("check") == (2, "", f"lossguard: {file}:1: unknown key 'selct'; did you mean 'select'?\n")


def test_internal_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("out of\norder")

    monkeypatch.setattr("lossguard.checker.gather", crash)
    status, _, err = run("check")
    assert status == 2
    assert err.splitlines()[-1] == "lossguard: internal error: RuntimeError: out of order"


def test_interrupt(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lossguard.checker.gather", interrupt)
    status, _, err = run("check")
    assert (status, err.strip()) == (130, "lossguard: interrupted")


def test_no_command_shows_the_help(run: Run) -> None:
    status, out, err = run()
    assert (status, out) == (2, "")
    assert err.startswith("usage: lossguard")
    assert run("--help")[0] == run("check", "-h")[0] == 0


def test_rules(run: Run) -> None:
    status, out, _ = run("rules")
    assert status == 0
    assert "LG101  error    softmax-before-cross-entropy" in out
    assert len({line.split()[0] for line in out.splitlines()}) == out.count("\n")


@pytest.mark.parametrize("name", ["LG101", "lg101", "softmax-before-cross-entropy"])
def test_rule(run: Run, name: str) -> None:
    status, out, _ = run("rule", name)
    assert status == 0
    assert out.startswith("# softmax-before-cross-entropy (LG101)\n\nSeverity: error, on by default.\n")
    assert "\n## Use instead\n" in out


def test_unknown_rule(run: Run) -> None:
    assert run("rule", "LG9O1") == (2, "", "lossguard: unknown rule code 'LG9O1'; did you mean 'LG901'?\n")
    assert run("rule", "LG1") == (2, "", "lossguard: 'LG1' stands for several rules; name one\n")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_only_on_a_terminal_and_only_when_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    from time import sleep

    monkeypatch.setattr("lossguard.cli.progress.DELAY", 0.05)
    for stream, pause, shown in [
        (Terminal(), 0.3, True),
        (Terminal(), 0.0, False),
        (io.StringIO(), 0.2, False),
    ]:
        monkeypatch.setattr("sys.stderr", stream)
        with progress("Checking 3 files"):
            sleep(pause)
        assert ("Checking 3 files" in stream.getvalue()) is shown


def test_fix(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "train.py").write_text(LOSS * 2)
    real = checker.check

    def with_fixes(given: Input, config: Config, **named: Any) -> Result:
        result = real(given, config, **named)
        return result._replace(findings=[replace(each, fix=rename(each.span)) for each in result.findings])

    def rename(span: Span) -> Fix:
        callee = replace(span, column=8, end_column=17)
        safety = Applicability.SAFE if span.line == 1 else Applicability.UNSAFE
        return Fix(safety, "call it otherwise", (Edit(callee, "f"),))

    monkeypatch.setattr("lossguard.checker.check", with_fixes)
    assert run("check", "-q")[0] == 1
    status, out, err = run("check", "--fix", "--output-format=concise")
    assert (tmp_path / "train.py").read_text() == "loss = f(out, y)\n" + LOSS
    assert (status, out) == (1, f"train.py:2:18: LG101 {FINDING}\n")
    unsafe = "1 fixable with `--unsafe-fixes`.\n"
    assert err == f"Fixed 1 finding. Found 1 error in 1 file.\n{unsafe}"
    assert run("check", "--fix", "--output-format=concise") == (1, out, f"Found 1 error in 1 file.\n{unsafe}")


@pytest.mark.parametrize(
    ("options", "marked", "told"),
    [
        ([], [1, 2], "2 fixable with `--fix` (1 more with `--unsafe-fixes`)."),
        (["--unsafe-fixes"], [1, 2, 3], "3 fixable with `--fix`."),
        (["--ignore=LG1"], [], None),
        (["--quiet"], [1, 2], None),
    ],
)
def test_what_can_be_fixed_is_told(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    marked: list[int],
    told: str | None,
) -> None:
    (tmp_path / "train.py").write_text(LOSS * 4)
    real = checker.check
    safety = {1: Applicability.SAFE, 2: Applicability.SAFE, 3: Applicability.UNSAFE}

    def with_fixes(given: Input, config: Config, **named: Any) -> Result:
        result = real(given, config, **named)
        findings = [
            replace(each, fix=Fix(safety[each.span.line], "drop it", (Edit(each.span, "y"),)))
            if each.span.line in safety
            else each
            for each in result.findings
        ]
        return result._replace(findings=findings)

    monkeypatch.setattr("lossguard.checker.check", with_fixes)
    _, out, err = run("check", "--output-format=concise", *options)
    lines = out.splitlines()
    assert [number for number, line in enumerate(lines, 1) if f"LG101 [*] {FINDING}" in line] == marked
    assert len(lines) == (0 if "--ignore=LG1" in options else 4)
    assert err.splitlines()[1:] == ([] if told is None else [told])
    full = run("check", *options)[1]
    assert full.count("  = fix: drop it (--fix)\n") == len(marked)
    assert full.count("  = fix: drop it (--fix --unsafe-fixes)\n") == (0 if len(marked) in (0, 3) else 1)


def test_files_that_cannot_be_read_are_counted_where_that_is_not_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "latin.py").write_bytes(b"\xe9")
    (tmp_path / "plain.py").write_text("x = 1\n")
    assert main(["check", "--isolated", "--select", "LG101", str(tmp_path)]) == 0
    assert capsys.readouterr().err == "Found nothing in 2 files.\n"


@pytest.mark.parametrize("arguments", [("--", "-x.py"), ("--quiet", "--", "-x.py"), ("y.py", "-q", "-x.py")])
def test_paths_and_options_may_be_mixed(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "y.py").write_text("x = 1\n")
    (tmp_path / "-x.py").write_text(LOSS)
    mixed = arguments[-1] if "--" in arguments else "./-x.py"
    status, out, _ = run("check", "--output-format=concise", *arguments[:-1], mixed)
    assert (status, out.count("-x.py:")) == (1, 1)


@pytest.mark.parametrize("arguments", [("rules", "x"), ("rule", "LG101", "x"), ("rule",), ("--bogus",)])
def test_what_is_too_much_or_missing(run: Run, arguments: tuple[str, ...]) -> None:
    status, out, err = run(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
