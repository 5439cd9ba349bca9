"""Functions and classes of libraries that values travel through: data.

Facts come from the sources of the libraries that are named, and from the documentation of torch 2.13.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from lossguard.analysis.frameworks import Place

FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "fairseq.utils.softmax": "softmax",
        "fairseq.utils.log_softmax": "log_softmax",
        "allennlp.nn.util.masked_softmax": "softmax",
        "allennlp.nn.util.masked_log_softmax": "log_softmax",
    }
)
"""Functions that apply an operator of torch to their first argument."""

LAYERS: Mapping[str, str] = MappingProxyType(
    {
        "timm.layers.Sigmoid": "Sigmoid",
        "timm.layers.Tanh": "Tanh",
        "timm.layers.activations.Sigmoid": "Sigmoid",
        "timm.layers.activations.Tanh": "Tanh",
        "detectron2.layers.Conv2d": "Conv2d",
        "detectron2.layers.Linear": "Linear",
        "bitsandbytes.nn.Linear8bitLt": "Linear",
        "bitsandbytes.nn.Linear4bit": "Linear",
        "speechbrain.nnet.linear.Linear": "LazyLinear",
        "torch_geometric.nn.Linear": "Linear",
        "torch_geometric.nn.dense.Linear": "Linear",
        "torch_geometric.nn.dense.linear.Linear": "Linear",
        "torchvision.models.segmentation.deeplabv3.DeepLabHead": "LazyConv2d",
        "torchvision.models.segmentation.fcn.FCNHead": "LazyConv2d",
    }
)
"""Classes that do what a layer of ``torch.nn`` does."""

CHOSEN_LAYERS: Mapping[str, tuple[tuple[Mapping[str, object], str], ...]] = MappingProxyType(
    {
        "speechbrain.nnet.activations.Softmax": (
            ({"apply_log": True}, "LogSoftmax"),
            ({"apply_log": False}, "Softmax"),
        ),
        "monai.transforms.Activations": (
            ({"sigmoid": True, "softmax": False, "other": None}, "Sigmoid"),
            ({"sigmoid": False, "softmax": True, "other": None}, "Softmax"),
            ({"sigmoid": False, "softmax": False, "other": None}, "Identity"),
        ),
        "segmentation_models_pytorch.base.modules.Activation": (
            ({"name": None}, "Identity"),
            ({"name": "sigmoid"}, "Sigmoid"),
            ({"name": "softmax"}, "Softmax"),
            ({"name": "softmax2d"}, "Softmax2d"),
            ({"name": "logsoftmax"}, "LogSoftmax"),
            ({"name": "tanh"}, "Tanh"),
        ),
    }
)
"""Classes that are one layer or another, by their options."""

LAYER_OPTIONS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "speechbrain.nnet.activations.Softmax": {"apply_log": False, "dim": -1},
        "monai.transforms.Activations": {"sigmoid": False, "softmax": False, "other": None},
        "segmentation_models_pytorch.base.modules.Activation": {"name": ...},
    }
)
"""What these take, in order, with the defaults; ``...`` is none."""


_DGL: Mapping[str, tuple[str, Place | None]] = {
    "GraphConv": ("graphconv", Place(5, "activation")),
    "RelGraphConv": ("relgraphconv", Place(6, "activation")),
    "TAGConv": ("tagconv", Place(4, "activation")),
    "GATConv": ("gatconv", Place(7, "activation")),
    "GATv2Conv": ("gatv2conv", Place(7, "activation")),
    "DotGatConv": ("dotgatconv", None),
    "SAGEConv": ("sageconv", Place(6, "activation")),
    "SGConv": ("sgconv", None),
    "NNConv": ("nnconv", None),
    "GMMConv": ("gmmconv", None),
    "DenseGraphConv": ("densegraphconv", Place(4, "activation")),
    "DenseSAGEConv": ("densesageconv", Place(5, "activation")),
    "DenseChebConv": ("densechebconv", None),
}
_PYG: Mapping[str, str] = {
    "GCNConv": "gcn_conv",
    "SAGEConv": "sage_conv",
    "CuGraphSAGEConv": "cugraph.sage_conv",
    "GraphConv": "graph_conv",
    "GATConv": "gat_conv",
    "GATv2Conv": "gatv2_conv",
    "SuperGATConv": "supergat_conv",
    "TransformerConv": "transformer_conv",
    "ChebConv": "cheb_conv",
    "TAGConv": "tag_conv",
    "SGConv": "sg_conv",
    "SSGConv": "ssg_conv",
    "RGCNConv": "rgcn_conv",
    "FastRGCNConv": "rgcn_conv",
    "RGATConv": "rgat_conv",
    "LEConv": "le_conv",
    "ClusterGCNConv": "cluster_gcn_conv",
    "FeaStConv": "feast_conv",
    "GMMConv": "gmm_conv",
    "SplineConv": "spline_conv",
    "NNConv": "nn_conv",
    "MFConv": "mf_conv",
    "HypergraphConv": "hypergraph_conv",
    "ResGatedGraphConv": "res_gated_graph_conv",
    "EGConv": "eg_conv",
    "PNAConv": "pna_conv",
}
GRAPH_LAYERS: Mapping[str, Place | None] = MappingProxyType(
    {
        f"dgl.nn.{package}{name}": activation
        for name, (file, activation) in _DGL.items()
        for package in ("", "pytorch.", "pytorch.conv.", f"pytorch.conv.{file}.")
    }
    | {
        f"torch_geometric.nn.{package}{name}": None
        for name, file in _PYG.items()
        for package in ("", "conv.", f"conv.{file}.")
    }
)
"""Layers that end in an affine map of each node's neighbourhood, and the option that takes an activation."""

ATTENTION_FLAGS: frozenset[str] = frozenset({"get_attention", "return_attention_weights"})
"""Keywords of a call that make such a layer give its attention as well."""

_TORCH_NAMES = MappingProxyType({"torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional"})
STARS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        f"fastai.{module}": _TORCH_NAMES
        for module in ("torch_imports", "imports", "basics", "vision.all", "text.all", "tabular.all")
    }
)
"""What ``import *`` from a module of a library binds besides its own names."""

PACKING: frozenset[str] = frozenset(
    {"torch.nn.utils.rnn.pack_padded_sequence", "torch.nn.utils.rnn.pack_sequence"}
)
"""Functions whose result holds the values of their first argument, in another shape."""

UNPACKING: frozenset[str] = frozenset({"torch.nn.utils.rnn.pad_packed_sequence"})
"""Functions that give such values back, together with their lengths."""

WRAPPERS: Mapping[str, int] = MappingProxyType(
    {
        "apex.parallel.DistributedDataParallel": 0,
        "apex.parallel.convert_syncbn_model": 0,
        "ignite.distributed.auto_model": 0,
        "ignite.distributed.auto_optim": 0,
        "fairscale.nn.data_parallel.FullyShardedDataParallel": 0,
        "fairscale.nn.FullyShardedDataParallel": 0,
        "fairscale.nn.checkpoint_wrapper": 0,
        "fairscale.nn.checkpoint.checkpoint_wrapper": 0,
        "fairscale.nn.wrap": 0,
        "nni.nas.evaluator.FunctionalEvaluator": 0,
        "nni.nas.evaluator.functional.FunctionalEvaluator": 0,
        "peft.get_peft_model": 0,
        "torch.distributed.algorithms._checkpoint.checkpoint_wrapper.checkpoint_wrapper": 0,
        "torch.distributed.fsdp.FullyShardedDataParallel": 0,
        "torch.distributed.fsdp.fully_shard": 0,
        "torch.distributed.fsdp.wrap.wrap": 0,
        "torch.fx.symbolic_trace": 0,
        "torch.jit.freeze": 0,
        "torch.jit.optimize_for_inference": 0,
        "torch.optim.swa_utils.AveragedModel": 0,
        "torch.nn.utils.prune.remove": 0,
        **{
            f"torch.nn.utils.prune.{method}": 0
            for method in ("random_unstructured", "l1_unstructured", "random_structured", "ln_structured")
        },
        **{
            f"torch.{quantization}.{step}": 0
            for quantization in ("quantization", "ao.quantization")
            for step in ("prepare", "prepare_qat", "convert", "fuse_modules", "quantize_dynamic")
        },
    }
)
"""Functions of torch and libraries that give back what computes the same as the model or function given."""

TUPLES: Mapping[str, tuple[tuple[int, str], ...]] = MappingProxyType(
    {
        "apex.amp.initialize": ((0, "models"), (1, "optimizers")),
        "intel_extension_for_pytorch.optimize": ((0, "model"), (2, "optimizer")),
        "deepspeed.initialize": ((1, "model"), (2, "optimizer"), (5, "training_data"), (6, "lr_scheduler")),
    }
)
"""Functions that give back what they are given, as a tuple of these parameters."""

FULL_TUPLES: frozenset[str] = frozenset({"deepspeed.initialize"})
"""Those whose tuple has an entry for what is not given, too."""

RESTS: frozenset[str] = frozenset({"lossguard.runtime.integrations.accelerate.prepare"})
"""Functions that give back what stands behind their first argument, as a tuple."""

CALLS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        f"torch.utils.checkpoint.checkpoint{suffix}": frozenset(
            {"use_reentrant", "preserve_rng_state", "context_fn", "determinism_check", "debug"}
        )
        for suffix in ("", ".checkpoint")
    }
    | {"deepspeed.checkpointing.checkpoint": frozenset()}
)
"""Functions that call their first argument with the others, but for these keywords."""

FUNCTIONAL_CALLS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "torch.func.functional_call": (2, "args"),
        "torch.nn.utils.stateless.functional_call": (2, "args"),
        "torch.nn.parallel.data_parallel": (1, "inputs"),
        "torch.nn.parallel.data_parallel.data_parallel": (1, "inputs"),
    }
)
"""Functions that call a model on a tuple of arguments or a single one, by where in their own that stands."""

REARRANGING: frozenset[str] = frozenset({"einops.rearrange", "einops.repeat", "einops.einops.rearrange"})
"""Functions that move values by a pattern, and keep them."""

REARRANGING_LAYERS: frozenset[str] = frozenset({"einops.layers.torch.Rearrange"})


class Effect(Enum):
    """What a method of a tool gives."""

    SAME = "same"  # its arguments, as a tuple where there are several
    FIRST = "first"


_ACCELERATOR = MappingProxyType(
    {
        "prepare": Effect.SAME,
        "prepare_model": Effect.FIRST,
        "prepare_data_loader": Effect.FIRST,
        "unwrap_model": Effect.FIRST,
        "gather": Effect.FIRST,
        "gather_for_metrics": Effect.FIRST,
        "pad_across_processes": Effect.FIRST,
    }
)
_FABRIC = MappingProxyType(
    {
        "setup": Effect.SAME,
        "setup_module": Effect.FIRST,
        "setup_optimizers": Effect.SAME,
        "setup_dataloaders": Effect.SAME,
        "to_device": Effect.FIRST,
    }
)
TOOLS: Mapping[str, Mapping[str, Effect]] = MappingProxyType(
    {
        "accelerate.Accelerator": _ACCELERATOR,
        "accelerate.accelerator.Accelerator": _ACCELERATOR,
        **{
            f"{package}.Fabric": _FABRIC
            for package in ("lightning", "lightning.fabric", "lightning.fabric.fabric", "lightning_fabric")
        },
    }
)
"""Classes whose objects hand through what their methods are given."""
