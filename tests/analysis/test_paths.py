"""What the engine knows of the values that reach a loss behind branches, loops, exceptions and limits."""

from __future__ import annotations

import logging

import pytest

from lossguard.contracts import Space
from lossguard.facts import TensorFacts
from tests.analysis.probing import UNIT, L, P, U, inputs, spaces

BRANCHES: dict[str, tuple[str, set[Space]]] = {
    "both branches agree": (
        """
        def train(x, y, flag):
            if flag: out = x.softmax(1)
            else: out = torch.softmax(x + 1, 1)
            F.cross_entropy(out, y)
        """,
        {P},
    ),
    "branches differ": (
        """
        def train(x, y, flag):
            if flag: out = x.softmax(1)
            else: out = nn.Linear(2, 2)(x)
            F.cross_entropy(out, y)
        """,
        {P, L},
    ),
    "the same test again": (
        """
        def train(x, y, flag):
            if flag: out = x.softmax(1)
            else: out = nn.Linear(2, 2)(x)
            if flag: F.nll_loss(out.log(), y)
            else: F.cross_entropy(out, y)
        """,
        {Space.LOG_PROBABILITIES, L},
    ),
    "the same comparison of an attribute": (
        """
        def train(x, y, cfg):
            out = x.softmax(1) if cfg.loss == "nll" else nn.Linear(2, 2)(x)
            if cfg.loss == "ce": F.cross_entropy(out, y)
        """,
        {L},
    ),
    "the negated test": (
        """
        def train(x, y, flag):
            out = nn.Linear(2, 2)(x)
            if not flag: out = torch.sigmoid(out)
            if flag: F.cross_entropy(out, y)
        """,
        {L},
    ),
    "a test kept in a variable": (
        """
        def train(x, y, cfg):
            raw = cfg.loss == "ce"
            out = nn.Linear(2, 2)(x) if raw else x.softmax(1)
            if raw: F.cross_entropy(out, y)
        """,
        {L},
    ),
    "a chain of elif": (
        """
        def train(x, y, kind):
            if kind == "a": out = x.softmax(1)
            elif kind == "b": out = torch.sigmoid(x)
            else: out = nn.Linear(2, 2)(x)
            if kind == "b": F.cross_entropy(out, y)
        """,
        {UNIT},
    ),
    "nested branches": (
        """
        def train(x, y, a, b):
            out = nn.Linear(2, 2)(x)
            if a:
                if b: out = x.softmax(1)
                else: out = torch.sigmoid(x)
            if a and b: F.cross_entropy(out, y)
        """,
        {P},
    ),
    "a return in a branch leaves the rest to the other": (
        """
        def train(x, y, flag):
            out = nn.Linear(2, 2)(x)
            if flag:
                out = x.softmax(1)
                return out
            return F.cross_entropy(out, y)
        """,
        {L},
    ),
    "a raise in a branch leaves the rest to the other": (
        """
        def train(x, y, kind):
            if kind == "a": out = x.softmax(1)
            elif kind == "b": out = torch.sigmoid(x)
            else: raise ValueError(kind)
            F.cross_entropy(out, y)
        """,
        {P, UNIT},
    ),
    "a branch that a constant decides": (
        """
        SOFTMAX = False
        def train(x, y):
            out = nn.Linear(2, 2)(x)
            if SOFTMAX: out = out.softmax(1)
            F.cross_entropy(out, y)
        """,
        {L},
    ),
    "match on a constant": (
        """
        def head(x, kind):
            match kind:
                case "soft": return x.softmax(1)
                case "sig": return torch.sigmoid(x)
                case _: return nn.Linear(2, 2)(x)
        def train(x, y): F.cross_entropy(head(x, "sig"), y)
        """,
        {UNIT},
    ),
    "match on something unknown": (
        """
        def train(x, y, kind):
            match kind:
                case "soft": out = x.softmax(1)
                case other: out = torch.sigmoid(x)
            F.cross_entropy(out, y)
        """,
        {P, UNIT},
    ),
    "match binds the subject": (
        """
        def train(x, y):
            match x.softmax(1):
                case out: F.cross_entropy(out, y)
        """,
        {P},
    ),
    "and and or": (
        """
        def train(x, y, act=None):
            act = act or torch.sigmoid
            F.cross_entropy(nn.Linear(2, 2)(x) and x.softmax(1), y)
        """,
        {P, L},
    ),
    "assert isinstance does not end the path": (
        """
        def train(x, y):
            out = x.softmax(1)
            assert isinstance(out, torch.Tensor)
            F.cross_entropy(out, y)
        """,
        {P},
    ),
}
LOOPS: dict[str, tuple[str, set[Space]]] = {
    "a loop over literals is followed exactly": (
        """
        def train(x, y):
            out = nn.Linear(2, 2)(x)
            for act in (torch.sigmoid, torch.tanh): out = act(out)
            F.cross_entropy(out, y)
        """,
        {Space.SIGNED_UNIT_INTERVAL},
    ),
    "a loop over a range": (
        """
        def train(x, y):
            outs = []
            for n in range(3): outs.append(torch.sigmoid(x * n))
            F.cross_entropy(outs[2], y)
        """,
        {UNIT},
    ),
    "the second round sees what the first one left": (
        """
        def train(loader, net):
            out = None
            for x, y in loader:
                if out is not None: F.cross_entropy(out, y)
                out = torch.sigmoid(x)
        """,
        {UNIT},
    ),
    "break and continue": (
        """
        def train(loader):
            for x, y in loader:
                if y is None: continue
                out = x.softmax(1)
                F.cross_entropy(out, y)
                break
        """,
        {P},
    ),
    "while": (
        """
        def train(x, y):
            n = 0
            while n < 10:
                out = torch.sigmoid(x)
                F.cross_entropy(out, y)
                n += 1
        """,
        {UNIT},
    ),
    "else of a loop": (
        """
        def train(x, y):
            for n in range(2): out = x.softmax(1)
            else: out = torch.sigmoid(x)
            F.cross_entropy(out, y)
        """,
        {UNIT},
    ),
    "nested loops": (
        """
        def train(loader, epochs):
            for _ in range(epochs):
                for n, (x, y) in enumerate(loader):
                    F.cross_entropy(torch.sigmoid(x), y)
        """,
        {UNIT},
    ),
}
CONTEXTS: dict[str, tuple[str, set[Space]]] = {
    "try and its else": (
        """
        def train(x, y):
            try: out = x.softmax(1)
            except RuntimeError: raise
            else: F.cross_entropy(out, y)
        """,
        {P},
    ),
    "a handler gives another value": (
        """
        def train(x, y):
            try: out = x.softmax(1)
            except RuntimeError: out = torch.sigmoid(x)
            F.cross_entropy(out, y)
        """,
        {P, UNIT},
    ),
    "finally": (
        """
        def train(x, y):
            out = nn.Linear(2, 2)(x)
            try: x = x + 1
            finally: out = torch.sigmoid(out)
            F.cross_entropy(out, y)
        """,
        {UNIT},
    ),
    "with": (
        """
        def train(x, y):
            with torch.no_grad(), torch.autocast("cuda"):
                out = x.softmax(1)
            F.cross_entropy(out, y)
        """,
        {P},
    ),
    "with a target": (
        """
        def train(x, y, tape):
            with tape(x) as t:
                out = torch.sigmoid(t)
            F.cross_entropy(out, y)
        """,
        {UNIT},
    ),
}
LIMITS: dict[str, str] = {
    "recursion without end": """
        def head(x): return head(x)
        def train(x, y): F.cross_entropy(head(x), y)
        """,
    "mutual recursion": """
        def a(x): return b(x)
        def b(x): return c(x)
        def c(x): return a(x)
        def train(x, y): F.cross_entropy(a(x), y)
        """,
    "recursive default": """
        def a(x, f=lambda z: a(z)): return f(x)
        def train(x, y): F.cross_entropy(a(x), y)
        """,
    "recursive class": """
        class Net(nn.Module):
            def __init__(self, depth):
                super().__init__()
                self.inner = Net(depth - 1)
            def forward(self, x): return self.inner(x)
        def train(x, y): F.cross_entropy(Net(3)(x), y)
        """,
    "class that inherits itself": """
        class A(B): pass
        class B(A): pass
        def train(x, y): F.cross_entropy(A()(x), y)
        """,
    "object that calls itself": """
        class Net(nn.Module):
            def __call__(self, x): return self(x)
        def train(x, y): F.cross_entropy(Net()(x), y)
        """,
    "property that reads itself": """
        class Net(nn.Module):
            @property
            def act(self): return self.act
            def forward(self, x): return self.act(x)
        def train(x, y): F.cross_entropy(Net()(x), y)
        """,
    "decorator that decorates itself": """
        @wrap
        def wrap(f): return wrap(f)
        def train(x, y): F.cross_entropy(wrap(x), y)
        """,
    "name defined by itself": """
        out = out
        def train(x, y): F.cross_entropy(out, y)
        """,
    "list that holds itself": """
        def train(x, y):
            a = []
            a.append(a)
            for b in a: a.append(b)
            F.cross_entropy(a[0], y)
        """,
}


@pytest.mark.parametrize("name", BRANCHES)
def test_follows_branches(name: str) -> None:
    body, expected = BRANCHES[name]
    assert spaces(body) == expected


@pytest.mark.parametrize("name", LOOPS)
def test_follows_loops(name: str) -> None:
    body, expected = LOOPS[name]
    assert spaces(body) == expected


@pytest.mark.parametrize("name", CONTEXTS)
def test_follows_contexts_and_exceptions(name: str) -> None:
    body, expected = CONTEXTS[name]
    assert spaces(body) == expected


@pytest.mark.parametrize("name", LIMITS)
def test_what_never_ends_is_not_known(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "lossguard")
    assert spaces(LIMITS[name]) == {U}
    assert caplog.messages == []


# What is known beside the space


def _only(body: str) -> TensorFacts:
    (facts,) = inputs(body)
    return facts


def test_shapes_and_element_types_arrive_with_the_value() -> None:
    facts = _only("""
        def train(x, y):
            head = nn.Linear(16, 10)
            out = head(torch.zeros(8, 16)).softmax(1).double()
            F.cross_entropy(out.unsqueeze(0), y)
        """)
    assert facts.shape == (1, 8, 10)
    assert facts.dtype is not None
    assert facts.dtype.value == "f64"
    assert facts.operation == "softmax"


@pytest.mark.parametrize(("move", "dim"), [("unsqueeze(0)", 2), ("transpose(0, 1)", 0), ("permute(1, 0)", 0)])
def test_the_dimension_of_a_softmax_moves_with_the_shape(move: str, dim: int) -> None:
    facts = _only(f"""
        def train(y): F.cross_entropy(torch.zeros(8, 10).softmax(1).{move}, y)
        """)
    assert facts.dim == dim


def test_the_trace_leads_from_the_operation_to_the_loss_in_the_order_of_the_flow() -> None:
    facts = _only("""\
        class Net(nn.Module):
            def forward(self, x):
                out = torch.sigmoid(x)
                return out


        net = Net()


        def predict(x):
            return net(x)


        def train(x, y):
            out = predict(x)
            F.cross_entropy(out, y)
        """)
    first = facts.steps[0]
    assert (first.span.line, first.span.column, first.span.end_column) == (6, 15, 31)
    assert "sigmoid" in first.message
    assert [step.span.line for step in facts.steps] == [6, 7, 14, 18]
