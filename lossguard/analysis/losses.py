"""Recognises loss calls and notes what reaches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from lossguard.analysis import contexts
from lossguard.analysis.domain import Guard, Symbol, Value
from lossguard.analysis.forms import asked_under
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.places import Range
from lossguard.contracts import UNSTATED, Contract, Parameter
from lossguard.facts import Cut, Phase, TensorFacts

_ALWAYS_TENSORS = frozenset({"weight", "pos_weight"})
_READ_AT_ONCE = _ALWAYS_TENSORS | {"size_average", "reduce"}


class Given(Struct, frozen=True):
    """An argument of a loss call.

    site: the call, or the construction, that it is given to.
    place: where it stands there.
    """

    value: Value
    site: Site
    place: Range | None = None
    phase: Phase = Phase.CALL


class Made(Struct, frozen=True):
    """How a loss was constructed.

    attributes: those that the program has set since.
    """

    arguments: Arguments
    site: Site
    attributes: Mapping[str, Value]


class LossEvent(Struct, frozen=True):
    """A loss call met during the evaluation, with everything that may reach it.

    given: the arguments of the call, and those of the construction, by the contract's parameter.
    tensors: the parameters that take a tensor.
    unseen: the other parameters that may have been given out of sight.
    path: the conditions under which it is reached.
    asked: the tensors that the program has asked for their form, to come to the call or not to.
    choices: those among them under which the loss, or what calls it, is the one at hand and no other.
    conditions: the source text of every condition.
    number: its own, by which values that are computed of the loss refer to it.
    autocast, unrecorded: what is in force at the call, as ``LossCall`` has it.
    made: where the loss was constructed; None for a function.
    """

    contract: Contract
    phase: Phase
    site: Site
    callee: str
    given: Mapping[str, Given]
    tensors: frozenset[str]
    unseen: frozenset[str]
    path: Guard
    asked: frozenset[TensorFacts]
    choices: Guard
    conditions: Mapping[Symbol, str]
    number: int
    autocast: bool | None
    unrecorded: Cut | None
    made: Site | None = None


def bind(
    parameters: tuple[Parameter, ...], arguments: Arguments, site: Site, phase: Phase = Phase.CALL
) -> Iterator[tuple[Parameter, Given]]:
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
        yield parameter, Given(value, site, place, phase)


def called(
    machine: Machine,
    contract: Contract,
    parameters: tuple[Parameter, ...],
    arguments: Arguments,
    made: Made | None,
    site: Site,
) -> LossEvent:
    """The event of calling a loss; ``made`` is None for a function."""
    given: dict[str, Given] = {}
    unseen: set[str] = set()
    if made is not None:
        given |= {p.key: each for p, each in _constructed(contract, made)}
        unseen |= _out_of_sight(contract.constructor, made.arguments)
    given |= {parameter.key: each for parameter, each in bind(parameters, arguments, site)}
    unseen |= _out_of_sight(parameters, arguments)
    tensors = frozenset(p.key for p in contract.call) | _ALWAYS_TENSORS
    event = _event(machine, contract, Phase.CALL, site, given, tensors, frozenset(unseen) - given.keys())
    return event if made is None else replace(event, made=made.site)


def _constructed(contract: Contract, made: Made) -> Iterator[tuple[Parameter, Given]]:
    """What a loss holds: what its constructor was given, or what has been set since."""
    yield from bind(contract.constructor, made.arguments, made.site, Phase.CONSTRUCTION)
    for parameter in contract.constructor:
        if parameter.name in made.attributes:
            value = made.attributes[parameter.name]
            yield parameter, Given(value, made.site, phase=Phase.CONSTRUCTION)


def _out_of_sight(parameters: tuple[Parameter, ...], arguments: Arguments) -> set[str]:
    """The parameters that may have a value, though none is seen to be given."""
    return {p.key for p in parameters if arguments.open or p.default is UNSTATED}


def built(
    machine: Machine, contract: Contract, arguments: Arguments, site: Site, *, derived: bool
) -> LossEvent:
    """The event of constructing a loss.

    derived: it is a loss of the project's own that descends from torch's, whose ``forward`` may read the
        other arguments differently.
    """
    given = {p.key: each for p, each in bind(contract.constructor, arguments, site, Phase.CONSTRUCTION)}
    if derived:
        given = {name: each for name, each in given.items() if name in _READ_AT_ONCE}
    return _event(machine, contract, Phase.CONSTRUCTION, site, given, _ALWAYS_TENSORS)


def _event(
    machine: Machine,
    contract: Contract,
    phase: Phase,
    site: Site,
    given: Mapping[str, Given],
    tensors: frozenset[str],
    unseen: frozenset[str] = frozenset(),
) -> LossEvent:
    return LossEvent(
        contract,
        phase,
        site,
        site.callee,
        given,
        tensors,
        unseen,
        machine.path,
        asked_under(machine.path - machine.demand.assumed),
        machine.choices,
        machine.conditions,
        machine.next_number(),
        contexts.autocast(machine),
        contexts.unrecorded(machine),
    )
