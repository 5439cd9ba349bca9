"""docs/tour.md as a shell session: its files are written, its commands run, and what they print is compared.

``python -m tests.tour`` writes it anew. With the path of a ``lossguard``, as that of an installed wheel, it
only compares, and exits with 1 where something else is printed.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TOUR = Path(__file__).parents[1] / "docs" / "tour.md"
_BLOCK = re.compile(r"```(?P<kind>\w+)(?: (?P<file>\S+))?\n(?P<content>.*?)```\n", re.DOTALL)


def replayed(text: str, executable: str | None = None) -> str:
    """The tour with what its commands print now; ``executable`` is this checkout's where None."""
    with tempfile.TemporaryDirectory() as temporary:
        top = Path(temporary).resolve()
        folder = top / "project"
        for each in (folder, top / "bin"):
            each.mkdir()
        if executable is None:
            (top / "bin" / "lossguard").write_text(f'#!/bin/sh\nexec {sys.executable} -m lossguard "$@"\n')
            (top / "bin" / "lossguard").chmod(0o755)
        else:
            (top / "bin" / "lossguard").symlink_to(Path(executable).absolute())

        def block(found: re.Match[str]) -> str:
            if found["file"]:
                file = folder / found["file"]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(found["content"], "utf-8")
            if found["kind"] != "console":
                return found[0]
            commands = re.findall(r"^\$ (.*)$", found["content"], re.MULTILINE)
            session = "".join(f"$ {command}\n{_printed(command, folder, top)}" for command in commands)
            return f"```console\n{session}```\n"

        return _BLOCK.sub(block, text)


def _printed(command: str, folder: Path, top: Path) -> str:
    settings = {**os.environ, "PATH": f"{top / 'bin'}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    status = f"[exit status {done.returncode}]\n" if done.returncode else ""
    text = done.stdout.replace(str(folder), "/project")
    return f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{status}"


def main(arguments: list[str]) -> int:
    text = TOUR.read_text("utf-8")
    now = replayed(text, *arguments)
    if not arguments:
        TOUR.write_text(now, "utf-8")
        return 0
    sys.stdout.writelines(difflib.unified_diff(text.splitlines(True), now.splitlines(True), "tour", "now"))
    return int(now != text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
