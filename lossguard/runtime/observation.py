"""From the tensors that reach a loss to the facts that rules read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import torch
from torch import Tensor, nn

from lossguard.contracts import Contract, DType, Parameter, Space
from lossguard.elements import Elements
from lossguard.facts import Argument, LossCall, Source, TensorFacts
from lossguard.runtime.location import NOWHERE, Site, Words
from lossguard.runtime.provenance import provenance
from lossguard.runtime.reading import TensorElements, readable
from lossguard.runtime.values import input_space, summed_dim, target_space

_DTYPES = {
    torch.float16: DType.F16,
    torch.bfloat16: DType.BF16,
    torch.float32: DType.F32,
    torch.float64: DType.F64,
    torch.int8: DType.I8,
    torch.int16: DType.I16,
    torch.int32: DType.I32,
    torch.int64: DType.I64,
    torch.uint8: DType.U8,
    torch.bool: DType.BOOL,
}


@dataclass(frozen=True, slots=True)
class Observation:
    """One loss call, with its tensors.

    tensors: by the parameter's key, those that the loss holds itself (``weight``) among them.
    """

    call: LossCall
    tensors: Mapping[str, Tensor]


def described(tensor: Tensor) -> str:
    """Write dtype and shape, like ``f32[8, 10]``."""
    dtype = _dtype(tensor)
    name = str(tensor.dtype).removeprefix("torch.") if dtype is None else dtype.value
    return f"{name}{list(tensor.shape)}"


def observe(
    contract: Contract,
    parameters: Sequence[Parameter],
    owner: nn.Module | None,
    args: Sequence[object],
    kwargs: Mapping[str, object],
    *,
    reads_values: bool,
    site: Site | None = None,
) -> Observation:
    """Derive the facts of a call: of the arguments given, and of what the module that is called holds.

    Without a site, the arguments go by the names of their parameters.
    """
    given = bound(parameters, args, kwargs)
    if owner is not None:
        given = {**_held(contract, owner), **given}
    tensors = {key: value for key, value in given.items() if isinstance(value, Tensor)}
    site = Site(NOWHERE) if site is None else site
    fallback = (contract.name if owner is not None else contract.function or contract.name).rpartition(".")[2]
    facts = {key: facts_of(tensor) for key, tensor in tensors.items()}
    call = LossCall(
        contract=contract,
        text=site.text or fallback,
        span=site.span,
        arguments=MappingProxyType(
            {key: _argument(site.arguments.get(key) or Words(key, site.span), facts[key]) for key in tensors}
        ),
        options=MappingProxyType({key: value for key, value in given.items() if key not in tensors}),
        autocast=_autocast(tensors.get(contract.input)),
        elements=_elements(tensors if reads_values else {}),
    )
    return Observation(call, MappingProxyType(tensors))


def bound(
    parameters: Sequence[Parameter], args: Sequence[object], kwargs: Mapping[str, object]
) -> dict[str, object]:
    """Bind the arguments of a call to the keys of parameters, without those that are their defaults."""
    defaults = {parameter.key: parameter.default for parameter in parameters}
    given = by_key(parameters, args, kwargs)
    return {key: value for key, value in given.items() if _differs(value, defaults[key])}


def by_key(
    parameters: Sequence[Parameter], args: Sequence[object], kwargs: Mapping[str, object]
) -> dict[str, object]:
    """Bind the arguments of a call to the keys of parameters."""
    positional = (parameter.key for parameter in parameters if not parameter.keyword_only)
    given = dict(zip(positional, args, strict=False))
    return given | {p.key: kwargs[p.name] for p in parameters if p.name in kwargs}


def observe_again(
    before: LossCall,
    parameters: Sequence[Parameter],
    owner: nn.Module | None,
    args: Sequence[object],
    kwargs: Mapping[str, object],
) -> Observation:
    """Read the values of a call that differs from an earlier one in the elements of its tensors alone."""
    given = by_key(parameters, args, kwargs)
    found = {key: given[key] if key in given else getattr(owner, key) for key in before.arguments}
    tensors = {key: tensor for key, tensor in found.items() if isinstance(tensor, Tensor)}
    autocast = _autocast(tensors.get(before.contract.input))
    call = replace(before, elements=_elements(tensors), autocast=autocast)
    return Observation(call, MappingProxyType(tensors))


def _elements(tensors: Mapping[str, Tensor]) -> Mapping[str, Elements]:
    return MappingProxyType(
        {key: TensorElements(tensor) for key, tensor in tensors.items() if readable(tensor)}
    )


def told_by_values(seen: Observation) -> tuple[LossCall, str | None] | None:
    """Complete the facts of a call by the spaces that values show, and say what the input's showed.

    None where the graph has told the spaces already, where values cannot be read, or show nothing.
    """
    contract, told, evidence = seen.call.contract, dict[str, tuple[Space, int | None]](), None
    scores, target = seen.tensors.get(contract.input), seen.tensors.get(contract.target or "")
    if scores is not None and readable(scores):
        shown = input_space(contract, scores, provenance(scores))
        if shown is not None:
            told[contract.input], evidence = (shown[0], None), shown[1]
    if target is not None and readable(target) and provenance(target).space is Space.UNKNOWN:
        space = target_space(contract, target)
        if space is not None:
            told[contract.target or ""] = space, summed_dim(target, space)
    if not told:
        return None
    arguments = {
        key: replace(argument, tensor=argument.tensor.replace(space=told[key][0], dim=told[key][1]))
        if key in told and argument.tensor is not None
        else argument
        for key, argument in seen.call.arguments.items()
    }
    return replace(seen.call, arguments=MappingProxyType(arguments)), evidence


def _autocast(tensor: Tensor | None) -> bool | None:
    known = tensor is not None and not tensor.is_meta
    return torch.is_autocast_enabled(tensor.device.type) if tensor is not None and known else None


def _held(contract: Contract, owner: nn.Module) -> dict[str, object]:
    held = {
        p.name: (getattr(owner, p.name), p.default) for p in contract.constructor if hasattr(owner, p.name)
    }
    return {name: value for name, (value, default) in held.items() if _differs(value, default)}


def _differs(value: object, default: object) -> bool:
    return type(value) is not type(default) or (value is not default and value != default)


def _argument(words: Words, tensor: TensorFacts) -> Argument:
    return Argument(words.text, words.span, tensor)


def facts_of(tensor: Tensor) -> TensorFacts:
    """Derive what is known of one tensor from its metadata and its autograd graph."""
    origin = provenance(tensor)
    if tensor.requires_grad:
        source = Source.MODEL
    else:
        source = Source.DATA if torch.is_grad_enabled() else Source.UNKNOWN
    return TensorFacts(
        space=origin.space,
        dim=_dim(origin.dim, tensor),
        dtype=_dtype(tensor),
        shape=tuple(tensor.shape),
        source=source,
        operation=origin.operation,
        device=str(tensor.device),
    )


def _dim(dim: int | None, tensor: Tensor) -> int | None:
    return dim if dim is None or dim >= 0 else dim + tensor.dim()


def _dtype(tensor: Tensor) -> DType | None:
    if tensor.dtype.is_complex:
        return DType.COMPLEX
    return _DTYPES.get(tensor.dtype)
