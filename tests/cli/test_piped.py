"""A program on standard input that is fixed, silenced, or only compared: it leaves on standard output."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from lossguard.cli.main import main

PROGRAM = "import torch.nn.functional as F\r\n\r\nloss = F.cross_entropy(x.softmax(1), y)  # \u00fc"
MENDED = PROGRAM.replace("x.softmax(1)", "x")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, program: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(program.encode())))
        status = main(["check", "-", "--output-format=concise", *arguments])
        out, err = capfdbinary.readouterr()
        return status, out.decode(), err.decode()

    return call


@pytest.mark.parametrize("options", [("--fix",), ("--fix", "--stdin-filename=train.py")])
def test_what_is_mended_comes_out(run: Run, tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "train.py").write_bytes(b"other\n")
    summary = "Fixed 1 finding. Found nothing in 1 file.\n"
    assert run(*options, program=PROGRAM) == (0, MENDED, summary)
    assert (tmp_path / "train.py").read_bytes() == b"other\n"


def test_what_is_left_is_told_on_standard_error(run: Run) -> None:
    called = "def head(x):\n    return x.softmax(1)\nloss = F.cross_entropy(head(x), y)\n"
    program = f"{PROGRAM}\n{PROGRAM}  # noqa\n{called}"
    status, out, err = run("--fix", program=program)
    assert (status, out) == (1, program.replace("x.softmax(1)", "x", 1))
    assert err.startswith("<stdin>:9:24: LG101 ")


@pytest.mark.parametrize("program", ["loss = (\r\n", "loss = '\0'\n", "# coding: none\n", ""])
def test_what_cannot_be_read_comes_out_as_it_was(run: Run, program: str) -> None:
    status, out, err = run("--fix", "-q", program=program)
    assert (status, out) == (int(bool(program)), program)
    assert ("LG901" in err) == bool(program)


def test_what_would_change(run: Run) -> None:
    status, out, err = run("--diff", program=PROGRAM.replace("\r", ""))
    assert (status, err) == (1, "Would fix 1 finding.\n")
    assert "-loss = F.cross_entropy(x.softmax(1), y)  # \u00fc\n" in out


def test_what_is_silenced_comes_out(run: Run) -> None:
    program = f"{PROGRAM}\n"
    assert run("--add-noqa", program=program) == (
        0,
        f"{PROGRAM}  # noqa: LG101\n",
        "Added a noqa comment to 1 line.\n",
    )
