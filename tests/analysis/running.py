"""Runs small programs with torch, to hold what the analysis knows of a value against what it is."""

from __future__ import annotations

import math
from textwrap import dedent
from typing import Any

import pytest

from lossguard.contracts import Space
from tests.analysis.probing import UNIT, L, P, program

LOGITS = "(nn.Linear(2, 2)(x) * 9)"
AROUND = """
import bisect, collections, copy, functools, random, types, typing

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.Softmax(1)

class Sized:
    def __len__(self): return 0
    def __eq__(self, other): return True

def train(x, y, name="act"):
"""


def written(body: str) -> str:
    """A program in which ``body`` makes ``out`` of ``x``."""
    lines = (*dedent(body).strip().split("\n"), "F.cross_entropy(out, y)")
    return AROUND + "".join(f"    {line}\n" for line in lines)


def seen_by_torch(body: str, monkeypatch: pytest.MonkeyPatch) -> Space:
    """In which space ``out`` lies when the program runs."""
    torch = pytest.importorskip("torch")
    given: list[Any] = []
    monkeypatch.setattr(torch.nn.functional, "cross_entropy", lambda scores, _: given.append(scores))
    scope: dict[str, Any] = {}
    exec(program(written(body)), scope)
    torch.manual_seed(0)
    scope["train"](torch.randn(3, 2) * 4, torch.tensor([0, 1, 0]))
    (scores,) = given
    if not bool(((scores >= 0) & (scores <= 1)).all()):
        return L
    return P if all(math.isclose(row, 1, abs_tol=1e-5) for row in scores.sum(1).tolist()) else UNIT
