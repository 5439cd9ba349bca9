"""What a loss demands once its options are known: ``from_logits=False``, ``sigmoid=True``."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from lossguard.contracts import REQUIRED, UNSTATED, Contract
from lossguard.facts import UNKNOWN_OPTION

_UNKNOWN = (UNKNOWN_OPTION, REQUIRED, UNSTATED)


def decided(contract: Contract, options: Mapping[str, object]) -> Contract:
    """The contract that holds where these options are given, and no others.

    Gives the contract itself, with its variants, where a value that decides is not known.
    """
    if not contract.variants:
        return contract
    defaults = {p.key: p.default for p in (*contract.functional, *contract.constructor)}
    for variant in contract.variants:
        given = {name: options.get(name, defaults.get(name, REQUIRED)) for name in variant.options}
        if any(not _is_unknown(each) and each != variant.options[name] for name, each in given.items()):
            continue
        if any(_is_unknown(each) for each in given.values()):
            return contract
        return replace(contract, expects=variant.demand.expects, misuse=variant.demand.misuse, variants=())
    return contract


def _is_unknown(value: object) -> bool:
    return any(value is each for each in _UNKNOWN)
