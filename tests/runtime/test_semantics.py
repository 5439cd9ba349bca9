"""What torch does with a loss call, row by row: torch has to do it still, and the guard to say so."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch

import lossguard
from tests.runtime import binary_rows, classification_rows, regression_rows
from tests.runtime.semantics import HAS_LINEAR_CROSS_ENTROPY, Case, Later

NEW = frozenset(
    {
        ("F.linear_cross_entropy", None),
        ("MSELoss", "weight kw (2.13) wrong shape"),
        ("AdaptiveLogSoftmaxWithLoss", "int32 target"),
    }
)
"""Rows, or losses with all their rows, that came with torch 2.13."""

CASES = [
    case
    for case in (*classification_rows.ROWS, *binary_rows.ROWS, *regression_rows.ROWS)
    if HAS_LINEAR_CROSS_ENTROPY or not {(case.loss, None), (case.loss, case.misuse)} & NEW
]
DATA = Path(__file__).parents[1] / "data" / "torch-2.13-loss-semantics.json"
OUTCOMES: dict[tuple[str, str], str] = {
    (row["loss"], row["misuse"]): row["outcome"] for row in json.loads(DATA.read_text())
}
_REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, AttributeError)
DECIDED = [case for case in CASES if not isinstance(case.verdict, Later)]

_SQUARE = "undecidable: the same tensors are right where the layer ran over positions, not over classes"
UNTOLD: dict[tuple[str, str], str] = {
    ("CrossEntropyLoss", "relu/clamped logits as input"): "LG109, which is off: right code does it too",
    (
        "CrossEntropyLoss",
        "input [N,T,C], target [N,C-shaped accidental] T==C square: [4,5,5],[4,5]",
    ): _SQUARE,
    ("CrossEntropyLoss", "input [N,H,W,C] target [N,W,C]-compatible: H=C? (2,4,4,4),(2,4,4)"): _SQUARE,
    ("CrossEntropyLoss", "input does not require grad (detached / .data)"): (
        "undecidable at the call: an evaluation without no_grad looks the same; backward() raises"
    ),
    ("CTCLoss", "batch-first [N,T,C], N==T"): "undecidable: as many frames as samples look right either way",
    ("CrossEntropyLoss", "negative weight"): "undecidable: unlearning weighs classes so on purpose",
}
"""Rows that are wrong, that torch does not raise at, and that the guard does not tell either: why."""

_SIZES = "torch names the sizes that differ itself"
LEFT_TO_TORCH: dict[tuple[str, str], str] = {
    ("NLLLoss", "1-D input/int target [N]"): _SIZES,
    ("MultiLabelMarginLoss", "target [N]"): _SIZES,
    ("TripletMarginLoss", "labels as third arg"): "torch names the dimensions that differ itself",
    ("AdaptiveLogSoftmaxWithLoss", "logits of n_classes given as input"): (
        "no rule is about the number of features; torch raises what any layer does"
    ),
    ("F.linear_cross_entropy", "W transposed"): _SIZES,
}
"""Wrong rows that torch raises at, and that the guard leaves to it: why."""


def _name(case: Case) -> str:
    return f"{case.loss}: {case.misuse}"


def _outcome(case: Case) -> str:
    """Do to torch what the row does, and say what comes of it."""
    torch.manual_seed(0)
    call = case.build()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result: Any = call.criterion(*call.args, **call.kwargs)
        except _REFUSALS:
            return "raises"
        loss = getattr(result, "loss", result)
        if getattr(loss, "requires_grad", False):
            try:
                loss.sum().backward()
            except RuntimeError:
                return "raises_in_backward"
    return "warns" if caught else "silent"


def verdict_of(case: Case, guard: Callable[[Any], Any]) -> str | None:
    """Do to the guard what the row does, and give the code that it raises."""
    torch.manual_seed(0)
    call = case.build()
    guarded = guard(call.criterion)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            guarded(*call.args, **call.kwargs)
        except lossguard.LossGuardError as error:
            return error.code
        except _REFUSALS:
            return "only torch says so"
    return None


def test_no_row_is_told_twice_and_each_is_in_the_data() -> None:
    rows = [(case.loss, case.misuse) for case in CASES]
    assert Counter(rows).most_common(1)[0][1] == 1
    assert set(rows) - set(OUTCOMES) == set()


@pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the rows are of torch 2.13")
@pytest.mark.parametrize(
    "case", [case for case in CASES if OUTCOMES[case.loss, case.misuse] != "crashes"], ids=_name
)
def test_torch_does_what_the_row_says(case: Case) -> None:
    assert _outcome(case) == OUTCOMES[case.loss, case.misuse]


@pytest.mark.parametrize("case", DECIDED, ids=_name)
def test_the_guard_says_what_the_row_is(case: Case) -> None:
    assert verdict_of(case, lossguard.guard) == case.verdict


def test_most_rows_are_decided(capsys: pytest.CaptureFixture[str]) -> None:
    caught = sum(isinstance(case.verdict, str) for case in DECIDED)
    silent = len(DECIDED) - caught
    with capsys.disabled():
        print(
            f"\n{len(DECIDED)} of {len(OUTCOMES)} rows decided: {caught} caught, {silent} right and silent; "
            f"{len(CASES) - len(DECIDED)} left to later rules"
        )
    assert len(DECIDED) >= 200


def test_each_row_that_is_not_told_has_a_reason() -> None:
    left = [case for case in CASES if isinstance(case.verdict, Later)]
    said = {(case.loss, case.misuse): verdict_of(case, lossguard.guard) for case in left}
    untold = {row for row, code in said.items() if not (code or "").startswith("LG")}
    assert {row for row in untold if OUTCOMES[row] != "raises"} == set(UNTOLD)
    if HAS_LINEAR_CROSS_ENTROPY:
        assert {row for row in untold if OUTCOMES[row] == "raises"} == set(LEFT_TO_TORCH)
