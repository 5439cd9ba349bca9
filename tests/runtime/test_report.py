"""What the guard tells of itself, and of a loss that does not move."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn
from torch.nn import functional

import lossguard
from lossguard import LossGuardWarning, guard, watch
from lossguard.runtime import tally
from tests.runtime.semantics import C, N, binary, classes, scores, softmax


@pytest.fixture(autouse=True)
def counting_starts_anew() -> Iterator[None]:
    gc.collect()
    tally.clear()
    yield
    tally.clear()


def test_nothing_was_called() -> None:
    assert str(lossguard.report()) == "lossguard: no loss was called under a guard or a watch"


def test_calls_checks_and_findings_are_counted() -> None:
    found: list[object] = []
    criterion = guard(nn.CrossEntropyLoss(), on_violation=found.append, first=2, every=5)
    logits, labels = scores(), classes()
    for _ in range(10):
        criterion(logits, labels)
    criterion(softmax(), labels)
    guard(functional.mse_loss)(logits, logits + 1)
    report = lossguard.report()
    mine, other = report.losses
    assert (mine.loss, mine.calls, mine.read) == ("CrossEntropyLoss", 11, 4)
    assert (mine.judged, mine.findings) == (4, {"LG101": 1})
    assert (other.loss, other.calls, other.judged, other.read) == ("MSELoss", 1, 1, 1)
    assert (report.calls, report.findings) == (12, {"LG101": 1})
    assert 0 < report.seconds < 60


def test_what_was_counted_outlives_the_guard() -> None:
    criterion = guard(nn.CrossEntropyLoss())
    criterion(scores(), classes())
    del criterion
    gc.collect()
    assert lossguard.report().calls == 1


def test_a_watch_counts_under_the_same_names() -> None:
    with watch():
        nn.BCEWithLogitsLoss()(scores(), binary())
    assert [(each.loss, each.calls) for each in lossguard.report().losses] == [("BCEWithLogitsLoss", 1)]


def test_what_was_left_out_is_told_with_the_reason() -> None:
    criterion = guard(nn.CrossEntropyLoss())
    torch.func.vmap(criterion)(torch.randn(3, N, C), classes(3, N))
    criterion(torch.randn(N, C, device="meta"), classes().to("meta"))
    report = lossguard.report()
    assert report.losses[0].skipped == {"inside a trace or a function transform": 1}
    assert report.losses[0].unread == {"on meta": 1}
    head, row, *remarks = str(report).splitlines()
    assert head.split("  ")[0] == "loss"
    assert row.split()[:5] == ["CrossEntropyLoss", "2", "1", "0", "none"]
    assert remarks == [
        "not looked at: 1 calls, inside a trace or a function transform",
        "values not read: 1 calls, on meta",
    ]


def _idle(classes: int) -> Tensor:
    return (torch.randn(N, classes) * 1e-3).requires_grad_()


def _told(criterion: nn.Module, draw: Callable[[], tuple[Tensor, Tensor]], calls: int) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(calls):
            criterion(*draw())
    return [str(each.message) for each in caught if each.category is LossGuardWarning]


@pytest.mark.parametrize(
    ("criterion", "draw", "level"),
    [
        (nn.CrossEntropyLoss(), lambda: (_idle(10), classes(count=10)), "ln(10) = 2.3026, chance for 10"),
        (nn.BCEWithLogitsLoss(), lambda: (_idle(3), binary(N, 3)), "ln(2) = 0.6931, chance for 2"),
        (nn.NLLLoss(), lambda: (_idle(C).log_softmax(1), classes()), "ln(5) = 1.6094, chance for 5"),
    ],
)
def test_a_loss_that_stays_at_chance_is_told_when_asked_for(
    criterion: nn.Module, draw: Any, level: str
) -> None:
    assert _told(guard(criterion), draw, 50) == []
    lossguard.unguard(criterion)
    guard(criterion, stagnation=40)
    assert _told(criterion, draw, 39) == []
    (text,) = _told(criterion, draw, 100)
    assert text.startswith("LG410")
    assert f"has stayed at {level} classes, for 40 calls" in text


def test_a_loss_that_moves_is_left_alone() -> None:
    logits, labels = scores().detach(), classes()
    steps = iter(range(1000))
    criterion = guard(nn.CrossEntropyLoss(), stagnation=20)
    assert _told(criterion, lambda: (logits * 0.1 * next(steps), labels), 100) == []
    summed = guard(nn.CrossEntropyLoss(reduction="sum"), stagnation=20)
    assert _told(summed, lambda: (_idle(C), labels), 100) == []


def test_stagnation_is_checked_as_an_option() -> None:
    with pytest.raises(ValueError, match="stagnation is 1: give 2 or more"):
        guard(nn.CrossEntropyLoss(), stagnation=1)
    with pytest.raises(TypeError, match="stagnation is 'long'"):
        watch(stagnation="long")  # type: ignore[arg-type]
