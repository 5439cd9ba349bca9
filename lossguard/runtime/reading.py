"""The elements of tensors on the CPU, as rules ask for them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lossguard.elements import Element, Elements

_PLAIN = (Tensor, nn.Parameter)
_ASKED = frozenset(
    {
        torch.float16,
        torch.bfloat16,
        torch.float32,
        torch.float64,
        torch.int64,
        torch.int32,
        torch.int16,
        torch.int8,
        torch.uint8,
    }
)


def readable(tensor: Tensor) -> bool:
    """Tell whether a tensor has elements that can be read without waiting for a device."""
    plain = type(tensor) in _PLAIN and tensor.layout is torch.strided and tensor.dtype in _ASKED
    return plain and tensor.is_cpu and tensor.numel() > 0


class TensorElements(Elements):
    """The elements of a readable tensor of any shape."""

    __slots__ = ("_extremes", "_tensor")

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor.detach()
        self._extremes: tuple[float, float] | None = None

    def extremes(self) -> tuple[float, float]:
        """See the base class."""
        if self._extremes is None:
            low, high = torch.aminmax(self._tensor)
            self._extremes = low.item(), high.item()
        return self._extremes

    def outside(
        self, low: float, high: float, *, spared: int | None = None, lengths: Sequence[int] | None = None
    ) -> Element | None:
        """See the base class."""
        least, greatest = self.extremes()
        if least >= low and greatest <= high:
            return None
        wrong = (self._tensor < low) | (self._tensor > high)
        if spared is not None:
            wrong &= self._tensor != spared
        return self._first(wrong, lengths)

    def equal(self, value: int, *, lengths: Sequence[int] | None = None) -> Element | None:
        """See the base class."""
        least, greatest = self.extremes()
        return self._first(self._tensor == value, lengths) if least <= value <= greatest else None

    def sums(self, dim: int) -> tuple[float, float] | None:
        """See the base class."""
        sums = self._tensor.sum(dim, dtype=torch.float64)
        sums = sums[(self._tensor != 0).any(dim)]
        if not sums.numel():
            return None
        low, high = torch.aminmax(sums)
        return low.item(), high.item()

    def listed(self) -> list[int] | None:
        """See the base class."""
        if self._tensor.is_floating_point():
            return None
        return [int(value) for value in self._tensor.reshape(-1).tolist()]

    def _first(self, wrong: Tensor, lengths: Sequence[int] | None) -> Element | None:
        if lengths is not None and wrong.dim() == 2:
            wrong &= torch.arange(wrong.shape[1]) < torch.tensor(lengths)[:, None]
        elif lengths is not None:
            wrong &= torch.arange(wrong.shape[-1]) < sum(lengths)
        if not bool(wrong.any()):
            return None
        place = tuple(wrong.nonzero()[0].tolist())
        return Element(self._tensor[place].item(), place)
