"""The losses that tell classes apart: one class of many, many of many, label sequences."""

from __future__ import annotations

from types import MappingProxyType

from lossguard.contracts.schema import FLOATING, INTEGERS, Contract, DType, Shapes, Space, Target
from lossguard.contracts.signatures import keyword_only, parameters

_PAIR = parameters("input", "target")
_INDICES = frozenset({DType.I64, DType.U8})

_CROSS_ENTROPY = parameters(
    weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean", label_smoothing=0.0
)
CROSS_ENTROPY = Contract(
    name="CrossEntropyLoss",
    module="torch.nn.CrossEntropyLoss",
    function="torch.nn.functional.cross_entropy",
    constructor=_CROSS_ENTROPY,
    call=_PAIR,
    functional=_PAIR + _CROSS_ENTROPY,
    input="input",
    target="target",
    expects=frozenset({Space.LOGITS}),
    shapes=Shapes.CLASS_AXIS,
    misuse=MappingProxyType(
        {
            Space.PROBABILITIES: "LG101",
            Space.LOG_PROBABILITIES: "LG102",
            Space.UNIT_INTERVAL: "LG103",
            Space.SIGNED_UNIT_INTERVAL: "LG103",
        }
    ),
    targets=frozenset({Target.CLASS_INDICES, Target.CLASS_PROBABILITIES}),
    index_dtypes=_INDICES,
    value_dtypes=FLOATING,
)

LINEAR_CROSS_ENTROPY = Contract(
    name="LinearCrossEntropyLoss",
    module="torch.nn.LinearCrossEntropyLoss",
    function="torch.nn.functional.linear_cross_entropy",
    constructor=parameters("in_features", "num_classes")
    + keyword_only(
        out_features=(),
        bias=False,
        device=None,
        dtype=None,
        reduction="mean",
        weight=None,
        ignore_index=None,
        label_smoothing=0.0,
        options=None,
    ),
    call=_PAIR,
    functional=parameters("input", "linear_weight", "target")
    + keyword_only(
        linear_bias=None,
        weight=None,
        reduction="mean",
        ignore_index=None,
        label_smoothing=0.0,
        options=None,
    ),
    input="input",
    target="target",
    expects=frozenset(),
    shapes=Shapes.FEATURES,
    targets=frozenset({Target.CLASS_INDICES, Target.CLASS_PROBABILITIES}),
    index_dtypes=_INDICES,
    value_dtypes=FLOATING,
)

ADAPTIVE_LOG_SOFTMAX = Contract(
    name="AdaptiveLogSoftmaxWithLoss",
    module="torch.nn.AdaptiveLogSoftmaxWithLoss",
    function=None,
    constructor=parameters(
        "in_features", "n_classes", "cutoffs", div_value=4.0, head_bias=False, device=None, dtype=None
    ),
    call=parameters("input_", "target_"),
    functional=(),
    input="input_",
    target="target_",
    expects=frozenset(),
    shapes=Shapes.FEATURES,
    targets=frozenset({Target.CLASS_INDICES}),
    index_dtypes=frozenset({DType.I64, DType.I32}),
)

_NLL = parameters(weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean")
NLL = Contract(
    name="NLLLoss",
    module="torch.nn.NLLLoss",
    function="torch.nn.functional.nll_loss",
    constructor=_NLL,
    call=_PAIR,
    functional=_PAIR + _NLL,
    input="input",
    target="target",
    expects=frozenset({Space.LOG_PROBABILITIES}),
    shapes=Shapes.CLASS_AXIS,
    misuse=MappingProxyType(
        {
            Space.LOGITS: "LG106",
            Space.PROBABILITIES: "LG106",
            Space.UNIT_INTERVAL: "LG106",
            Space.SIGNED_UNIT_INTERVAL: "LG106",
            Space.NON_NEGATIVE: "LG106",
            Space.LOG_UNIT_INTERVAL: "LG106",
        }
    ),
    targets=frozenset({Target.CLASS_INDICES}),
    index_dtypes=_INDICES,
)

_MULTI_MARGIN = parameters(p=1, margin=1.0, weight=None, size_average=None, reduce=None, reduction="mean")
MULTI_MARGIN = Contract(
    name="MultiMarginLoss",
    module="torch.nn.MultiMarginLoss",
    function="torch.nn.functional.multi_margin_loss",
    constructor=_MULTI_MARGIN,
    call=_PAIR,
    functional=_PAIR + _MULTI_MARGIN,
    input="input",
    target="target",
    expects=frozenset({Space.LOGITS}),
    shapes=Shapes.ROWS,
    targets=frozenset({Target.CLASS_INDICES}),
    index_dtypes=frozenset({DType.I64}),
)

_BINARY_CROSS_ENTROPY = parameters(weight=None, size_average=None, reduce=None, reduction="mean")
BINARY_CROSS_ENTROPY = Contract(
    name="BCELoss",
    module="torch.nn.BCELoss",
    function="torch.nn.functional.binary_cross_entropy",
    constructor=_BINARY_CROSS_ENTROPY,
    call=_PAIR,
    functional=_PAIR + _BINARY_CROSS_ENTROPY,
    input="input",
    target="target",
    expects=frozenset({Space.UNIT_INTERVAL, Space.PROBABILITIES}),
    shapes=Shapes.SAME,
    misuse=MappingProxyType(
        {
            Space.LOGITS: "LG105",
            Space.SIGNED_UNIT_INTERVAL: "LG105",
            Space.LOG_PROBABILITIES: "LG105",
            Space.LOG_UNIT_INTERVAL: "LG105",
        }
    ),
    targets=frozenset({Target.BINARY}),
    value_dtypes=FLOATING,
)

_BCE_WITH_LOGITS = parameters(weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None)
BCE_WITH_LOGITS = Contract(
    name="BCEWithLogitsLoss",
    module="torch.nn.BCEWithLogitsLoss",
    function="torch.nn.functional.binary_cross_entropy_with_logits",
    constructor=_BCE_WITH_LOGITS,
    call=_PAIR,
    functional=_PAIR + _BCE_WITH_LOGITS,
    input="input",
    target="target",
    expects=frozenset({Space.LOGITS}),
    shapes=Shapes.SAME,
    misuse=MappingProxyType(
        {
            Space.UNIT_INTERVAL: "LG104",
            Space.PROBABILITIES: "LG104",
            Space.LOG_UNIT_INTERVAL: "LG104",
        }
    ),
    targets=frozenset({Target.BINARY}),
    value_dtypes=FLOATING,
)

_MULTI_LABEL_SOFT_MARGIN = parameters(weight=None, size_average=None, reduce=None, reduction="mean")
MULTI_LABEL_SOFT_MARGIN = Contract(
    name="MultiLabelSoftMarginLoss",
    module="torch.nn.MultiLabelSoftMarginLoss",
    function="torch.nn.functional.multilabel_soft_margin_loss",
    constructor=_MULTI_LABEL_SOFT_MARGIN,
    call=_PAIR,
    functional=_PAIR + _MULTI_LABEL_SOFT_MARGIN,
    input="input",
    target="target",
    expects=frozenset({Space.LOGITS}),
    shapes=Shapes.BROADCAST,
    misuse=MappingProxyType(
        {
            Space.UNIT_INTERVAL: "LG104",
            Space.PROBABILITIES: "LG104",
            Space.LOG_UNIT_INTERVAL: "LG104",
        }
    ),
    targets=frozenset({Target.BINARY}),
    value_dtypes=FLOATING | INTEGERS,
)

_REDUCED = parameters(size_average=None, reduce=None, reduction="mean")
MULTI_LABEL_MARGIN = Contract(
    name="MultiLabelMarginLoss",
    module="torch.nn.MultiLabelMarginLoss",
    function="torch.nn.functional.multilabel_margin_loss",
    constructor=_REDUCED,
    call=_PAIR,
    functional=_PAIR + _REDUCED,
    input="input",
    target="target",
    expects=frozenset({Space.LOGITS}),
    shapes=Shapes.SAME,
    targets=frozenset({Target.PADDED_INDICES}),
    index_dtypes=frozenset({DType.I64}),
)

SOFT_MARGIN = Contract(
    name="SoftMarginLoss",
    module="torch.nn.SoftMarginLoss",
    function="torch.nn.functional.soft_margin_loss",
    constructor=_REDUCED,
    call=_PAIR,
    functional=_PAIR + _REDUCED,
    input="input",
    target="target",
    expects=frozenset({Space.LOGITS}),
    shapes=Shapes.BROADCAST,
    targets=frozenset({Target.SIGNS}),
    value_dtypes=FLOATING | INTEGERS,
)

_CTC_CALL = parameters("log_probs", "targets", "input_lengths", "target_lengths")
_CTC = parameters(blank=0, reduction="mean", zero_infinity=False)
CTC = Contract(
    name="CTCLoss",
    module="torch.nn.CTCLoss",
    function="torch.nn.functional.ctc_loss",
    constructor=_CTC,
    call=_CTC_CALL,
    functional=_CTC_CALL + _CTC,
    input="log_probs",
    target="targets",
    expects=frozenset({Space.LOG_PROBABILITIES}),
    shapes=Shapes.SEQUENCES,
    misuse=MappingProxyType(
        {
            Space.LOGITS: "LG110",
            Space.PROBABILITIES: "LG110",
            Space.UNIT_INTERVAL: "LG110",
            Space.SIGNED_UNIT_INTERVAL: "LG110",
            Space.NON_NEGATIVE: "LG110",
        }
    ),
    targets=frozenset({Target.LABEL_SEQUENCES}),
    index_dtypes=FLOATING | INTEGERS,
)

CONTRACTS = (
    CROSS_ENTROPY,
    LINEAR_CROSS_ENTROPY,
    ADAPTIVE_LOG_SOFTMAX,
    NLL,
    MULTI_MARGIN,
    BINARY_CROSS_ENTROPY,
    BCE_WITH_LOGITS,
    MULTI_LABEL_SOFT_MARGIN,
    MULTI_LABEL_MARGIN,
    SOFT_MARGIN,
    CTC,
)
