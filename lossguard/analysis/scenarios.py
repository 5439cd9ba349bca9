"""Turns a loss event into the scenarios that are possible: facts for the rules, one combination at a time."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import TypeAlias

from msgspec import Struct, field

from lossguard.analysis.domain import (
    ALWAYS,
    Atom,
    External,
    Guard,
    Items,
    Literally,
    Reference,
    Symbol,
    Unknown,
    combinations,
)
from lossguard.analysis.forms import unasked
from lossguard.analysis.interpreter.execution import EXPECTED_FAILURE
from lossguard.analysis.losses import Given, LossEvent
from lossguard.analysis.modules import EVALUATION
from lossguard.analysis.semantics import tensor_of
from lossguard.analysis.switches import decided
from lossguard.contracts.segmentation import CONSTANTS
from lossguard.diagnostics import Span
from lossguard.facts import UNKNOWN_OPTION, Argument, LossCall, Phase, TensorFacts

MAX_SCENARIOS = 24
_COMPARED = re.compile(r"\s*(?:==|!=|\bis\b|\bin\b)")
_OTHERS = Unknown(Symbol("many"), "there are too many ways of reaching the call")
Options: TypeAlias = frozenset[tuple[Hashable, Hashable]]
EXCUSES = frozenset({EVALUATION, EXPECTED_FAILURE})
"""Conditions under which nothing is trained, or is meant to go well."""


class Scenario(Struct, frozen=True):
    """One combination of values that may reach a loss call.

    condition: how a user would name them; None where the program may never meet them, as when an option would
        have one value in the model and another where it is trained.
    choice: what has to be chosen for the call, as ``condition``; empty where nothing has, and where it is
        anything else, the loss, or what calls it, is only one of several that the program may choose here.
    excused: training does not take this path, for a module in evaluation mode had a part in it, or the
        program waits for the call to fail.
    reason: where knowledge of the input ended.
    options: what is not known and has to be equal to a constant for the program to come to the call: the name
        of an option, where it has one, and the constant.
    """

    call: LossCall
    condition: str | None
    choice: str | None
    excused: bool
    reason: str
    options: Options


class CallSite(Struct):
    """A loss call in the source, with every way in which it was reached.

    visits: for each time that it was reached, the scenarios that were possible then.
    """

    span: Span
    loss: str
    phase: Phase
    visits: list[tuple[Scenario, ...]] = field(default_factory=list)


def scenarios(event: LossEvent) -> Iterator[tuple[Guard, Scenario]]:
    """Every combination of values that may reach the call; the last stands for those beyond the limit.

    Each with its conditions, beyond those under which the program comes to the call.
    """
    names = list(event.given)
    values = [given.value.under(event.path) for given in event.given.values()]
    combined = combinations(values)
    choice, options = _condition(event, event.choices), frozenset(_required(event.path))
    for guard, atoms in islice(combined, MAX_SCENARIOS):
        yield guard, _scenario(event, guard, dict(zip(names, atoms, strict=True)), choice, options)
    if next(combined, None) is not None:
        yield ALWAYS, _scenario(event, ALWAYS, dict.fromkeys(names, _OTHERS), choice, options)


def _scenario(
    event: LossEvent, guard: Guard, atoms: dict[str, Atom], choice: str | None, options: Options
) -> Scenario:
    return Scenario(
        _call(event, atoms),
        _condition(event, guard | event.choices),
        choice,
        any(literal.symbol in EXCUSES for literal in guard | event.path),
        _reason(event, atoms),
        options,
    )


def _required(path: Guard) -> Iterator[tuple[Hashable, Hashable]]:
    for symbol, holds in path:
        if holds and symbol.kind in ("==", "same"):
            subject, value = symbol.parts
            name = subject.parts[-1] if isinstance(subject, Symbol) and subject.parts else subject
            yield name if isinstance(name, str) else _briefly(subject), _briefly(value)


def _briefly(identity: Hashable) -> Hashable:
    """What stands for a symbol, which may hold many others, where it is only asked whether two are equal."""
    return hash(identity) if isinstance(identity, Symbol) else identity


def _call(event: LossEvent, atoms: dict[str, Atom]) -> LossCall:
    target = event.contract.target
    if target is not None and isinstance(labels := atoms.get(target), TensorFacts):
        atoms = {**atoms, target: unasked(labels, event.asked)}
    arguments = {
        name: _argument(given, atoms[name])
        for name, given in event.given.items()
        if atoms[name] != Literally(None)
    }
    options: dict[str, object] = dict.fromkeys(sorted(event.unseen - event.tensors), UNKNOWN_OPTION)
    for name, atom in atoms.items():
        if name in (event.contract.input, event.contract.target) and not _is_written_out(event.given[name]):
            continue
        value = _option(atom)
        if name not in event.tensors or value not in (None, UNKNOWN_OPTION):
            options[name] = value
    return LossCall(
        decided(event.contract, options),
        event.callee,
        event.site.span,
        event.phase,
        MappingProxyType(arguments),
        MappingProxyType(options),
        autocast=event.autocast,
        unrecorded=event.unrecorded,
        made=None if event.made is None else event.made.span,
    )


def _argument(given: Given, atom: Atom) -> Argument:
    place = given.site.moved(given.place)
    text = place.text if given.place is not None else ""
    return Argument(text, place.span, _tensor(atom), given.phase)


def _is_written_out(given: Given) -> bool:
    """Whether an argument stands in the call as a number or a list; a variable may be something else."""
    return given.place is not None and given.site.moved(given.place).text[:1] in "[-0123456789"


def _tensor(atom: Atom) -> TensorFacts | None:
    if isinstance(atom, TensorFacts):
        return atom.replace(losses=frozenset()) if atom.losses else atom
    tensor = tensor_of(atom)
    return tensor if tensor != TensorFacts() else None


def _option(atom: Atom) -> object:
    """The value of an option; of a list or a tuple only that it is one."""
    match atom:
        case Literally():
            return atom.value
        case Reference(kind="list"):
            return [UNKNOWN_OPTION]
        case Items():
            return (UNKNOWN_OPTION,)
        case External():
            return CONSTANTS.get(atom.name, UNKNOWN_OPTION)
    return UNKNOWN_OPTION


def _condition(event: LossEvent, guard: Guard) -> str | None:
    """The conditions as text, where each is a choice that somebody offers: ``args.model == "mlp"``."""
    if _at_odds(guard | event.path, event.conditions):
        return None
    texts = []
    chosen = {literal.symbol.parts[0] for literal in guard if literal.symbol.kind == "==" and literal.holds}
    for literal in guard:
        if literal.symbol.kind == "==" and not literal.holds and literal.symbol.parts[0] in chosen:
            continue
        if literal.symbol.kind != "==" or not literal.holds:
            return None
        texts.append(event.conditions.get(literal.symbol, ""))
    return " and ".join(sorted(texts))


def _reason(event: LossEvent, atoms: dict[str, Atom]) -> str:
    atom = atoms.get(event.contract.input)
    if isinstance(atom, Unknown):
        return atom.reason or "the input is not known"
    return ""


def _at_odds(guard: Guard, texts: Mapping[Symbol, str]) -> bool:
    """Whether one question is taken to have two answers.

    That is so for options of one name, given to different objects. ``self.f0_pred == "mean"`` in a model and
    ``cfg.f0_pred == "argmax"`` around it may be two options. More often they are one, which the program hands
    on out of sight. ``cfg.model.name`` and ``cfg.loss.name`` are two: one object has both. It is so as well
    for what is written alike, ``x.dim() == 2`` here and there.
    """
    compared = [
        (root, name, literal.symbol.parts[1], literal.holds)
        for literal in guard
        if literal.symbol.kind == "=="
        for root, name in _questions(literal.symbol, texts)
    ]
    return any(
        name == other_name and root != other_root and other_holds is not (value == other)
        for root, name, value, holds in compared
        if holds
        for other_root, other_name, other, other_holds in compared
    )


def _questions(condition: Symbol, texts: Mapping[Symbol, str]) -> Iterator[tuple[object, Hashable]]:
    """What a comparison asks for, as an option and as it is written, and of what."""
    subject = condition.parts[0]
    yield from _options(subject)
    if condition in texts:
        yield subject, ("as written", *_COMPARED.split(texts[condition])[:1])


def _options(subject: object) -> Iterator[tuple[Symbol, str]]:
    """The object that an option is asked of first, and the option's name; nothing for what is no option."""
    if not isinstance(subject, Symbol) or subject.kind not in (".", "parameter"):
        return
    root, name = subject, subject.parts[-1]
    while root.kind == "." and isinstance(root.parts[0], Symbol):
        root = root.parts[0]
    if isinstance(name, str):
        yield root, name
