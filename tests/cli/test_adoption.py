"""Taking lossguard up in a program that has findings: comments, a baseline, fixes, patterns."""

from __future__ import annotations

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
from lossguard.config import Config
from lossguard.diagnostics import Applicability, Diagnostic, Edit, Fix
from tests.planted import planted

__all__ = ["planted"]
pytestmark = pytest.mark.usefixtures("planted")

LOSS = "loss = criterion(out, y)\n"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(["check", "--output-format=concise", *arguments])
        return (status, *capsys.readouterr())

    return call


def notebook(*lines: str) -> str:
    cells = [{"cell_type": "markdown", "source": "x"}, {"cell_type": "code", "source": lines, "outputs": [1]}]
    return json.dumps({"cells": cells, "nbformat": 4}, indent=1)


# Comments


def test_add_noqa(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"{LOSS}x = 1\n{LOSS}")
    (tmp_path / "b.ipynb").write_text(notebook("!ls\n", LOSS))
    (tmp_path / "broken.py").write_text("(")
    assert run("--add-noqa") == (0, "", "Added a noqa comment to 3 lines.\n")
    commented = LOSS.replace("\n", "  # noqa: LG101\n")
    assert (tmp_path / "a.py").read_text() == f"{commented}x = 1\n{commented}"
    assert (tmp_path / "b.ipynb").read_text() == notebook("!ls\n", commented)
    assert run("a.py", "b.ipynb")[:2] == (0, "")
    assert run("--add-noqa") == (0, "", "Added a noqa comment to 0 lines.\n")


def test_add_noqa_beside_a_cell_that_is_not_python(run: Run, tmp_path: Path) -> None:
    def notebook(loss: str) -> str:
        return json.dumps({"cells": [{"cell_type": "code", "source": each} for each in ("x = (", loss)]})

    (tmp_path / "a.ipynb").write_text(notebook(f"  {LOSS}"))
    assert run("--add-noqa") == (0, "", "Added a noqa comment to 1 line.\n")
    commented = LOSS.replace("\n", "  # noqa: LG101\n")
    assert (tmp_path / "a.ipynb").read_text() == notebook(f"  {commented}")


def test_add_noqa_keeps_to_what_is_reported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LOSS)
    run("--add-noqa", "--select=LG2")
    assert (tmp_path / "a.py").read_text() == LOSS


def test_unused_noqa_is_fixed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1  # noqa: LG101\n")
    assert run() == (0, "", "Found nothing in 1 file.\n")
    message = "a.py:1:16: LG902 [*] `noqa` for LG101 silences nothing\n"
    assert run("--extend-select=LG902")[:2] == (1, message)
    assert run("--extend-select=LG902", "--fix") == (0, "", "Fixed 1 finding. Found nothing in 1 file.\n")
    assert (tmp_path / "a.py").read_text() == "x = 1\n"


# A baseline


def test_baseline_survives_what_moves(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LOSS)
    (tmp_path / "b.ipynb").write_text(notebook(LOSS))
    assert run("--write-baseline", "known.json") == (0, "", "Wrote 2 findings to known.json.\n")
    assert run("--baseline", "known.json") == (0, "", "Found nothing in 2 files.\n")
    (tmp_path / "a.py").write_text(f"import os\n\nif os:\n    {LOSS}    loss = criterion(output, y)\n")
    (tmp_path / "b.ipynb").write_text(notebook("import os\n", LOSS))
    status, out, _ = run("--baseline", "known.json")
    assert status == 1
    assert [line.partition(" ")[0] for line in out.splitlines()] == ["a.py:5:22:"]


def test_baseline_counts_lines_that_are_alike(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LOSS)
    run("--write-baseline", "known.json")
    (tmp_path / "a.py").write_text(LOSS * 2)
    assert run("--baseline=known.json")[1].startswith("a.py:2:18: LG101")


def test_baseline_tells_what_is_gone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LOSS)
    run("--write-baseline", "known.json")
    (tmp_path / "a.py").write_text("")
    gone = "known.json holds 1 finding that there is no more; write it anew.\n"
    assert run("--baseline=known.json") == (0, "", f"{gone}Found nothing in 1 file.\n")


def test_baseline_belongs_to_its_folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lossguard.toml").write_text('baseline = "ci/known.json"\n')
    (tmp_path / "ci").mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text(LOSS)
    assert run("--isolated", "--write-baseline", "ci/known.json")[0] == 0
    assert run()[0] == 0
    monkeypatch.chdir(tmp_path / "src")
    assert run()[0] == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file or directory"),
        ("[]", "not a baseline: Expected `object`, got `array`; --write-baseline makes one"),
        ("{", "not a baseline: Input data was truncated; --write-baseline makes one"),
        ('{"version": 2, "findings": []}', "not a baseline: Invalid enum value 2 - at `$.version`; --write"),
    ],
)
def test_baseline_that_cannot_be_used(run: Run, tmp_path: Path, content: str | None, complaint: str) -> None:
    if content is not None:
        (tmp_path / "known.json").write_text(content)
    status, out, err = run("--baseline", "known.json")
    assert (status, out) == (2, "")
    assert err.startswith(f"lossguard: known.json: {complaint}")
    assert err.count("\n") == 1


# Fixes


@pytest.fixture
def fixable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every finding can be fixed by naming the value otherwise; on second lines that is unsafe."""
    real = checker.check

    def with_fix(finding: Diagnostic) -> Diagnostic:
        safety = Applicability.UNSAFE if finding.span.line == 2 else Applicability.SAFE
        callee = replace(finding.span, column=8, end_column=17)
        return replace(finding, fix=Fix(safety, "call it otherwise", (Edit(callee, "f"),)))

    def check(given: Input, config: Config, **named: Any) -> Result:
        result = real(given, config, **named)
        return result._replace(findings=[with_fix(each) for each in result.findings])

    monkeypatch.setattr("lossguard.checker.check", check)


@pytest.mark.usefixtures("fixable")
def test_diff(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LOSS + "x = 1")
    (tmp_path / "b.ipynb").write_text(notebook(LOSS))
    before = [file.read_bytes() for file in sorted(tmp_path.iterdir())]
    status, out, err = run("--diff")
    assert (status, err) == (1, "Would fix 2 findings.\n")
    assert out.startswith(
        "--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n-loss = criterion(out, y)\n+loss = f(out, y)\n x = 1\n"
        "\\ No newline at end of file\n--- b.ipynb\n"
    )
    assert '+    "loss = f(out, y)\\n"\n' in out
    assert [file.read_bytes() for file in sorted(tmp_path.iterdir())] == before
    assert run("--fix", "--quiet") == (0, "", "")
    assert (tmp_path / "b.ipynb").read_text() == notebook("loss = f(out, y)\n")
    assert run("--diff") == (0, "", "Would fix 0 findings.\n")


@pytest.mark.usefixtures("fixable")
def test_unsafe_fixes_are_asked_for(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"\n{LOSS}")
    assert run("--fix")[0] == 1
    assert run("--diff", "--unsafe-fixes")[1]
    assert run("--fix", "--unsafe-fixes") == (0, "", "Fixed 1 finding. Found nothing in 1 file.\n")


@pytest.mark.usefixtures("fixable")
def test_a_silenced_line_is_never_touched(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text(LOSS)
    (tmp_path / "b.py").write_text("x = f(x)  # noqa: LG101\n")
    elsewhere = checker.check

    def check(given: Input, config: Config, **named: Any) -> Result:
        result = elsewhere(given, config, **named)
        place = replace(result.findings[0].span, path="b.py", column=1, end_column=2)
        fix = Fix(Applicability.SAFE, "rename", (Edit(place, "z"),))
        return result._replace(findings=[replace(result.findings[0], fix=fix)])

    monkeypatch.setattr("lossguard.checker.check", check)
    assert run("--fix")[0] == 1
    assert (tmp_path / "b.py").read_text() == "x = f(x)  # noqa: LG101\n"


@pytest.mark.usefixtures("fixable")
@pytest.mark.parametrize("option", ["--fix", "--add-noqa"])
def test_a_file_that_may_not_be_written(run: Run, tmp_path: Path, option: str) -> None:
    file = tmp_path / "a.py"
    file.write_text(LOSS)
    file.chmod(0o444)
    assert run(option) == (2, "", "lossguard: a.py: Permission denied\n".replace("a.py", str(file)))
    assert file.read_text() == LOSS
    assert stat.S_IMODE(file.stat().st_mode) == 0o444
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.usefixtures("fixable")
def test_a_full_disk_leaves_the_file_as_it_was(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.py"
    file.write_text(LOSS)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    complaint = f"lossguard: {file}: No space left on device\n"
    assert run("--fix") == (2, "", complaint)
    assert run("--write-baseline=known.json") == (2, "", "lossguard: known.json: No space left on device\n")
    assert file.read_text() == LOSS
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.usefixtures("fixable")
def test_a_file_that_changes_meanwhile_is_left_alone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.py"
    file.write_text(LOSS)
    check = checker.check

    def meanwhile(given: Input, config: Config, **named: Any) -> Result:
        file.write_text(f"# new\n{LOSS}")
        return check(given, config, **named)

    monkeypatch.setattr("lossguard.checker.check", meanwhile)
    assert run("--fix") == (2, "", "lossguard: a.py: changed while it was checked\n")
    assert file.read_text() == f"# new\n{LOSS}"


@pytest.mark.parametrize(
    "options",
    [
        ("--fix", "--add-noqa"),
        ("--diff", "--add-noqa"),
        ("--fix", "--write-baseline=b"),
        ("--diff", "--write-baseline=b"),
    ],
)
def test_one_thing_at_a_time(run: Run, options: tuple[str, ...]) -> None:
    names = [option.partition("=")[0] for option in options]
    assert run(*options) == (2, "", f"lossguard: {names[0]} and {names[1]} exclude each other\n")


# Patterns


def test_force_exclude(run: Run, tmp_path: Path) -> None:
    for name in ("build/a.py", "gen/b.py", "c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(LOSS)
    named = ("build/a.py", "gen", "c.py", "--extend-exclude=gen")

    def files(*arguments: str) -> list[str]:
        return [line.split(":")[0] for line in run(*named, *arguments)[1].splitlines()]

    assert files() == ["build/a.py", "c.py", "gen/b.py"]
    assert files("--force-exclude") == ["c.py"]
    (tmp_path / "lossguard.toml").write_text("force-exclude = true\n")
    assert files() == ["c.py"]
    assert run("gone.py", "--extend-exclude=gone.py") == (
        2,
        "",
        "lossguard: gone.py: No such file or directory\n",
    )
