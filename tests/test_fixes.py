"""Applying fixes to files."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from lossguard.analysis.source import from_bytes
from lossguard.diagnostics import Applicability, Diagnostic, Edit, Fix, Severity, Span
from lossguard.files import write
from lossguard.fixes import applied

PLACE = Span("a.py", 1, 1, 1, 1)


def apply_safe(findings: list[Diagnostic], files: dict[str, Path], **how: bool) -> int:
    """Apply fixes and write them, as the command line does."""
    sources = {path: from_bytes(file.read_bytes(), path) for path, file in files.items()}
    count, changed = applied(findings, sources, lambda path: files[path].read_bytes(), **how)
    for path, data in changed.items():
        write(files[path], data)
    return count


def edit(line: int, column: int, end_column: int, content: str, path: str = "a.py") -> Edit:
    return Edit(Span(path, line, column, line, end_column), content)


def finding(*edits: Edit, applicability: Applicability = Applicability.SAFE) -> Diagnostic:
    fix = Fix(applicability, "drop it", edits)
    return Diagnostic(
        "LG101", "softmax-before-cross-entropy", Severity.ERROR, PLACE, "message", "help", (), fix
    )


@pytest.mark.parametrize(
    ("data", "edits", "expected"),
    [
        (b"x = f(y)\n", [edit(1, 5, 9, "y")], b"x = y\n"),
        (b"x = 1\r\n\r\nx = f(y)\r\n", [edit(3, 5, 9, "(\ny)")], b"x = 1\r\n\r\nx = (\r\ny)\r\n"),
        (b"x = 1\rx = f(y)", [edit(2, 5, 9, "y")], b"x = 1\rx = y"),
        ("é = '\u2028𝕏' + f(y)\n".encode(), [edit(1, 12, 16, "y")], "é = '\u2028𝕏' + y\n".encode()),
        (b"\xef\xbb\xbfx = f(y)\n", [edit(1, 5, 9, "y")], b"\xef\xbb\xbfx = y\n"),
        (b"# coding: latin-1\n\xe9 = f(y)\n", [edit(2, 5, 9, "y")], b"# coding: latin-1\n\xe9 = y\n"),
        (b"x = f(y)\n\x0cz = f(y)", [edit(2, 6, 10, "y"), edit(1, 5, 9, "y")], b"x = y\n\x0cz = y"),
        (b"x = y\n", [edit(1, 1, 1, "import torch\n")], b"import torch\nx = y\n"),
    ],
)
def test_every_other_byte_stays(tmp_path: Path, data: bytes, edits: list[Edit], expected: bytes) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(data)
    file.chmod(0o751)
    assert apply_safe([finding(*edits)], {"a.py": file}) == 1
    assert file.read_bytes() == expected
    assert stat.S_IMODE(file.stat().st_mode) == 0o751
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    "left_out",
    [
        finding(edit(1, 5, 9, "y"), applicability=Applicability.UNSAFE),
        finding(edit(1, 5, 9, "(")),
        finding(edit(9, 5, 9, "y")),
        finding(edit(1, 5, 9, "y"), edit(1, 1, 2, "z", path="unchecked.py")),
        finding(Edit(replace(PLACE, cell=1), "y")),
        finding(),
        replace(finding(), fix=None),
    ],
)
def test_left_out(tmp_path: Path, left_out: Diagnostic) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = f(y)\n")
    before = file.stat()
    assert apply_safe([left_out], {"a.py": file}) == 0
    assert file.read_text() == "x = f(y)\n"
    assert file.stat().st_mtime_ns == before.st_mtime_ns


def test_of_overlapping_fixes_the_first_is_applied_whole(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("a.py", "b.py")}
    for file in files.values():
        file.write_text("x = f(g(y))\n")
    outer = finding(edit(1, 5, 12, "y"))
    inner = finding(edit(1, 7, 11, "y"), edit(1, 5, 12, "y", path="b.py"))
    again = finding(edit(1, 5, 12, "y"), edit(1, 1, 2, "z", path="b.py"))
    assert apply_safe([outer, inner, again], files) == 2
    assert [file.read_text() for file in files.values()] == ["x = y\n", "z = f(g(y))\n"]


def test_links_stay_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "a.py"
    target.write_text("x = f(y)\n")
    link = tmp_path / "a.py"
    link.symlink_to(target)
    assert apply_safe([finding(edit(1, 5, 9, "y"))], {"a.py": link}) == 1
    assert link.is_symlink()
    assert target.read_text() == "x = y\n"
