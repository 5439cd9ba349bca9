"""Which globals of a module a single statement settles."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lossguard.analysis import index
from lossguard.analysis.source import from_text
from lossguard.analysis.standalone import standalone

SETTLED: dict[str, tuple[str, set[str]]] = {
    "a number, read elsewhere": ("A = 1\nB = f(A)\n", {"A", "B"}),
    "a table that only functions read": ("T = dict([('a', 1)])\ndef f(k): return T[k]\n", {"T"}),
    "a list of tables": ("T = {'a': f}\nALL = [T]\n", {"T", "ALL"}),
    "annotated": ("T: dict = {'a': f}\n", {"T"}),
    "public names are listed": ("__all__ = ['T']\nT = {'a': f}\n", {"T"}),
    "an instance that a class uses later": ("R = make()\nclass A:\n    def f(self): R.add(self)\n", {"R"}),
    "a list of tables that grow": ("T = {'a': f}\nALL = [T]\nALL[0]['b'] = g\n", set()),
    "a list of lists of tables that grow": ("T = {'a': f}\nB = [T]\nC = [B]\nC.append(1)\n", set()),
    "assigned twice": ("A = f\nA = g\n", set()),
    "a number counted up": ("A = 1\nA += 1\n", set()),
    "a number assigned under a condition": ("A = 1\nif f():\n    A = 2\n", set()),
    "changed by a statement": ("T = {'a': f}\nT['b'] = g\n", set()),
    "handed to a call": ("T = {'a': f}\nB = extend(T)\n", {"B"}),
    "changed by a decorator": ("R = make()\n@R.register\ndef f(): pass\n", set()),
    "changed by a decorator of a method": (
        "R = make()\nclass A:\n    @R.register\n    def f(self): pass\n",
        set(),
    ),
    "changed by a class body": ("T = {}\nclass A:\n    T['a'] = 1\n", set()),
    "changed by a base class": ("R = make()\nclass A(R.base): pass\n", set()),
    "changed by a function that is called": ("T = {}\ndef add(k): T[k] = 1\nadd('a')\n", set()),
    "changed by a function that a decorator calls": (
        "T = {}\ndef add(f):\n    put(f)\n    return f\ndef put(f): T[f] = f\n@add\ndef g(): pass\n",
        set(),
    ),
    "bound together with another": ("A, B = f()\n", set()),
    "also imported": ("from m import A\nA = 1\n", set()),
}


@pytest.mark.parametrize(("text", "expected"), SETTLED.values(), ids=SETTLED)
def test_only_what_nothing_else_changes_at_the_import_is_settled(text: str, expected: set[str]) -> None:
    module = index.build(from_text(dedent(text), "<program>"))
    settled = standalone(module)
    assert settled.keys() - {"__all__"} == expected
    assert all(name in unit.binds for name, unit in settled.items())
