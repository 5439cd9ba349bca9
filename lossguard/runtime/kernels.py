"""The kernels of losses that compare elements, for pairs that the guard knows to be of one shape.

What torch does before such a kernel is to look at the sizes once more and to broadcast what needs no
broadcasting: two views, and two nodes of the graph for the way back. Without it a guarded call costs less than
a bare one, and gives the same loss and the same gradients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import torch
from torch.nn import _reduction, functional

from lossguard.contracts import Contract

if TYPE_CHECKING:
    from types import FunctionType

_OPTIONS: Final = {"mse_loss": None, "l1_loss": None, "smooth_l1_loss": "beta", "huber_loss": "delta"}
"""The loss functions whose kernel takes their arguments as they are, and the option it takes besides."""

_function_modes = torch._C._len_torch_function_stack


def straight(contract: Contract, bare: FunctionType) -> FunctionType | None:
    """Make the ``forward`` of a loss that takes two plain tensors of one shape; None where bare has to do.

    bare: torch's own ``forward``. It is called whenever somebody listens to functions of torch, or has put
    another one in the place of the loss function.
    """
    _, _, name = (contract.function or "").rpartition(".")
    kernel: Any = getattr(torch._C._nn, name, None)
    if name not in _OPTIONS or kernel is None:
        return None
    option, function, reduction = _OPTIONS[name], getattr(functional, name), _reduction.get_enum

    def without_option(self: Any, scores: torch.Tensor, target: torch.Tensor) -> object:
        if _function_modes() or getattr(functional, name) is not function:
            return bare(self, scores, target)
        return kernel(scores, target, reduction(self.reduction))

    def with_option(self: Any, scores: torch.Tensor, target: torch.Tensor) -> object:
        value = getattr(self, option)
        if not value or _function_modes() or getattr(functional, name) is not function:
            return bare(self, scores, target)
        return kernel(scores, target, reduction(self.reduction), value)

    return cast("FunctionType", without_option if option is None else with_option)
