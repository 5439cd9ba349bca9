"""What the engine knows of the values that reach a loss through containers and assignments."""

from __future__ import annotations

import pytest

from lossguard.contracts import Space
from tests.analysis.probing import UNIT, P, U, spaces

CONTAINERS: dict[str, tuple[str, set[Space]]] = {
    "tuple": (
        """
        def model(x): return x, x.softmax(1)
        def train(x, y):
            _, out = model(x)
            F.cross_entropy(out, y)
        """,
        {P},
    ),
    "star unpacking": (
        """
        def train(x, y):
            first, *middle, last = (x, torch.sigmoid(x), x.softmax(1), nn.Linear(2, 2)(x))
            F.cross_entropy(middle[1], y)
        """,
        {P},
    ),
    "nested unpacking": (
        """
        def train(x, y):
            (a, (b, c)), d = (x, (x, torch.sigmoid(x))), x
            F.cross_entropy(c, y)
        """,
        {UNIT},
    ),
    "list append and index": (
        """
        def train(x, y):
            outs = []
            outs.append(x)
            outs.append(x.softmax(1))
            F.cross_entropy(outs[-1], y)
        """,
        {P},
    ),
    "list pop": (
        """
        def train(x, y):
            outs = [nn.Linear(2, 2)(x), torch.sigmoid(x)]
            out = outs.pop(0)
            F.cross_entropy(outs.pop(), y)
        """,
        {UNIT},
    ),
    "a slice of a list is a list": (
        """
        def train(x, y):
            outs = [x, torch.sigmoid(x)][::-1]
            outs.append(x.softmax(1))
            F.cross_entropy(outs[2], y)
        """,
        {P},
    ),
    "a slice of a list is a list of its own": (
        """
        def train(x, y):
            outs = [torch.sigmoid(x), x.softmax(1)]
            others = outs[:]
            others.append(x)
            F.cross_entropy(outs[-1], y)
        """,
        {P},
    ),
    "what a star takes is a list": (
        """
        def train(x, y):
            first, *outs = x, torch.sigmoid(x)
            outs.append(x.softmax(1))
            F.cross_entropy(outs[1], y)
        """,
        {P},
    ),
    "the parts of a text are a list": (
        """
        def train(x, y):
            names = "a b".split()
            names.append("c")
            outs = [torch.sigmoid(x), x, x.softmax(1)]
            F.cross_entropy(outs[len(names) - 1], y)
        """,
        {P},
    ),
    "list insert and extend": (
        """
        def train(x, y):
            outs = [x]
            outs.insert(0, x.softmax(1))
            outs.extend([x, x])
            F.cross_entropy(outs[0], y)
        """,
        {P},
    ),
    "slice": (
        """
        def train(x, y):
            outs = (x, x, x.softmax(1), torch.sigmoid(x))[2:]
            F.cross_entropy(outs[0], y)
        """,
        {P},
    ),
    "dict": (
        """
        def model(x): return {"logits": x, "probs": torch.sigmoid(x)}
        def train(x, y): F.cross_entropy(model(x)["probs"], y)
        """,
        {UNIT},
    ),
    "dict get with a default": (
        """
        def train(x, y):
            out = {"a": x}
            F.cross_entropy(out.get("b", x.softmax(1)), y)
        """,
        {P},
    ),
    "dict pop": (
        """
        def train(x, y):
            out = {"a": x.softmax(1)}
            out.pop("a")
            F.cross_entropy(out.get("a", torch.sigmoid(x)), y)
        """,
        {UNIT},
    ),
    "list sort": (
        """
        def train(x, y, key):
            outs = [x.softmax(1), torch.sigmoid(x)]
            outs.sort(key=key)
            F.cross_entropy(outs[0], y)
        """,
        {U},
    ),
    "dict update": (
        """
        def train(x, y):
            out = {"a": x}
            out.update(b=torch.sigmoid(x))
            out["c"] = x.softmax(1)
            F.cross_entropy(out["b"], y)
        """,
        {UNIT},
    ),
    "dict spread": (
        """
        def train(x, y):
            out = {**{"a": x, "b": x}, "b": x.softmax(1)}
            F.cross_entropy(out["b"], y)
        """,
        {P},
    ),
    "dict merged by an operator": (
        """
        def train(x, y):
            out = {"a": x, "b": x} | {"b": x.softmax(1)}
            F.cross_entropy(out["b"], y)
        """,
        {P},
    ),
    "list comprehension": (
        """
        def train(x, y):
            outs = [head(x) for head in (torch.sigmoid, torch.sigmoid)]
            F.cross_entropy(outs[1], y)
        """,
        {UNIT},
    ),
    "dict comprehension": (
        """
        def train(x, y):
            acts = {"a": torch.sigmoid, "b": torch.tanh}
            outs = {name: act(x) for name, act in acts.items()}
            F.cross_entropy(outs["b"], y)
        """,
        {Space.SIGNED_UNIT_INTERVAL},
    ),
    "comprehension with a condition": (
        """
        def train(x, y):
            outs = [torch.sigmoid(x) if n else x.softmax(1) for n in range(4) if n != 0]
            F.cross_entropy(outs[0], y)
        """,
        {UNIT},
    ),
    "comprehension variable stays inside": (
        """
        def train(x, y):
            out = torch.sigmoid(x)
            others = [out for out in (x.softmax(1),)]
            F.cross_entropy(out, y)
        """,
        {UNIT},
    ),
    "zip and enumerate": (
        """
        def train(x, y):
            for n, (act, scale) in enumerate(zip([torch.sigmoid], [2])):
                F.cross_entropy(act(x * scale), y)
        """,
        {UNIT},
    ),
    "aliases of a list share it": (
        """
        def train(x, y):
            a = []
            b = a
            b.append(x.softmax(1))
            F.cross_entropy(a[0], y)
        """,
        {P},
    ),
    "a copy of a list is its own": (
        """
        def train(x, y):
            a = [torch.sigmoid(x)]
            b = a.copy()
            b[0] = x.softmax(1)
            F.cross_entropy(a[0], y)
        """,
        {UNIT},
    ),
    "in-place methods": (
        """
        def train(x, y):
            out = nn.Linear(2, 2)(x)
            out.sigmoid_()
            F.cross_entropy(out, y)
        """,
        {UNIT},
    ),
    "walrus": (
        """
        def train(x, y):
            if (out := x.softmax(1)) is not None:
                F.cross_entropy(out, y)
        """,
        {P},
    ),
    "chained assignment": (
        """
        def train(x, y):
            a = b = torch.sigmoid(x)
            F.cross_entropy(b, y)
        """,
        {UNIT},
    ),
    "swap": (
        """
        def train(x, y):
            a, b = torch.sigmoid(x), x.softmax(1)
            a, b = b, a
            F.cross_entropy(a, y)
        """,
        {P},
    ),
    "deleted and made again": (
        """
        def train(x, y):
            out = x.softmax(1)
            del out
            out = torch.sigmoid(x)
            F.cross_entropy(out, y)
        """,
        {UNIT},
    ),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_follows_containers(name: str) -> None:
    body, expected = CONTAINERS[name]
    assert spaces(body) == expected


UPDATES: dict[str, tuple[str, set[Space]]] = {
    "by one of several": (
        """
        def train(x, y, key):
            heads = {"a": lambda x: {"out": x.softmax(1)}, "b": lambda x: {"other": x}}
            found = {}
            found.update(heads[key](x))
            if "out" in found:
                F.cross_entropy(found["out"], y)
        """,
        {P},
    ),
    "twice": (
        """
        def train(x, y, key):
            heads = {"a": lambda x: {"out": x.softmax(1)}, "b": lambda x: {"out": torch.sigmoid(x)}}
            found = {"out": x}
            found.update({"other": x})
            found.update(heads[key](x))
            F.cross_entropy(found["out"], y)
        """,
        {P, UNIT},
    ),
    "by what nobody knows": (
        """
        def train(x, y, more):
            found = {}
            found.update(more)
            found.update(out=x.softmax(1))
            F.cross_entropy(found["out"], y)
            F.cross_entropy(found["other"], y)
        """,
        {P, U},
    ),
}


@pytest.mark.parametrize("name", UPDATES)
def test_dictionaries_are_updated(name: str) -> None:
    body, expected = UPDATES[name]
    assert spaces(body) == expected
