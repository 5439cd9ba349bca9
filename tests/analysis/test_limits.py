"""What the engine knows where it is bounded, and of what nobody calls."""

from __future__ import annotations

import logging

import pytest

from lossguard.analysis import entries
from lossguard.analysis.interpreter import budget, calls
from lossguard.contracts import Space
from tests.analysis.probing import UNIT, P, U, inputs, spaces


def test_a_program_beyond_the_budget_ends_quietly_as_undecided(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "lossguard")
    body = """
        def train(x, y):
            for a in range(9):
                for b in range(9): x = x + b
            F.cross_entropy(x.softmax(1), y)
        def evaluate(x, y): F.cross_entropy(torch.sigmoid(x), y)
        """
    assert spaces(body) == {P, UNIT}
    monkeypatch.setattr(budget, "MAX_STEPS", 100)
    assert spaces(body) == {UNIT}
    assert caplog.messages == []


def test_what_a_file_may_take_is_shared_by_what_it_defines(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "".join(
        f"""
        def soft_{n}(x): return x.softmax(1)
        def train_{n}(x, y):
            for a in range(9): x = x + a
            F.cross_entropy(soft_{n}(x), y)
        def check_{n}(x, y): F.cross_entropy(torch.sigmoid(x), y)
        """
        for n in range(3)
    )
    assert len(inputs(body)) == 6
    monkeypatch.setattr(entries, "MAX_FILE_STEPS", 100)
    assert [facts.space for facts in inputs(body)].count(UNIT) == 3
    assert 0 < [facts.space for facts in inputs(body)].count(P) < 3


def test_the_loss_calls_of_what_is_not_evaluated_to_its_end_are_found_on_its_surface(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = """
        def prepare(x):
            for a in range(9):
                for b in range(9): x = x + b
            return x.softmax(1)
        def train(x, y):
            x = prepare(x)
            F.cross_entropy(x, y)
            F.cross_entropy(torch.sigmoid(y), y)
        """
    assert spaces(body) == {P, UNIT}
    monkeypatch.setattr(budget, "MAX_STEPS", 40)
    assert spaces(body) == {U, UNIT}


DECORATED = """
    import functools
    def timed(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs): return function(*args, **kwargs)
        return wrapper
    @register
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.loss = nn.CrossEntropyLoss()
        @timed
        def forward(self, x, y): return self.loss(torch.sigmoid(x), y)
    """


@pytest.mark.parametrize("steps", [120_000, 0])
def test_no_loss_call_is_left_out_where_a_file_has_used_up_its_steps(
    monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(entries, "MAX_FILE_STEPS", steps)
    assert spaces(DECORATED) == {UNIT}


EFFECTS = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.act = nn.Identity()
            self.prepare()
        def prepare(self):
            {body}
        def forward(self, x): return self.act(x)
    def train(x, y): F.cross_entropy(Net()(x), y)
    """
LONG = "for a in range(9): self.a = self.b = self.c = self.d = self.e = self.f = self.g = self.h = a"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("self.act = nn.Softmax(1)", {P}),
        (f"self.act = nn.Softmax(1)\n            {LONG}", {P}),
        (f"{LONG}\n            self.act = nn.Softmax(1)", {P}),
    ],
)
def test_what_a_long_function_does_is_found_wherever_it_does_it(
    monkeypatch: pytest.MonkeyPatch, body: str, expected: set[Space]
) -> None:
    monkeypatch.setattr(calls, "EFFECT_STEPS", 40)
    assert spaces(EFFECTS.format(body=body)) == expected


def test_what_is_given_a_function_may_run_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "EFFECT_STEPS", 20)
    assert spaces("""
        class Trainer:
            def __init__(self, step):
                self.prepare(step)
            def prepare(self, step):
                for a in range(9): b = a + a
                step(torch.zeros(2, 3), torch.zeros(2).long())
        def train():
            criterion = nn.CrossEntropyLoss()
            def step(x, y): criterion(x.softmax(1), y)
            Trainer(step)
        """) == {P}


def test_elsewhere_a_call_for_its_effects_takes_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "EFFECT_STEPS", 20)
    assert spaces("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.try_out()
            def try_out(self):
                self(torch.zeros(2))
            def forward(self, x):
                for a in range(9): x = x + a
                return x.softmax(1)
        def step(net, criterion, x, y):
            for a in range(9): x = x + a
            criterion(net(x), y)
        def train(x, y):
            net = Net()
            net(x)
            step(net, nn.CrossEntropyLoss(), x, y)
        """) == {P}


CLOSURES: dict[str, tuple[str, set[Space]]] = {
    "a function that is returned": (
        """
        def make():
            criterion = nn.CrossEntropyLoss()
            def step(x, y): return criterion(x.softmax(1), y)
            return step
        """,
        {P},
    ),
    "a function that nobody calls": (
        "def main():\n    def step(x, y): F.cross_entropy(x.sigmoid(), y)",
        {UNIT},
    ),
    "a function within such a function": (
        """
        def main():
            def outer():
                def step(x, y): F.cross_entropy(x.sigmoid(), y)
        """,
        {UNIT},
    ),
    "lambdas": ("losses = {'ce': lambda x, y: F.cross_entropy(x.softmax(1), y)}", {P}),
    "a method of a class within a function": (
        """
        def main():
            class Loss(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.act = nn.Softmax(1)
                def forward(self, x, y): return F.cross_entropy(self.act(x), y)
        """,
        {P},
    ),
    "a function that is called counts as it is called": (
        """
        def main(x, y):
            def step(x): F.cross_entropy(x, y)
            step(x.softmax(1))
        """,
        {P},
    ),
}


@pytest.mark.parametrize("name", CLOSURES)
def test_what_is_defined_within_a_function_is_looked_into(name: str) -> None:
    body, expected = CLOSURES[name]
    assert spaces(body) == expected
