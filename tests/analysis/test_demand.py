"""What leads to no loss is looked into where a loss call needs it, and nowhere else."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lossguard import check_source
from lossguard.analysis.interpreter import calls

PREAMBLE = """
import torch
import torch.nn as nn
import torch.nn.functional as F

criterion = nn.CrossEntropyLoss()

def deeper(x):
    return x

def long(x):
    deeper(x)
    return x
"""


@pytest.fixture(autouse=True)
def _everything_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "PEEK_STEPS", 1)
    monkeypatch.setattr(calls, "EFFECT_STEPS", 1)


def codes(program: str) -> list[str]:
    return [each.code for each in check_source(PREAMBLE + dedent(program))]


def test_what_no_loss_needs_is_not_looked_into(ran: list[str]) -> None:
    program = """
        def train(net, x, y):
            scores = nn.Linear(4, 2)(long(x))
            message = long("done")
            return criterion(scores, y), message
        """
    assert codes(program) == []
    assert "long" in ran
    assert "deeper" not in ran


def test_what_gives_the_input_is(ran: list[str]) -> None:
    program = """
        def train(x, y):
            return criterion(long(x.softmax(1)), y)
        """
    assert codes(program) == ["LG101"]
    assert "deeper" in ran


def test_what_gives_the_target_is() -> None:
    program = """
        def encoded(y):
            return F.one_hot(y, 2)

        def train(x, y):
            return criterion(nn.Linear(4, 2)(x), encoded(y))
        """
    assert codes(program) == ["LG201"]


@pytest.mark.parametrize(("scores", "is_right"), [("x.softmax(1)", False), ("nn.Linear(4, 2)(x)", True)])
def test_a_condition_is_looked_into_where_the_call_under_it_may_be_wrong(
    scores: str, is_right: bool, ran: list[str]
) -> None:
    program = f"""
        def never():
            deeper(0)
            return False

        def train(x, y):
            if never():
                return criterion({scores}, y)
        """
    assert codes(program) == []
    assert ("deeper" not in ran) is is_right


def test_an_attribute_that_a_function_would_have_set_is_not_what_it_was() -> None:
    program = """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 2)
                self.act = nn.Softmax(dim=1)

            def forward(self, x):
                return self.act(self.fc(x))

        def without_activation(net):
            net.act = nn.Identity()

        def train(x, y):
            net = Net()
            without_activation(net)
            return criterion(net(x), y)
        """
    assert codes(program) == []


def test_a_method_that_a_constructor_calls_sets_what_it_sets() -> None:
    program = """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.build()

            def build(self):
                self.body = nn.Sequential(nn.Linear(4, 2), nn.Softmax(dim=1))

            def forward(self, x):
                return self.body(x)

        def train(x, y):
            return criterion(Net()(x), y)
        """
    assert codes(program) == ["LG101"]


def test_who_is_given_a_function_is_looked_into_where_its_parameters_are_missed() -> None:
    program = """
        class Runner:
            def __init__(self, function):
                self.function = function

            def run(self, x, y):
                self.function(x.softmax(1), y)

        def step(scores, y):
            return criterion(scores, y)

        def train(x, y):
            runner = Runner(step)
            runner.run(x, y)
        """
    assert codes(program) == ["LG101"]


def test_who_is_given_a_loss_is_looked_into() -> None:
    program = """
        def apply(function, x, y):
            return function(x.softmax(1), y)

        def train(x, y):
            return apply(criterion, x, y)
        """
    assert codes(program) == ["LG101"]


@pytest.mark.parametrize(
    "given", ["[criterion]", "{'scores': criterion}", "partial(criterion)", "criterion.forward"]
)
def test_so_is_who_is_given_it_in_something_else(given: str) -> None:
    program = f"""
        from functools import partial

        def apply(functions, x, y):
            for each in functions if isinstance(functions, list) else [functions]:
                each = each["scores"] if isinstance(each, dict) else each
                each(x.softmax(1), y)

        def train(x, y):
            return apply({given}, x, y)
        """
    assert codes(program) == ["LG101"]


def test_a_manager_that_may_convert_is_looked_into() -> None:
    program = """
        def mixed():
            return torch.autocast("cuda", enabled=False)

        def train(x, y):
            with mixed():
                return F.binary_cross_entropy(torch.sigmoid(x), y)
        """
    assert codes(program) == []


def test_a_global_that_a_function_sets_is_set() -> None:
    program = """
        normalised = True

        def choose():
            global normalised
            normalised = False

        choose()

        def train(x, y):
            return criterion(x.softmax(1) if normalised else nn.Linear(4, 2)(x), y)
        """
    assert codes(program) == []


def test_functions_behind_one_wrapper_are_all_entered() -> None:
    program = """
        def traced(function):
            def wrapper(self, *given):
                return function(self, *given)
            return wrapper

        class One(nn.Module):
            @traced
            def forward(self, x, y):
                return criterion(x.softmax(1), y)

        class Other(nn.Module):
            @traced
            def forward(self, x, y):
                return criterion(x.softmax(1), y)

        def both(x, y):
            return Other()(x, y)
        """
    assert codes(program) == ["LG101", "LG101"]


def test_what_a_needed_function_calls_is_looked_into_where_the_input_stays_open() -> None:
    program = """
        def inner(x):
            return 2 * x

        def outer(x):
            return x + inner(x)

        def train():
            x, y = torch.randn(3, 1), torch.randn(3)
            return F.mse_loss(outer(x), y)
        """
    assert codes(program) == ["LG304"]


UNFINISHED = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 4)
            {first}
            for _ in range(9): self.a = self.b = self.c = self.d = 1
            {last}

        def forward(self, x):
            for layer in self.layers: x = layer(self.linear(x))
            return x

    def train(x, y):
        return criterion(Net()(x), y)
    """


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("self.layers = [nn.Linear(4, 4)]", "self.layers.append(nn.Softmax(1))", ["LG101"]),
        ("self.layers = [nn.Linear(4, 4)]", "self.layers = [nn.Softmax(1)]", ["LG101"]),
        ("self.layers = [nn.Softmax(1)]", "self.layers = [nn.Linear(4, 4)]", []),
    ],
)
def test_what_a_function_has_done_before_it_turns_out_to_be_long_is_undone(
    monkeypatch: pytest.MonkeyPatch, first: str, last: str, expected: list[str]
) -> None:
    monkeypatch.setattr(calls, "PEEK_STEPS", 20)
    assert codes(UNFINISHED.format(first=first, last=last)) == expected


def test_what_misses_nothing_is_not_evaluated_again(ran: list[str]) -> None:
    program = """
        def scores(x):
            deeper(x)
            return x.softmax(1)

        def first(x, y):
            return criterion(scores(x), y)

        def second(x, y):
            return criterion(nn.Linear(4, 2)(x.view(8, 4)), y.argmax(1))
        """
    assert codes(program) == ["LG101"]
    assert ran.count("first") > 1
    assert ran.count("second") == 1


def test_what_another_has_called_no_longer_is_evaluated_by_itself(ran: list[str]) -> None:
    program = """
        def head(x):
            deeper(x)
            return x.softmax(1)

        def enabled():
            deeper(0)
            return False

        def loss(x, y):
            return criterion(x.softmax(1), y)

        def train(x, y):
            if enabled():
                loss(x, y)
            return criterion(head(x), y)
        """
    assert codes(program) == ["LG101", "LG101"]


@pytest.mark.parametrize("shaped", ["scores.log_softmax(1)", "scores.log_softmax(-1).exp().log()"])
def test_a_shape_is_missed_where_the_values_are_known(shaped: str) -> None:
    program = f"""
        def head(x):
            deeper(x)
            return nn.Linear(4, 2)(x.view(-1, 20, 4))

        def train(x, y):
            scores = head(x)
            return F.nll_loss({shaped}, y.view(-1, 20).long())
        """
    assert codes(program) == ["LG306"]
