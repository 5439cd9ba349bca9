"""Programs that send a value through Python's own functions: what is known of it, and that torch agrees."""

from __future__ import annotations

import math
from typing import Any

import pytest

from lossguard.contracts import Space
from tests.analysis.probing import UNIT, L, P, program, spaces

LOGITS = "(nn.Linear(2, 2)(x) * 9)"
READ: dict[str, tuple[str, set[Space]]] = {
    "dict.get": (f"table = dict(a={LOGITS}, b=x.softmax(1))\nout = table.get('b')", {P}),
    "enumerate over a list": (
        f"for n, each in enumerate([{LOGITS}, x.softmax(1)]):\n    if n == 1: out = each",
        {P},
    ),
    "field_names of a named tuple": (
        f"Out = collections.namedtuple('Out', 'scores, probs')\nout = Out({LOGITS}, x.softmax(1)).probs",
        {P},
    ),
    "functools.partial": (
        "act = functools.partial(torch.softmax, dim=1)\nout = act(x)",
        {P},
    ),
    "functools.reduce": (
        "out = functools.reduce(lambda h, f: f(h), [torch.relu, nn.Softmax(1)], x)",
        {P},
    ),
    "functools.reduce without a beginning": (
        f"out = functools.reduce(lambda a, b: b, [{LOGITS}, x.softmax(1), torch.sigmoid(x)])",
        {UNIT},
    ),
    "getattr of a module": ("out = getattr(F, 'softmax')(x, dim=1)", {P}),
    "getattr with a default that is not needed": ("out = getattr(Model(), 'act', nn.Identity())(x)", {P}),
    "hasattr": (
        f"m = Model()\nif hasattr(m, 'act'): out = x.softmax(1)\nelse: out = {LOGITS}",
        {P},
    ),
    "isinstance of a class of its own": (
        f"m = Model()\nif isinstance(m, Model): out = m.act(x)\nelse: out = {LOGITS}",
        {P},
    ),
    "isinstance of a class above": (
        f"if isinstance(Model(), nn.Module): out = x.softmax(1)\nelse: out = {LOGITS}",
        {P},
    ),
    "isinstance of one of several": (
        f"if isinstance('a', (int, str)): out = x.softmax(1)\nelse: out = {LOGITS}",
        {P},
    ),
    "isinstance of a tensor": (
        f"h = {LOGITS}\nout = h.softmax(1) if isinstance(h, torch.Tensor) else h[0]",
        {P},
    ),
    "isinstance of a tuple": (
        f"h = ({LOGITS}, x.softmax(1))\nout = h[1] if isinstance(h, tuple) else h",
        {P},
    ),
    "isinstance of a list and a dictionary": (
        f"h = [{LOGITS}]\nout = h[0] if isinstance(h, list) and not isinstance(h, dict) else x.softmax(1)",
        {L},
    ),
    "isinstance of numbers": (
        f"out = {LOGITS}\nif isinstance(1, int) and isinstance(1.0, float): out = x.softmax(1)",
        {P},
    ),
    "isinstance of a bool": (
        f"out = x.softmax(1) if isinstance(True, bool) and isinstance(True, int) else {LOGITS}",
        {P},
    ),
    "list of a generator": (f"out = list(each for each in ({LOGITS}, x.softmax(1)))[1]", {P}),
    "map": (f"out = list(map(torch.sigmoid, [{LOGITS}, x]))[0]", {UNIT}),
    "map over two": ("out = list(map(lambda a, b: b, [x, x], [x, x.softmax(1)]))[1]", {P}),
    "next where all are alike": ("h = x.softmax(1)\nout = next(iter([h, h]))", {P}),
    "reversed": (f"out = list(reversed([x.softmax(1), {LOGITS}]))[0]", {L}),
    "setattr": (f"m = Model()\nsetattr(m, 'act', nn.Identity())\nout = m.act({LOGITS})", {L}),
    "SimpleNamespace": (
        f"n = types.SimpleNamespace(a={LOGITS}, b=x.softmax(1))\nout = n.b",
        {P},
    ),
    "sorted texts": (f"for name in sorted(['b', 'a']): out = dict(a={LOGITS}, b=x.softmax(1))[name]", {P}),
    "sorted texts from the end": (
        f"for name in sorted(['a', 'b'], reverse=True): out = dict(a={LOGITS}, b=x.softmax(1))[name]",
        {L},
    ),
    "sum of tensors": ("out = sum([nn.Linear(2, 2)(x) * 9, nn.Linear(2, 2)(x) * 9])", {L}),
    "tuple of a list": (f"out = tuple([{LOGITS}, x.softmax(1)])[-1]", {P}),
    "type": (f"out = type(Model())().act({LOGITS})", {P}),
    "typing.NamedTuple as a function": (
        "Out = typing.NamedTuple('Out', [('a', int), ('b', int)])\nout = Out(b=x.softmax(1), a=x).b",
        {P},
    ),
    "zip": (f"for a, b in zip([{LOGITS}, x], [x, x.softmax(1)]): out = b", {P}),
}
UNSURE: dict[str, str] = {
    "an attribute by a name that is not known": f"out = getattr(Model(), name)({LOGITS})",
    "isinstance of what is not known": f"out = x.softmax(1) if isinstance(name, str) else {LOGITS}",
    "which of several next gives": f"out = next(each for each in [x.softmax(1), {LOGITS}] if name)",
    "the order of tensors": f"out = sorted([x.softmax(1), {LOGITS}], key=lambda t: t.sum())[0]",
    "an attribute that may be missing": f"out = getattr(Model(), 'none', nn.Identity())({LOGITS})",
    "the order by a key": f"for k in sorted(['b', 'a'], key=name): out = dict(a={LOGITS}, b=x.softmax(1))[k]",
    "reduce over what is not known": "out = functools.reduce(torch.add, name)",
}
AROUND = """
import collections, functools, types, typing

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.Softmax(1)

def train(x, y, name="act"):
"""


def written(body: str) -> str:
    """A program in which ``body`` makes ``out`` of ``x``."""
    lines = (*body.split("\n"), "F.cross_entropy(out, y)")
    return AROUND + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize("name", READ)
def test_what_python_gives(name: str) -> None:
    body, expected = READ[name]
    assert spaces(written(body)) == expected


@pytest.mark.parametrize("name", UNSURE)
def test_what_is_not_known(name: str) -> None:
    assert spaces(written(UNSURE[name])) not in ({P}, {L}, {UNIT}, set())


@pytest.mark.parametrize("name", READ)
def test_torch_agrees(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    given: list[Any] = []
    monkeypatch.setattr(torch.nn.functional, "cross_entropy", lambda scores, _: given.append(scores))
    scope: dict[str, Any] = {}
    exec(program(written(READ[name][0])), scope)
    torch.manual_seed(0)
    scope["train"](torch.randn(3, 2) * 4, torch.tensor([0, 1, 0]))
    (scores,) = given
    within = bool(((scores >= 0) & (scores <= 1)).all())
    one = all(math.isclose(row, 1, abs_tol=1e-5) for row in scores.sum(1).tolist())
    assert {P: within and one, UNIT: within and not one, L: not within}[next(iter(READ[name][1]))]
