"""What is kept of a project and brought up to date is what a check from nothing finds."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from random import Random

import pytest

from lossguard import checker
from lossguard.assessment import assess
from lossguard.cache import Recalling
from lossguard.checker import gather
from lossguard.config import Config
from lossguard.observing import alone

MODULES = range(5)
CHANGES = 5
LONG = "    x = x + 1 - 1 + 1 - 1\n" * 60


def _module(chance: Random, number: int) -> str:
    """A function that calls those of others, by one of the ways to import them, and may call a loss."""
    names_loss = chance.randrange(2)
    lines, calls = ["import torch.nn.functional as F"] * names_loss, []
    for other in chance.sample(MODULES, chance.randrange(3)):
        statement, call = chance.choice(
            (
                (f"from m{other} import f{other}", f"f{other}"),
                (f"import m{other}", f"m{other}.f{other}"),
                (f"from package import f{other} as other{other}", f"other{other}"),
                (f"import package.m{other} as inner", "inner.f"),
            )
        )
        lines.append(statement)
        calls.append(f"    x = {call}(x, y)\n")
    if names_loss:
        given = (
            "cross_entropy(x, y)",
            "cross_entropy(x.softmax(1), y)",
            "cross_entropy(-x, y)",
            "mse_loss(y, x)",
        )
        calls.append(f"    F.{chance.choice(given)}\n")
    chance.shuffle(calls)
    body = LONG * chance.randrange(2) + "".join(calls)
    result = chance.choice(("x", "x.softmax(1)", "F.log_softmax(x, 1)", "None"))
    return "\n".join([*lines, "", "", f"def f{number}(x, y):", f"{body}    return {result}", ""])


def _package(chance: Random) -> str:
    handed_on = chance.sample(MODULES, 3)
    return "".join(f"from m{number} import f{number}\n" for number in handed_on)


def _change(chance: Random, folder: Path) -> None:
    """Write one file of the project anew, or take it away."""
    number = chance.choice(MODULES)
    match chance.randrange(8):
        case 0:
            (folder / "package" / "__init__.py").write_text(_package(chance))
        case 1:
            (folder / "package" / f"m{number}.py").write_text("def f(x, y): return x\n")
        case 2:
            (folder / f"m{number}.py").unlink(missing_ok=True)
        case _:
            (folder / f"m{number}.py").write_text(_module(chance, number))


@pytest.mark.parametrize("seed", range(12))
def test_what_is_brought_up_to_date_is_what_is_found_anew(seed: int, tmp_path: Path) -> None:
    chance, folder, config = Random(seed), tmp_path / "project", Config()
    (folder / "package").mkdir(parents=True)
    (folder / "package" / "__init__.py").write_text(_package(chance))
    for number in MODULES:
        (folder / f"m{number}.py").write_text(_module(chance, number))
    (folder / "main.py").write_text("from m0 import f0\n\n\ndef train(x, y):\n    f0(x.softmax(1), y)\n")
    kept = partial(assess, observe=Recalling(tmp_path / "kept", alone))
    for _ in range(CHANGES):
        given = gather([folder], config)
        assert checker.check(given, config, assess=kept) == checker.check(given, config)
        _change(chance, folder)
