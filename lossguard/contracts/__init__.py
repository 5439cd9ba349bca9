"""The contract of every loss of ``torch.nn``: its parameters, and what its input and target must be.

Pure data, read by the static checker and by the runtime guard alike, so that both speak with the same codes.
Facts come from the documentation of torch 2.13 (https://docs.pytorch.org/docs/2.13/nn.html#loss-functions)
and were held against that release.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lossguard.contracts import classification, regression
from lossguard.contracts.native import NATIVE
from lossguard.contracts.schema import (
    FLOATING,
    INTEGERS,
    REQUIRED,
    UNSTATED,
    Contract,
    DType,
    Parameter,
    Required,
    Shapes,
    Space,
    Target,
)

CONTRACTS: tuple[Contract, ...] = classification.CONTRACTS + regression.CONTRACTS


def _by_module() -> Mapping[str, Contract]:
    modules = {contract.module: contract for contract in CONTRACTS if contract.module is not None}
    modules["torch.nn.NLLLoss2d"] = classification.NLL
    home = {"AdaptiveLogSoftmaxWithLoss": "torch.nn.modules.adaptive"}
    for dotted, contract in tuple(modules.items()):
        name = dotted.rpartition(".")[2]
        modules[f"torch.nn.modules.{name}"] = contract
        modules[f"{home.get(name, 'torch.nn.modules.loss')}.{name}"] = contract
    return MappingProxyType(modules)


def _by_function() -> Mapping[str, Contract]:
    return MappingProxyType(
        {contract.function: contract for contract in (*CONTRACTS, *NATIVE) if contract.function is not None}
    )


BY_MODULE: Mapping[str, Contract] = _by_module()
"""Contracts by the dotted name of the class: ``torch.nn.CrossEntropyLoss`` and where it is defined."""

BY_FUNCTION: Mapping[str, Contract] = _by_function()
"""Contracts by the dotted name of the function: ``torch.nn.functional.cross_entropy``, ``torch.kl_div``."""

__all__ = [
    "BY_FUNCTION",
    "BY_MODULE",
    "CONTRACTS",
    "FLOATING",
    "INTEGERS",
    "REQUIRED",
    "UNSTATED",
    "Contract",
    "DType",
    "Parameter",
    "Required",
    "Shapes",
    "Space",
    "Target",
]
