"""Models of libraries: what their output comes from, so that a head that is replaced is the one that counts.

Facts come from the sources of torchvision 0.29, timm 1.0, efficientnet_pytorch 0.7, pretrainedmodels 0.7,
segmentation_models_pytorch 0.5, MONAI 1.6 and transformers 5.23.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace


class Output(Enum):
    """What calling a model gives."""

    TENSOR = "tensor"
    AUXILIARY = "auxiliary"  # in training, the scores and those of auxiliary heads
    MAPPING = "mapping"  # a dictionary with the scores under "out"
    MASKS = "masks"  # the masks, and the labels as well where ``aux_params`` is given


class Head(Struct, frozen=True):
    """The last layers of a model.

    path: the attribute that holds them; a second name for a layer inside it (``heads.head``).
    field: the field of a named tuple that holds its scores.
    layers: classes of ``torch.nn``; more than one make a Sequential. The last affine one has the classes.
    """

    path: tuple[str, ...]
    layers: tuple[str, ...] = ("Linear",)
    field: str = "logits"


class Model(Struct, frozen=True):
    """What is known of the models of one family.

    heads: where the output comes from; others are auxiliary.
    features: the rank of what reaches the head, None where unknown.
    flattens: the head gives (N, C, 1, 1), and the model (N, C).
    classes: the parameters that say how many classes there are.
    default: how many there are unless it is said; None where that is not known.
    activation: the parameter that chooses the last activation, None where there is none.
    activated: its default.
    without: parameters that, where given, make another output of which nothing is known.
    trained_alone: with trained weights it comes without auxiliary heads, unless they are asked for.
    """

    heads: tuple[Head, ...]
    features: int | None = 2
    flattens: bool = False
    classes: tuple[str, ...] = ("num_classes",)
    default: int | None = 1000
    output: Output = Output.TENSOR
    activation: str | None = None
    activated: str | None = None
    without: frozenset[str] = frozenset()
    trained_alone: bool = False


def _one(*path: str, layers: tuple[str, ...] = ("Linear",), features: int | None = 2) -> Model:
    return Model((Head(path, layers),), features)


_DROPPED = ("Dropout", "Linear")
_FC = _one("fc")
_CLASSIFIER = _one("classifier")
_VGG = _one("classifier", layers=("Linear", "ReLU", "Dropout", "Linear", "ReLU", "Dropout", "Linear"))
_ALEXNET = _one("classifier", layers=("Dropout", "Linear", "ReLU", "Dropout", "Linear", "ReLU", "Linear"))
_SQUEEZENET = replace(
    _one("classifier", layers=("Dropout", "Conv2d", "ReLU", "AdaptiveAvgPool2d"), features=4), flattens=True
)
_INCEPTION = replace(
    _FC, heads=(Head(("fc",)), Head(("AuxLogits", "fc"), field="aux_logits")), output=Output.AUXILIARY
)
_GOOGLENET = replace(
    _FC,
    heads=(
        Head(("fc",)),
        Head(("aux2", "fc2"), field="aux_logits2"),
        Head(("aux1", "fc2"), field="aux_logits1"),
    ),
    output=Output.AUXILIARY,
    trained_alone=True,
)

TORCHVISION: Mapping[str, Model] = MappingProxyType(
    {
        "alexnet": _ALEXNET,
        "vgg": _VGG,
        "resnet": _FC,
        "resnext": _FC,
        "wide_resnet": _FC,
        "regnet": _FC,
        "shufflenet": _FC,
        "googlenet": _GOOGLENET,
        "inception_v3": _INCEPTION,
        "densenet": _CLASSIFIER,
        "squeezenet": _SQUEEZENET,
        "mobilenet_v2": _one("classifier", layers=_DROPPED),
        "mobilenet_v3": _one("classifier", layers=("Linear", "Hardswish", "Dropout", "Linear")),
        "efficientnet": _one("classifier", layers=_DROPPED),
        "mnasnet": _one("classifier", layers=_DROPPED),
        "convnext": _one("classifier", layers=("LayerNorm", "Flatten", "Linear"), features=4),
        "maxvit": _one(
            "classifier",
            layers=("AdaptiveAvgPool2d", "Flatten", "LayerNorm", "Linear", "Tanh", "Linear"),
            features=4,
        ),
        "vit": _one("heads", "head"),
        "swin": _one("head"),
        "r3d": _FC,
        "mc3": _FC,
        "r2plus1d": _FC,
        "mvit": _one("head", layers=_DROPPED),
    }
)
"""Functions of ``torchvision.models`` by the beginning of their name."""

TORCHVISION_CLASSES: Mapping[str, Model] = MappingProxyType(
    {
        name: replace(TORCHVISION[family], default=None)
        for name, family in {
            "AlexNet": "alexnet",
            "VGG": "vgg",
            "ResNet": "resnet",
            "RegNet": "regnet",
            "ShuffleNetV2": "shufflenet",
            "GoogLeNet": "googlenet",
            "Inception3": "inception_v3",
            "DenseNet": "densenet",
            "SqueezeNet": "squeezenet",
            "MobileNetV2": "mobilenet_v2",
            "MobileNetV3": "mobilenet_v3",
            "EfficientNet": "efficientnet",
            "MNASNet": "mnasnet",
            "ConvNeXt": "convnext",
            "MaxVit": "maxvit",
            "VisionTransformer": "vit",
            "SwinTransformer": "swin",
            "VideoResNet": "r3d",
            "MViT": "mvit",
        }.items()
    }
)
"""Classes of ``torchvision.models``, whose number of classes may be given by position."""

_LAST_CONV = ("Conv2d", "BatchNorm2d", "ReLU", "Dropout", "Conv2d")
_SEGMENTATION = Model((Head(("classifier",), _LAST_CONV),), features=4, default=None, output=Output.MAPPING)
SEGMENTATION: Mapping[str, Model] = MappingProxyType(
    {
        "fcn": _SEGMENTATION,
        "deeplabv3": replace(
            _SEGMENTATION,
            heads=(Head(("classifier",), ("Identity", "Conv2d", "BatchNorm2d", "ReLU", "Conv2d")),),
        ),
        "lraspp": replace(_SEGMENTATION, heads=(Head(("classifier",), ("Conv2d",)),)),
    }
)
"""Functions of ``torchvision.models.segmentation`` by the beginning of their name."""

ANY_OF_TORCHVISION = Model((), default=None)
"""A model of torchvision that is chosen by a name out of sight."""

_HEADLESS = frozenset({"features_only", "global_pool", "out_indices", "head_dropout"})
_TIMM = replace(_FC, default=None, without=_HEADLESS)
_TIMM_CLASSIFIER = replace(_TIMM, heads=(Head(("classifier",)),))
_TIMM_HEAD = replace(_TIMM, heads=(Head(("head",)),), features=None)
_TIMM_HEAD_FC = replace(_TIMM, heads=(Head(("head", "fc")),), features=None)
TIMM: Mapping[str, Model] = MappingProxyType(
    {
        **dict.fromkeys(
            [
                "resnet",
                "resnext",
                "seresnet",
                "wide_resnet",
                "res2net",
                "resnest",
                "ecaresnet",
                "inception_v3",
            ],
            _TIMM,
        ),
        **dict.fromkeys(["xception", "legacy_seresnet", "gluon_resnet", "ssl_resnet", "swsl_resnet"], _TIMM),
        **dict.fromkeys(
            ["efficientnet", "mobilenet", "densenet", "mnasnet", "ghostnet", "mixnet", "hrnet", "semnasnet"],
            _TIMM_CLASSIFIER,
        ),
        **dict.fromkeys(
            ["tf_efficientnet", "tf_mobilenet", "fbnet", "spnasnet", "lcnet", "hardcorenas"], _TIMM_CLASSIFIER
        ),
        **dict.fromkeys(("vit", "beit", "mixer", "cait", "flexivit", "gmlp", "resmlp"), _TIMM_HEAD),
        **dict.fromkeys(("convnext", "regnet", "nfnet", "dm_nfnet", "vgg", "swin", "cspnet"), _TIMM_HEAD_FC),
    }
)
"""Models of timm by the beginning of their name."""

ANY_OF_TIMM = replace(_TIMM, heads=())
"""A model of timm whose head is not known."""

EFFICIENTNET = replace(_FC, heads=(Head(("_fc",)),), without=frozenset({"include_top"}))
PRETRAINED = replace(_FC, heads=(Head(("last_linear",)),), features=None, default=None)

ACTIVATIONS: Mapping[str | None, tuple[str, ...]] = MappingProxyType(
    {
        None: (),
        "identity": (),
        "sigmoid": ("Sigmoid",),
        "softmax": ("Softmax",),
        "softmax2d": ("Softmax2d",),
        "logsoftmax": ("LogSoftmax",),
        "tanh": ("Tanh",),
    }
)
"""The layer behind the head that the name of an activation stands for."""

SEGMENTATION_MODELS = Model(
    (Head(("segmentation_head",), ("Conv2d",)),),
    features=4,
    classes=("classes",),
    default=1,
    activation="activation",
    output=Output.MASKS,
)
SEGMENTATION_MODELS_NAMES = frozenset(
    {"Unet", "UnetPlusPlus", "MAnet", "Linknet", "FPN", "PSPNet", "PAN", "DeepLabV3", "DeepLabV3Plus"}
    | {"UPerNet", "Segformer", "DPT", "create_model"}
)

_MONAI = Model((Head(("head",)),), features=None, classes=(), default=None)
_MONAI_LAST = replace(_MONAI, activation="last_act")
MONAI: Mapping[str, Model] = MappingProxyType(
    {
        **dict.fromkeys(
            ["UNet", "Unet", "BasicUNet", "BasicUnet", "AttentionUnet", "SegResNet", "UNETR", "SwinUNETR"],
            _MONAI,
        ),
        **dict.fromkeys(["VNet", "DenseNet", "DenseNet121", "DenseNet169", "DenseNet201"], _MONAI),
        **dict.fromkeys(["DenseNet264", "EfficientNetBN"], _MONAI),
        "Classifier": _MONAI_LAST,
        "Discriminator": replace(_MONAI_LAST, activated="sigmoid"),
    }
)
"""Networks of MONAI by the name of their class."""


class Scores(Struct, frozen=True):
    """What the output of a model of transformers for one task holds.

    names: its fields of raw scores.
    rank: how many dimensions they have, None where that depends on the model.
    """

    names: tuple[str, ...] = ("logits",)
    rank: int | None = None


TASKS: Mapping[str, Scores] = MappingProxyType(
    {
        "ForSequenceClassification": Scores(rank=2),
        "ForImageClassification": Scores(rank=2),
        "ForAudioClassification": Scores(rank=2),
        "ForVideoClassification": Scores(rank=2),
        "ForMultipleChoice": Scores(rank=2),
        "ForNextSentencePrediction": Scores(rank=2),
        "ForTokenClassification": Scores(rank=3),
        "ForCausalLM": Scores(rank=3),
        "LMHeadModel": Scores(rank=3),
        "ForMaskedLM": Scores(rank=3),
        "ForCTC": Scores(rank=3),
        "ForSemanticSegmentation": Scores(rank=4),
        "ForQuestionAnswering": Scores(("start_logits", "end_logits"), rank=2),
    }
)
"""Models of ``transformers`` by the end of their class's name."""

_LOSS = "transformers.loss.loss_utils"
LOSS_FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "ForCausalLM": f"{_LOSS}.ForCausalLMLoss",
        "ForMaskedLM": f"{_LOSS}.ForMaskedLMLoss",
        "ForSequenceClassification": f"{_LOSS}.ForSequenceClassificationLoss",
        "ForImageClassification": f"{_LOSS}.ForSequenceClassificationLoss",
        "ForVideoClassification": f"{_LOSS}.ForSequenceClassificationLoss",
        "ForTokenClassification": f"{_LOSS}.ForTokenClassification",
    }
)
"""What ``self.loss_function`` is in a model of transformers, by what stands in the name of its class."""

TASK_HEADS = ("classifier", "score", "lm_head", "qa_outputs", "cls", "fc", "decode_head")
"""Where models of transformers keep their heads; one that is replaced may give anything."""
