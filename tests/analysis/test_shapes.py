"""What the analysis knows of shapes and dimensions, held against what torch makes of the same program."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("torch")

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from lossguard.contracts import Space
from lossguard.facts import TensorFacts
from tests.analysis.probing import inputs

SIZES = st.sampled_from([1, 2, 3, 4])
NAMES = {"torch": torch, "nn": nn, "F": F}


def known(definitions: str, expression: str) -> TensorFacts:
    """What the analysis knows of an expression."""
    (facts,) = inputs(f"{definitions}\nx = {expression}\nF.mse_loss(x, y)\n")
    return facts


def agrees(facts: TensorFacts, tensor: Tensor) -> bool:
    """Whether a shape is that of the tensor, as far as it is known."""
    return facts.shape is None or (
        len(facts.shape) == tensor.dim()
        and all(size in (None, real) for size, real in zip(facts.shape, tensor.shape, strict=True))
    )


def sums_to_one(tensor: Tensor, dim: int) -> bool:
    """Whether a tensor does, but for where it holds no numbers: zero by zero."""
    total = tensor.double().sum(dim)
    total = total[~total.isnan()]
    return torch.allclose(total, torch.ones_like(total), atol=1e-5)


@st.composite
def steps(draw: st.DrawFn, tensor: Tensor) -> str:
    """An operation that may be applied to a tensor."""
    rank = tensor.dim()
    dim = st.integers(-rank, rank - 1)
    one, other, size = draw(dim), draw(dim), draw(SIZES)
    order = draw(st.permutations(range(rank)))
    flat = sorted((one % rank, other % rank))
    bound = draw(st.integers(-2, 3))
    return draw(
        st.sampled_from(
            [
                f"x.transpose({one}, {other})",
                f"torch.transpose(x, dim0={one}, dim1={other})",
                f"x.permute({', '.join(map(str, order))})",
                f"x.permute([{', '.join(map(str, order))}])",
                f"x.unsqueeze({one})",
                f"x.squeeze({one})",
                "x.squeeze()",
                "torch.atleast_2d(x)",
                "torch.atleast_3d(x)",
                f"x.flatten({flat[0]}, {flat[1]})",
                f"torch.flatten(x, {flat[0]})",
                "x.view(-1)",
                f"x.reshape(-1, {tensor.shape[-1]})",
                "x.reshape(x.size(0), -1)",
                "x.reshape(x.shape)",
                f"x.reshape({tensor.shape[0]}, 1, -1)",
                f"x.sum({one})",
                f"x.mean(dim={one}, keepdim=True)",
                f"x.mean([{one}], True)",
                f"x.max({one})[0]",
                f"x.amax({one})",
                f"x.topk(1, dim={one})[0]",
                f"x.select({one}, 0)",
                f"x.narrow({one}, 0, 1)",
                f"x.movedim({one}, {other})",
                f"x.chunk(2, dim={one})[0]",
                f"x.unbind({one})[0]",
                f"x.repeat({', '.join(['2'] * rank)})",
                f"x.repeat_interleave(2, dim={one})",
                f"x.expand({size}, {', '.join(['-1'] * rank)})",
                f"x.unflatten({one}, (1, -1))",
                "x[0]",
                f"x[..., {bound}:]",
                "x[:, None]",
                "x[..., 0]",
                f"x[:{bound}]",
                "x[::2]",
                "x[x > 0]",
                "x[torch.tensor([0, 0])]",
                f"x[{', '.join([':'] * (rank - 1) + ['torch.tensor([0])'])}]",
                "x.mT",
                "x.float().contiguous()",
                f"torch.cat([x, x], {one})",
                f"torch.cat([x, x], dim={one})",
                f"torch.stack((x, x, x), {one})",
                "torch.stack([x, x])",
                f"x.softmax({one})",
                f"F.softmax(x, dim={one})",
                f"F.log_softmax(x, {one}).exp()",
                "x + x",
                "x * 2",
                f"x / x.sum({one}, keepdim=True)",
                f"x - x.mean({one}, True)",
                "x @ x.mT",
                "torch.matmul(x, torch.ones(x.size(-1), 2))",
                f"nn.Linear({tensor.shape[-1]}, {size})(x)",
                "nn.Flatten()(x)",
                "nn.AdaptiveAvgPool2d(1)(x)",
                "nn.AdaptiveMaxPool2d((2, None))(x)",
                "F.avg_pool1d(x, 1, stride=2)",
                "nn.MaxPool2d(2, 1)(x)",
                "F.max_pool2d(x, kernel_size=1, stride=2)",
                *_convolutions(tensor),
                f"nn.LSTM({tensor.shape[-1]}, 3, batch_first=True, bidirectional=True)(x)[0]",
                f"nn.GRU({tensor.shape[-1]}, 2, num_layers=2)(x)[1]",
                f"nn.LSTM({tensor.shape[-1]}, 2)(x)[1][0]",
                "F.interpolate(x, scale_factor=2)",
                "nn.Embedding(9, 4)(x.argmax(-1))",
                f"F.one_hot(x.argmax({one}), 5).float()",
                f"x.gather({one}, x.argmax({one}, keepdim=True))",
                "torch.einsum('...i->...', x)",
                "torch.einsum('ij,kj->ik', x, x)",
                "torch.where(x > 0, x, 0.0)",
                "torch.zeros_like(x)",
                "x.new_zeros(x.size(0), 2)",
                "torch.randn(2, x.size(-1))",
                "torch.max(x, x)",
                "torch.add(x, x.sum())",
                "F.pad(x, (1, 1))",
                "x.unfold(0, 1, 1)",
                "torch.multinomial(x.softmax(-1), 1)",
            ]
        )
    )


def _convolutions(tensor: Tensor) -> list[str]:
    """Convolutions of a batch; the analysis takes what has an unknown rank for one."""
    if tensor.dim() == 3:
        return [
            f"nn.Conv1d({tensor.shape[1]}, 2, 3, padding=1)(x)",
            f"nn.Conv1d({tensor.shape[1]}, 2, 1, 1, 'valid')(x)",
            f"nn.ConvTranspose1d({tensor.shape[1]}, 2, 2, 3, dilation=2)(x)",
        ]
    if tensor.dim() != 4:
        return []
    channels = tensor.shape[1]
    return [
        f"nn.Conv2d({channels}, 3, (1, 2), stride=2, padding=(0, 1))(x)",
        f"nn.Conv2d({channels}, 3, 3, padding='same', dilation=2)(x)",
        f"nn.ConvTranspose2d({channels}, 2, 3, stride=2, padding=1, output_padding=1)(x)",
    ]


def run(expression: str, x: Tensor) -> Tensor | None:
    """What torch makes of an expression; None where it refuses."""
    try:
        result = eval(expression, {**NAMES, "x": x})
    except (RuntimeError, IndexError, ValueError, TypeError):
        return None
    if not isinstance(result, Tensor) or not 0 < result.numel() < 5000 or not 0 < result.dim() < 6:
        return None
    return result if result.is_floating_point() else result.float()


@st.composite
def programs(draw: st.DrawFn) -> tuple[str, Tensor]:
    """A chain of operations, and what torch makes of it."""
    shape = draw(st.lists(SIZES, min_size=1, max_size=4))
    lines = [f"x = torch.randn({', '.join(map(str, shape))})"]
    torch.manual_seed(0)
    x = torch.randn(shape)
    for _ in range(draw(st.integers(1, 6))):
        step = draw(steps(x))
        after = run(step, x)
        if after is not None:
            lines.append(f"x = {step}")
            if after.dtype != x.dtype:
                lines.append("x = x.float()")
            x = after
    return "\n".join(lines), x


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_shapes_are_those_of_torch_or_unknown(made: tuple[str, Tensor]) -> None:
    program, tensor = made
    (facts,) = inputs(f"{program}\nF.mse_loss(x, y)\n")
    assert agrees(facts, tensor), f"{program}\nis {tuple(tensor.shape)}, not {facts.shape}"
    if facts.space is Space.PROBABILITIES and facts.dim is not None and facts.shape is not None:
        assert sums_to_one(tensor, facts.dim), f"{program}\ndoes not sum to one along {facts.dim}"


@st.composite
def obscured(draw: st.DrawFn) -> tuple[str, Tensor]:
    """The same, where neither the first shape nor some of the numbers can be read."""
    program, tensor = draw(programs())
    _, *lines = program.split("\n")
    share = draw(st.integers(0, 4))

    def hidden(number: re.Match[str]) -> str:
        return f"read({number[0]})" if draw(st.integers(1, 4)) <= share else number[0]

    lines = [re.sub(r"(?<![\w.])-?\d+(?![\w.])", hidden, line) for line in lines]
    return "\n".join((draw(st.sampled_from(("x = read(0)", program.split("\n")[0]))), *lines)), tensor


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(obscured())
def test_what_is_not_known_of_shapes_is_not_guessed(made: tuple[str, Tensor]) -> None:
    program, tensor = made
    found = inputs(f"{program}\nF.mse_loss(x, y)\n")
    assert all(agrees(facts, tensor) for facts in found), f"{program}\nis {tuple(tensor.shape)}, not {found}"
