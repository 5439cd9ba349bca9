"""The losses of libraries on top of torch: what they demand of their input.

Facts come from the sources of timm 1.0, torchvision 0.29, fvcore 0.1.5, speechbrain 1.0, fastai 2.8,
allennlp 2.10, fairseq 0.12, transformers 5.23, torchtune 0.6, detectron2 0.6 and espnet. Of their targets
only what is certain is stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec.structs import replace

from lossguard.contracts import segmentation
from lossguard.contracts.demands import (
    APPLIES_LOG_SOFTMAX,
    APPLIES_SIGMOID,
    CLASS_WEIGHT,
    COMPARES_LOG_PROBABILITIES,
    TAKES_LOG_PROBABILITIES,
    TAKES_LOG_PROBABILITIES_OF_SEQUENCES,
    TAKES_PROBABILITIES,
    Library,
    loss,
)
from lossguard.contracts.schema import FLOATING, UNSTATED, Contract, DType, Parameter, Shapes, Space, Target
from lossguard.contracts.signatures import keyword_only, parameters

_INPUT_TARGET = parameters("input", "target")
_X_TARGET = parameters("x", "target")
_X_Y = parameters("x", "y")
_INPUTS_TARGETS = parameters("inputs", "targets")
_OUTPUT_TARGET = parameters("output", "target")

_TIMM = Library(
    (
        "timm.loss",
        "timm.loss.cross_entropy",
        "timm.loss.binary_cross_entropy",
        "timm.loss.jsd",
        "timm.loss.asymmetric_loss",
    ),
    classes=(
        replace(
            loss("LabelSmoothingCrossEntropy", APPLIES_LOG_SOFTMAX, _X_TARGET, parameters(smoothing=0.1)),
            targets=frozenset({Target.CLASS_INDICES}),
            index_dtypes=frozenset({DType.I64}),
        ),
        loss("SoftTargetCrossEntropy", APPLIES_LOG_SOFTMAX, _X_TARGET),
        loss(
            "BinaryCrossEntropy",
            APPLIES_SIGMOID,
            _X_TARGET,
            (
                *parameters(smoothing=0.1, target_threshold=None, weight=None),
                *parameters(reduction="mean", sum_classes=False),
                Parameter("pos_weight", None, role="positive_weight"),
            ),
        ),
        loss(
            "JsdCrossEntropy",
            APPLIES_LOG_SOFTMAX,
            _OUTPUT_TARGET,
            parameters(num_splits=3, alpha=12, smoothing=0.1),
        ),
        loss(
            "AsymmetricLossMultiLabel",
            APPLIES_SIGMOID,
            _X_Y,
            parameters(gamma_neg=4, gamma_pos=1, clip=0.05, eps=1e-08, disable_torch_grad_focal_loss=False),
        ),
        loss(
            "AsymmetricLossSingleLabel",
            APPLIES_LOG_SOFTMAX,
            _INPUTS_TARGETS[:1] + parameters("target", reduction=None),
            parameters(gamma_pos=1, gamma_neg=4, eps=0.1, reduction="mean"),
        ),
    ),
)

_TORCHVISION = Library(
    ("torchvision.ops", "torchvision.ops.focal_loss"),
    functions=(
        replace(
            loss(
                "sigmoid_focal_loss",
                APPLIES_SIGMOID,
                _INPUTS_TARGETS,
                parameters(alpha=0.25, gamma=2, reduction="none"),
            ),
            shapes=Shapes.SAME,
            targets=frozenset({Target.BINARY}),
            value_dtypes=FLOATING,
        ),
    ),
)

_FVCORE = Library(
    ("fvcore.nn", "fvcore.nn.focal_loss"),
    functions=tuple(
        loss(f"sigmoid_focal_loss{suffix}", APPLIES_SIGMOID, _INPUTS_TARGETS, options)
        for kind, options in {
            "": parameters(alpha=-1, gamma=2, reduction="none"),
            "_star": parameters(alpha=-1, gamma=1, reduction="none"),
        }.items()
        for suffix in (kind, f"{kind}_jit")
    ),
)

_LENGTHS = parameters(length=None)
_SPEECHBRAIN = Library(
    ("speechbrain.nnet.losses",),
    functions=(
        loss(
            "nll_loss",
            TAKES_LOG_PROBABILITIES,
            parameters("log_probabilities", "targets"),
            _LENGTHS
            + parameters(label_smoothing=0.0, allowed_len_diff=3)
            + CLASS_WEIGHT
            + parameters(reduction="mean"),
        ),
        loss(
            "bce_loss",
            APPLIES_SIGMOID,
            _INPUTS_TARGETS,
            _LENGTHS
            + parameters(weight=None, pos_weight=None, reduction="mean", allowed_len_diff=3)
            + parameters(label_smoothing=0.0),
        ),
        loss(
            "kldiv_loss",
            COMPARES_LOG_PROBABILITIES,
            parameters("log_probabilities", "targets"),
            _LENGTHS
            + parameters(label_smoothing=0.0, allowed_len_diff=3, pad_idx=0)
            + (Parameter("reduction", UNSTATED),),
        ),
        loss(
            "ctc_loss",
            TAKES_LOG_PROBABILITIES_OF_SEQUENCES,
            parameters("log_probs", "targets", "input_lens", "target_lens", "blank_index"),
            parameters(reduction="mean"),
        ),
    ),
)

_AXIS = keyword_only(axis=-1)
_FASTAI = Library(
    (
        "fastai.losses",
        "fastai.layers",
        "fastai.basics",
        *(f"fastai.{field}.all" for field in ("vision", "text", "tabular")),
    ),
    classes=(
        loss("CrossEntropyLossFlat", APPLIES_LOG_SOFTMAX, parameters("inp", "targ"), _AXIS),
        loss("FocalLossFlat", APPLIES_LOG_SOFTMAX, parameters("inp", "targ"), _AXIS),
        loss("LabelSmoothingCrossEntropyFlat", APPLIES_LOG_SOFTMAX, parameters("inp", "targ"), _AXIS),
        loss("BCEWithLogitsLossFlat", APPLIES_SIGMOID, parameters("inp", "targ"), _AXIS),
        loss("BCELossFlat", TAKES_PROBABILITIES, parameters("inp", "targ"), _AXIS),
        loss(
            "LabelSmoothingCrossEntropy",
            APPLIES_LOG_SOFTMAX,
            _OUTPUT_TARGET,
            parameters(eps=0.1) + CLASS_WEIGHT + parameters(reduction="mean"),
        ),
        loss(
            "FocalLoss",
            APPLIES_LOG_SOFTMAX,
            parameters("inp", "targ"),
            parameters(gamma=2.0) + CLASS_WEIGHT + parameters(reduction="mean"),
        ),
    ),
)

_NUM_ITEMS = parameters(num_items_in_batch=None)
_TRANSFORMERS = Library(
    ("transformers.loss.loss_utils",),
    functions=(
        loss(
            "fixed_cross_entropy",
            APPLIES_LOG_SOFTMAX,
            parameters("source", "target"),
            _NUM_ITEMS + parameters(ignore_index=-100),
        ),
        replace(
            loss(
                "ForSequenceClassificationLoss",
                APPLIES_LOG_SOFTMAX,
                parameters("labels", "pooled_logits", "config"),
            ),
            input="pooled_logits",
            target="labels",
            misuse=MappingProxyType({Space.PROBABILITIES: "LG101", Space.LOG_PROBABILITIES: "LG102"}),
        ),
        *(
            loss(name, APPLIES_LOG_SOFTMAX, parameters("logits", "labels", third), options)
            for name, third, options in (
                ("ForCausalLMLoss", "vocab_size", _NUM_ITEMS + parameters(ignore_index=-100)),
                ("ForMaskedLMLoss", "vocab_size", _NUM_ITEMS + parameters(ignore_index=-100)),
                ("ForTokenClassification", "config", ()),
            )
        ),
    ),
)

_TORCHTUNE = Library(
    ("torchtune.modules.loss", "torchtune.modules.loss.kd_losses"),
    classes=tuple(
        loss(
            name,
            APPLIES_LOG_SOFTMAX,
            parameters("student_logits", "teacher_logits", "labels", normalize=True),
            options,
        )
        for name, options in (
            ("ForwardKLLoss", parameters(ignore_index=-100)),
            ("ReverseKLLoss", parameters(ignore_index=-100)),
            ("SymmetricKLLoss", parameters(sym_kd_ratio=0.5, ignore_index=-100)),
        )
    ),
)

_ALLENNLP = Library(
    ("allennlp.nn.util",),
    functions=(
        loss(
            "sequence_cross_entropy_with_logits",
            APPLIES_LOG_SOFTMAX,
            parameters("logits", "targets", "weights"),
            parameters(average="batch", label_smoothing=None, gamma=None, alpha=None),
        ),
    ),
)

_FAIRSEQ = Library(
    (
        "fairseq.criterions.label_smoothed_cross_entropy",
        "fairseq.modules.cross_entropy",
        "fairseq.modules",
    ),
    functions=(
        loss(
            "label_smoothed_nll_loss",
            TAKES_LOG_PROBABILITIES,
            parameters("lprobs", "target", "epsilon"),
            parameters(ignore_index=None, reduce=True),
        ),
        loss(
            "cross_entropy",
            APPLIES_LOG_SOFTMAX,
            parameters("logits", "target"),
            parameters(ignore_index=-100, reduction="mean"),
        ),
    ),
)

_DETECTRON2 = Library(
    ("detectron2.layers", "detectron2.layers.wrappers"),
    functions=(loss("cross_entropy", APPLIES_LOG_SOFTMAX, _INPUT_TARGET, keyword_only(reduction="mean")),),
)

_ESPNET = Library(
    ("espnet.nets.pytorch_backend.transformer.label_smoothing_loss",),
    classes=(
        loss(
            "LabelSmoothingLoss",
            APPLIES_LOG_SOFTMAX,
            _X_TARGET,
            parameters("size", "padding_idx", "smoothing", normalize_length=False),
        ),
    ),
)

LIBRARIES: tuple[Library, ...] = (
    _TIMM,
    _TORCHVISION,
    _FVCORE,
    *segmentation.LIBRARIES,
    _SPEECHBRAIN,
    _FASTAI,
    _TRANSFORMERS,
    _TORCHTUNE,
    _ALLENNLP,
    _FAIRSEQ,
    _DETECTRON2,
    _ESPNET,
)


def _by_name(named: Iterable[tuple[tuple[str, ...], tuple[Contract, ...]]]) -> Mapping[str, Contract]:
    return MappingProxyType(
        {f"{home}.{each.name}": each for homes, contracts in named for home in homes for each in contracts}
    )


BY_CLASS: Mapping[str, Contract] = _by_name((library.homes, library.classes) for library in LIBRARIES)
"""Contracts by the dotted name of the class."""

BY_FUNCTION: Mapping[str, Contract] = _by_name((library.homes, library.functions) for library in LIBRARIES)
"""Contracts by the dotted name of the function."""
