"""Right batches of every loss, drawn at random: the guard never fires, and never changes the loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from lossguard import guard
from lossguard.contracts import CONTRACTS
from tests.runtime.semantics import HAS_LINEAR_CROSS_ENTROPY

Batch = tuple[nn.Module, tuple[Tensor, ...]]
Draw = Callable[[st.DataObject], Batch]

SIZES = st.integers(1, 9)
FLOATS = st.sampled_from([torch.float32, torch.float64, torch.bfloat16, torch.float16])
REDUCTIONS = st.sampled_from(["mean", "sum", "none"])


def _trailing(data: st.DataObject) -> list[int]:
    return data.draw(st.lists(st.integers(1, 4), max_size=2))


def _scores(data: st.DataObject, *shape: int, dtype: torch.dtype | None = None) -> Tensor:
    """Draw f[shape] scores as a layer, as a leaf, or as data without a gradient gives them."""
    values = (torch.randn(shape) * data.draw(st.sampled_from([0.1, 1.0, 30.0]))).to(
        dtype or data.draw(FLOATS)
    )
    match data.draw(st.sampled_from(["layer", "leaf", "data"])):
        case "layer":
            layer = nn.Linear(shape[-1], shape[-1], dtype=values.dtype)
            made: Tensor = layer(values)
            return made
        case "leaf":
            return values.requires_grad_()
    return values


def _indices(data: st.DataObject, classes: int, *shape: int) -> Tensor:
    dtype = data.draw(st.sampled_from([torch.int64, torch.uint8])) if len(shape) < 2 else torch.int64
    return torch.randint(classes, shape).to(dtype)


def _shape(data: st.DataObject) -> tuple[int, int, list[int]]:
    return data.draw(SIZES), data.draw(st.integers(2, 9)), _trailing(data)


def cross_entropy(data: st.DataObject) -> Batch:
    n, c, rest = _shape(data)
    scores = _scores(data, n, c, *rest)
    weight = data.draw(st.sampled_from([None, torch.rand(c).to(scores.dtype)]))
    smoothing = data.draw(st.sampled_from([0.0, 0.1]))
    if data.draw(st.booleans()):
        target = torch.randn(n, c, *rest).softmax(1).to(scores.dtype)
    else:
        target = _indices(data, c, n, *rest)
        target = target.long() if smoothing else target  # with a weight, smoothing refuses uint8
    loss = nn.CrossEntropyLoss(weight=weight, reduction=data.draw(REDUCTIONS), label_smoothing=smoothing)
    return loss, (scores, target)


def nll(data: st.DataObject) -> Batch:
    n, c, rest = _shape(data)
    return nn.NLLLoss(), (_scores(data, n, c, *rest).log_softmax(1), _indices(data, c, n, *rest))


def linear_cross_entropy(data: st.DataObject) -> Batch:
    n, c, _ = _shape(data)
    dtype = data.draw(FLOATS)
    loss = nn.LinearCrossEntropyLoss(6, c, dtype=dtype)
    return loss, (torch.randn(n, 6, dtype=dtype), torch.randint(c, (n,)))


def adaptive(data: st.DataObject) -> Batch:
    n = data.draw(SIZES)
    dtype = data.draw(FLOATS)
    loss = nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5, 10], dtype=dtype)
    return loss, (torch.randn(n, 16, dtype=dtype), torch.randint(20, (n,)))


def multi_margin(data: st.DataObject) -> Batch:
    n, c, _ = _shape(data)
    return nn.MultiMarginLoss(), (_scores(data, n, c), torch.randint(c, (n,)))


def bce(data: st.DataObject) -> Batch:
    n, c, rest = _shape(data)
    scores = _scores(data, n, c, *rest)
    probabilities = data.draw(st.sampled_from([scores.sigmoid(), scores.softmax(1), scores.clamp(0, 1)]))
    return nn.BCELoss(), (probabilities, torch.randint(2, scores.shape).to(scores.dtype))


def bce_with_logits(data: st.DataObject) -> Batch:
    n, c, rest = _shape(data)
    scores = _scores(data, n, c, *rest)
    last = scores.shape[-1]
    return nn.BCEWithLogitsLoss(pos_weight=data.draw(st.sampled_from([None, torch.rand(last)]))), (
        scores,
        torch.rand(scores.shape).to(data.draw(FLOATS)),
    )


def multi_label_soft_margin(data: st.DataObject) -> Batch:
    n, c, _ = _shape(data)
    target = torch.randint(2, (n, c)).to(data.draw(st.sampled_from([torch.float32, torch.int64])))
    return nn.MultiLabelSoftMarginLoss(), (_scores(data, n, c), target)


def multi_label_margin(data: st.DataObject) -> Batch:
    n, c, _ = _shape(data)
    target = torch.full((n, c), -1)
    target[:, 0] = torch.randint(c, (n,))
    return nn.MultiLabelMarginLoss(), (_scores(data, n, c), target)


def _signs(*shape: int) -> Tensor:
    return torch.randint(2, shape).float() * 2 - 1


def soft_margin(data: st.DataObject) -> Batch:
    n, c, _ = _shape(data)
    return nn.SoftMarginLoss(), (_scores(data, n, c), _signs(n, c))


def hinge_embedding(data: st.DataObject) -> Batch:
    n, c, _ = _shape(data)
    return nn.HingeEmbeddingLoss(), (_scores(data, n, c), _signs(n, c))


def cosine_embedding(data: st.DataObject) -> Batch:
    n, c, _ = _shape(data)
    dtype = data.draw(FLOATS)
    one, other = (_scores(data, n, c, dtype=dtype) for _ in range(2))
    return nn.CosineEmbeddingLoss(), (one, other, _signs(data.draw(st.sampled_from([1, n]))))


def margin_ranking(data: st.DataObject) -> Batch:
    n = data.draw(SIZES)
    dtype = data.draw(FLOATS)
    one, other = (_scores(data, n, 1, dtype=dtype)[:, 0] for _ in range(2))
    return nn.MarginRankingLoss(), (one, other, _signs(data.draw(st.sampled_from([1, n]))))


def triplet(data: st.DataObject) -> Batch:
    n, c, _ = _shape(data)
    kind = data.draw(st.sampled_from([nn.TripletMarginLoss, nn.TripletMarginWithDistanceLoss]))
    dtype = data.draw(FLOATS)
    return kind(), tuple(_scores(data, n, c, dtype=dtype) for _ in range(3))


def regression(data: st.DataObject) -> Batch:
    n, c, rest = _shape(data)
    kind = data.draw(st.sampled_from([nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss]))
    dtype = data.draw(FLOATS)
    one, other = (_scores(data, n, c, *rest, dtype=dtype) for _ in range(2))
    return kind(), (one, other)


def gaussian(data: st.DataObject) -> Batch:
    n, c, _ = _shape(data)
    scores = _scores(data, n, c)
    rest = torch.randn(n, c).to(scores.dtype), (torch.rand(n, c) + 0.1).to(scores.dtype)
    return nn.GaussianNLLLoss(), (scores, *rest)


def poisson(data: st.DataObject) -> Batch:
    n, c, _ = _shape(data)
    return nn.PoissonNLLLoss(), (torch.randn(n, c).to(data.draw(FLOATS)), torch.randint(9, (n, c)))


def kl_div(data: st.DataObject) -> Batch:
    n, c, rest = _shape(data)
    scores = _scores(data, n, c, *rest)
    target = torch.randn(n, c, *rest).softmax(1).to(scores.dtype)
    logarithmic = data.draw(st.booleans())
    loss = nn.KLDivLoss(reduction="batchmean", log_target=logarithmic)
    return loss, (scores.log_softmax(1), target.log() if logarithmic else target)


def ctc(data: st.DataObject) -> Batch:
    n, c = data.draw(SIZES), data.draw(st.integers(2, 9))
    frames = _scores(data, 12, n, c).log_softmax(2)
    labels = torch.randint(1, c, (n, 4))
    lengths = torch.full((n,), 12), torch.randint(1, 5, (n,))
    return nn.CTCLoss(), (frames, labels, *lengths)


DRAWS: list[Draw] = [
    cross_entropy,
    nll,
    *([linear_cross_entropy] if HAS_LINEAR_CROSS_ENTROPY else []),
    adaptive,
    multi_margin,
    bce,
    bce_with_logits,
    multi_label_soft_margin,
    multi_label_margin,
    soft_margin,
    hinge_embedding,
    cosine_embedding,
    margin_ranking,
    triplet,
    regression,
    gaussian,
    poisson,
    kl_div,
    ctc,
]


def computed(criterion: nn.Module, batch: tuple[Tensor, ...]) -> Any:
    """Compute the bare loss; None where torch has no kernel for the element type."""
    try:
        return criterion(*batch)
    except RuntimeError as error:
        if "not implemented for" not in str(error):
            raise
        return None


@pytest.mark.parametrize("draw", DRAWS, ids=lambda draw: draw.__name__)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), seed=st.integers(0, 2**31))
def test_the_guard_is_silent_on_right_calls(draw: Draw, data: st.DataObject, seed: int) -> None:
    torch.manual_seed(seed)
    criterion, batch = draw(data)
    bare = computed(criterion, batch)
    assume(bare is not None)
    expected = getattr(bare, "loss", bare)
    assume(bool(expected.isfinite().all()))
    made = guard(criterion)(*batch)
    found = getattr(made, "loss", made)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_every_loss_is_drawn() -> None:
    drawn = {"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "TripletMarginLoss"}
    assert sum(hasattr(nn, each.name) for each in CONTRACTS) == len(DRAWS) - 1 + len(drawn)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("dim", [1, 2])
def test_log_probabilities_as_a_target_may_run_over_any_dimension(dtype: torch.dtype, dim: int) -> None:
    torch.manual_seed(0)
    loss = guard(nn.KLDivLoss(reduction="batchmean", log_target=True))
    for _ in range(20):
        target = (torch.randn(4, 6, 5) * 3).log_softmax(dim).to(dtype)
        loss(torch.randn(4, 6, 5, requires_grad=True).log_softmax(dim).to(dtype), target)
