"""What the engine knows of the values that reach a loss through functions and classes."""

from __future__ import annotations

import pytest

from lossguard.contracts import Space
from tests.analysis.probing import LP, UNIT, L, P, U, spaces

FUNCTIONS: dict[str, tuple[str, set[Space]]] = {
    "closure": ("""
        def train(x, y):
            def forward(z): return scale(z).softmax(1)
            def scale(z): return z / temperature
            temperature = 2
            F.cross_entropy(forward(x), y)
        """, {P}),
    "closure over the criterion": ("""
        def make():
            criterion = nn.CrossEntropyLoss()
            def loss(out, y): return criterion(out.softmax(-1), y)
            return loss
        loss = make()
        def train(x, y): loss(x, y)
        """, {P}),
    "nonlocal": ("""
        def train(x, y):
            out = x
            def activate():
                nonlocal out
                out = torch.softmax(out, dim=1)
            activate()
            F.cross_entropy(out, y)
        """, {P}),
    "lambda": ("""
        act = lambda z, dim=1: F.softmax(z, dim)
        def train(x, y): F.cross_entropy(act(x), y)
        """, {P}),
    "default argument": ("""
        def train(x, y, criterion=F.cross_entropy, act=torch.sigmoid): criterion(act(x), y)
        """, {UNIT}),
    "keyword-only argument": ("""
        def loss(*, out, target): return F.cross_entropy(out, target)
        def train(x, y): loss(target=y, out=x.softmax(1))
        """, {P, U}),
    "positional-only argument": ("""
        def head(z, /, act=None): return z if act is None else act(z)
        def train(x, y): F.cross_entropy(head(x, torch.sigmoid), y)
        """, {UNIT}),
    "star arguments": ("""
        def outer(*args, **kwargs): return inner(*args, **kwargs)
        def inner(z, dim): return z.softmax(dim)
        def train(x, y): F.cross_entropy(outer(x, dim=1), y)
        """, {P}),
    "arguments from a list and a dict": ("""
        def train(x, y):
            args = [torch.softmax(x, 1)]
            options = {"target": y, "reduction": "sum"}
            F.cross_entropy(*args, **options)
        """, {P}),
    "dict of keywords passed on": ("""
        def head(z, act, **rest): return act(z, **rest)
        def train(x, y): F.cross_entropy(head(x, F.log_softmax, dim=1), y)
        """, {LP}),
    "early return": ("""
        def head(z, raw=False):
            if raw:
                return nn.Linear(3, 2)(z)
            return z.softmax(1)
        def train(x, y):
            F.cross_entropy(head(x), y)
        """, {P}),
    "early return of the other kind": ("""
        def head(z, raw=False):
            if raw:
                return nn.Linear(3, 2)(z)
            return z.softmax(1)
        def train(x, y):
            F.cross_entropy(head(x, raw=True), y)
        """, {L}),
    "partial": ("""
        from functools import partial
        softmax = partial(torch.softmax, dim=-1)
        loss = partial(F.cross_entropy, reduction="sum")
        def train(x, y): loss(softmax(x), y)
        """, {P}),
    "partial of a project function": ("""
        import functools
        def head(act, z, dim): return act(z, dim)
        softmax_head = functools.partial(head, F.softmax, dim=1)
        def train(x, y): F.cross_entropy(softmax_head(x), y)
        """, {P}),
    "decorator that changes the result": ("""
        import functools
        def normalised(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                return torch.softmax(function(*args, **kwargs), dim=1)
            return wrapper
        @normalised
        def head(z): return z + 1
        def train(x, y): F.cross_entropy(head(x), y)
        """, {P}),
    "decorator with arguments": ("""
        def activated(act):
            def decorate(function):
                def wrapper(z): return act(function(z))
                return wrapper
            return decorate
        @activated(torch.sigmoid)
        def head(z): return z + 1
        def train(x, y): F.cross_entropy(head(x), y)
        """, {UNIT}),
    "library decorator keeps the function": ("""
        @torch.no_grad()
        @torch.compile
        def head(z): return torch.sigmoid(z)
        def train(x, y): F.cross_entropy(head(x), y)
        """, {UNIT}),
    "generator": ("""
        def heads(x):
            for layer in (1, 2):
                yield torch.sigmoid(x * layer)
        def train(x, y):
            for out in heads(x):
                F.cross_entropy(out, y)
        """, {UNIT}),
    "yield from": ("""
        def inner(x):
            yield x.softmax(1)
        def outer(x):
            yield from inner(x)
        def train(x, y):
            for out in outer(x): F.cross_entropy(out, y)
        """, {P}),
    "recursion": ("""
        def head(z, n):
            if n == 0:
                return z.softmax(1)
            return head(z, n - 1)
        def train(x, y): F.cross_entropy(head(x, 1), y)
        """, {P}),
    "function as a value": ("""
        def pick(name):
            return {"soft": F.softmax, "log": F.log_softmax}[name]
        def train(x, y): F.cross_entropy(pick("log")(x, 1), y)
        """, {LP}),
    "global statement": ("""
        out = None
        def forward(x):
            global out
            out = torch.sigmoid(x)
        def train(x, y):
            forward(x)
            F.cross_entropy(out, y)
        """, {UNIT}),
    "module global": ("""
        DIM = 1
        criterion = nn.CrossEntropyLoss()
        activation = nn.Softmax(DIM)
        def train(x, y): criterion(activation(x), y)
        """, {P}),
    "getattr with a constant": ("""
        def train(x, y): getattr(F, "cross_entropy")(getattr(torch, "sigmoid")(x), y)
        """, {UNIT}),
    "conditional expression of functions": ("""
        def train(x, y, flag):
            act = torch.sigmoid if flag else torch.tanh
            F.cross_entropy(act(x), y)
        """, {UNIT, Space.SIGNED_UNIT_INTERVAL}),
    "async": ("""
        async def head(x): return x.softmax(1)
        async def train(x, y): F.cross_entropy(await head(x), y)
        """, {P}),
}
CLASSES: dict[str, tuple[str, set[Space]]] = {
    "forward": ("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 2)
                self.act = nn.Softmax(dim=1)
            def forward(self, x): return self.act(self.fc(x))
        net = Net()
        def train(x, y): F.cross_entropy(net(x), y)
        """, {P}),
    "property": ("""
        class Net(nn.Module):
            @property
            def act(self): return torch.sigmoid
            def forward(self, x): return self.act(x)
        def train(x, y): F.cross_entropy(Net()(x), y)
        """, {UNIT}),
    "static method": ("""
        class Net:
            @staticmethod
            def head(z): return z.softmax(1)
        def train(x, y): F.cross_entropy(Net.head(Net().head(x)), y)
        """, {P}),
    "class method as constructor": ("""
        class Net(nn.Module):
            def __init__(self, act):
                super().__init__()
                self.act = act
            @classmethod
            def default(cls): return cls(nn.Sigmoid())
            def forward(self, x): return self.act(x)
        net = Net.default()
        def train(x, y): F.cross_entropy(net(x), y)
        """, {UNIT}),
    "super": ("""
        class Base(nn.Module):
            def forward(self, x): return x + 1
        class Net(Base):
            def forward(self, x): return torch.softmax(super().forward(x), 1)
        def train(x, y): F.cross_entropy(Net()(x), y)
        """, {P}),
    "inherited forward that calls an overridden hook": ("""
        class Base(nn.Module):
            def forward(self, x): return self.head(x)
            def head(self, x): return x
        class Net(Base):
            def head(self, x): return torch.sigmoid(x)
        def train(x, y): F.cross_entropy(Net()(x), y)
        """, {UNIT}),
    "diamond": ("""
        class A(nn.Module):
            def head(self, x): return nn.Linear(2, 2)(x)
            def forward(self, x): return self.head(x)
        class B(A): pass
        class C(A):
            def head(self, x): return x.softmax(1)
        class D(B, C): pass
        def train(x, y): F.cross_entropy(D()(x), y)
        """, {P}),
    "super in a diamond goes to the sibling": ("""
        class A(nn.Module):
            def forward(self, x): return x
        class B(A):
            def forward(self, x): return super().forward(x)
        class C(A):
            def forward(self, x): return torch.sigmoid(super().forward(x))
        class D(B, C): pass
        def train(x, y): F.cross_entropy(D()(x), y)
        """, {UNIT}),
    "class attribute": ("""
        class Net(nn.Module):
            act = nn.Softmax(1)
            def forward(self, x): return self.act(x)
        def train(x, y): F.cross_entropy(Net()(x), y)
        """, {P}),
    "class on one line": ("""
        class Loss(nn.CrossEntropyLoss): pass
        class Act(nn.Softmax): pass
        def train(x, y): Loss()(Act(1)(x), y)
        """, {P}),
    "dataclass output": ("""
        from dataclasses import dataclass
        @dataclass
        class Output:
            logits: torch.Tensor
            probs: torch.Tensor = None
        def model(x): return Output(x, probs=x.softmax(1))
        def train(x, y): F.cross_entropy(model(x).probs, y)
        """, {P}),
    "named tuple output": ("""
        from typing import NamedTuple
        class Output(NamedTuple):
            logits: torch.Tensor
            probs: torch.Tensor
        def model(x): return Output(logits=x, probs=torch.sigmoid(x))
        def train(x, y):
            raw, probs = model(x)
            F.cross_entropy(probs, y)
        """, {UNIT}),
    "callable object": ("""
        class Loss:
            def __init__(self, act): self.act = act
            def __call__(self, out, y): return F.cross_entropy(self.act(out), y)
        loss = Loss(nn.Sigmoid())
        def train(x, y): loss(x, y)
        """, {UNIT, U}),
    "patched forward": ("""
        net = nn.Linear(3, 2)
        def forward(x): return x.softmax(1)
        net.forward = forward
        def train(x, y): F.cross_entropy(net(x), y)
        """, {P}),
    "training flag": ("""
        class Net(nn.Module):
            def forward(self, x):
                out = nn.Linear(3, 2)(x)
                return out if self.training else out.softmax(1)
        net = Net()
        def train(x, y): F.cross_entropy(net(x), y)
        """, {L}),
    "evaluation mode": ("""
        class Net(nn.Module):
            def forward(self, x):
                out = nn.Linear(3, 2)(x)
                return out if self.training else out.softmax(1)
        def validate(x, y):
            net = Net()
            net.eval()
            F.cross_entropy(net(x), y)
        """, {P}),
    "attribute set by another method": ("""
        class Task:
            def setup(self): self.act = nn.Sigmoid()
            def step(self, x, y): return F.cross_entropy(self.act(x), y)
        """, {UNIT}),
    "attribute replaced later": ("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.act = nn.Softmax(1)
            def forward(self, x): return self.act(x)
        net = Net()
        net.act = nn.Sigmoid()
        def train(x, y): F.cross_entropy(net(x), y)
        """, {UNIT}),
    "setter does not hide the property": ("""
        class Net(nn.Module):
            @property
            def out(self): return torch.sigmoid(self._out)
            @out.setter
            def out(self, value): self._out = value
        def train(x, y):
            net = Net()
            net._out = x
            F.cross_entropy(net.out, y)
        """, {UNIT}),
}


NOT_FOLLOWED: dict[str, tuple[str, set[Space]]] = {
    "decorated method": ("""
        def normalised(function):
            def wrapper(self, z): return function(self, z).softmax(1)
            return wrapper
        class Net(nn.Module):
            @normalised
            def forward(self, z): return z + 1
        net = Net()
        def train(x, y): F.cross_entropy(net(x), y)
        """, {P}),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_follows_functions(name: str) -> None:
    body, expected = FUNCTIONS[name]
    assert spaces(body) == expected


@pytest.mark.parametrize("name", CLASSES)
def test_follows_classes(name: str) -> None:
    body, expected = CLASSES[name]
    assert spaces(body) == expected


@pytest.mark.xfail(strict=True, reason="decorators of methods are not applied")
@pytest.mark.parametrize("name", NOT_FOLLOWED)
def test_follows_what_it_does_not_follow_yet(name: str) -> None:
    body, expected = NOT_FOLLOWED[name]
    assert spaces(body) == expected
