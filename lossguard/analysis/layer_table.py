"""What each layer of ``torch.nn`` is: the operator that it applies, the size of its output, what it wraps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MODULES: Mapping[str, str] = MappingProxyType(
    {
        "Softmax": "softmax",
        "Softmax2d": "softmax",
        "Softmin": "softmin",
        "LogSoftmax": "log_softmax",
        "Sigmoid": "sigmoid",
        "Hardsigmoid": "hardsigmoid",
        "LogSigmoid": "logsigmoid",
        "Tanh": "tanh",
        "Hardtanh": "hardtanh",
        "Softsign": "softsign",
        "ReLU": "relu",
        "ReLU6": "relu6",
        "LeakyReLU": "leaky_relu",
        "PReLU": "prelu",
        "RReLU": "rrelu",
        "Softplus": "softplus",
        "Identity": "alias",
        "Flatten": "flatten",
        "Upsample": "interpolate",
        "UpsamplingNearest2d": "interpolate",
        "UpsamplingBilinear2d": "interpolate",
        "Unflatten": "unflatten",
        **{
            f"{adaptive}{kind}Pool{n}d": f"{adaptive.lower()}{'_' if adaptive else ''}{kind.lower()}_pool{n}d"
            for adaptive in ("", "Adaptive")
            for kind in ("Avg", "Max")
            for n in (1, 2, 3)
        },
    }
)
"""Layers that apply an operator of the table."""

MODULE_ARGUMENTS: Mapping[str, tuple[int, ...]] = MappingProxyType({"Flatten": (1,), "Softmax2d": (-3,)})
"""What a layer passes to its operator where its constructor is given nothing."""

AFFINE: Mapping[str, tuple[int, str, int]] = MappingProxyType(
    {
        "Linear": (1, "out_features", 0),
        "LazyLinear": (0, "out_features", 0),
        "Bilinear": (2, "out_features", 0),
        **{
            f"{lazy}{kind}{n}d": (0 if lazy else 1, "out_channels", n)
            for lazy in ("", "Lazy")
            for kind in ("Conv", "ConvTranspose")
            for n in (1, 2, 3)
        },
    }
)
"""Layers whose output is unbounded: position and name of their output size, and their spatial dimensions."""

NORMALISING: frozenset[str] = frozenset(
    {f"{kind}{n}d" for kind in ("BatchNorm", "LazyBatchNorm", "InstanceNorm") for n in (1, 2, 3)}
    | {"SyncBatchNorm", "LayerNorm", "GroupNorm", "RMSNorm"}
)
"""Layers that shift and scale to both sides of zero: their output is unbounded."""

DROPPING: frozenset[str] = frozenset(
    {"Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"}
)
"""Layers that scale single values or set them to zero: raw scores stay raw, nothing else is kept."""

ELEMENTWISE: frozenset[str] = frozenset(
    {"ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Hardswish", "Threshold"}
)
"""Layers that keep the shape, and of whose values nothing is known."""

TRANSFORMING: frozenset[str] = frozenset(
    f"Transformer{part}{layer}" for part in ("Encoder", "Decoder") for layer in ("", "Layer")
)
"""Layers that keep the shape of their first argument, and of whose values nothing is known."""

RESHAPING: frozenset[str] = frozenset({"Fold", "Unfold", "CosineSimilarity"})
"""Layers of whose output nothing is known."""

RESIZING: frozenset[str] = frozenset(
    {"PixelShuffle", "PixelUnshuffle", "ChannelShuffle"}
    | {f"{kind}Pad{n}d" for kind in ("Zero", "Reflection", "Replication", "Constant") for n in (1, 2, 3)}
)
"""Layers of whose output only the rank is known: that of the input."""

EMBEDDING: frozenset[str] = frozenset({"Embedding", "EmbeddingBag"})
"""Layers that put a vector in the place of an index."""

PLAIN_LAYERS: frozenset[str] = (
    NORMALISING | DROPPING | ELEMENTWISE | TRANSFORMING | RESHAPING | RESIZING | EMBEDDING
)
"""Every layer of the kinds above."""

RECURRENT: frozenset[str] = frozenset({"LSTM", "GRU", "RNN", "MultiheadAttention"})
"""Layers that return a tensor and something more."""

WRAPPERS: Mapping[str, int] = MappingProxyType(
    {
        "torch.nn.DataParallel": 0,
        "torch.nn.parallel.DataParallel": 0,
        "torch.nn.parallel.DistributedDataParallel": 0,
        "torch.nn.parallel.distributed.DistributedDataParallel": 0,
        "torch.nn.SyncBatchNorm.convert_sync_batchnorm": 0,
        "torch.compile": 0,
        "torch.jit.script": 0,
        "torch.jit.trace": 0,
        "torch.nn.utils.weight_norm": 0,
        "torch.nn.utils.spectral_norm": 0,
        "torch.nn.utils.parametrizations.weight_norm": 0,
        "torch.nn.utils.parametrizations.spectral_norm": 0,
        "torch.autograd.Variable": 0,
        "torch.autograd.variable.Variable": 0,
        "lossguard.guard": 0,
        "lossguard.unguard": 0,
    }
)
"""Functions that give back what they wrap, by the position of it."""

SAME_OBJECT: frozenset[str] = frozenset(
    [
        "to",
        "cuda",
        "cpu",
        "half",
        "float",
        "double",
        "bfloat16",
        "type",
        "xpu",
        "ipu",
        "train",
        "eval",
        "requires_grad_",
        "apply",
        "share_memory",
        "to_empty",
        "compile",
    ]
)
"""Methods of a module that give back the module."""
