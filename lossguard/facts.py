"""What is known about one loss call: the meeting point of both halves.

The static analysis derives these facts from source text, the runtime guard from the tensors themselves;
the rules read nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import astuple, replace

from lossguard.contracts import Contract, DType, Space
from lossguard.diagnostics import Span, TraceStep
from lossguard.elements import Course, Elements


class Source(Enum):
    """Where a tensor comes from."""

    UNKNOWN = "unknown"
    MODEL = "model"  # computed by trainable parameters and attached to the graph
    DATA = "data"  # read from a data set, or a constant: no parameter had a part in it


class Cut(Struct, frozen=True):
    """Where the way of a gradient from a tensor back to the model ends.

    operation: what ends it, as the user calls it (``argmax``, ``detach``, ``no_grad``).
    deliberate: that is what the operation is for; another has no gradient, or one that is zero everywhere.
    """

    operation: str
    span: Span
    deliberate: bool


class Training(Struct, frozen=True):
    """Where the gradient of a loss is asked for, and so what is meant to be trained on.

    text: the call that asks (``loss.backward()``).
    alone: the gradient is that of this loss, with no other term that it is added to.
    """

    text: str
    span: Span
    alone: bool


class TensorFacts(Struct, frozen=True, eq=False):
    """What is known of one tensor.

    space: the set its values lie in.
    classes: how many classes ``Space.CLASS_INDICES`` count, where known.
    dim: the dimension along which probabilities or log-probabilities sum to one, or None.
    features: the dimension in which the outputs of the last affine layer lie, or None; negative only where
        the rank is unknown, and so may be ``dim``.
    total: what non-negative values sum to along a dimension, where several probabilities were added up.
    dtype: None where unknown; ``DType.FLOAT`` is some floating type.
    shape: one entry a dimension, None for an unknown size; None where even the rank is unknown.
    operation: the operation that put the values into their space, as the user calls it (``softmax``).
    module: the module that did, as the user reaches it (``model.head.act``); the guard knows it.
    steps: the way of the value, the operation that made it first.
    mixed: it has been calculated with since, or other values were put to it.
    cut: why no gradient flows from it to the trainable parameters that computed it.
    losses: the numbers of the loss calls that it was computed of, 0 among them for any other term.
    device: where the tensor is (``cuda:0``); the guard knows it.
    packed: it stands for a ``PackedSequence`` of such values, or may.
    reason: where knowledge of its space ended, where that is not known.
    """

    space: Space = Space.UNKNOWN
    dim: int | None = None
    features: int | None = None
    total: int | None = None
    classes: int | None = None
    dtype: DType | None = None
    shape: tuple[int | None, ...] | None = None
    source: Source = Source.UNKNOWN
    operation: str | None = None
    module: str | None = None
    steps: tuple[TraceStep, ...] = ()
    mixed: bool = False
    cut: Cut | None = None
    losses: frozenset[int] = frozenset()
    device: str | None = None
    packed: bool = False
    reason: str = ""

    def __eq__(self, other: object) -> bool:
        """Whether the same is known, for whatever reason no more is."""
        return isinstance(other, TensorFacts) and astuple(self)[:-1] == astuple(other)[:-1]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.shape, self.dim, self.features, self.operation, len(self.steps)))

    def replace(self, **known: object) -> TensorFacts:
        """The same tensor, of which some facts are others."""
        return replace(self, **known)

    @property
    def is_unexplained(self) -> bool:
        """Whether neither the space is known nor where knowledge of it ended."""
        return self.space is Space.UNKNOWN and not self.reason

    @property
    def rank(self) -> int | None:
        """The number of dimensions, or None where unknown."""
        return None if self.shape is None else len(self.shape)


class Phase(Enum):
    """Whether the loss is called, or constructed."""

    CALL = "call"
    CONSTRUCTION = "construction"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a loss call.

    text: the argument as the user wrote it.
    tensor: what is known of it, None where it is not known to be a tensor.
    phase: whether it is given to the call of the loss, or to its constructor.
    """

    text: str
    span: Span
    tensor: TensorFacts | None = None
    phase: Phase = Phase.CALL


UNKNOWN_OPTION = object()
"""The value of an option that is given but not known."""


@dataclass(frozen=True, slots=True)
class LossCall:
    """One loss call on one path of the program.

    text: the callee as the user wrote it (``criterion``, ``F.cross_entropy``).
    arguments: the tensors given, by the name of the contract's parameter (``input``, ``target`` …);
        at ``Phase.CONSTRUCTION`` by the name of the constructor's parameter. What else stands in the source
        is there as well, for its place; the guard has tensors only.
    options: every other parameter that was given, at construction or at the call, by name
        (``reduction``, ``log_target``), and what stands where a tensor belongs, like a list for ``weight``;
        ``UNKNOWN_OPTION`` where its value is not known, or where it may have been given out of sight.
    autocast: whether autocast converts the tensors, None where that is not known.
    unrecorded: why torch records no gradient at the call, None where it may.
    training: where the gradient of the loss is asked for, None where that is not seen.
    made: where the loss that is called was constructed; None for a function, and where that is not seen.
    elements: those of the tensors given, by the name of the parameter, and of the loss, by ``RESULT``, once
        it is computed; the guard reads them. ``course``: how the loss went lately; the guard knows it.
    """

    contract: Contract
    text: str
    span: Span
    phase: Phase = Phase.CALL
    arguments: Mapping[str, Argument] = field(default_factory=lambda: MappingProxyType({}))
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    autocast: bool | None = None
    unrecorded: Cut | None = None
    training: Training | None = None
    made: Span | None = None
    elements: Mapping[str, Elements] = field(default_factory=lambda: MappingProxyType({}))
    course: Course | None = None

    @property
    def input(self) -> Argument | None:
        """The argument that takes the model's output."""
        return self.arguments.get(self.contract.input)

    @property
    def target(self) -> Argument | None:
        """The argument that takes the labels."""
        return None if self.contract.target is None else self.arguments.get(self.contract.target)
