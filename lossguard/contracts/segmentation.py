"""The losses of kornia, segmentation_models_pytorch and MONAI: overlaps, focal losses, their switches.

Facts come from the sources of kornia 0.8, segmentation_models_pytorch 0.5 and MONAI 1.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lossguard.contracts import classification
from lossguard.contracts.demands import (
    APPLIES_LOG_SOFTMAX,
    APPLIES_SIGMOID,
    APPLIES_SOFTMAX,
    CLASS_WEIGHT,
    DEMANDS_NOTHING,
    TAKES_PROBABILITIES,
    Library,
    loss,
    when,
)
from lossguard.contracts.schema import Parameter
from lossguard.contracts.signatures import parameters

_INPUT_TARGET = parameters("input", "target")
_PRED_TARGET = parameters("pred", "target")
_Y_PRED_TRUE = parameters("y_pred", "y_true")
_Y_PRED_GROUND = parameters("y_pr", "y_gt")

_FOCAL = (Parameter("alpha"), *parameters(gamma=2.0, reduction="none"))
_BINARY_FOCAL = parameters(pos_weight=None, weight=None, ignore_index=-100)
_AVERAGED = parameters(average="micro", eps=1e-08, weight=None, ignore_index=-100)
_TVERSKY = parameters("alpha", "beta", eps=1e-08, ignore_index=-100)
_KORNIA = Library(
    (
        "kornia.losses",
        *(f"kornia.losses.{module}" for module in ("focal", "dice", "tversky")),
        "kornia.losses.lovasz_hinge",
        "kornia.losses.lovasz_softmax",
    ),
    classes=(
        loss("FocalLoss", APPLIES_LOG_SOFTMAX, _PRED_TARGET, _FOCAL + _BINARY_FOCAL[1:]),
        loss("BinaryFocalLossWithLogits", APPLIES_SIGMOID, _PRED_TARGET, _FOCAL + _BINARY_FOCAL),
        loss("DiceLoss", APPLIES_SOFTMAX, _PRED_TARGET, _AVERAGED),
        loss("TverskyLoss", APPLIES_SOFTMAX, _PRED_TARGET, _TVERSKY),
        loss("LovaszSoftmaxLoss", APPLIES_SOFTMAX, _PRED_TARGET, parameters(weight=None)),
    ),
    functions=(
        loss("focal_loss", APPLIES_LOG_SOFTMAX, _PRED_TARGET, _FOCAL + _BINARY_FOCAL[1:]),
        loss(
            "binary_focal_loss_with_logits",
            APPLIES_SIGMOID,
            _PRED_TARGET,
            parameters(alpha=0.25, gamma=2.0, reduction="none") + _BINARY_FOCAL,
        ),
        loss("dice_loss", APPLIES_SOFTMAX, _PRED_TARGET, _AVERAGED),
        loss("tversky_loss", APPLIES_SOFTMAX, _PRED_TARGET, _TVERSKY),
        loss("lovasz_softmax_loss", APPLIES_SOFTMAX, _PRED_TARGET, parameters(weight=None)),
    ),
)

_SMP_MODES = (
    when(APPLIES_SOFTMAX, from_logits=True, mode="multiclass"),
    when(APPLIES_SIGMOID, from_logits=True, mode="binary"),
    when(APPLIES_SIGMOID, from_logits=True, mode="multilabel"),
    when(TAKES_PROBABILITIES, from_logits=False),
)
_SMP_OVERLAP = parameters("mode", classes=None, log_loss=False, from_logits=True, smooth=0.0)
_SMP_CROSS_ENTROPY = parameters(reduction="mean", smooth_factor=None, ignore_index=-100, dim=1)
_SMP_BINARY = parameters(
    weight=None, ignore_index=-100, reduction="mean", smooth_factor=None, pos_weight=None
)
_SMP = Library(
    (
        "segmentation_models_pytorch.losses",
        *(
            f"segmentation_models_pytorch.losses.{module}"
            for module in ("dice", "jaccard", "focal", "tversky", "soft_bce", "soft_ce")
        ),
    ),
    classes=(
        loss(
            "DiceLoss",
            DEMANDS_NOTHING,
            _Y_PRED_TRUE,
            _SMP_OVERLAP + parameters(ignore_index=None, eps=1e-07),
            variants=_SMP_MODES,
        ),
        loss(
            "JaccardLoss",
            DEMANDS_NOTHING,
            _Y_PRED_TRUE,
            _SMP_OVERLAP + parameters(eps=1e-07),
            variants=_SMP_MODES,
        ),
        loss(
            "TverskyLoss",
            DEMANDS_NOTHING,
            _Y_PRED_TRUE,
            _SMP_OVERLAP + parameters(ignore_index=None, eps=1e-07, alpha=0.5, beta=0.5, gamma=1.0),
            variants=_SMP_MODES,
        ),
        loss(
            "FocalLoss",
            APPLIES_SIGMOID,
            _Y_PRED_TRUE,
            parameters("mode", alpha=None, gamma=2.0, ignore_index=None, reduction="mean", normalized=False)
            + parameters(reduced_threshold=None),
        ),
        loss("SoftBCEWithLogitsLoss", APPLIES_SIGMOID, _Y_PRED_TRUE, _SMP_BINARY),
        loss("SoftCrossEntropyLoss", APPLIES_LOG_SOFTMAX, _Y_PRED_TRUE, _SMP_CROSS_ENTROPY),
    ),
)

_SMP_ACTIVATIONS = (
    when(TAKES_PROBABILITIES, activation=None),
    when(TAKES_PROBABILITIES, activation="identity"),
    when(APPLIES_SIGMOID, activation="sigmoid"),
    when(APPLIES_SOFTMAX, activation="softmax"),
    when(APPLIES_SOFTMAX, activation="softmax2d"),
)
_SMP_EARLIER = Library(
    ("segmentation_models_pytorch.utils.losses",),
    classes=(
        loss(
            "DiceLoss",
            DEMANDS_NOTHING,
            _Y_PRED_GROUND,
            parameters(eps=1.0, beta=1.0, activation=None, ignore_channels=None),
            variants=_SMP_ACTIVATIONS,
        ),
        loss(
            "JaccardLoss",
            DEMANDS_NOTHING,
            _Y_PRED_GROUND,
            parameters(eps=1.0, activation=None, ignore_channels=None),
            variants=_SMP_ACTIVATIONS,
        ),
        classification.BINARY_CROSS_ENTROPY,
        classification.BCE_WITH_LOGITS,
        classification.CROSS_ENTROPY,
        classification.NLL,
    ),
)

_MONAI_START = parameters(include_background=True, to_onehot_y=False, sigmoid=False, softmax=False)
_MONAI_START += parameters(other_act=None)
_MONAI_DICE = _MONAI_START + parameters(
    squared_pred=False, jaccard=False, reduction="mean", smooth_nr=1e-5, smooth_dr=1e-5, batch=False
)
_MONAI_GENERALIZED = _MONAI_START + parameters(
    w_type="square", reduction="mean", smooth_nr=1e-5, smooth_dr=1e-5, batch=False
)
_MONAI_ACTIVATIONS = (
    when(APPLIES_SIGMOID, sigmoid=True),
    when(APPLIES_SOFTMAX, softmax=True),
    when(TAKES_PROBABILITIES, other_act=None),
)
_MONAI_COMBINED = (
    when(APPLIES_SIGMOID, sigmoid=True),
    when(APPLIES_SOFTMAX, softmax=True),
    when(DEMANDS_NOTHING),
)
_MONAI_FOCAL = (when(APPLIES_LOG_SOFTMAX, use_softmax=True), when(APPLIES_SIGMOID, use_softmax=False))
_MONAI = Library(
    (
        "monai.losses",
        *(f"monai.losses.{module}" for module in ("dice", "focal_loss", "tversky", "hausdorff_loss")),
    ),
    classes=(
        *(
            loss(
                name,
                DEMANDS_NOTHING,
                _INPUT_TARGET,
                _MONAI_DICE + CLASS_WEIGHT + parameters(soft_label=False),
                variants=_MONAI_ACTIVATIONS,
            )
            for name in ("DiceLoss", "Dice")
        ),
        loss(
            "MaskedDiceLoss",
            DEMANDS_NOTHING,
            _INPUT_TARGET + parameters(mask=None),
            _MONAI_DICE + CLASS_WEIGHT + parameters(soft_label=False),
            variants=_MONAI_ACTIVATIONS,
        ),
        loss(
            "GeneralizedDiceLoss",
            DEMANDS_NOTHING,
            _INPUT_TARGET,
            _MONAI_GENERALIZED + parameters(soft_label=False),
            variants=_MONAI_ACTIVATIONS,
        ),
        loss(
            "TverskyLoss",
            DEMANDS_NOTHING,
            _INPUT_TARGET,
            _MONAI_START + parameters(alpha=0.5, beta=0.5, reduction="mean"),
            variants=_MONAI_ACTIVATIONS,
        ),
        *(
            loss(
                name,
                DEMANDS_NOTHING,
                _INPUT_TARGET,
                parameters(alpha=2.0, include_background=False, to_onehot_y=False, sigmoid=False)
                + parameters(softmax=False, other_act=None, reduction="mean", batch=False),
                variants=_MONAI_ACTIVATIONS,
            )
            for name in ("HausdorffDTLoss", "LogHausdorffDTLoss")
        ),
        loss(
            "DiceCELoss",
            DEMANDS_NOTHING,
            _INPUT_TARGET,
            _MONAI_DICE + CLASS_WEIGHT + parameters(lambda_dice=1.0, lambda_ce=1.0, label_smoothing=0.0),
            variants=_MONAI_COMBINED,
        ),
        loss(
            "DiceFocalLoss",
            DEMANDS_NOTHING,
            _INPUT_TARGET,
            _MONAI_DICE
            + parameters(gamma=2.0)
            + CLASS_WEIGHT
            + parameters(lambda_dice=1.0, lambda_focal=1.0, alpha=None),
            variants=_MONAI_COMBINED,
        ),
        loss(
            "GeneralizedDiceFocalLoss",
            DEMANDS_NOTHING,
            _INPUT_TARGET,
            _MONAI_GENERALIZED + parameters(gamma=2.0) + CLASS_WEIGHT,
            variants=_MONAI_COMBINED,
        ),
        loss(
            "FocalLoss",
            DEMANDS_NOTHING,
            _INPUT_TARGET,
            parameters(include_background=True, to_onehot_y=False, gamma=2.0, alpha=None)
            + CLASS_WEIGHT
            + parameters(reduction="mean", use_softmax=False),
            variants=_MONAI_FOCAL,
        ),
    ),
)

LIBRARIES: tuple[Library, ...] = (_KORNIA, _SMP, _SMP_EARLIER, _MONAI)

CONSTANTS: Mapping[str, object] = MappingProxyType(
    {
        f"segmentation_models_pytorch.losses{module}.{mode.upper()}_MODE": mode
        for module in ("", ".constants")
        for mode in ("binary", "multiclass", "multilabel")
    }
)
"""What names of libraries stand for, where an option may be given by them."""
