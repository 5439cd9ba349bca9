"""Programs whose statements go other ways than from top to bottom: each says what torch would see."""

from __future__ import annotations

import pytest

from lossguard.contracts import Space
from tests.analysis.probing import UNIT, L, P, spaces

LOGITS = "nn.Linear(2, 2)(x)"
READ: dict[str, tuple[str, set[Space]]] = {
    "break ends a loop over literals": (
        f"""
        def train(x, y):
            out = {LOGITS}
            for n in (1, 2):
                if n == 1: break
                out = x.softmax(1)
            F.cross_entropy(out, y)
        """,
        {L},
    ),
    "break passes the else of a loop over": (
        f"""
        def train(x, y):
            for n in (1, 2):
                out = x.softmax(1)
                break
            else: out = {LOGITS}
            F.cross_entropy(out, y)
        """,
        {P},
    ),
    "del removes an item": (
        f"""
        def train(x, y):
            outs = [x.softmax(1), {LOGITS}]
            del outs[0]
            F.cross_entropy(outs[0], y)
        """,
        {L},
    ),
    "a method in place changes every name of the tensor": (
        f"""
        def train(x, y):
            out = {LOGITS}
            other = out
            other.sigmoid_()
            F.cross_entropy(out, y)
        """,
        {UNIT},
    ),
    "every handler may run": (
        f"""
        def train(x, y):
            try: out = {LOGITS}
            except ValueError: out = {LOGITS}
            except KeyError: out = x.softmax(1)
            F.cross_entropy(out, y)
        """,
        {P, L},
    ),
    "a match on alternatives of a known value": (
        f"""
        def train(x, y):
            match "b":
                case "a" | "b": out = x.softmax(1)
                case _: out = {LOGITS}
            F.cross_entropy(out, y)
        """,
        {P},
    ),
}
UNSURE: dict[str, str] = {
    "which item next gives": f"""
        def heads(x):
            yield x.softmax(1)
            yield {LOGITS}
        def train(x, y):
            each = heads(x)
            first = next(each)
            F.cross_entropy(next(each), y)
        """,
    "an item at an unknown place is replaced": f"""
        def train(x, y, n):
            outs = [x.softmax(1), x.softmax(1)]
            outs[n] = {LOGITS}
            F.cross_entropy(outs[0], y)
        """,
    "sorted by an unknown key": f"""
        def train(x, y, key):
            outs = sorted([x.softmax(1), {LOGITS}], key=key)
            F.cross_entropy(outs[0], y)
        """,
}


@pytest.mark.parametrize("name", READ)
def test_is_read_as_python_runs_it(name: str) -> None:
    body, expected = READ[name]
    assert spaces(body) == expected


@pytest.mark.parametrize("name", UNSURE)
def test_is_not_known_for_sure(name: str) -> None:
    assert spaces(UNSURE[name]) != {P}
