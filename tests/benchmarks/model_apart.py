"""Moves the model of generated programs to a module of its own: no verdict may change.

    python -m tests.benchmarks.model_apart NUMBER [--seed FIRST]

Each program is checked in one file, and as two, of which one imports the model by name or by a star.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.generated.programs import program
from tests.generated.verdicts import apart, said, verdicts, without_lines


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("number", type=int)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    differing = 0
    for seed in range(chosen.seed, chosen.seed + chosen.number):
        generated = program(seed)
        whole = without_lines(said(verdicts(generated.text)))
        for is_named in (True, False):
            with tempfile.TemporaryDirectory() as folder:
                found = apart(generated, Path(folder), is_named=is_named)
            if found != whole:
                differing += 1
                print(f"seed {seed}, {'by name' if is_named else 'by a star'}: {whole} becomes {found}")
    print(f"{chosen.number} programs in two ways each: {differing} differ")


if __name__ == "__main__":
    main()
