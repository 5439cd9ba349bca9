"""What the autograd graph, and where it is silent the values, tell of a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn
from torch.nn import functional

from lossguard import LossGuardError, guard
from lossguard.contracts import Space
from lossguard.runtime.provenance import provenance
from tests.runtime.semantics import C, N, binary, classes, scores, soft


def x() -> Tensor:
    return scores()


class Custom(torch.autograd.Function):
    """Copies; its graph node says nothing."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        return values.clone()

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:
        return slopes[0]


def hidden(values: Tensor) -> Tensor:
    copied: Tensor = Custom.apply(values)  # type: ignore[no-untyped-call]
    return copied


@pytest.mark.parametrize(
    ("build", "space", "dim"),
    [
        (scores, Space.LOGITS, None),
        (lambda: nn.Linear(4, 3, bias=False)(torch.randn(2, 7, 4)), Space.LOGITS, None),
        (lambda: nn.Conv2d(1, 3, 1)(torch.randn(2, 1, 4, 4)).flatten(2), Space.LOGITS, None),
        (lambda: x() @ x().T, Space.UNKNOWN, None),
        (lambda: x().softmax(-1) @ torch.rand(C, 3), Space.UNKNOWN, None),
        (lambda: torch.softmax(x(), 1), Space.PROBABILITIES, 1),
        (lambda: x().softmax(-1), Space.PROBABILITIES, -1),
        (lambda: nn.Softmin(dim=0)(x()), Space.PROBABILITIES, 0),
        (lambda: functional.gumbel_softmax(x()), Space.PROBABILITIES, -1),
        (lambda: x().softmax(1).double(), Space.PROBABILITIES, 1),
        (lambda: x().softmax(1).T, Space.PROBABILITIES, None),
        (lambda: x().softmax(1)[:, 1], Space.PROBABILITIES, None),
        (lambda: torch.cat([x().softmax(1), x().softmax(1)]), Space.PROBABILITIES, None),
        (lambda: torch.cat([x().softmax(1), x().softmax(1)], 1), Space.UNIT_INTERVAL, None),
        (lambda: torch.cat([x().softmax(1), x()]), Space.UNKNOWN, None),
        (lambda: torch.stack([x().sigmoid(), x().sigmoid()]), Space.UNIT_INTERVAL, None),
        (lambda: functional.log_softmax(x(), 1), Space.LOG_PROBABILITIES, 1),
        (lambda: x().softmax(1).log(), Space.LOG_PROBABILITIES, 1),
        (lambda: x().softmax(1).clamp(min=1e-8).log(), Space.LOG_PROBABILITIES, 1),
        (lambda: torch.log(x().softmax(1) + 1e-8), Space.UNKNOWN, None),
        (lambda: x().sigmoid().log(), Space.LOG_UNIT_INTERVAL, None),
        (lambda: functional.logsigmoid(x()), Space.LOG_UNIT_INTERVAL, None),
        (lambda: x().sigmoid().squeeze().unsqueeze(0).expand(2, N, C), Space.UNIT_INTERVAL, None),
        (lambda: x().clamp(0, 1), Space.UNIT_INTERVAL, None),
        (lambda: x().clamp(0, 6), Space.NON_NEGATIVE, None),
        (lambda: x().clamp(-1, 1), Space.SIGNED_UNIT_INTERVAL, None),
        (lambda: x().clamp(-5, 5), Space.UNKNOWN, None),
        (lambda: x().clamp_min(0), Space.NON_NEGATIVE, None),
        (lambda: functional.hardtanh(x()), Space.SIGNED_UNIT_INTERVAL, None),
        (lambda: x().tanh(), Space.SIGNED_UNIT_INTERVAL, None),
        (lambda: x().relu(), Space.NON_NEGATIVE, None),
        (lambda: x().softmax(1) * 2, Space.UNKNOWN, None),
        (lambda: 1 - x().sigmoid(), Space.UNKNOWN, None),
        (lambda: functional.dropout(x().softmax(1)), Space.UNKNOWN, None),
        (lambda: hidden(x() * 1), Space.UNKNOWN, None),
        (lambda: x().softmax(1).detach(), Space.UNKNOWN, None),
    ],
)
def test_the_graph_tells(build: Callable[[], Tensor], space: Space, dim: int | None) -> None:
    found = provenance(build())
    assert (found.space, found.dim) == (space, dim)


def test_equal_provenance_is_the_same_object() -> None:
    assert provenance(x().softmax(1)) is provenance(x().softmax(1))
    assert provenance(x().softmax(1)) is not provenance(x().softmax(0))


def found(criterion: nn.Module, *args: Tensor) -> str | None:
    try:
        guard(criterion)(*args)
    except LossGuardError as error:
        return error.code
    return None


@pytest.mark.parametrize("rows", [1, 3, N])
def test_values_tell_where_no_gradient_is_recorded(rows: int) -> None:
    labels = classes(rows)
    with torch.no_grad():
        logits = scores(rows, C)
        assert found(nn.CrossEntropyLoss(), logits, labels) is None
        assert found(nn.CrossEntropyLoss(), logits.softmax(1), labels) == "LG101"
        assert found(nn.CrossEntropyLoss(), logits.log_softmax(1), labels) == "LG102"
        assert found(nn.NLLLoss(), logits.abs(), labels) == "LG106"
        assert found(nn.NLLLoss(), logits.softmax(1), labels) == "LG106"
        assert found(nn.NLLLoss(), logits.log_softmax(1), labels) is None
        assert found(nn.KLDivLoss(reduction="batchmean"), logits.softmax(1), soft(rows, C)) == "LG107"
        assert found(nn.BCEWithLogitsLoss(), logits.softmax(1), binary(rows, C)) == "LG104"


def test_the_message_says_what_the_values_show() -> None:
    p = soft()
    with pytest.raises(LossGuardError, match=r"gets probabilities: `p`; .* \(its rows sum to one\)"):
        guard(nn.CrossEntropyLoss())(p, classes())
    with pytest.raises(LossGuardError, match=r"\(log-probabilities are never above 0, and it reaches 1\)"):
        guard(nn.NLLLoss())(torch.eye(C), classes(C))


def test_values_tell_where_a_custom_function_hides_the_graph() -> None:
    assert found(nn.CrossEntropyLoss(), hidden(scores().softmax(1)), classes()) == "LG101"
    assert found(nn.CrossEntropyLoss(), hidden(scores()), classes()) is None


def test_values_of_images_are_told_along_the_class_axis() -> None:
    image = torch.randn(2, C, 4, 4)
    labels = classes(2, 4, 4)
    assert found(nn.CrossEntropyLoss(), image.softmax(1), labels) == "LG101"
    assert found(nn.CrossEntropyLoss(), image, labels) is None


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_values_of_other_types_are_told_from_enough_rows(dtype: torch.dtype) -> None:
    logits = torch.randn(N, C)
    assert found(nn.CrossEntropyLoss(), logits.softmax(1).to(dtype), classes()) == "LG101"
    assert found(nn.CrossEntropyLoss(), logits.to(dtype), classes()) is None
    if dtype is not torch.float64:
        assert found(nn.CrossEntropyLoss(), logits.softmax(1).to(dtype)[:1], classes(1)) is None


@pytest.mark.parametrize(
    "logits",
    [
        torch.zeros(N, C),
        torch.full((N, C), 1 / C),
        torch.eye(C),
        torch.ones(N, C),
        torch.tensor([[0.3, 0.4, 0.1, 0.0, 0.0]] * N),
    ],
)
def test_values_that_no_softmax_gives_are_left_alone(logits: Tensor) -> None:
    assert found(nn.CrossEntropyLoss(), logits, classes(len(logits))) is None


def test_a_reinforce_gather_is_left_alone() -> None:
    weighted = torch.randn(N, C).requires_grad_().log_softmax(1) * torch.randn(N, 1)
    assert found(nn.NLLLoss(), weighted, classes()) is None
