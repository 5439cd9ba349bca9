"""Where a tensor comes from, read off the autograd graph: exact, and without looking at a value.

The graph is walked from the tensor backwards, through nodes that move values about without changing them,
to the first one that says which space the values lie in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from lossguard.contracts import Space

if TYPE_CHECKING:
    from torch import Tensor
    from torch.autograd.graph import Node

DEPTH = 8
WIDTH = 16

_SAME_SHAPE = frozenset(
    {
        "AliasBackward0",
        "CloneBackward0",
        "ToCopyBackward0",
        "_DDPSinkBackward",
        "_ToTorchTensorBackward",
        "RedistributeBackward",
    }
)
_MOVES_VALUES = _SAME_SHAPE | frozenset(
    {
        "AsStridedBackward0",
        "DiagonalBackward0",
        "ExpandBackward0",
        "FlipBackward0",
        "GatherBackward0",
        "IndexBackward0",
        "IndexSelectBackward0",
        "MaskedSelectBackward0",
        "PermuteBackward0",
        "RepeatBackward0",
        "ReshapeAliasBackward0",
        "RollBackward0",
        "SelectBackward0",
        "SliceBackward0",
        "SplitBackward0",
        "SplitWithSizesBackward0",
        "SqueezeBackward0",
        "SqueezeBackward1",
        "SqueezeBackward2",
        "TBackward0",
        "TransposeBackward0",
        "UnbindBackward0",
        "UnfoldBackward0",
        "UnsafeSplitBackward0",
        "UnsafeViewBackward0",
        "UnsqueezeBackward0",
        "ViewBackward0",
    }
)
_LEAF = "torch::autograd::AccumulateGrad"
_OPAQUE = frozenset({"CompiledFunctionBackward", "DifferentiableGraphBackward", "CheckpointFunctionBackward"})


_WEIGHTS = {"AddmmBackward0": 2, "MmBackward0": 1, "LinearBackward0": 1, "ConvolutionBackward0": 1}


class _Saving(Protocol):
    """The saved scalars of the nodes that have them."""

    _saved_dim: int
    _saved_min: float | None
    _saved_max: float | None
    _saved_min_val: float
    _saved_max_val: float


@dataclass(frozen=True, slots=True, eq=False)
class Provenance:
    """What the graph says of a tensor; equal ones are the same object.

    space: the set its values lie in.
    dim: the dimension along which they sum to one, negative ones counting from the end, or None.
    operation: the operation that put them there, as the user calls it, or None.
    opaque: the graph hides how the values were made: no gradient is recorded, or compiled code made them.
    """

    space: Space = Space.UNKNOWN
    dim: int | None = None
    operation: str | None = None
    opaque: bool = False


UNRECORDED = Provenance(opaque=True)
UNKNOWN = Provenance()


def provenance(tensor: Tensor) -> Provenance:
    """Say what the autograd graph of a tensor of any shape and dtype tells about its values."""
    node = tensor.grad_fn
    return UNRECORDED if node is None else traced(node)


def traced(node: Node | None, depth: int = DEPTH, *, layers: bool = True) -> Provenance:
    """Walk the graph from a node backwards, at most ``depth`` nodes far.

    layers: whether a layer's output has to be told from what is not known, the dearest of all questions.
    """
    keeps_dim = True
    for left in range(depth, 0, -1):
        reader = _BY_TYPE.get(type(node))
        if reader is None:
            reader = _reader(node)
        if reader is _moves or reader is _keeps:
            keeps_dim = keeps_dim and reader is _keeps
            node = node.next_functions[0][0]  # type: ignore[union-attr]
            continue
        if not layers and reader in _LAYERS:
            return UNKNOWN
        found = reader(node, left)  # type: ignore[arg-type]
        return found if keeps_dim or found.dim is None else _made(found.space.value, None, found.operation)
    return UNKNOWN


def settled(node: Node | None, *, layers: bool = True) -> Provenance | None:
    """Give what the type of a node alone says of its output; None where more of the node has to be read."""
    reader = _BY_TYPE.get(type(node))
    if reader is _nothing or (not layers and reader in _LAYERS):
        return UNKNOWN
    return None if reader is None else _CONSTANT.get(reader)


def maker(tensor: Tensor) -> Node | None:
    """Find the node that put the values of a tensor where they are, behind those that move them about."""
    node = tensor.grad_fn
    for _ in range(DEPTH):
        if node is None or _reader(node) not in (_moves, _keeps):
            return node
        node = node.next_functions[0][0]
    return None


def signed_dim(node: Node) -> int | None:
    """Give the dimension that an operation runs over; None for one that has none."""
    dim = getattr(node, "_saved_dim", None)
    return _signed(dim) if isinstance(dim, int) else None


def weight_of(node: Node) -> Tensor | None:
    """Give the parameter that a layer multiplies with; None for what is no layer."""
    operand = _WEIGHTS.get(node.name())
    if operand is None or operand >= len(node.next_functions):
        return None
    leaf = node.next_functions[operand][0]
    for _ in range(DEPTH):
        if leaf is None or leaf.name() == _LEAF:
            return getattr(leaf, "variable", None)
        leaf = leaf.next_functions[0][0] if leaf.name() in _MOVES_VALUES else None
    return None


def _reader(node: Node | None) -> _Reader:
    """Find how to read a node by its name, and remember it for the types that torch itself defines."""
    if node is None:
        return _nothing
    name = node.name()
    reader: _Reader
    if name in _MOVES_VALUES:
        reader = _keeps if name in _SAME_SHAPE else _moves
    else:
        reader = _READERS.get(name, _hidden if name in _OPAQUE else _nothing)
    kind = type(node)
    if kind.__module__ == "torch.autograd.function" or kind.__name__ != name:
        return reader
    return _BY_TYPE.setdefault(kind, reader)


@cache
def _made(space: str, dim: int | None, operation: str | None) -> Provenance:
    return Provenance(Space(space), dim, operation)


_Reader = Callable[["Node", int], Provenance]
_BY_TYPE: dict[type, _Reader] = {}
_CONSTANT: dict[_Reader, Provenance] = {}


def _nothing(node: Node, depth: int) -> Provenance:  # noqa: ARG001
    return UNKNOWN


def _hidden(node: Node, depth: int) -> Provenance:  # noqa: ARG001
    return UNRECORDED


def _moves(node: Node, depth: int) -> Provenance:
    """Stand for a node that moves values about; ``traced`` walks through it."""
    return traced(node.next_functions[0][0], depth - 1)


def _keeps(node: Node, depth: int) -> Provenance:
    """Stand for a node that leaves even the shape alone; ``traced`` walks through it."""
    return traced(node.next_functions[0][0], depth - 1)


def _always(space: Space, operation: str) -> _Reader:
    found = _made(space.value, None, operation)

    def read(node: Node, depth: int) -> Provenance:  # noqa: ARG001
        return found

    _CONSTANT[read] = found
    return read


def _along_dim(space: Space, operation: str) -> _Reader:
    value = space.value

    def read(node: Node, depth: int) -> Provenance:  # noqa: ARG001
        dim = _signed(_saving(node)._saved_dim)
        return _made(value, dim, operation)

    return read


def _saving(node: Node) -> _Saving:
    return node  # type: ignore[return-value]


def _signed(dim: int) -> int:
    return dim - 2**64 if dim >= 2**63 else dim


def _affine(weight: int, operation: str) -> _Reader:
    """Read a layer: its output is unbounded if its weight is a parameter, not another layer's output."""
    found = _made(Space.LOGITS.value, None, operation)

    def read(node: Node, depth: int) -> Provenance:  # noqa: ARG001
        operands = node.next_functions
        return found if weight < len(operands) and _is_parameter(operands[weight][0]) else UNKNOWN

    return read


def _is_parameter(node: Node | None) -> bool:
    for _ in range(DEPTH):
        if node is None:
            return False
        name = node.name()
        if name == _LEAF:
            return True
        if name not in _MOVES_VALUES:
            return False
        node = node.next_functions[0][0]
    return False


def _logarithm(node: Node, depth: int) -> Provenance:
    inner = traced(node.next_functions[0][0], depth - 1)
    if inner.space is Space.PROBABILITIES:
        return _made(Space.LOG_PROBABILITIES.value, inner.dim, f"{inner.operation}().log")
    if inner.space is Space.UNIT_INTERVAL:
        return _made(Space.LOG_UNIT_INTERVAL.value, None, f"{inner.operation}().log")
    return UNKNOWN


def _bounded(node: Node, depth: int, low: float | None, high: float | None, operation: str) -> Provenance:
    inner = traced(node.next_functions[0][0], depth - 1)
    if inner.space in (Space.PROBABILITIES, Space.UNIT_INTERVAL):
        return inner if (low is None or low >= 0) and (high is None or high <= 1) else UNKNOWN
    if low is not None and low >= 0:
        space = Space.UNIT_INTERVAL if high is not None and high <= 1 else Space.NON_NEGATIVE
        return _made(space.value, None, operation)
    if low is not None and low >= -1 and high is not None and high <= 1:
        return _made(Space.SIGNED_UNIT_INTERVAL.value, None, operation)
    return UNKNOWN


def _clamp(node: Node, depth: int) -> Provenance:
    saving = _saving(node)
    return _bounded(node, depth, saving._saved_min, saving._saved_max, "clamp")


def _clamp_min(node: Node, depth: int) -> Provenance:
    return _bounded(node, depth, _saving(node)._saved_min, None, "clamp_min")


def _hardtanh(node: Node, depth: int) -> Provenance:
    saving = _saving(node)
    return _bounded(node, depth, saving._saved_min_val, saving._saved_max_val, "hardtanh")


def _joined(node: Node, depth: int) -> Provenance:
    """Read a concatenation: what its parts have in common; across the batch nothing changes."""
    parts = node.next_functions
    if len(parts) > WIDTH:
        return UNKNOWN
    found = {traced(part, depth - 1) for part, _ in parts}
    if len(found) > 1:
        return UNKNOWN
    (one,) = found
    if _saving(node)._saved_dim == 0 and one.dim != 0:
        return _made(one.space.value, None, one.operation)
    if one.space is Space.PROBABILITIES:
        return _made(Space.UNIT_INTERVAL.value, None, one.operation)
    return UNKNOWN if one.space in (Space.LOG_PROBABILITIES, Space.LOG_UNIT_INTERVAL) else one


_READERS: dict[str, _Reader] = {
    "SoftmaxBackward0": _along_dim(Space.PROBABILITIES, "softmax"),
    "SafeSoftmaxBackward0": _along_dim(Space.PROBABILITIES, "softmax"),
    "LogSoftmaxBackward0": _along_dim(Space.LOG_PROBABILITIES, "log_softmax"),
    "SigmoidBackward0": _always(Space.UNIT_INTERVAL, "sigmoid"),
    "HardsigmoidBackward0": _always(Space.UNIT_INTERVAL, "hardsigmoid"),
    "LogSigmoidBackward0": _always(Space.LOG_UNIT_INTERVAL, "logsigmoid"),
    "TanhBackward0": _always(Space.SIGNED_UNIT_INTERVAL, "tanh"),
    "ReluBackward0": _always(Space.NON_NEGATIVE, "relu"),
    "SoftplusBackward0": _always(Space.NON_NEGATIVE, "softplus"),
    "ExpBackward0": _always(Space.NON_NEGATIVE, "exp"),
    **{
        name: _affine(operand, "convolution" if name == "ConvolutionBackward0" else "linear")
        for name, operand in _WEIGHTS.items()
    },
    "LogBackward0": _logarithm,
    "ClampBackward1": _clamp,
    "ClampMinBackward0": _clamp_min,
    "HardtanhBackward0": _hardtanh,
    "CatBackward0": _joined,
    "StackBackward0": _joined,
}
_LAYERS = frozenset(_READERS[name] for name in _WEIGHTS)
