"""Values inside the graphs that ``torch.compile`` makes: one operator that looks, and hands the target on.

Compiled code drops the checks that torch's own kernels make: inductor turns scores above 1 in ``BCELoss``
into NaN without a word. An operator that inductor does not know stays where it is, and since the loss is
computed from the target that it gives, nothing may drop it. There is no graph break, and an error of the
guard comes out of the compiled code as what it is.
"""

from __future__ import annotations

from itertools import count
from typing import cast
from weakref import WeakValueDictionary, ref

import torch
from torch import Tensor, nn

from lossguard.runtime.inspection import Inspector

_numbers = count(1)


class GraphLook:
    """What looks at the calls of one loss inside graphs; the graphs know it by its key."""

    def __init__(self, inspector: Inspector, owner: nn.Module, loss: str) -> None:
        self.key = f"{loss} {next(_numbers)}"
        self.inspector = inspector
        self._owner = ref(owner)
        _OPEN[self.key] = self

    def look(self, scores: Tensor, target: Tensor) -> Tensor:
        """Look at a call as it runs, and give its target, a new tensor, on."""
        given = scores, target
        if self.inspector.passes(given, {}):
            return target.clone()
        with torch.no_grad():
            found = self.inspector.attend(_target, self._owner(), given, {})
        (kept,) = cast("tuple[Tensor]", found)
        return kept.clone()


_OPEN: WeakValueDictionary[str, GraphLook] = WeakValueDictionary()


def _target(_: Tensor, target: Tensor) -> tuple[Tensor]:
    """Stand for the loss, of which only the target is wanted."""
    return (target,)


@torch.library.custom_op(
    "lossguard::look", mutates_args=(), schema="(Tensor scores, Tensor target, str key) -> Tensor"
)
def look(scores: Tensor, target: Tensor, key: str) -> Tensor:
    """Give the target on, of any shape and dtype, once the loss that a key stands for has been looked at."""
    found = _OPEN.get(key)
    return target.clone() if found is None else found.look(scores, target)


@look.register_fake
def _(scores: Tensor, target: Tensor, key: str) -> Tensor:  # noqa: ARG001
    return torch.empty_like(target)
