"""What each torch operator does to an abstract tensor: one row an operator.

A row is looked up by the operator's bare name, whether it is called as ``torch.softmax``, ``F.softmax`` or
``x.softmax``. Facts come from the documentation of torch 2.13.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

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
    TRANSPOSE = "transpose"
    PERMUTE = "permute"
    REDUCE = "reduce"
    RANK = "rank"  # the rank stays, sizes may change
    APPEND = "append"  # one more dimension at the end
    JOIN = "join"  # cat: the rank stays
    STACK = "stack"  # one more dimension
    CREATE = "create"  # sizes are the arguments
    LIKE = "like"


class Result(Enum):
    """What an operator returns."""

    TENSOR = "tensor"
    PAIR = "pair"  # values and indices, where a dimension is given
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Operator:
    """What an operator does.

    space: the space of its result; None keeps the input's, unless ``moves`` says otherwise.
    moves: the space of the result for inputs in the given spaces; others end in ``otherwise``.
    dim: the position of the ``dim`` argument behind the input, where the operator has one.
    dtype: the element type of the result; None keeps the input's.
    data: the result has no gradient: it is data, not the output of a model.
    creates: it makes a tensor of no other.
    forgets: no more is known of the result than that it is a tensor.
    """

    space: Space | None = None
    moves: Mapping[Space, Space] = field(default_factory=lambda: _NONE)
    otherwise: Space | None = None
    dim: int | None = None
    dtype: DType | None = None
    shape: Shape = Shape.KEEP
    result: Result = Result.TENSOR
    data: bool = False
    creates: bool = False
    forgets: bool = False


def _into(space: Space, dim: int | None = None) -> Operator:
    return Operator(space=space, dim=dim, dtype=DType.FLOAT)


def _moves(moves: Mapping[Space, Space], otherwise: Space = Space.UNKNOWN) -> Operator:
    return Operator(moves=MappingProxyType(dict(moves)), otherwise=otherwise, dtype=DType.FLOAT)


def _create(space: Space, dtype: DType | None, shape: Shape = Shape.CREATE) -> Operator:
    return Operator(space=space, dtype=dtype, shape=shape, data=True, creates=True)


_KEEP = Operator()
_FORGET = Operator(space=Space.UNKNOWN)
_UNIT_KEPT = {
    Space.UNIT_INTERVAL: Space.UNIT_INTERVAL,
    Space.PROBABILITIES: Space.UNIT_INTERVAL,
    Space.NON_NEGATIVE: Space.NON_NEGATIVE,
}

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        "softmax": _into(Space.PROBABILITIES, dim=0),
        "softmin": _into(Space.PROBABILITIES, dim=0),
        "gumbel_softmax": _into(Space.PROBABILITIES),
        "log_softmax": _into(Space.LOG_PROBABILITIES, dim=0),
        "sigmoid": _into(Space.UNIT_INTERVAL),
        "expit": _into(Space.UNIT_INTERVAL),
        "hardsigmoid": _into(Space.UNIT_INTERVAL),
        "logsigmoid": _into(Space.LOG_UNIT_INTERVAL),
        "tanh": _into(Space.SIGNED_UNIT_INTERVAL),
        "hardtanh": _into(Space.SIGNED_UNIT_INTERVAL),
        "softsign": _into(Space.SIGNED_UNIT_INTERVAL),
        "relu": _into(Space.NON_NEGATIVE),
        "relu6": _into(Space.NON_NEGATIVE),
        "softplus": _into(Space.NON_NEGATIVE),
        "square": _into(Space.NON_NEGATIVE),
        "linear": Operator(space=Space.LOGITS, dtype=DType.FLOAT, shape=Shape.RANK),
        "bilinear": Operator(space=Space.LOGITS, dtype=DType.FLOAT, shape=Shape.RANK),
        "logit": _into(Space.LOGITS),
        **dict.fromkeys(
            ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"),
            Operator(moves=MappingProxyType({Space.LOGITS: Space.LOGITS}), otherwise=Space.UNKNOWN),
        ),
        **dict.fromkeys(
            ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm"), _into(Space.LOGITS)
        ),
        "exp": _moves(
            {
                Space.LOG_PROBABILITIES: Space.PROBABILITIES,
                Space.LOG_UNIT_INTERVAL: Space.UNIT_INTERVAL,
            },
            Space.NON_NEGATIVE,
        ),
        "log": _moves(
            {
                Space.PROBABILITIES: Space.LOG_PROBABILITIES,
            }
        ),
        "log1p": _FORGET,
        "sqrt": _moves(_UNIT_KEPT),
        "pow": _moves(_UNIT_KEPT),
        "abs": _moves({Space.UNIT_INTERVAL: Space.UNIT_INTERVAL}, Space.NON_NEGATIVE),
        "neg": _moves({Space.LOGITS: Space.LOGITS, Space.SIGNED_UNIT_INTERVAL: Space.SIGNED_UNIT_INTERVAL}),
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
        "max": Operator(dim=0, shape=Shape.REDUCE, result=Result.PAIR),
        "min": Operator(dim=0, shape=Shape.REDUCE, result=Result.PAIR),
        "topk": Operator(shape=Shape.RANK, result=Result.PAIR),
        "sort": Operator(shape=Shape.KEEP, result=Result.PAIR),
        "argmax": Operator(Space.CLASS_INDICES, dim=0, dtype=DType.I64, shape=Shape.REDUCE, data=True),
        "argmin": Operator(Space.CLASS_INDICES, dim=0, dtype=DType.I64, shape=Shape.REDUCE, data=True),
        "argsort": Operator(Space.CLASS_INDICES, dtype=DType.I64, data=True),
        "multinomial": Operator(Space.CLASS_INDICES, dtype=DType.I64, shape=Shape.RANK, data=True),
        "bernoulli": Operator(Space.BINARY, data=True),
        "one_hot": Operator(Space.ONE_HOT, dtype=DType.I64, shape=Shape.APPEND, data=True),
        "round": Operator(Space.UNKNOWN),
        "sign": Operator(Space.SIGNS),
        # views, copies, devices
        "view": Operator(shape=Shape.VIEW),
        "reshape": Operator(shape=Shape.VIEW),
        "resize": Operator(shape=Shape.UNKNOWN),
        "view_as": Operator(shape=Shape.UNKNOWN),
        "reshape_as": Operator(shape=Shape.UNKNOWN),
        "flatten": Operator(shape=Shape.FLATTEN),
        "ravel": Operator(shape=Shape.FLATTEN),
        "squeeze": Operator(shape=Shape.SQUEEZE),
        "unsqueeze": Operator(shape=Shape.UNSQUEEZE),
        "transpose": Operator(shape=Shape.TRANSPOSE),
        "swapaxes": Operator(shape=Shape.TRANSPOSE),
        "t": Operator(shape=Shape.RANK),
        "permute": Operator(shape=Shape.PERMUTE),
        "movedim": Operator(shape=Shape.RANK),
        "expand": Operator(shape=Shape.UNKNOWN),
        "expand_as": Operator(shape=Shape.UNKNOWN),
        "repeat": Operator(shape=Shape.UNKNOWN),
        "repeat_interleave": Operator(shape=Shape.RANK),
        "flip": _KEEP,
        "roll": _KEEP,
        "narrow": Operator(shape=Shape.RANK),
        "select": Operator(shape=Shape.UNKNOWN),
        "index_select": Operator(shape=Shape.RANK),
        "masked_select": Operator(shape=Shape.UNKNOWN),
        "gather": Operator(shape=Shape.RANK),
        "take": Operator(shape=Shape.UNKNOWN),
        "unfold": Operator(shape=Shape.UNKNOWN),
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
        "interpolate": Operator(shape=Shape.RANK),
        "upsample": Operator(shape=Shape.RANK),
        "pad": Operator(space=Space.UNKNOWN, shape=Shape.RANK),
        "avg_pool1d": Operator(shape=Shape.RANK),
        "avg_pool2d": Operator(shape=Shape.RANK),
        "avg_pool3d": Operator(shape=Shape.RANK),
        "adaptive_avg_pool1d": Operator(shape=Shape.RANK),
        "adaptive_avg_pool2d": Operator(shape=Shape.RANK),
        "max_pool1d": Operator(shape=Shape.RANK),
        "max_pool2d": Operator(shape=Shape.RANK),
        "adaptive_max_pool2d": Operator(shape=Shape.RANK),
        "cat": Operator(shape=Shape.JOIN),
        "concat": Operator(shape=Shape.JOIN),
        "concatenate": Operator(shape=Shape.JOIN),
        "hstack": Operator(shape=Shape.JOIN),
        "vstack": Operator(shape=Shape.UNKNOWN),
        "stack": Operator(shape=Shape.STACK),
        "split": Operator(shape=Shape.RANK, result=Result.LIST),
        "chunk": Operator(shape=Shape.RANK, result=Result.LIST),
        "unbind": Operator(shape=Shape.UNKNOWN, result=Result.LIST),
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
        "ones": _create(Space.BINARY, DType.F32),
        "empty": _create(Space.UNKNOWN, DType.F32),
        "rand": _create(Space.UNKNOWN, DType.F32),
        "randn": _create(Space.UNKNOWN, DType.F32),
        "full": _create(Space.UNKNOWN, None, Shape.UNKNOWN),
        "zeros_like": _create(Space.BINARY, None, Shape.LIKE),
        "ones_like": _create(Space.BINARY, None, Shape.LIKE),
        "full_like": _create(Space.UNKNOWN, None, Shape.LIKE),
        "empty_like": _create(Space.UNKNOWN, None, Shape.LIKE),
        "rand_like": _create(Space.UNKNOWN, None, Shape.LIKE),
        "randn_like": _create(Space.UNKNOWN, None, Shape.LIKE),
        "arange": _create(Space.CLASS_INDICES, None, Shape.UNKNOWN),
        "randint": _create(Space.CLASS_INDICES, DType.I64, Shape.UNKNOWN),
        "randperm": _create(Space.CLASS_INDICES, DType.I64, Shape.UNKNOWN),
        "eye": _create(Space.ONE_HOT, DType.F32, Shape.UNKNOWN),
    }
)
"""Operators whose result is known; what any other does to a tensor is not."""

ALIASES: Mapping[str, str] = MappingProxyType({"clip": "clamp", "arctanh": "atanh", "swapdims": "swapaxes"})

FUNCTION_MODULES: tuple[str, ...] = (
    "torch.nn.functional.",
    "torch.special.",
    "torch.nn.init.",
    "torch.Tensor.",
    "torch.",
)
"""Where operators live, the longest name first."""

FORGETTING: frozenset[str] = frozenset(
    {
        "gelu",
        "elu",
        "selu",
        "celu",
        "leaky_relu",
        "silu",
        "mish",
        "prelu",
        "rrelu",
        "hardswish",
        "threshold",
        "normalize",
        "matmul",
        "mm",
        "bmm",
        "einsum",
        "addmm",
        "baddbmm",
        "dot",
        "norm",
        "std",
        "var",
        "logsumexp",
        "cumsum",
        "cumprod",
        "prod",
        "clamp",
        "where",
        "lerp",
        "addcmul",
        "embedding",
        "conv1d",
        "conv2d",
        "conv3d",
        "scaled_dot_product_attention",
        "masked_fill",
        "scatter",
        "scatter_add",
        "index_fill",
        "index_add",
        "tensordot",
        "outer",
        "cross",
        "erf",
        "sin",
        "cos",
        "div",
        "mul",
        "add",
        "sub",
        "true_divide",
        "rsub",
        "fmod",
        "remainder",
        "minimum",
        "maximum",
        "cosine_similarity",
        "pairwise_distance",
        "multi_head_attention_forward",
        "tril",
        "triu",
        "nan_to_num",
        "median",
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
