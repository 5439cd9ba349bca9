"""The installed command as a user's shell sees it: statuses, streams, and how it fails."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "lossguard"]
INTERRUPTED = {130, -signal.SIGINT}
"""A shell shows 130 for both: Python ends itself by the signal if that comes while a string is executed."""
MISUSE = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        return torch.softmax(self.fc(x), dim=1)


model = Net()
criterion = nn.CrossEntropyLoss()
out = model(torch.randn(8, 4))
loss = criterion(out, torch.randint(3, (8,)))
"""


def lossguard(
    *arguments: str | Path, cwd: Path, stdin: bytes = b"", **environment: str
) -> tuple[int, str, str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def as_nobody(*arguments: str, cwd: str) -> subprocess.CompletedProcess[str]:
    """Run the command without root's privileges, once everything that it imports has been loaded."""
    program = (
        "import os, sys; from lossguard.cli.main import main;"
        "main(['check', '--isolated', '--quiet', '--exit-zero', os.devnull]); print('as nobody:');"
        "os.setuid(65534); sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, cwd=cwd
    )
    done.stdout = done.stdout.partition("as nobody:\n")[2]
    return done


@pytest.fixture
def misuse(tmp_path: Path) -> Path:
    file = tmp_path / "train.py"
    file.write_text(MISUSE)
    return file


def test_findings_on_standard_output_the_rest_on_standard_error(misuse: Path) -> None:
    status, out, err = lossguard("check", "--output-format=concise", cwd=misuse.parent)
    assert status == 1
    assert out.startswith("train.py:17:18: LG101 ")
    assert out.count("\n") == 1
    assert err == "Found 1 error in 1 file.\n1 fixable with `--fix --unsafe-fixes`.\n"


def test_full_output_has_the_argument_and_the_softmax(misuse: Path) -> None:
    _, out, _ = lossguard("check", cwd=misuse.parent)
    assert "17 | loss = criterion(out, torch.randint(3, (8,)))\n   |                  ^^^\n" in out
    assert "11 |         return torch.softmax(self.fc(x), dim=1)\n" in out
    assert "\x1b" not in out


def test_standard_input_and_json(misuse: Path) -> None:
    status, out, _ = lossguard(
        "check",
        "-",
        "--stdin-filename=a/b.py",
        "--output-format=json",
        cwd=misuse.parent,
        stdin=MISUSE.encode(),
    )
    (finding,) = json.loads(out)
    assert status == 1
    assert (finding["path"], finding["line"], finding["column"]) == ("a/b.py", 17, 18)
    assert finding["trace"][0]["line"] == 11


def test_syntax_error(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("x = 1\ndef f(:\n    pass\n")
    (tmp_path / "clean.py").write_text("x = 1\n")
    status, out, err = lossguard("check", "--output-format=concise", cwd=tmp_path)
    assert (status, err) == (1, "Found 1 error in 2 files.\n")
    assert out.startswith("broken.py:2:7: LG901 nothing here was checked: cannot be parsed: invalid syntax")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["check", "gone.py"], "lossguard: gone.py: No such file or directory\n"),
        (["check", "--selekt"], "lossguard: unknown argument '--selekt'; did you mean '--select'?"),
        (["chekc"], "lossguard: unknown command 'chekc'; did you mean 'check'?"),
        (["rule", "LG999"], "lossguard: unknown rule code 'LG999'; did you mean 'LG903'?\n"),
    ],
)
def test_mistakes(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    status, out, err = lossguard(*arguments, cwd=tmp_path)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(complaint)


def test_named_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    status, out, _ = lossguard("check", "--output-format=concise", "pipe.py", cwd=tmp_path)
    assert (status, out) == (1, "pipe.py:1:1: LG901 nothing here was checked: not a regular file\n")
    assert lossguard("check", cwd=tmp_path)[0] == 0


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="drops privileges")
def test_what_may_not_be_read() -> None:
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "closed").mkdir()
        (Path(directory) / "secret.py").write_text("x = 1\n")
        for name, mode in [("closed", 0), ("secret.py", 0), (".", 0o755)]:
            (Path(directory) / name).chmod(mode)
        done = as_nobody("check", "--isolated", "--output-format=concise", cwd=directory)
    assert done.stderr.splitlines()[-1] == "Found 2 errors in 2 files."
    assert done.stdout == "".join(
        f"{name}:1:1: LG901 nothing here was checked: Permission denied\n" for name in ("closed", "secret.py")
    )
    assert done.returncode == 1


def test_closed_pipe(misuse: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, "check"], cwd=misuse.parent, stdout=writer, stderr=subprocess.PIPE, check=False, text=True
    )
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr == "lossguard: standard output was closed before everything was written\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk(misuse: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "check"],
            cwd=misuse.parent,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr == "lossguard: standard output: No space left on device\n"
    assert lossguard("check", "--output-file=/dev/full", cwd=misuse.parent) == (
        2,
        "",
        "lossguard: /dev/full: No space left on device\n",
    )


def _ended_by_interrupts(process: subprocess.Popen[str]) -> str:
    """Interrupt a process until nobody holds its standard error any more, and give what it said there."""
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        try:
            return process.communicate(timeout=20)[1]
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError("three interrupts did not end it")


def check_interrupted(folder: Path, *options: str, when: Callable[[subprocess.Popen[str]], object]) -> None:
    """Interrupt a check of a folder once ``when`` comes back; it has to end by that, with one line.

    Like a user, it interrupts again what goes on: C code that asks for an attribute may drop any error.
    """
    with subprocess.Popen(
        [*COMMAND, "check", *options, "--quiet"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        when(process)
        try:
            err = _ended_by_interrupts(process)
        finally:
            process.kill()
    assert process.returncode in INTERRUPTED
    assert err.strip() == "lossguard: interrupted"


def test_interrupt(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "check", "-"], cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode in INTERRUPTED
    assert err.decode().strip() == "lossguard: interrupted"


def test_odd_names_and_a_narrow_encoding(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    (tmp_path / name).write_text("x = (\n")
    (tmp_path / "né.py").write_text("é = (\n", encoding="utf-8")
    for form in ("full", "concise", "json"):
        status, out, err = lossguard(
            "check", f"--output-format={form}", cwd=tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0"
        )
        assert (status, err) == (1, "Found 2 errors in 2 files.\n")
        assert out.isascii()


def on_a_terminal(cwd: Path, **environment: str) -> bytes:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "check"],
        cwd=cwd,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", **environment},
    ):
        os.close(theirs)
        chunks = []
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:
                break
            if not chunk:
                break
            chunks.append(chunk)
    os.close(ours)
    return b"".join(chunks)


def test_colours_on_a_terminal_unless_unwanted(misuse: Path) -> None:
    assert b"\x1b[1;31merror[LG101]" in on_a_terminal(misuse.parent)
    assert b"\x1b" not in on_a_terminal(misuse.parent, NO_COLOR="1")
    assert b"\x1b" not in on_a_terminal(misuse.parent, TERM="dumb")


def test_version(tmp_path: Path) -> None:
    status, out, _ = lossguard("--version", cwd=tmp_path)
    assert status == 0
    assert out.startswith("lossguard 0.")
