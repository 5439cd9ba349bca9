"""What the engine knows of the values that reach a loss through functions."""

from __future__ import annotations

import pytest

from lossguard.contracts import Space
from tests.analysis.probing import LP, UNIT, L, P, spaces

FUNCTIONS: dict[str, tuple[str, set[Space]]] = {
    "closure": (
        """
        def train(x, y):
            def forward(z): return scale(z).softmax(1)
            def scale(z): return z / temperature
            temperature = 2
            F.cross_entropy(forward(x), y)
        """,
        {P},
    ),
    "closure over the criterion": (
        """
        def make():
            criterion = nn.CrossEntropyLoss()
            def loss(out, y): return criterion(out.softmax(-1), y)
            return loss
        loss = make()
        def train(x, y): loss(x, y)
        """,
        {P},
    ),
    "nonlocal": (
        """
        def train(x, y):
            out = x
            def activate():
                nonlocal out
                out = torch.softmax(out, dim=1)
            activate()
            F.cross_entropy(out, y)
        """,
        {P},
    ),
    "lambda": (
        """
        act = lambda z, dim=1: F.softmax(z, dim)
        def train(x, y): F.cross_entropy(act(x), y)
        """,
        {P},
    ),
    "default argument": (
        """
        def train(x, y, criterion=F.cross_entropy, act=torch.sigmoid): criterion(act(x), y)
        """,
        {UNIT},
    ),
    "keyword-only argument": (
        """
        def head(*, z, dim): return z.softmax(dim)
        def train(x, y): F.cross_entropy(head(dim=1, z=x), y)
        """,
        {P},
    ),
    "positional-only argument": (
        """
        def head(z, /, act=None): return z if act is None else act(z)
        def train(x, y): F.cross_entropy(head(x, torch.sigmoid), y)
        """,
        {UNIT},
    ),
    "star arguments": (
        """
        def outer(*args, **kwargs): return inner(*args, **kwargs)
        def inner(z, dim): return z.softmax(dim)
        def train(x, y): F.cross_entropy(outer(x, dim=1), y)
        """,
        {P},
    ),
    "arguments from a list and a dict": (
        """
        def train(x, y):
            args = [torch.softmax(x, 1)]
            options = {"target": y, "reduction": "sum"}
            F.cross_entropy(*args, **options)
        """,
        {P},
    ),
    "dict of keywords passed on": (
        """
        def head(z, act, **rest): return act(z, **rest)
        def train(x, y): F.cross_entropy(head(x, F.log_softmax, dim=1), y)
        """,
        {LP},
    ),
    "early return": (
        """
        def head(z, raw=False):
            if raw:
                return nn.Linear(3, 2)(z)
            return z.softmax(1)
        def train(x, y):
            F.cross_entropy(head(x), y)
        """,
        {P},
    ),
    "early return of the other kind": (
        """
        def head(z, raw=False):
            if raw:
                return nn.Linear(3, 2)(z)
            return z.softmax(1)
        def train(x, y):
            F.cross_entropy(head(x, raw=True), y)
        """,
        {L},
    ),
    "partial": (
        """
        from functools import partial
        softmax = partial(torch.softmax, dim=-1)
        loss = partial(F.cross_entropy, reduction="sum")
        def train(x, y): loss(softmax(x), y)
        """,
        {P},
    ),
    "partial of a project function": (
        """
        import functools
        def head(act, z, dim): return act(z, dim)
        softmax_head = functools.partial(head, F.softmax, dim=1)
        def train(x, y): F.cross_entropy(softmax_head(x), y)
        """,
        {P},
    ),
    "decorator that changes the result": (
        """
        import functools
        def normalised(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                return torch.softmax(function(*args, **kwargs), dim=1)
            return wrapper
        @normalised
        def head(z): return z + 1
        def train(x, y): F.cross_entropy(head(x), y)
        """,
        {P},
    ),
    "decorator with arguments": (
        """
        def activated(act):
            def decorate(function):
                def wrapper(z): return act(function(z))
                return wrapper
            return decorate
        @activated(torch.sigmoid)
        def head(z): return z + 1
        def train(x, y): F.cross_entropy(head(x), y)
        """,
        {UNIT},
    ),
    "library decorator keeps the function": (
        """
        @torch.no_grad()
        @torch.compile
        def head(z): return torch.sigmoid(z)
        def train(x, y): F.cross_entropy(head(x), y)
        """,
        {UNIT},
    ),
    "generator": (
        """
        def heads(x):
            for layer in (1, 2):
                yield torch.sigmoid(x * layer)
        def train(x, y):
            for out in heads(x):
                F.cross_entropy(out, y)
        """,
        {UNIT},
    ),
    "yield from": (
        """
        def inner(x):
            yield x.softmax(1)
        def outer(x):
            yield from inner(x)
        def train(x, y):
            for out in outer(x): F.cross_entropy(out, y)
        """,
        {P},
    ),
    "recursion": (
        """
        def head(z, n):
            if n == 0:
                return z.softmax(1)
            return head(z, n - 1)
        def train(x, y): F.cross_entropy(head(x, 1), y)
        """,
        {P},
    ),
    "function as a value": (
        """
        def pick(name):
            return {"soft": F.softmax, "log": F.log_softmax}[name]
        def train(x, y): F.cross_entropy(pick("log")(x, 1), y)
        """,
        {LP},
    ),
    "global statement": (
        """
        out = None
        def forward(x):
            global out
            out = torch.sigmoid(x)
        def train(x, y):
            forward(x)
            F.cross_entropy(out, y)
        """,
        {UNIT},
    ),
    "module global": (
        """
        DIM = 1
        criterion = nn.CrossEntropyLoss()
        activation = nn.Softmax(DIM)
        def train(x, y): criterion(activation(x), y)
        """,
        {P},
    ),
    "getattr with a constant": (
        """
        def train(x, y): getattr(F, "cross_entropy")(getattr(torch, "sigmoid")(x), y)
        """,
        {UNIT},
    ),
    "conditional expression of functions": (
        """
        def train(x, y, flag):
            act = torch.sigmoid if flag else torch.tanh
            F.cross_entropy(act(x), y)
        """,
        {UNIT, Space.SIGNED_UNIT_INTERVAL},
    ),
    "async": (
        """
        async def head(x): return x.softmax(1)
        async def train(x, y): F.cross_entropy(await head(x), y)
        """,
        {P},
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_follows_functions(name: str) -> None:
    body, expected = FUNCTIONS[name]
    assert spaces(body) == expected
