"""What checking costs, side by side: the checker, cold and remembered, against reading and parsing alone.

    python -m tests.benchmarks.bench_speed [--rounds N] [--torchfix COMMAND] FOLDER …

For each folder it prints the median CPU seconds of N rounds, in each of which every command runs once:

    floor       read every Python file, and parse those that mention a loss by libcst
    cold        ``lossguard check --no-cache --jobs 1``
    cold -j2    the same in two processes; how much sooner that ends stands behind it
    warm        ``lossguard check`` with everything remembered
    changed     the same after a line has been added to one file that mentions a loss
    flake8      ``flake8 --jobs 1``, as if lossguard were not installed
    with plugin the same with lossguard
    again       the same with what it found remembered
    torchfix    that command, where one is given

The folder is copied, so that nothing in it changes; lossguard is compiled to bytecode first, as where it is
installed. Before all that come the times of a start: bare Python, a check of a file without a loss, flake8
on it.
"""

from __future__ import annotations

import argparse
import compileall
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import lossguard
from lossguard.analysis.vocabulary import Vocabulary

FLAKE8 = (sys.executable, "-m", "flake8", "--isolated", "--jobs=1", "--exit-zero")
WITHOUT = (
    sys.executable,
    "-c",
    """import runpy
from importlib import metadata
found = metadata.distributions
metadata.distributions = lambda: (each for each in found() if each.metadata["Name"] != "lossguard")
runpy.run_module("flake8", run_name="__main__")""",
    *FLAKE8[3:],
)
"""flake8 as if lossguard were not installed."""
CHECK = (sys.executable, "-m", "lossguard", "check", "--isolated", "--quiet", "--output-format=json")


class Taken(NamedTuple):
    """Seconds of CPU time, children included, and on the clock."""

    cpu: float
    wall: float


def floor(folder: Path) -> None:
    """Read every file, and parse those that mention a loss."""
    import libcst

    vocabulary = Vocabulary()
    for file in sorted(folder.rglob("*.py")):
        text = file.read_bytes().decode(errors="replace")
        if vocabulary.seeds(text):
            try:
                libcst.parse_module(text)
            except (libcst.ParserSyntaxError, RecursionError):
                continue


def taken(command: Sequence[str], settings: Mapping[str, str]) -> Taken:
    """Run a command and take its time."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return Taken(
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        ended - started,
    )


def one_round(
    folder: Path, changing: Path | None, settings: Mapping[str, str], torchfix: str | None
) -> dict[str, Taken]:
    """Run every command once."""
    check = [*CHECK, str(folder)]
    alone = [sys.executable, "-m", "tests.benchmarks.bench_speed", "--floor", str(folder)]
    times = {
        "floor": taken(alone, settings),
        "cold": taken([*check, "--no-cache", "--jobs=1"], settings),
        "cold -j2": taken([*check, "--no-cache", "--jobs=2"], settings),
    }
    taken(check, settings)
    times["warm"] = taken(check, settings)
    if changing is not None:
        with changing.open("a") as stream:
            stream.write("\n# changed\n")
        times["changed"] = taken(check, settings)
    times["flake8"] = taken([*WITHOUT, str(folder)], settings)
    times["with plugin"] = taken([*FLAKE8, str(folder)], {**settings, "LOSSGUARD_NO_CACHE": "1"})
    taken([*FLAKE8, str(folder)], settings)
    times["again"] = taken([*FLAKE8, str(folder)], settings)
    if torchfix is not None:
        times["torchfix"] = taken([torchfix, str(folder)], settings)
    return times


def starts(rounds: int) -> dict[str, float]:
    """What a start takes: the least of so many."""
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "clean.py"
        file.write_text("import os\n\nprint(os.sep)\n")
        commands: dict[str, list[str]] = {
            "bare Python": [sys.executable, "-c", "pass"],
            "check": [sys.executable, "-m", "lossguard", "check", str(file)],
            "the plugin imported": [sys.executable, "-c", "import lossguard.flake8_plugin"],
            "flake8": [*WITHOUT, str(file)],
            "with plugin": [*FLAKE8, str(file)],
        }
        return {
            name: min(taken(command, os.environ).cpu for _ in range(rounds))
            for name, command in commands.items()
        }


def measure(folder: Path, rounds: int, torchfix: str | None) -> dict[str, Taken]:
    """The medians of so many rounds over a copy of a folder."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "copy"
        shutil.copytree(folder, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        vocabulary = Vocabulary()
        files = sorted(copy.rglob("*.py"), key=lambda file: file.stat().st_size)
        changing = next((file for file in files if vocabulary.seeds(file.read_text(errors="replace"))), None)
        settings = {
            **os.environ,
            "LOSSGUARD_CACHE_DIR": str(Path(temporary) / "cache"),
            "LOSSGUARD_NO_CACHE": "",
        }
        found = [one_round(copy, changing, settings, torchfix) for _ in range(rounds)]
    return {
        name: Taken(median(each[name].cpu for each in found), median(each[name].wall for each in found))
        for name in found[0]
    }


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--torchfix", metavar="COMMAND", help="TorchFix, where it is installed")
    parser.add_argument("--floor", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.floor:
        floor(chosen.folders[0])
        return
    compileall.compile_dir(Path(lossguard.__file__).parent, quiet=2)
    least = starts(3 * chosen.rounds)
    print("a start: " + ", ".join(f"{name} {1000 * each:.0f} ms" for name, each in least.items()), flush=True)
    for folder in chosen.folders:
        times = measure(folder, chosen.rounds, chosen.torchfix)
        bare = times["floor"].cpu
        shown = ", ".join(f"{name} {each.cpu:.2f} s (x{each.cpu / bare:.2f})" for name, each in times.items())
        wall = times["cold"].wall / times["cold -j2"].wall
        print(f"{folder.name}: {shown}; two processes are {wall:.2f} times as fast on the clock", flush=True)


if __name__ == "__main__":
    main()
