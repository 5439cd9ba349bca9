"""What the engine knows of the values that reach a loss through classes and their objects."""

from __future__ import annotations

import pytest

from lossguard.contracts import Space
from tests.analysis.probing import UNIT, L, P, spaces

CLASSES: dict[str, tuple[str, set[Space]]] = {
    "forward": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 2)
                self.act = nn.Softmax(dim=1)
            def forward(self, x): return self.act(self.fc(x))
        net = Net()
        def train(x, y): F.cross_entropy(net(x), y)
        """,
        {P},
    ),
    "property": (
        """
        class Net(nn.Module):
            @property
            def act(self): return torch.sigmoid
            def forward(self, x): return self.act(x)
        def train(x, y): F.cross_entropy(Net()(x), y)
        """,
        {UNIT},
    ),
    "static method": (
        """
        class Net:
            @staticmethod
            def head(z): return z.softmax(1)
        def train(x, y): F.cross_entropy(Net.head(Net().head(x)), y)
        """,
        {P},
    ),
    "class method as constructor": (
        """
        class Net(nn.Module):
            def __init__(self, act):
                super().__init__()
                self.act = act
            @classmethod
            def default(cls): return cls(nn.Sigmoid())
            def forward(self, x): return self.act(x)
        net = Net.default()
        def train(x, y): F.cross_entropy(net(x), y)
        """,
        {UNIT},
    ),
    "super": (
        """
        class Base(nn.Module):
            def forward(self, x): return x + 1
        class Net(Base):
            def forward(self, x): return torch.softmax(super().forward(x), 1)
        def train(x, y): F.cross_entropy(Net()(x), y)
        """,
        {P},
    ),
    "inherited forward that calls an overridden hook": (
        """
        class Base(nn.Module):
            def forward(self, x): return self.head(x)
            def head(self, x): return x
        class Net(Base):
            def head(self, x): return torch.sigmoid(x)
        def train(x, y): F.cross_entropy(Net()(x), y)
        """,
        {UNIT},
    ),
    "diamond": (
        """
        class A(nn.Module):
            def head(self, x): return nn.Linear(2, 2)(x)
            def forward(self, x): return self.head(x)
        class B(A): pass
        class C(A):
            def head(self, x): return x.softmax(1)
        class D(B, C): pass
        def train(x, y): F.cross_entropy(D()(x), y)
        """,
        {P},
    ),
    "super in a diamond goes to the sibling": (
        """
        class A(nn.Module):
            def forward(self, x): return x
        class B(A):
            def forward(self, x): return super().forward(x)
        class C(A):
            def forward(self, x): return torch.sigmoid(super().forward(x))
        class D(B, C): pass
        def train(x, y): F.cross_entropy(D()(x), y)
        """,
        {UNIT},
    ),
    "class attribute": (
        """
        class Net(nn.Module):
            act = nn.Softmax(1)
            def forward(self, x): return self.act(x)
        def train(x, y): F.cross_entropy(Net()(x), y)
        """,
        {P},
    ),
    "class on one line": (
        """
        class Loss(nn.CrossEntropyLoss): pass
        class Act(nn.Softmax): pass
        def train(x, y): Loss()(Act(1)(x), y)
        """,
        {P},
    ),
    "dataclass output": (
        """
        from dataclasses import dataclass
        @dataclass
        class Output:
            logits: torch.Tensor
            probs: torch.Tensor = None
        def model(x): return Output(x, probs=x.softmax(1))
        def train(x, y): F.cross_entropy(model(x).probs, y)
        """,
        {P},
    ),
    "named tuple output": (
        """
        from typing import NamedTuple
        class Output(NamedTuple):
            logits: torch.Tensor
            probs: torch.Tensor
        def model(x): return Output(logits=x, probs=torch.sigmoid(x))
        def train(x, y):
            raw, probs = model(x)
            F.cross_entropy(probs, y)
        """,
        {UNIT},
    ),
    "callable object": (
        """
        class Head:
            def __init__(self, act): self.act = act
            def __call__(self, x): return self.act(x)
        head = Head(nn.Sigmoid())
        def train(x, y): F.cross_entropy(head(x), y)
        """,
        {UNIT},
    ),
    "patched forward": (
        """
        net = nn.Linear(3, 2)
        def forward(x): return x.softmax(1)
        net.forward = forward
        def train(x, y): F.cross_entropy(net(x), y)
        """,
        {P},
    ),
    "training flag": (
        """
        class Net(nn.Module):
            def forward(self, x):
                out = nn.Linear(3, 2)(x)
                return out if self.training else out.softmax(1)
        net = Net()
        def train(x, y): F.cross_entropy(net(x), y)
        """,
        {L},
    ),
    "evaluation mode": (
        """
        class Net(nn.Module):
            def forward(self, x):
                out = nn.Linear(3, 2)(x)
                return out if self.training else out.softmax(1)
        def validate(x, y):
            net = Net()
            net.eval()
            F.cross_entropy(net(x), y)
        """,
        {P},
    ),
    "attribute set by another method": (
        """
        class Task:
            def setup(self): self.act = nn.Sigmoid()
            def step(self, x, y): return F.cross_entropy(self.act(x), y)
        """,
        {UNIT},
    ),
    "attribute replaced later": (
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.act = nn.Softmax(1)
            def forward(self, x): return self.act(x)
        net = Net()
        net.act = nn.Sigmoid()
        def train(x, y): F.cross_entropy(net(x), y)
        """,
        {UNIT},
    ),
    "setter does not hide the property": (
        """
        class Net(nn.Module):
            @property
            def out(self): return torch.sigmoid(self._out)
            @out.setter
            def out(self, value): self._out = value
        def train(x, y):
            net = Net()
            net._out = x
            F.cross_entropy(net.out, y)
        """,
        {UNIT},
    ),
}
DECORATED: dict[str, tuple[str, set[Space]]] = {
    "decorated method": (
        """
        def normalised(function):
            def wrapper(self, z): return function(self, z).softmax(1)
            return wrapper
        class Net(nn.Module):
            @normalised
            def forward(self, z): return z + 1
        net = Net()
        def train(x, y): F.cross_entropy(net(x), y)
        """,
        {P},
    ),
}


@pytest.mark.parametrize("name", CLASSES)
def test_follows_classes(name: str) -> None:
    body, expected = CLASSES[name]
    assert spaces(body) == expected


@pytest.mark.parametrize("name", DECORATED)
def test_follows_decorators(name: str) -> None:
    body, expected = DECORATED[name]
    assert spaces(body) == expected
