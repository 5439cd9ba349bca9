"""Which module made a value, in the words of the code that calls the loss: ``model.head.act``.

The autograd graph names the operation, and holds the very weights of the layer before it. The model that has
these weights stands in one of the frames that lead to the loss; there the module is looked up. No hook has to
be set for it, and nothing runs again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from types import FrameType
from typing import TYPE_CHECKING

from torch import Tensor, nn

from lossguard.runtime.location import is_machinery
from lossguard.runtime.provenance import maker, signed_dim, weight_of

if TYPE_CHECKING:
    from torch.autograd.graph import Node

FRAMES = 16
DEPTH = 8
_MODULES: Mapping[str, tuple[type[nn.Module], ...]] = {
    "SoftmaxBackward0": (nn.Softmax, nn.Softmax2d, nn.Softmin),
    "LogSoftmaxBackward0": (nn.LogSoftmax,),
    "SigmoidBackward0": (nn.Sigmoid,),
    "HardsigmoidBackward0": (nn.Hardsigmoid,),
    "LogSigmoidBackward0": (nn.LogSigmoid,),
    "TanhBackward0": (nn.Tanh,),
    "ReluBackward0": (nn.ReLU,),
    "SoftplusBackward0": (nn.Softplus,),
}
Path = tuple[str, ...]


def module_name(tensor: Tensor) -> str | None:
    """Name the module that computed the values of a tensor; None where it is not certain."""
    node = maker(tensor)
    found = _layer(node)
    if node is None or found is None:
        return None
    steps, weight = found
    home = _home(weight)
    if home is None:
        return None
    root, model, layer = home
    path = layer if steps == 0 else _behind(model, layer, node, tensor.dim())
    return None if path is None else ".".join((root, *path))


def _layer(node: Node | None) -> tuple[int, Tensor] | None:
    """Find the layer that a value comes from: how many nodes back, and its weight."""
    for steps in range(DEPTH):
        if node is None:
            return None
        weight = weight_of(node)
        if weight is not None:
            return steps, weight
        node = node.next_functions[0][0] if node.next_functions else None
    return None


def _home(weight: Tensor) -> tuple[str, nn.Module, Path] | None:
    """Find the model that has a weight: its name in a frame, the model, and the layer's path in it."""
    for frame in islice(_frames(), FRAMES):
        for name, model in _modules_in(frame):
            for parameter, value in model.named_parameters():
                if value is weight:
                    return name, model, tuple(parameter.split(".")[:-1])
    return None


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if not is_machinery(frame):
            yield frame
        frame = frame.f_back


def _modules_in(frame: FrameType) -> Iterator[tuple[str, nn.Module]]:
    for names in (frame.f_locals, frame.f_globals):
        for name, value in tuple(names.items()):
            if isinstance(value, nn.Module):
                yield name, value
    owner = frame.f_locals.get("self")
    for name, value in tuple(getattr(owner, "__dict__", {}).items()):
        if isinstance(value, nn.Module):
            yield f"self.{name}", value


def _behind(model: nn.Module, layer: Path, node: Node, rank: int) -> Path | None:
    """Find the one activation that stands beside the layer, or beside a module that holds it."""
    kinds = _MODULES.get(node.name(), ())
    for depth in range(len(layer) - 1, -1, -1):
        children = model.get_submodule(".".join(layer[:depth])).named_children()
        fitting = [name for name, child in children if isinstance(child, kinds) and _fits(child, node, rank)]
        if fitting:
            return (*layer[:depth], fitting[0]) if len(fitting) == 1 else None
    return None


def _fits(module: nn.Module, node: Node, rank: int) -> bool:
    given, done = getattr(module, "dim", None), signed_dim(node)
    return not isinstance(given, int) or done is None or given % rank == done % rank
