"""What the rules say of a call, against what torch does with it, over a grid of shapes and element types."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn

from lossguard.contracts import BY_MODULE, DType
from lossguard.diagnostics import Span
from lossguard.facts import Argument, LossCall, TensorFacts
from lossguard.rules import all_rules, most_specific

DTYPES = {
    torch.float32: DType.F32,
    torch.float64: DType.F64,
    torch.int64: DType.I64,
    torch.int32: DType.I32,
    torch.uint8: DType.U8,
    torch.bool: DType.BOOL,
}
INPUTS = [(5,), (4, 5), (4, 1), (4, 5, 3), (4, 1, 3), (2, 5, 3, 3), (1, 5), (1, 1)]
TARGETS = [
    (),
    (4,),
    (5,),
    (1,),
    (4, 5),
    (4, 1),
    (4, 3),
    (4, 5, 3),
    (4, 1, 3),
    (2, 3, 3),
    (2, 1, 3, 3),
    (1, 1),
]
LOSSES = [
    "CrossEntropyLoss",
    "NLLLoss",
    "MultiMarginLoss",
    "MultiLabelMarginLoss",
    "BCELoss",
    "BCEWithLogitsLoss",
    "MultiLabelSoftMarginLoss",
]
RAISING = {"LG201", "LG202", "LG203", "LG204", "LG306"}
STRETCHING = [
    "MSELoss",
    "L1Loss",
    "SmoothL1Loss",
    "HuberLoss",
    "PoissonNLLLoss",
    "HingeEmbeddingLoss",
    "SoftMarginLoss",
]
SPAN = Span("train.py", 1, 1, 1, 2)


def facts(tensor: Tensor) -> TensorFacts:
    return TensorFacts(dtype=DTYPES[tensor.dtype], shape=tuple(tensor.shape))


def code(loss: str, given: Tensor, target: Tensor) -> str | None:
    arguments = {
        name: Argument(name, SPAN, facts(each)) for name, each in (("input", given), ("target", target))
    }
    found = most_specific(
        LossCall(BY_MODULE[f"torch.nn.{loss}"], "loss", SPAN, arguments=arguments), all_rules()
    )
    return None if found is None else found[0].code


def outcome(loss: str, given: Tensor, target: Tensor) -> tuple[str, float]:
    """The error that torch raises, or "" and the largest gradient."""
    given = given.clone().requires_grad_()
    try:
        getattr(nn, loss)()(given, target).backward()
    except (RuntimeError, ValueError) as error:
        return str(error).splitlines()[0], 0.0
    assert given.grad is not None
    return "", given.grad.abs().max().item()


@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_said_of_a_target_is_what_torch_refuses(loss: str) -> None:
    said: Counter[str] = Counter()
    for shape, target_shape, dtype in itertools.product(INPUTS, TARGETS, DTYPES):
        given, target = torch.rand(shape), torch.zeros(target_shape).to(dtype)
        found = code(loss, given, target)
        error, gradient = outcome(loss, given, target)
        call = f"{loss}({shape}, {target_shape} {dtype})"
        if found in RAISING:
            assert error, f"{found} on {call}, which torch takes"
        if found == "LG303":
            assert error or gradient == 0.0, f"LG303 on {call}, which has a gradient"
        if "dtype" in error or "scalar type" in error or "can't be cast" in error or "Subtraction" in error:
            expected = found is not None or dtype.is_floating_point
            assert expected, f"nothing said of {call}: {error}"
        said[found or "nothing"] += 1
    assert len(said) > 1


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("loss", STRETCHING)
def test_shapes_that_stretch_each_other_make_more_than_either_is(loss: str) -> None:
    said: Counter[str | None] = Counter()
    for shape, target_shape in itertools.product(INPUTS, TARGETS):
        given, target = torch.rand(shape), torch.ones(target_shape)
        found = code(loss, given, target)
        try:
            count = getattr(nn, loss)(reduction="none")(given, target).numel()
        except RuntimeError:
            count = None
        larger = count is None or count > max(given.numel(), target.numel())
        call = f"{loss}({shape}, {target_shape})"
        if found == "LG304":
            assert larger, f"LG304 on {call}, which makes {count} values"
        elif len(shape) != len(target_shape) and loss != "SoftMarginLoss":  # it stretches no input at all
            assert not larger, f"nothing said of {call}"
        said[found] += 1
    assert said["LG304"] > 10
