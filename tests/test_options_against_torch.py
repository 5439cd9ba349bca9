"""What LG309 says of the options of a loss, against what torch does with them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn

from lossguard.contracts import CONTRACTS, Contract
from lossguard.diagnostics import Severity, Span
from lossguard.facts import Argument, LossCall, Phase
from lossguard.rules import rule, severity

SPAN = Span("train.py", 1, 1, 1, 2)
VALUES: Mapping[str, tuple[object, ...]] = {
    "reduction": ("mean", "sum", "none", "batchmean", "avg", "MEAN", None, True),
    "weight": ([1.0] * 5, (1.0,) * 5, 5, 0.1, "sum"),
    "pos_weight": ([1.0] * 5, 3.0),
    "label_smoothing": (0, 0.1, 1.0, 1.5, "a"),
    "size_average": (True, False),
    "reduce": (True, False),
    "beta": (0, 1.0, -1.0),
    "delta": (0, 1.0, -1.0),
    "margin": ("x",),
    "blank": ("sum",),
}


def batch(name: str) -> tuple[Tensor, ...]:
    scores, classes = torch.rand(8, 5), torch.arange(8) % 5
    match name:
        case "CrossEntropyLoss" | "NLLLoss" | "MultiMarginLoss":
            return scores, classes
        case "MultiLabelMarginLoss":
            return scores, torch.zeros(8, 5).long()
        case "CTCLoss":
            frames = torch.rand(12, 8, 5).log_softmax(2)
            return frames, torch.ones(8, 3).long(), torch.full((8,), 12), torch.full((8,), 3)
        case "CosineEmbeddingLoss":
            return scores, scores, torch.ones(8)
        case "GaussianNLLLoss" | "MarginRankingLoss" | "TripletMarginLoss" | "TripletMarginWithDistanceLoss":
            return scores, scores, scores
        case "KLDivLoss":
            return scores.log_softmax(1), scores.softmax(1)
    return scores, torch.rand(8, 5)


def outcome(contract: Contract, options: Mapping[str, object]) -> str:
    """Construct and call the loss: ``raises``, ``warns`` of what is deprecated, or ``""``."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            getattr(nn, contract.name)(**options)(*batch(contract.name))
        except (TypeError, ValueError, RuntimeError, AttributeError):
            return "raises"
    return "warns" if any("will be deprecated" in str(each.message) for each in caught) else ""


def said(contract: Contract, options: Mapping[str, object]) -> str:
    arguments = {name: Argument(name, SPAN, phase=Phase.CONSTRUCTION) for name in options}
    call = LossCall(contract, contract.name, SPAN, Phase.CONSTRUCTION, arguments, options)
    judge = rule("LG309")
    finding = judge.check(call)
    if finding is None:
        return ""
    return "warns" if severity(judge, finding) is Severity.WARNING else "raises"


@pytest.mark.parametrize(
    "contract",
    [each for each in CONTRACTS if each.name not in ("LinearCrossEntropyLoss", "AdaptiveLogSoftmaxWithLoss")],
    ids=lambda contract: contract.name,
)
def test_what_is_said_of_an_option_is_what_torch_does(contract: Contract) -> None:
    tried = 0
    for name in {parameter.name for parameter in contract.constructor} & VALUES.keys():
        for value in VALUES[name]:
            options = {name: value}
            assert said(contract, options) == outcome(contract, options), f"{contract.name}({name}={value!r})"
            tried += 1
    assert tried


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("MSELoss", {"size_average": "sum"}),
        ("CrossEntropyLoss", {"size_average": 255}),
        ("CrossEntropyLoss", {"label_smoothing": -0.1}),
        ("CrossEntropyLoss", {"label_smoothing": True}),
    ],
)
def test_what_torch_takes_in_silence_for_something_else(name: str, options: Mapping[str, object]) -> None:
    contract = next(each for each in CONTRACTS if each.name == name)
    assert outcome(contract, options) in ("", "warns")
    assert said(contract, options) == "raises"


def test_functions_of_torch_itself_do_not_reduce_by_default() -> None:
    probabilities = torch.rand(4, 3).softmax(1)
    assert torch.kl_div(probabilities.log(), probabilities).shape == (4, 3)
    assert torch.kl_div(probabilities.log(), probabilities, 1).shape == ()
