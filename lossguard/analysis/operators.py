"""What each torch operator does to an abstract tensor: one row an operator.

A row is looked up by the operator's bare name, whether it is called as ``torch.softmax``, ``F.softmax`` or
``x.softmax``. Facts come from the documentation of torch 2.13.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from lossguard.contracts import DType, Space

_NONE: Mapping[Space, Space] = MappingProxyType({})


class Shape(Enum):
    """How an operator moves the shape of its input."""

    KEEP = "keep"
    UNKNOWN = "unknown"
    FLATTEN = "flatten"
    VIEW = "view"
    SQUEEZE = "squeeze"
    UNSQUEEZE = "unsqueeze"
    AT_LEAST_1 = "at least one dimension"
    AT_LEAST_2 = "at least two dimensions"
    AT_LEAST_3 = "at least three dimensions"
    TRANSPOSE = "transpose"
    PERMUTE = "permute"
    REDUCE = "reduce"
    RANK = "rank"  # the rank stays, sizes may change
    RESIZE = "resize"  # sizes in space change: all but the first two
    POOL = "pool"  # windows over space
    ADAPT = "adapt"  # the sizes in space are the argument
    ALONG = "along"  # one dimension gets another content
    NARROW = "narrow"
    SELECT = "select"  # one dimension goes
    EXPAND = "expand"
    REPEAT = "repeat"
    REVERSE = "reverse"
    LAST_TWO = "last two"  # the last two dimensions change places
    MOVE = "move"
    UNFLATTEN = "unflatten"
    UNFOLD = "unfold"
    OUTPUTS = "outputs"  # the last dimension becomes that of an affine layer's outputs
    DRAW = "draw"  # the last dimension becomes that of the samples
    ONE_DIMENSION = "one dimension"
    APPEND = "append"  # one more dimension at the end
    AS_OTHER = "as other"  # that of the next tensor
    WIDEN = "widen"  # broadcast with the next tensors
    MULTIPLY = "multiply"  # matrix product with the next tensor
    EINSUM = "einsum"  # as the equation says
    JOIN = "join"  # cat: the rank stays
    STACK = "stack"  # one more dimension
    CREATE = "create"  # sizes are the arguments
    LIKE = "like"


class Result(Enum):
    """What an operator returns."""

    TENSOR = "tensor"
    PAIR = "pair"  # values and indices, where a dimension is given
    LIST = "list"


class Operator(Struct, frozen=True):
    """What an operator does.

    space: the space of its result; None keeps the input's, unless ``moves`` says otherwise.
    moves: the space of the result for inputs in the given spaces; others end in ``otherwise``.
    dim: the position of the ``dim`` argument behind the input, where the operator has one.
    default: the dimension where it is not given; None takes all, or is not known.
    spatial: the number of dimensions in space.
    dtype: the element type of the result; None keeps the input's.
    data: the result has no gradient: it is data, not the output of a model.
    creates: it makes a tensor of no other.
    marks: the result goes by its name even where the space stays the same.
    forgets: no more is known of the result than that it is a tensor.
    """

    space: Space | None = None
    moves: Mapping[Space, Space] = field(default_factory=lambda: _NONE)
    otherwise: Space | None = None
    dim: int | None = None
    default: int | None = None
    spatial: int = 0
    dtype: DType | None = None
    shape: Shape = Shape.KEEP
    result: Result = Result.TENSOR
    data: bool = False
    creates: bool = False
    marks: bool = False
    forgets: bool = False


def _into(space: Space, dim: int | None = None, default: int | None = None) -> Operator:
    return Operator(space=space, dim=dim, default=default, dtype=DType.FLOAT)


def _moves(moves: Mapping[Space, Space], otherwise: Space = Space.UNKNOWN) -> Operator:
    return Operator(moves=MappingProxyType(dict(moves)), otherwise=otherwise, dtype=DType.FLOAT)


def _create(space: Space, dtype: DType | None, shape: Shape = Shape.CREATE) -> Operator:
    return Operator(space=space, dtype=dtype, shape=shape, data=True, creates=True)


_KEEP = Operator()
_FORGET = Operator(space=Space.UNKNOWN)
_EXTREME = Operator(
    moves=MappingProxyType(
        {space: space for space in Space}
        | {Space.PROBABILITIES: Space.UNIT_INTERVAL, Space.LOG_PROBABILITIES: Space.LOG_UNIT_INTERVAL}
    ),
    otherwise=Space.UNKNOWN,
    dim=0,
    shape=Shape.REDUCE,
)
_UNIT_KEPT = {
    Space.UNIT_INTERVAL: Space.UNIT_INTERVAL,
    Space.PROBABILITIES: Space.UNIT_INTERVAL,
    Space.NON_NEGATIVE: Space.NON_NEGATIVE,
}

_BENT = {
    space: space for space in (Space.LOGITS, Space.NON_NEGATIVE, Space.UNIT_INTERVAL, Space.PROBABILITIES)
}
"""Where only negative values are scaled: raw scores are raw scores still, others stay as they are."""

NEGATED: Mapping[Space, Space] = MappingProxyType(
    {s: s for s in (Space.LOGITS, Space.SIGNED_UNIT_INTERVAL, Space.SIGNS)} | {Space.ONES: Space.SIGNS}
)
"""What becomes of values whose sign is changed."""

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        "softmax": _into(Space.PROBABILITIES, dim=0),
        "softmin": _into(Space.PROBABILITIES, dim=0),
        "gumbel_softmax": _into(Space.PROBABILITIES, dim=3, default=-1),
        "log_softmax": _into(Space.LOG_PROBABILITIES, dim=0),
        "sigmoid": _into(Space.UNIT_INTERVAL),
        "expit": _into(Space.UNIT_INTERVAL),
        "hardsigmoid": _into(Space.UNIT_INTERVAL),
        "logsigmoid": _into(Space.LOG_UNIT_INTERVAL),
        "tanh": _into(Space.SIGNED_UNIT_INTERVAL),
        "hardtanh": _into(Space.SIGNED_UNIT_INTERVAL),
        "softsign": _into(Space.SIGNED_UNIT_INTERVAL),
        "relu": Operator(space=Space.NON_NEGATIVE),
        "relu6": _into(Space.NON_NEGATIVE),
        "softplus": _into(Space.NON_NEGATIVE),
        **dict.fromkeys(
            ("leaky_relu", "prelu", "rrelu"),
            _moves(_BENT),
        ),
        "square": Operator(space=Space.NON_NEGATIVE),
        "linear": Operator(space=Space.LOGITS, dtype=DType.FLOAT, shape=Shape.OUTPUTS),
        "bilinear": Operator(space=Space.LOGITS, dtype=DType.FLOAT, shape=Shape.OUTPUTS),
        "logit": _into(Space.LOGITS),
        **dict.fromkeys(
            ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"),
            Operator(
                moves=MappingProxyType({Space.LOGITS: Space.LOGITS}), otherwise=Space.UNKNOWN, marks=True
            ),
        ),
        **dict.fromkeys(
            ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm"), _into(Space.LOGITS)
        ),
        "exp": replace(
            _moves(
                {
                    Space.LOG_PROBABILITIES: Space.PROBABILITIES,
                    Space.LOG_UNIT_INTERVAL: Space.UNIT_INTERVAL,
                },
                Space.NON_NEGATIVE,
            ),
            marks=True,
        ),
        "log": _moves(
            {
                Space.PROBABILITIES: Space.LOG_PROBABILITIES,
                Space.UNIT_INTERVAL: Space.LOG_UNIT_INTERVAL,
            }
        ),
        "log1p": _FORGET,
        "sqrt": _moves(_UNIT_KEPT),
        "pow": replace(_moves(_UNIT_KEPT), dtype=None),
        "abs": replace(_moves({Space.UNIT_INTERVAL: Space.UNIT_INTERVAL}, Space.NON_NEGATIVE), dtype=None),
        "neg": Operator(moves=NEGATED, otherwise=Space.UNKNOWN),
        "mean": Operator(
            moves=MappingProxyType(
                {s: s for s in (Space.LOGITS, Space.UNIT_INTERVAL, Space.NON_NEGATIVE, Space.PROBABILITIES)}
            ),
            otherwise=Space.UNKNOWN,
            dim=0,
            shape=Shape.REDUCE,
        ),
        "sum": Operator(
            moves=MappingProxyType({Space.LOGITS: Space.LOGITS, Space.NON_NEGATIVE: Space.NON_NEGATIVE}),
            otherwise=Space.UNKNOWN,
            dim=0,
            shape=Shape.REDUCE,
        ),
        **dict.fromkeys(("max", "min"), replace(_EXTREME, result=Result.PAIR)),
        **dict.fromkeys(("amax", "amin"), _EXTREME),
        "topk": Operator(dim=1, default=-1, shape=Shape.ALONG, result=Result.PAIR),
        "sort": Operator(dim=0, default=-1, shape=Shape.KEEP, result=Result.PAIR),
        "argmax": Operator(Space.CLASS_INDICES, dim=0, dtype=DType.I64, shape=Shape.REDUCE, data=True),
        "argmin": Operator(Space.CLASS_INDICES, dim=0, dtype=DType.I64, shape=Shape.REDUCE, data=True),
        "argsort": Operator(Space.CLASS_INDICES, dtype=DType.I64, data=True),
        "multinomial": Operator(Space.CLASS_INDICES, dtype=DType.I64, shape=Shape.DRAW, data=True),
        "bernoulli": Operator(Space.BINARY, data=True),
        "fill": Operator(Space.UNKNOWN),
        "zero": Operator(Space.BINARY),
        "normal": Operator(Space.UNKNOWN),
        "uniform": Operator(Space.UNKNOWN),
        "random": Operator(Space.UNKNOWN),
        "one_hot": Operator(Space.ONE_HOT, dtype=DType.I64, shape=Shape.APPEND, data=True),
        **dict.fromkeys(("round", "floor", "ceil", "trunc", "fix"), Operator(Space.UNKNOWN)),
        **dict.fromkeys(
            ("eq", "ne", "gt", "ge", "lt", "le", "greater", "less", "logical_and", "logical_or"),
            Operator(Space.BINARY, dtype=DType.BOOL, shape=Shape.WIDEN, data=True),
        ),
        "sign": Operator(
            moves=MappingProxyType({s: s for s in (Space.BINARY, Space.ONES, Space.ONE_HOT)}),
            otherwise=Space.SIGNS,
        ),
        # views, copies, devices
        "view": Operator(shape=Shape.VIEW),
        "reshape": Operator(shape=Shape.VIEW),
        "resize": Operator(shape=Shape.UNKNOWN),
        "view_as": Operator(shape=Shape.AS_OTHER),
        "reshape_as": Operator(shape=Shape.AS_OTHER),
        "flatten": Operator(shape=Shape.FLATTEN),
        "ravel": Operator(shape=Shape.FLATTEN),
        "squeeze": Operator(shape=Shape.SQUEEZE),
        "unsqueeze": Operator(shape=Shape.UNSQUEEZE),
        "atleast_1d": Operator(shape=Shape.AT_LEAST_1),
        "atleast_2d": Operator(shape=Shape.AT_LEAST_2),
        "atleast_3d": Operator(shape=Shape.AT_LEAST_3),
        "transpose": Operator(shape=Shape.TRANSPOSE),
        "swapaxes": Operator(shape=Shape.TRANSPOSE),
        "t": Operator(shape=Shape.REVERSE),
        "permute": Operator(shape=Shape.PERMUTE),
        "movedim": Operator(shape=Shape.MOVE),
        "moveaxis": Operator(shape=Shape.MOVE),
        "unflatten": Operator(shape=Shape.UNFLATTEN),
        "expand": Operator(shape=Shape.EXPAND),
        "broadcast_to": Operator(shape=Shape.EXPAND),
        "expand_as": Operator(shape=Shape.AS_OTHER),
        "repeat": Operator(shape=Shape.REPEAT),
        "tile": Operator(shape=Shape.UNKNOWN),
        "repeat_interleave": Operator(dim=1, shape=Shape.ALONG),
        "flip": _KEEP,
        "roll": _KEEP,
        "narrow": Operator(shape=Shape.NARROW),
        "select": Operator(shape=Shape.SELECT),
        "index_select": Operator(dim=0, shape=Shape.ALONG),
        "masked_select": Operator(shape=Shape.ONE_DIMENSION),
        "gather": Operator(shape=Shape.AS_OTHER),
        "take": Operator(shape=Shape.AS_OTHER),
        "unfold": Operator(shape=Shape.UNFOLD),
        "contiguous": _KEEP,
        "clone": _KEEP,
        "detach": Operator(data=True),
        "requires_grad": _KEEP,
        "retain_grad": _KEEP,
        "to": _KEEP,
        "type": _KEEP,
        "type_as": _KEEP,
        "cuda": _KEEP,
        "cpu": _KEEP,
        "pin_memory": _KEEP,
        "alias": _KEEP,
        "interpolate": Operator(shape=Shape.RESIZE),
        "grid_sample": Operator(shape=Shape.RESIZE),
        "upsample": Operator(shape=Shape.RESIZE),
        "pad": Operator(space=Space.UNKNOWN, shape=Shape.RANK),
        **{
            f"{adaptive}{kind}_pool{n}d": replace(row, dim=None, spatial=n, shape=shape)
            for adaptive, shape in (("", Shape.POOL), ("adaptive_", Shape.ADAPT))
            for kind, row in (("avg", _KEEP), ("max", _EXTREME))
            for n in (1, 2, 3)
        },
        **dict.fromkeys(
            ("cat", "concat", "concatenate", "row_stack", "vstack"),
            Operator(dim=0, default=0, shape=Shape.JOIN),
        ),
        "hstack": Operator(default=1, shape=Shape.JOIN),
        "vstack": Operator(default=0, shape=Shape.JOIN),
        "stack": Operator(dim=0, default=0, shape=Shape.STACK),
        "einsum": Operator(shape=Shape.EINSUM),
        "split": Operator(dim=1, default=0, shape=Shape.ALONG, result=Result.LIST),
        "chunk": Operator(dim=1, default=0, shape=Shape.ALONG, result=Result.LIST),
        "tensor_split": Operator(dim=1, default=0, shape=Shape.ALONG, result=Result.LIST),
        "unbind": Operator(shape=Shape.SELECT, result=Result.LIST),
        # casts
        "float": Operator(dtype=DType.F32),
        "double": Operator(dtype=DType.F64),
        "half": Operator(dtype=DType.F16),
        "bfloat16": Operator(dtype=DType.BF16),
        "long": Operator(dtype=DType.I64),
        "int": Operator(dtype=DType.I32),
        "short": Operator(dtype=DType.I16),
        "char": Operator(dtype=DType.I8),
        "byte": Operator(dtype=DType.U8),
        "bool": Operator(dtype=DType.BOOL),
        # creation
        "zeros": _create(Space.BINARY, DType.F32),
        "ones": _create(Space.ONES, DType.F32),
        "empty": _create(Space.UNKNOWN, DType.F32),
        "rand": _create(Space.UNKNOWN, DType.F32),
        "randn": _create(Space.UNKNOWN, DType.F32),
        "full": _create(Space.UNKNOWN, None, Shape.UNKNOWN),
        "linspace": _create(Space.UNKNOWN, None, Shape.ONE_DIMENSION),
        "zeros_like": _create(Space.BINARY, None, Shape.LIKE),
        "ones_like": _create(Space.ONES, None, Shape.LIKE),
        "full_like": _create(Space.UNKNOWN, None, Shape.LIKE),
        "empty_like": _create(Space.UNKNOWN, None, Shape.LIKE),
        "rand_like": _create(Space.UNKNOWN, None, Shape.LIKE),
        "randn_like": _create(Space.UNKNOWN, None, Shape.LIKE),
        "arange": _create(Space.CLASS_INDICES, None, Shape.ONE_DIMENSION),
        "randint": _create(Space.CLASS_INDICES, DType.I64, Shape.UNKNOWN),
        "randperm": _create(Space.CLASS_INDICES, DType.I64, Shape.ONE_DIMENSION),
        "eye": _create(Space.ONE_HOT, DType.F32, Shape.UNKNOWN),
    }
)
"""Operators whose result is known; what any other does to a tensor is not."""

ARITHMETIC: Mapping[str, str] = MappingProxyType(
    {"add": "+", "sub": "-", "subtract": "-", "mul": "*", "multiply": "*", "div": "/", "divide": "/"}
    | {"true_divide": "/"}
)
"""Functions that are written as an operator, too."""

ALIASES: Mapping[str, str] = MappingProxyType({"clip": "clamp", "arctanh": "atanh", "swapdims": "swapaxes"})

FUNCTION_MODULES: tuple[str, ...] = (
    "torch.nn.functional.",
    "torch.special.",
    "torch.nn.init.",
    "torch.Tensor.",
    "torch.",
)
"""Where operators live, the longest name first."""

IN_PLACE_MODULES = frozenset({"torch", "torch.nn.functional"})
"""Where ``relu_(x)`` and its kin live; what ``torch.nn.init`` fills is a weight as before."""


def _forgets(shape: Shape = Shape.UNKNOWN, dim: int | None = None) -> Operator:
    return Operator(space=Space.UNKNOWN, dim=dim, shape=shape, forgets=True)


FORGETTING: Mapping[str, Operator] = MappingProxyType(
    {
        **dict.fromkeys(
            ("gelu", "elu", "selu", "celu", "silu", "mish", "hardswish"),
            _forgets(Shape.KEEP),
        ),
        **dict.fromkeys(
            ("threshold", "normalize", "cumsum", "cumprod", "clamp", "scatter", "scatter_add", "index_fill"),
            _forgets(Shape.KEEP),
        ),
        **dict.fromkeys(
            ("index_add", "erf", "sin", "cos", "tril", "triu", "nan_to_num"), _forgets(Shape.KEEP)
        ),
        **dict.fromkeys(("logsumexp", "prod"), _forgets(Shape.REDUCE, dim=0)),
        "norm": _forgets(Shape.REDUCE, dim=1),
        **dict.fromkeys(("matmul", "mm", "bmm"), _forgets(Shape.MULTIPLY)),
        **dict.fromkeys(
            ("where", "masked_fill", "lerp", "addcmul", "rsub", "fmod", "remainder", "minimum", "maximum"),
            _forgets(Shape.WIDEN),
        ),
        **dict.fromkeys(ARITHMETIC, _forgets(Shape.WIDEN)),
        **dict.fromkeys(
            ("addmm", "baddbmm", "dot", "embedding", "conv1d", "conv2d", "conv3d", "tensordot", "outer"),
            _forgets(),
        ),
        **dict.fromkeys(
            ("cross", "cosine_similarity", "pairwise_distance", "median", "std", "var"), _forgets()
        ),
        **dict.fromkeys(("scaled_dot_product_attention", "multi_head_attention_forward"), _forgets()),
    }
)
"""Operators that give a tensor of which no more is known than that."""

DTYPES: Mapping[str, DType] = MappingProxyType(
    {
        "torch.float": DType.F32,
        "torch.float32": DType.F32,
        "torch.float64": DType.F64,
        "torch.double": DType.F64,
        "torch.float16": DType.F16,
        "torch.half": DType.F16,
        "torch.bfloat16": DType.BF16,
        "torch.int8": DType.I8,
        "torch.int16": DType.I16,
        "torch.short": DType.I16,
        "torch.int32": DType.I32,
        "torch.int": DType.I32,
        "torch.int64": DType.I64,
        "torch.long": DType.I64,
        "torch.uint8": DType.U8,
        "torch.bool": DType.BOOL,
        "torch.LongTensor": DType.I64,
        "torch.IntTensor": DType.I32,
        "torch.FloatTensor": DType.F32,
        "torch.DoubleTensor": DType.F64,
        "torch.ByteTensor": DType.U8,
        "torch.BoolTensor": DType.BOOL,
        "torch.cuda.LongTensor": DType.I64,
        "torch.cuda.FloatTensor": DType.F32,
    }
)
"""Element types by the dotted names under which programs mention them."""
