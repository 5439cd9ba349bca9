"""What a contract says: parameters, the spaces values lie in, element types, shapes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from msgspec import Struct, field


class Space(Enum):
    """The set that a tensor's values are known to lie in."""

    UNKNOWN = "unknown"
    LOGITS = "logits"  # unbounded scores: the output of an affine layer
    LOG_PROBABILITIES = "log-probabilities"  # log_softmax
    PROBABILITIES = "probabilities"  # softmax: non-negative, sums to one along a dimension
    UNIT_INTERVAL = "unit interval"  # sigmoid, clamp(0, 1)
    LOG_UNIT_INTERVAL = "log of the unit interval"  # logsigmoid
    SIGNED_UNIT_INTERVAL = "signed unit interval"  # tanh: between -1 and 1
    NON_NEGATIVE = "non-negative"  # relu, exp, softplus
    ONE_HOT = "one-hot"
    CLASS_INDICES = "class indices"  # argmax, randint
    BINARY = "binary values"  # zeros, comparisons
    ONES = "ones"  # binary labels and signs alike
    SIGNS = "signs"  # -1 and +1

    @property
    def described(self) -> str:
        """What a message calls values of this space."""
        return _DESCRIBED[self]


_DESCRIBED: Mapping[Space, str] = MappingProxyType(
    {
        Space.UNKNOWN: "values",
        Space.LOGITS: "raw scores",
        Space.LOG_PROBABILITIES: "log-probabilities",
        Space.PROBABILITIES: "probabilities",
        Space.UNIT_INTERVAL: "values between 0 and 1",
        Space.LOG_UNIT_INTERVAL: "logarithms of values between 0 and 1",
        Space.SIGNED_UNIT_INTERVAL: "values between -1 and 1",
        Space.NON_NEGATIVE: "non-negative values",
        Space.ONE_HOT: "one-hot labels",
        Space.CLASS_INDICES: "class indices",
        Space.BINARY: "binary labels",
        Space.ONES: "ones",
        Space.SIGNS: "labels of -1 and +1",
    }
)


class DType(Enum):
    """Element types, by the short names that messages use."""

    F16 = "f16"
    BF16 = "bf16"
    F32 = "f32"
    F64 = "f64"
    FLOAT = "float"  # a floating type, not known which
    I8 = "i8"
    I16 = "i16"
    I32 = "i32"
    I64 = "i64"
    U8 = "u8"
    BOOL = "bool"
    COMPLEX = "complex"

    @property
    def is_floating(self) -> bool:
        """Whether the type is a real floating type."""
        return self in FLOATING


FLOATING = frozenset({DType.F16, DType.BF16, DType.F32, DType.F64, DType.FLOAT})
INTEGERS = frozenset({DType.I8, DType.I16, DType.I32, DType.I64, DType.U8})


class Target(Enum):
    """What a loss takes as its target."""

    CLASS_INDICES = "class indices"
    CLASS_PROBABILITIES = "class probabilities"
    BINARY = "values between 0 and 1"
    SIGNS = "-1 or +1"
    PADDED_INDICES = "class indices, padded with -1"
    CONTINUOUS = "real values"
    PROBABILITIES = "probabilities"
    LABEL_SEQUENCES = "label sequences"
    NONE = "no target"


class Shapes(Enum):
    """How the shapes of input and target go together."""

    CLASS_AXIS = "class axis"  # input (C), (N, C) or (N, C, d1, ...); indices lack C, probabilities keep it
    ROWS = "rows"  # input (C) or (N, C), one class index a row
    SAME = "same"  # target shaped like the input, or torch raises
    BROADCAST = "broadcast"  # target meant to be shaped like the input; torch stretches one that is not
    PAIRS = "pairs"  # two inputs, one target a pair
    TRIPLETS = "triplets"  # anchor, positive and negative
    FEATURES = "features"  # the loss has a layer of its own: input (in_features) or (N, in_features)
    SEQUENCES = "sequences"  # input (T, N, C) or (T, C); targets and lengths a sequence
    UNSTATED = "unstated"


class Required(Enum):
    """Marks a parameter without a default, or with one that is not known."""

    REQUIRED = "required"
    UNSTATED = "unstated"


REQUIRED = Required.REQUIRED
UNSTATED = Required.UNSTATED


class Parameter(Struct, frozen=True):
    """A parameter of a loss; ``default`` is ``REQUIRED`` where there is none, ``UNSTATED`` where unknown.

    role: the name under which facts file it, where that is not its own:
        what ``PoissonNLLLoss.forward`` calls ``log_input`` is the ``input`` of ``poisson_nll_loss``.
    """

    name: str
    default: object = REQUIRED
    keyword_only: bool = False
    role: str | None = None

    @property
    def key(self) -> str:
        """The name under which the arguments and options of a loss call hold it."""
        return self.role or self.name


class Variant(Struct, frozen=True):
    """What a loss demands of its input where its options have certain values.

    options: the values that decide, by the key of the parameter.
    """

    options: Mapping[str, object]
    demand: Contract


class Contract(Struct, frozen=True):
    """What one loss demands.

    name: the class name, ``CrossEntropyLoss``.
    module: dotted name of the class, or None where only the function exists.
    function: dotted name of the functional form, or None.
    constructor: parameters of the class, in order, without ``self``.
    call: parameters of ``forward``, in order.
    functional: parameters of the function, in order.
    input: the parameter that takes the model's output (``"input"``).
    target: the parameter that takes the labels, None where there is none.
    expects: what the input must be; empty where anything will do.
    shapes: how the shapes of input and target go together.
    misuse: for each space that breaks the contract of the input, the rule that it breaks.
    targets: what the target may be.
    index_dtypes: the element types that class indices may have; empty where the target holds none.
    value_dtypes: the element types that other targets may have; empty where there are no others.
    symmetric: input and target may change places: the value is the same.
    positive: the parameter that takes a rate or a variance, which is never below zero; None where none does.
    variants: what is demanded depending on options such as ``from_logits``: the first whose values hold.
        A contract with variants demands nothing itself: it stands where those values are not known.
    """

    name: str
    module: str | None
    function: str | None
    constructor: tuple[Parameter, ...]
    call: tuple[Parameter, ...]
    functional: tuple[Parameter, ...]
    input: str
    target: str | None
    expects: frozenset[Space]
    shapes: Shapes
    misuse: Mapping[Space, str] = field(default_factory=lambda: MappingProxyType({}))
    targets: frozenset[Target] = frozenset()
    index_dtypes: frozenset[DType] = frozenset()
    value_dtypes: frozenset[DType] = frozenset()
    symmetric: bool = False
    positive: str | None = None
    variants: tuple[Variant, ...] = ()

    @property
    def is_of_torch(self) -> bool:
        """Whether the loss is torch's own, not a library's."""
        return self.module is not None or self.function is not None
