"""Recognises loss calls and notes what reaches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lossguard.analysis import ir
from lossguard.analysis.domain import Guard, Symbol, Value
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.contracts import UNSTATED, Contract, Parameter
from lossguard.facts import Phase

_ALWAYS_TENSORS = frozenset({"weight", "pos_weight"})


@dataclass(frozen=True)
class Given:
    """An argument of a loss call and where it stands."""

    value: Value
    place: ir.Range | None


@dataclass(frozen=True)
class LossEvent:
    """A loss call met during the evaluation, with everything that may reach it.

    path: the conditions under which it is reached.
    choices: those among them under which the loss, or what calls it, is the one at hand and no other.
    conditions: the source text of every condition.
    """

    contract: Contract
    phase: Phase
    site: Site
    callee: str
    tensors: Mapping[str, Given]
    options: Mapping[str, Value]
    path: Guard
    choices: Guard
    conditions: Mapping[Symbol, str]


def bind(parameters: tuple[Parameter, ...], arguments: Arguments) -> Iterator[tuple[Parameter, Given]]:
    """Pair the parameters of a contract with the actual arguments."""
    positions = iter(range(len(parameters)))
    for parameter in parameters:
        position = None if parameter.keyword_only else next(positions)
        value = arguments.get(position, parameter.name)
        if value is None:
            continue
        place = arguments.keyword_places.get(parameter.name)
        if position is not None and position < len(arguments.places):
            place = arguments.places[position]
        yield parameter, Given(value, place)


def called(
    machine: Machine,
    contract: Contract,
    parameters: tuple[Parameter, ...],
    arguments: Arguments,
    constructed: Arguments,
    site: Site,
) -> LossEvent:
    """The event of calling a loss; ``constructed`` are the arguments of its constructor."""
    names = {p.key for p in contract.call} | _ALWAYS_TENSORS
    tensors: dict[str, Given] = {}
    options: dict[str, Value] = {}
    pairs = (
        [*bind(contract.constructor, constructed)] if constructed.positional or constructed.keywords else []
    )
    for parameter in (*contract.constructor, *parameters):
        if parameter.default is UNSTATED:
            options[parameter.key] = machine.unknown("default", site, "", parameter.name)
    for parameter, given in (*pairs, *bind(parameters, arguments)):
        if parameter.key in names:
            tensors[parameter.key] = given
        else:
            options[parameter.key] = given.value
    return LossEvent(
        contract,
        Phase.CALL,
        site,
        site.callee,
        tensors,
        options,
        machine.path,
        machine.choices,
        machine.conditions,
    )


def built(machine: Machine, contract: Contract, arguments: Arguments, site: Site) -> LossEvent:
    """The event of constructing a loss."""
    tensors = {parameter.key: given for parameter, given in bind(contract.constructor, arguments)}
    return LossEvent(
        contract,
        Phase.CONSTRUCTION,
        site,
        site.callee,
        tensors,
        {},
        machine.path,
        machine.choices,
        machine.conditions,
    )
