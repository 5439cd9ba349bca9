"""What goes wrong ends in one line and the right status, and leaves every file whole."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lossguard.cli.main import main
from lossguard.files import write_all
from tests.cli.test_process import COMMAND, check_interrupted
from tests.fixing.mending import HEADER

PROGRAM = f"{HEADER}loss = F.cross_entropy(F.softmax(net(x), dim=1), y)\n"
NAMES = ("a.py", "b.py", "c.py")
Mount = Callable[..., Path]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(["check", "--isolated", "--jobs=1", *arguments])
        return (status, *capsys.readouterr())

    return call


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mounts a file system, where that is permitted; the folder comes back."""
    place = tmp_path / "mounted"
    place.mkdir()
    mounted = []

    def attach(*arguments: str | Path) -> Path:
        command = ["mount", *map(str, arguments), str(place)]
        if sys.platform != "linux" or not shutil.which("mount"):
            pytest.skip("needs mount")
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("may not mount")
        mounted.append(place)
        return place

    yield attach
    for each in mounted:
        subprocess.run(["umount", "--lazy", each], check=True)


def programs(folder: Path) -> dict[str, str]:
    for name in NAMES:
        (folder / name).write_text(PROGRAM)
    return content(folder)


def content(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in sorted(folder.iterdir())}


def test_a_full_disk_changes_no_file(mount: Mount, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for the first of three files is not enough to begin."""
    folder = mount("-t", "tmpfs", "-o", "size=20k", "tmpfs")
    programs(folder)
    with pytest.raises(OSError, match="No space"):
        (folder / "filling").write_bytes(bytes(10**6))
    room = (folder / "filling").stat().st_size - os.sysconf("SC_PAGE_SIZE")
    os.truncate(folder / "filling", room)
    before = content(folder)
    monkeypatch.chdir(folder)
    for option, file in (("--fix", "b.py"), ("--add-noqa", "b.py")):
        assert run(option) == (2, "", f"lossguard: {folder / file}: No space left on device\n")
        assert content(folder) == before
    (folder / "more").write_bytes(bytes(os.sysconf("SC_PAGE_SIZE")))
    for option in ("--write-baseline=known.json", "--output-file=report.txt"):
        name = option.partition("=")[2]
        assert run(option) == (2, "", f"lossguard: {name}: No space left on device\n")
        assert not (folder / name).exists()


def test_a_read_only_folder(mount: Mount, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    before = programs(tmp_path / "real")
    folder = mount("--bind", tmp_path / "real")
    subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    monkeypatch.chdir(folder)
    for option in ("--fix", "--add-noqa"):
        status, out, err = run(option)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert err.startswith(f"lossguard: {folder / 'a.py'}: ")
    status, _, err = run("--output-file=report.txt")
    assert (status, err) == (2, "lossguard: report.txt: Read-only file system\n")
    assert content(folder) == before


@pytest.mark.parametrize("option", ["--fix", "--add-noqa"])
def test_one_file_that_may_not_change_keeps_the_others_too(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    before = programs(tmp_path)
    (tmp_path / "b.py").chmod(0o444)
    monkeypatch.chdir(tmp_path)
    assert run(option) == (2, "", f"lossguard: {tmp_path / 'b.py'}: Permission denied\n")
    assert content(tmp_path) == before


def test_an_interrupt_while_files_are_made_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = programs(tmp_path)
    written = []

    def interrupted(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_all({tmp_path / name: b"x" for name in NAMES})
    assert content(tmp_path) == before


def test_an_interrupt_while_it_is_checked(tmp_path: Path) -> None:
    text = HEADER + PROGRAM.removeprefix(HEADER) * 4_000
    (tmp_path / "slow.py").write_text(text)
    check_interrupted(tmp_path, "--fix", "--jobs=1", when=lambda _process: time.sleep(1.5))
    assert content(tmp_path) == {"slow.py": text}


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_seen_enough(tmp_path: Path, unbuffered: str) -> None:
    (tmp_path / "train.py").write_text(HEADER + PROGRAM.removeprefix(HEADER) * 200)
    command = f'{shlex.join(COMMAND)} check --output-format json | head -1; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    assert done.stdout == "[\n1\n"
    assert done.stderr == "lossguard: standard output was closed before everything was written\n"


@pytest.mark.parametrize(
    ("arguments", "file", "complaint"),
    [
        (["gone.py"], None, "gone.py: No such file or directory"),
        (["gone"], None, "gone: No such file or directory"),
        (["--output-file=gone/a.txt", "a.py"], None, "gone/a.txt: No such file or directory"),
        (["--output-file=.", "a.py"], None, ".: Is a directory"),
        (["--write-baseline=gone/a.json", "a.py"], None, "gone/a.json: No such file or directory"),
        (["--baseline=."], None, ".: Is a directory"),
        (["--baseline=b.json"], b"\xff", "b.json: not a baseline: JSON is malformed"),
        (
            ["--baseline=b.json"],
            b'{"version": 1, "findings": [3]}',
            "b.json: not a baseline: Expected `object`",
        ),
        (["--config=c.toml"], b"selct = []", "c.toml:1: unknown key 'selct'; did you mean 'select'?"),
        (["--config=c.toml"], b"\n\xff", "c.toml:2: the text is not UTF-8"),
        (
            ["--config=c.toml"],
            b"\nper-file-ignores = { 'a\\' = [] }",
            "c.toml:2: per-file-ignores: malformed",
        ),
        (
            ["--select=LG1O1"],
            None,
            "argument --select: unknown rule code 'LG1O1'; did you mean 'LG111'?",
        ),
    ],
)
def test_mistakes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    file: bytes | None,
    complaint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text(PROGRAM)
    if file is not None:
        Path(arguments[0].partition("=")[2]).write_bytes(file)
    files = sorted(tmp_path.iterdir())
    assert main(["check", "--jobs=1", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.removeprefix("lossguard: ").removeprefix(f"{tmp_path}{os.sep}").startswith(complaint)
    assert sorted(tmp_path.iterdir()) == files


@pytest.mark.parametrize(
    ("name", "data", "place"),
    [
        ("a.py", b'x = "\xff"\n', "a.py:1:1"),
        ("a.py", b"x = '\0'\n", "a.py:1:6"),
        ("a.py", b"# coding: klingon\n", "a.py:1:1"),
        ("a.ipynb", b'{"cells": [', "a.ipynb:1:12"),
        ("a.ipynb", b'{"cells": [{"cell_type": "code", "source": ["\xff"]}]}', "a.ipynb:1:1"),
        ("a.ipynb", b"[]", "a.ipynb:1:1"),
    ],
)
@pytest.mark.parametrize("option", ["--fix", "--add-noqa", "--quiet"])
def test_what_cannot_be_read_is_a_finding_and_stays_as_it_is(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, place: str, option: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(data)
    status, out, _ = run("--output-format=concise", option)
    assert (tmp_path / name).read_bytes() == data
    if option != "--add-noqa":
        assert (status, out.count("\n")) == (1, 1)
        assert out.startswith(f"{place}: LG901 nothing here was checked: ")
