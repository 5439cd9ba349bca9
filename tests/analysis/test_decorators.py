"""A decorator is looked into once where it hands on whatever it is given, and each time where it may not."""

from __future__ import annotations

from collections import Counter
from textwrap import dedent

import pytest

from lossguard import check_source
from lossguard.analysis.domain import Value
from lossguard.analysis.interpreter import Interpreter, budget
from lossguard.analysis.interpreter.machine import Frame
from lossguard.analysis.interpreter.records import FunctionCode

PREAMBLE = """
import torch
import torch.nn.functional as F

"""


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each function is run, by its name."""
    counts: Counter[str] = Counter()
    run = Interpreter.run_body

    def noted(self: Interpreter, code: FunctionCode, frame: Frame) -> Value:
        counts[code.name] += 1
        return run(self, code, frame)

    monkeypatch.setattr(Interpreter, "run_body", noted)
    return counts


def codes(program: str) -> list[str]:
    return [each.code for each in check_source(PREAMBLE + dedent(program))]


def test_one_that_hands_on_what_it_is_given_is_looked_into_once(ran: Counter[str]) -> None:
    program = """
        def documented(function):
            function.__doc__ = described(function)
            return function

        def described(function):
            return f"{function.__name__}: a head"

        @documented
        def one(x): return x.softmax(1)

        @documented
        def two(x): return x.sigmoid()

        def train(x, y):
            F.cross_entropy(one(x), y)
            F.cross_entropy(two(x), y)
        """
    assert codes(program) == ["LG101", "LG103"]
    assert ran["documented"] == ran["described"] == 1


def test_so_is_one_that_is_made_with_constants_for_the_same_constants(ran: Counter[str]) -> None:
    program = """
        def documented(text=""):
            def decorate(class_):
                class_.__doc__ = text
                return class_
            return decorate

        @documented("heads")
        class One(torch.nn.Module):
            def forward(self, x): return x.softmax(1)

        @documented("heads")
        class Two(torch.nn.Module):
            def forward(self, x): return x.sigmoid()

        @documented("another")
        class Three(torch.nn.Module):
            def forward(self, x): return F.log_softmax(x, 1)

        def train(x, y):
            for head in (One(), Two(), Three()):
                F.cross_entropy(head(x), y)
        """
    assert codes(program) == ["LG101", "LG102", "LG103"]
    assert ran["decorate"] == 2


ACTING = {
    "wraps": """
        def decorate(function):
            def wrapper(x): return function(x).softmax(1)
            return wrapper
        """,
    "wraps what has a certain name": """
        def decorate(function):
            def wrapper(x): return function(x).softmax(1)
            return wrapper if function.__name__ == "head" else function
        """,
    "wraps functions, and no classes": """
        def decorate(decorated):
            if isinstance(decorated, type):
                return decorated
            def wrapper(x): return decorated(x).softmax(1)
            return wrapper

        @decorate
        class Before: pass
        """,
    "is made with a function": """
        def softmaxed(function):
            def wrapper(x): return function(x).softmax(1)
            return wrapper

        def made(wrapper):
            return wrapper

        decorate = made(softmaxed)
        """,
}


@pytest.mark.parametrize("decorator", ACTING.values(), ids=ACTING)
def test_one_that_may_do_something_is_applied(decorator: str) -> None:
    program = """
        @decorate
        def head(x): return x + 1

        def train(x, y):
            F.cross_entropy(head(x), y)
        """
    assert codes(dedent(decorator) + dedent(program)) == ["LG101"]


KEEPING = {
    "puts into a dictionary": """
        HEADS = {}
        def decorate(function):
            HEADS["only"] = function
            return function
        def chosen(): return HEADS["only"]
        """,
    "puts into a list": """
        HEADS = []
        def decorate(function):
            HEADS.append(function)
            return function
        def chosen(): return HEADS[0]
        """,
    "sets a global variable": """
        HEAD = None
        def decorate(function):
            global HEAD
            HEAD = function
            return function
        def chosen(): return HEAD
        """,
    "sets an attribute of a class": """
        class Heads: pass
        def decorate(function):
            Heads.only = function
            return function
        def chosen(): return Heads.only
        """,
    "sets an attribute of what it is made with": """
        class Heads: pass
        def to(class_):
            def decorate(function):
                class_.only = function
                return function
            return decorate
        decorate = to(Heads)
        def chosen(): return Heads.only
        """,
}


@pytest.mark.parametrize("registry", KEEPING.values(), ids=KEEPING)
def test_one_that_keeps_what_it_is_given_is_applied(registry: str) -> None:
    program = """
        @decorate
        def head(x): return x.softmax(1)

        def train(x, y):
            F.cross_entropy(chosen()(x), y)
        """
    assert codes(dedent(registry) + dedent(program)) == ["LG101"]


def test_one_that_changes_a_class_is_applied() -> None:
    program = """
        def with_head(class_):
            class_.head = lambda self, x: x.softmax(1)
            return class_

        @with_head
        class Net: pass

        def train(x, y):
            F.cross_entropy(Net().head(x), y)
        """
    assert codes(program) == ["LG101"]


def test_one_that_takes_long_and_keeps_what_it_is_given_is_applied() -> None:
    program = """
        HEADS = {}

        def decorate(function):
            HEADS["only"] = function
            for _ in range(30):
                for _ in range(30):
                    described(function)
            return function

        def described(function):
            return [function.__doc__, function.__doc__, function.__doc__]

        @decorate
        def head(x): return x.softmax(1)

        def train(x, y):
            F.cross_entropy(HEADS["only"](x), y)
        """
    assert codes(program) == ["LG101"]


def test_where_one_is_tried_first_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    program = """
        def softmaxed(function):
            def wrapper(x): return function(x).softmax(1)
            return wrapper

        def train(x, y):
            @softmaxed
            def head(x): return x + 1
            F.cross_entropy(head(x), y)

        def long(x, y):
            for a in range(30):
                for b in range(30): x = x + b
            F.cross_entropy(x, y)

        def longer(x, y):
            long(x, y)

        def evaluated_first(x, y):
            long(x, y)
            longer(x, y)
            @softmaxed
            def head(x): return x + 1
            F.cross_entropy(x, y)
        """
    monkeypatch.setattr(budget, "MAX_STEPS", 60)
    assert "LG101" in codes(program)
