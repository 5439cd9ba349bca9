"""The losses over real values, distributions and distances."""

from __future__ import annotations

from types import MappingProxyType

from lossguard.contracts.schema import FLOATING, INTEGERS, Contract, DType, Parameter, Shapes, Space, Target
from lossguard.contracts.signatures import keyword_only, parameters

_PAIR = parameters("input", "target")
_REDUCED = parameters(size_average=None, reduce=None, reduction="mean")
_NUMBERS = FLOATING | INTEGERS

MSE = Contract(
    name="MSELoss",
    module="torch.nn.MSELoss",
    function="torch.nn.functional.mse_loss",
    constructor=_REDUCED,
    call=_PAIR,
    functional=_PAIR + _REDUCED + parameters(weight=None),
    input="input",
    target="target",
    expects=frozenset(),
    shapes=Shapes.BROADCAST,
    targets=frozenset({Target.CONTINUOUS}),
    value_dtypes=_NUMBERS | {DType.BOOL},
    symmetric=True,
)

L1 = Contract(
    name="L1Loss",
    module="torch.nn.L1Loss",
    function="torch.nn.functional.l1_loss",
    constructor=_REDUCED,
    call=_PAIR,
    functional=_PAIR + _REDUCED + parameters(weight=None),
    input="input",
    target="target",
    expects=frozenset(),
    shapes=Shapes.BROADCAST,
    targets=frozenset({Target.CONTINUOUS}),
    value_dtypes=_NUMBERS | {DType.COMPLEX},
    symmetric=True,
)

_SMOOTH_L1 = _REDUCED + parameters(beta=1.0)
SMOOTH_L1 = Contract(
    name="SmoothL1Loss",
    module="torch.nn.SmoothL1Loss",
    function="torch.nn.functional.smooth_l1_loss",
    constructor=_SMOOTH_L1,
    call=_PAIR,
    functional=_PAIR + _SMOOTH_L1,
    input="input",
    target="target",
    expects=frozenset(),
    shapes=Shapes.BROADCAST,
    targets=frozenset({Target.CONTINUOUS}),
    value_dtypes=_NUMBERS | {DType.BOOL},
    symmetric=True,
)

_HUBER = parameters(reduction="mean", delta=1.0)
HUBER = Contract(
    name="HuberLoss",
    module="torch.nn.HuberLoss",
    function="torch.nn.functional.huber_loss",
    constructor=_HUBER,
    call=_PAIR,
    functional=_PAIR + _HUBER + parameters(weight=None),
    input="input",
    target="target",
    expects=frozenset(),
    shapes=Shapes.BROADCAST,
    targets=frozenset({Target.CONTINUOUS}),
    value_dtypes=FLOATING,
    symmetric=True,
)

_POISSON = parameters(log_input=True, full=False, size_average=None, eps=1e-8, reduce=None, reduction="mean")
POISSON_NLL = Contract(
    name="PoissonNLLLoss",
    module="torch.nn.PoissonNLLLoss",
    function="torch.nn.functional.poisson_nll_loss",
    constructor=_POISSON,
    call=(Parameter("log_input", role="input"), Parameter("target")),
    functional=_PAIR + _POISSON,
    input="input",
    target="target",
    expects=frozenset(),
    shapes=Shapes.BROADCAST,
    targets=frozenset({Target.CONTINUOUS}),
    value_dtypes=_NUMBERS | {DType.BOOL, DType.COMPLEX},
    positive="input",
)

_GAUSSIAN_CALL = parameters("input", "target", "var")
GAUSSIAN_NLL = Contract(
    name="GaussianNLLLoss",
    module="torch.nn.GaussianNLLLoss",
    function="torch.nn.functional.gaussian_nll_loss",
    constructor=keyword_only(full=False, eps=1e-6, reduction="mean"),
    call=_GAUSSIAN_CALL,
    functional=_GAUSSIAN_CALL + parameters(full=False, eps=1e-6, reduction="mean"),
    input="input",
    target="target",
    expects=frozenset(),
    shapes=Shapes.BROADCAST,
    targets=frozenset({Target.CONTINUOUS}),
    value_dtypes=_NUMBERS | {DType.COMPLEX},
    positive="var",
)

_KL_DIV = parameters(size_average=None, reduce=None, reduction="mean", log_target=False)
KL_DIV = Contract(
    name="KLDivLoss",
    module="torch.nn.KLDivLoss",
    function="torch.nn.functional.kl_div",
    constructor=_KL_DIV,
    call=_PAIR,
    functional=_PAIR + _KL_DIV,
    input="input",
    target="target",
    expects=frozenset({Space.LOG_PROBABILITIES, Space.LOG_UNIT_INTERVAL}),
    shapes=Shapes.BROADCAST,
    misuse=MappingProxyType(
        {
            Space.LOGITS: "LG107",
            Space.PROBABILITIES: "LG107",
            Space.UNIT_INTERVAL: "LG107",
            Space.SIGNED_UNIT_INTERVAL: "LG107",
            Space.NON_NEGATIVE: "LG107",
        }
    ),
    targets=frozenset({Target.PROBABILITIES}),
    value_dtypes=FLOATING,
)

_HINGE_EMBEDDING = parameters(margin=1.0, size_average=None, reduce=None, reduction="mean")
HINGE_EMBEDDING = Contract(
    name="HingeEmbeddingLoss",
    module="torch.nn.HingeEmbeddingLoss",
    function="torch.nn.functional.hinge_embedding_loss",
    constructor=_HINGE_EMBEDDING,
    call=_PAIR,
    functional=_PAIR + _HINGE_EMBEDDING,
    input="input",
    target="target",
    expects=frozenset(),
    shapes=Shapes.BROADCAST,
    targets=frozenset({Target.SIGNS}),
    value_dtypes=_NUMBERS,
)

_PAIRED = parameters("input1", "input2", "target")
_MARGIN = parameters(margin=0.0, size_average=None, reduce=None, reduction="mean")
COSINE_EMBEDDING = Contract(
    name="CosineEmbeddingLoss",
    module="torch.nn.CosineEmbeddingLoss",
    function="torch.nn.functional.cosine_embedding_loss",
    constructor=_MARGIN,
    call=_PAIRED,
    functional=_PAIRED + _MARGIN,
    input="input1",
    target="target",
    expects=frozenset(),
    shapes=Shapes.PAIRS,
    targets=frozenset({Target.SIGNS}),
    value_dtypes=_NUMBERS,
)

MARGIN_RANKING = Contract(
    name="MarginRankingLoss",
    module="torch.nn.MarginRankingLoss",
    function="torch.nn.functional.margin_ranking_loss",
    constructor=_MARGIN,
    call=_PAIRED,
    functional=_PAIRED + _MARGIN,
    input="input1",
    target="target",
    expects=frozenset(),
    shapes=Shapes.PAIRS,
    targets=frozenset({Target.SIGNS}),
    value_dtypes=_NUMBERS,
)

_TRIPLET = parameters("anchor", "positive", "negative")
_TRIPLET_MARGIN = parameters(
    margin=1.0, p=2.0, eps=1e-6, swap=False, size_average=None, reduce=None, reduction="mean"
)
TRIPLET_MARGIN = Contract(
    name="TripletMarginLoss",
    module="torch.nn.TripletMarginLoss",
    function="torch.nn.functional.triplet_margin_loss",
    constructor=_TRIPLET_MARGIN,
    call=_TRIPLET,
    functional=_TRIPLET + _TRIPLET_MARGIN,
    input="anchor",
    target=None,
    expects=frozenset(),
    shapes=Shapes.TRIPLETS,
    targets=frozenset({Target.NONE}),
)

_TRIPLET_DISTANCE = keyword_only(distance_function=None, margin=1.0, swap=False, reduction="mean")
TRIPLET_MARGIN_WITH_DISTANCE = Contract(
    name="TripletMarginWithDistanceLoss",
    module="torch.nn.TripletMarginWithDistanceLoss",
    function="torch.nn.functional.triplet_margin_with_distance_loss",
    constructor=_TRIPLET_DISTANCE,
    call=_TRIPLET,
    functional=_TRIPLET + _TRIPLET_DISTANCE,
    input="anchor",
    target=None,
    expects=frozenset(),
    shapes=Shapes.TRIPLETS,
    targets=frozenset({Target.NONE}),
)

CONTRACTS = (
    MSE,
    L1,
    SMOOTH_L1,
    HUBER,
    POISSON_NLL,
    GAUSSIAN_NLL,
    KL_DIV,
    HINGE_EMBEDDING,
    COSINE_EMBEDDING,
    MARGIN_RANKING,
    TRIPLET_MARGIN,
    TRIPLET_MARGIN_WITH_DISTANCE,
)
