"""The commands around ``check``: what is in force, completion, and watching."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lossguard.cli.config import load
from lossguard.cli.main import main
from tests.cli.test_process import COMMAND, MISUSE


def test_config_shows_what_is_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    settings = (
        '[tool.lossguard]\nselect = ["LG1"]\nignore = ["LG102"]\nper-file-ignores = { "é" = ["LG2"] }\n'
    )
    (tmp_path / "pyproject.toml").write_text(settings, "utf-8")
    assert main(["config", "src"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"# from pyproject.toml\n# patterns are relative to {tmp_path.as_posix()}\n")
    assert '\nselect = ["LG1"]\n' in shown
    assert "\nextend-select = []  # default\n" in shown
    assert "\n# baseline is not set\n" in shown
    rules = shown.partition("# rules in force: ")[2].partition("\n")[0].split()
    assert {"LG101", "LG103"} <= set(rules)
    assert not {"LG102", "LG201", "LG401"} & set(rules)
    (tmp_path / "lossguard.toml").write_text(shown, "utf-8")
    assert load(tmp_path / "lossguard.toml") == load(tmp_path / "pyproject.toml")


def test_config_without_a_file_and_with_a_broken_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lossguard.toml").write_text("\nselct = []")
    assert main(["config", "--isolated"]) == 0
    assert capsys.readouterr().out.startswith("# no configuration file: these are the defaults\n")
    assert main(["config"]) == 2
    file = tmp_path / "lossguard.toml"
    assert capsys.readouterr() == ("", f"lossguard: {file}:2: unknown key 'selct'; did you mean 'select'?\n")


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_completion(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "_ARGCOMPLETE" in script
    assert "lossguard" in script


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("lossguard ch", {"check"}),
        ("lossguard check --select lg10", {"LG101", "LG102"}),
        ("lossguard rule LG9", {"LG901"}),
        ("lossguard check --output-format con", {"concise"}),
    ],
)
def test_what_is_completed(words: str, expected: set[str], tmp_path: Path) -> None:
    asked = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(tmp_path / "completions"),
        "COMP_LINE": words,
        "COMP_POINT": str(len(words)),
    }
    script = "import sys; from lossguard.cli.main import main; sys.exit(main())"
    subprocess.run([sys.executable, "-c", script], env={**os.environ, **asked}, check=True)
    completions = (tmp_path / "completions").read_text().split("\n")
    assert expected <= {each.strip() for each in completions}


def test_watch_checks_again_after_a_change(tmp_path: Path) -> None:
    pytest.importorskip("watchfiles")
    (tmp_path / "train.py").write_text(MISUSE)
    with subprocess.Popen(
        [*COMMAND, "check", "--watch", "--output-format=concise"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        told: queue.Queue[str] = queue.Queue()

        def listen() -> None:
            for line in process.stderr or ():
                told.put(line)

        reader = threading.Thread(target=listen, daemon=True)
        reader.start()
        try:
            assert told.get(timeout=60) == "Found 1 error in 1 file.\n"
            assert told.get(timeout=60) == "1 fixable with `--fix --unsafe-fixes`.\n"
            while True:  # until the change is seen: watching may begin a little later
                (tmp_path / "notes.txt").write_text("nothing to check")
                (tmp_path / "train.py").write_text("x = 1\n")
                try:
                    assert told.get(timeout=2) == "\n"
                    break
                except queue.Empty:
                    continue
            assert told.get(timeout=60) == "Changed: train.py\n"
            assert told.get(timeout=60) == "Found nothing in 1 file.\n"
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
            reader.join(timeout=60)
            rest = [told.get_nowait() for _ in range(told.qsize())]
        finally:
            process.kill()  # a test that fails must not wait for what it started
    assert process.returncode == 130
    assert rest[-1] == "lossguard: interrupted\n"


def test_watch_is_for_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--watch", "-"]) == 2
    assert capsys.readouterr().err == "lossguard: --watch is for files, not for standard input (-)\n"


def test_watch_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    assert main(["check", "--watch"]) == 2
    assert capsys.readouterr().err == "lossguard: --watch needs watchfiles: pip install 'lossguard[watch]'\n"
