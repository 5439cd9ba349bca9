"""The table against the installed torch: nothing missing, every signature as torch has it."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterable

import pytest

pytest.importorskip("torch")

import torch
from torch import nn
from torch.nn import functional

from lossguard.contracts import BY_FUNCTION, BY_MODULE, CONTRACTS, REQUIRED, Contract, Parameter, Target


def _resolve(dotted: str) -> object:
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _as_torch_has_it(signature: inspect.Signature) -> list[tuple[str, object, bool]]:
    return [
        (
            parameter.name,
            REQUIRED if parameter.default is parameter.empty else parameter.default,
            parameter.kind is parameter.KEYWORD_ONLY,
        )
        for parameter in signature.parameters.values()
        if parameter.name != "self"
    ]


def _as_the_table_has_it(parameters: Iterable[Parameter]) -> list[tuple[str, object, bool]]:
    return [(parameter.name, parameter.default, parameter.keyword_only) for parameter in parameters]


def test_every_loss_class_of_torch_nn_has_a_contract() -> None:
    classes = {name for name, value in vars(nn).items() if "Loss" in name and isinstance(value, type)}
    assert classes - {dotted.rpartition(".")[2] for dotted in BY_MODULE} == set()
    assert len(CONTRACTS) == len(classes) - 1, "NLLLoss2d is NLLLoss under its old name"


def test_every_loss_function_of_torch_nn_functional_has_a_contract() -> None:
    functions = {
        name
        for name in dir(functional)
        if name.endswith(("_loss", "cross_entropy", "cross_entropy_with_logits", "kl_div"))
    }
    assert len(functions) > 20
    assert {f"torch.nn.functional.{name}" for name in functions} - set(BY_FUNCTION) == set()


@pytest.mark.parametrize("dotted", sorted(BY_MODULE))
def test_classes_are_where_the_table_says(dotted: str) -> None:
    found = _resolve(dotted)
    assert isinstance(found, type)
    assert issubclass(found, _resolve(BY_MODULE[dotted].module or ""))  # type: ignore[arg-type]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_signatures_are_those_of_torch(contract: Contract) -> None:
    assert contract.module is not None
    loss = _resolve(contract.module)
    assert isinstance(loss, type)
    assert issubclass(loss, nn.Module)
    assert _as_the_table_has_it(contract.constructor) == _as_torch_has_it(inspect.signature(loss))
    assert _as_the_table_has_it(contract.call) == _as_torch_has_it(inspect.signature(loss.forward))
    if contract.function is not None:
        function = _resolve(contract.function)
        assert callable(function)
        assert _as_the_table_has_it(contract.functional) == _as_torch_has_it(inspect.signature(function))


@pytest.mark.parametrize(
    "dotted", sorted(dotted for dotted in BY_FUNCTION if not dotted.startswith("torch.nn.functional."))
)
def test_functions_of_torch_itself_have_the_signature_of_their_schema(dotted: str) -> None:
    name = dotted.rpartition(".")[2]
    overloads = torch._C._jit_get_schemas_for_operator(f"aten::{name}")
    schema = next(found for found in overloads if found.overload_name in ("", "Tensor"))
    assert [
        (
            "input" if argument.name == "self" else argument.name,
            argument.default_value if argument.has_default_value() else REQUIRED,
            argument.kwarg_only,
        )
        for argument in schema.arguments
    ] == _as_the_table_has_it(BY_FUNCTION[dotted].functional)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_contracts_are_consistent(contract: Contract) -> None:
    for parameters in filter(None, (contract.call, contract.functional)):
        keys = {parameter.key for parameter in parameters}
        assert contract.input in keys
        assert contract.target is None or contract.target in keys
    assert not contract.expects & contract.misuse.keys()
    assert (contract.target is None) == (contract.targets == {Target.NONE})
    holds_indices = contract.targets & {
        Target.CLASS_INDICES,
        Target.PADDED_INDICES,
        Target.LABEL_SEQUENCES,
    }
    assert bool(contract.index_dtypes) == bool(holds_indices)
    assert bool(contract.value_dtypes) == bool(contract.targets - holds_indices - {Target.NONE})


def test_importing_the_table_loads_neither_torch_nor_libcst() -> None:
    script = "import sys, lossguard.contracts; print(*sorted({'torch', 'libcst'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
