"""The kernels of losses that compare elements, for pairs that the guard knows to be of one shape.

Before such a kernel torch looks at the sizes once more, and broadcasts what needs no broadcasting: two views,
and two nodes of the graph for the way back. Without that a guarded call costs less than a bare one, and gives
the same loss and the same gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn._reduction import get_enum

from lossguard.contracts import Contract

Forward = Callable[[nn.Module, Tensor, Tensor], object]

_OPTIONS: Final = {"mse_loss": (), "l1_loss": (), "smooth_l1_loss": ("beta",), "huber_loss": ("delta",)}
"""The loss functions whose kernel takes their arguments as they are, and what it takes besides."""

_function_modes = torch._C._len_torch_function_stack


def straight(contract: Contract, bare: Forward) -> Forward:
    """Make the ``forward`` of a loss for two plain tensors of one shape: bare itself, where that has to do.

    bare: torch's own ``forward``. It is called as well whenever somebody listens to functions of torch, or
    has put another one in the place of the loss function.
    """
    _, _, name = (contract.function or "").rpartition(".")
    kernel: Any = getattr(torch._C._nn, name, None)
    if name not in _OPTIONS or kernel is None:
        return bare
    function, options = getattr(functional, name), _OPTIONS[name]

    def forward(loss: nn.Module, scores: Tensor, target: Tensor) -> object:
        if _function_modes() or getattr(functional, name) is not function:
            return bare(loss, scores, target)
        own = [getattr(loss, option) for option in options]
        if not all(own):  # without a beta, SmoothL1Loss is L1Loss
            return bare(loss, scores, target)
        return kernel(scores, target, get_enum(str(loss.reduction)), *own)

    return forward
