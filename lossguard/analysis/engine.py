"""Runs the analysis over files and collects every loss call."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lossguard.analysis.domain import NONE, Code, Value, of
from lossguard.analysis.index import Unit
from lossguard.analysis.interpreter import Interpreter
from lossguard.analysis.interpreter.machine import Arguments, LimitReached, Site
from lossguard.analysis.interpreter.records import ClassCode, FunctionCode
from lossguard.analysis.losses import LossEvent
from lossguard.analysis.modules import Torch
from lossguard.analysis.program import Module, Program
from lossguard.analysis.scenarios import Scenario, scenarios
from lossguard.analysis.source import SourceError, SourceFile
from lossguard.contracts import CONTRACTS
from lossguard.diagnostics import Span
from lossguard.facts import Phase

_LOG = logging.getLogger("lossguard")
_RECURSION_LIMIT = 12_000
LOSS_NAMES: frozenset[str] = frozenset(
    dotted.rpartition(".")[2]
    for contract in CONTRACTS
    for dotted in (contract.module, contract.function)
    if dotted is not None
)


@dataclass
class CallSite:
    """A loss call in the source, with every way in which it was reached.

    visits: for each time that it was reached, the scenarios that were possible then.
    """

    span: Span
    loss: str
    phase: Phase
    visits: list[tuple[Scenario, ...]] = field(default_factory=list)


def analyse(
    sources: Sequence[SourceFile], *, failed: Callable[[SourceFile, SourceError], None]
) -> list[CallSite]:
    """Find every loss call that the program in ``sources`` makes.

    Files that cannot be parsed are reported through ``failed``; the others are analysed all the same.
    """
    return _Analysis(sources, failed).run()


class _Analysis:
    def __init__(
        self, sources: Sequence[SourceFile], failed: Callable[[SourceFile, SourceError], None]
    ) -> None:
        self._sources = sources
        self._failed = failed
        self._sites: dict[tuple[Span, str, Phase], CallSite] = {}
        self._program = Program(sources)
        self._machine = Interpreter(self._program, Torch(self._observe))

    def run(self) -> list[CallSite]:
        """Evaluate every entry point that may lead to a loss call."""
        with _deep_recursion():
            for module, relevant in self._relevant_modules():
                self._enter_module(module, relevant)
        return sorted(self._sites.values(), key=lambda site: site.span)

    def _observe(self, event: LossEvent) -> None:
        span = event.site.span
        key = (span, event.contract.name, event.phase)
        site = self._sites.setdefault(key, CallSite(span, event.contract.name, event.phase))
        found = tuple(scenarios(event))
        if found not in site.visits:
            site.visits.append(found)

    def _relevant_modules(self) -> Iterator[tuple[Module, frozenset[str]]]:
        """The modules that mention a loss, and those that import what leads to one, with the names that matter."""
        waiting = []
        leading: set[tuple[Path | None, str]] = set()
        for source in self._sources:
            if not any(name in source.text for name in LOSS_NAMES):
                waiting.append(source)
                continue
            module = self._load(source)
            if module is not None:
                relevant = module.index.reaching(LOSS_NAMES)
                leading.update((source.file, name) for name in relevant)
                yield module, relevant
        for source in waiting:
            module = self._load(source)
            if module is not None:
                seeds = self._program.names_from(module, leading)
                if seeds:
                    yield module, module.index.reaching(seeds)

    def _load(self, source: SourceFile) -> Module | None:
        try:
            return self._program.add(source)
        except SourceError as error:
            self._failed(source, error)
            return None

    def _enter_module(self, module: Module, relevant: frozenset[str]) -> None:
        if module.state == "loaded":
            self._entry(lambda: self._program.execute(self._machine, module, main=True))
        for unit in module.index.units:
            self._enter_unit(module, unit, relevant)
        for unit in module.index.definitions.values():
            if unit not in module.index.units:
                self._enter_unit(module, unit, relevant)

    def _enter_unit(self, module: Module, unit: Unit, relevant: frozenset[str]) -> None:
        if unit.kind == "statement" or unit.identifiers.isdisjoint(relevant):
            return
        value = self._program.bind_unit(self._machine, module, unit)
        atom = value.single
        if not isinstance(atom, Code):
            return
        site = Site(module.frame, unit.at)
        if unit.kind == "function":
            code = _plain(atom)
            if code is not None:
                self._entry(lambda: self._call(code, Arguments(open=True), site))
        elif atom.kind == "class":
            self._enter_class(atom, unit, relevant, site)

    def _enter_class(self, class_: Code, unit: Unit, relevant: frozenset[str], site: Site) -> None:
        """Evaluate the methods that matter on an instance made with unknown arguments."""
        owner: ClassCode = class_.definition
        namespace: dict[str, Value] = {}
        self._entry(lambda: namespace.update(self._program.class_namespace(self._machine, owner)))
        reaching = self._class_relevant(unit, relevant)
        methods = [
            atom.definition
            for member in unit.members
            if member.kind == "function" and member.name != "__init__"
            if not member.identifiers.isdisjoint(reaching)
            if isinstance(atom := namespace.get(member.name, NONE).single, Code) and atom.kind == "function"
        ]
        if not methods:
            return
        self._machine.heap.branch()
        try:
            instance = self._instance(class_, site)
            for code in methods:
                self._entry(lambda code=code: self._call(code, Arguments((instance,), open=True), site))  # type: ignore[misc]
        finally:
            self._machine.heap.leave()

    def _class_relevant(self, unit: Unit, relevant: frozenset[str]) -> frozenset[str]:
        names = {m.name for m in unit.members if m.kind == "function" and not m.identifiers.isdisjoint(relevant)}
        return relevant | (names - {"forward", "__call__", "__init__"})

    def _instance(self, class_: Code, site: Site) -> Value:
        """An instance made with unknown arguments; what its ``__init__`` sets before a limit stays."""
        machine = self._machine
        reference = machine.allocate("object", site, class_)
        method = machine.find_method(class_, "__init__")
        if isinstance(method, FunctionCode):
            arguments = Arguments((of(reference),), open=True)
            self._within_budget(lambda: self._call(method, arguments, site))
        return of(reference)

    def _call(self, code: FunctionCode, arguments: Arguments, site: Site) -> None:
        self._machine.call_function(code, arguments, site, entry=True)

    def _entry(self, run: Callable[[], object]) -> None:
        """Evaluate one entry point; what it leaves on the heap is forgotten."""
        self._machine.heap.branch()
        try:
            self._within_budget(run)
        finally:
            self._machine.heap.leave()

    def _within_budget(self, run: Callable[[], object]) -> None:
        self._machine.renew_budget()
        try:
            run()
        except (LimitReached, RecursionError):
            return
        except Exception:
            _LOG.debug("an entry point was given up", exc_info=True)


def _plain(atom: Code) -> FunctionCode | None:
    return atom.definition if atom.kind == "function" else None


@contextmanager
def _deep_recursion() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
