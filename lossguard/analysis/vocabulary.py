"""Which dotted names are losses and activations: those of torch and of libraries, and what a project teaches.

Nothing here evaluates code; the tables are data of ``lossguard.contracts`` and of the operators.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from lossguard.analysis import library_table
from lossguard.analysis.frameworks import CALLBACKS, MEETING_METHODS, MEETINGS
from lossguard.analysis.import_lines import import_lines
from lossguard.analysis.layer_table import MODULES
from lossguard.analysis.operators import ALIASES, OPERATORS
from lossguard.contracts import BY_FUNCTION, BY_MODULE, REQUIRED, UNSTATED, Contract, Parameter, libraries
from lossguard.spelling import nearest_spelling

_NOTHING: Mapping[str, str] = MappingProxyType({})
_PREFIXES = ("torch.nn.functional.", "torch.nn.", "nn.functional.", "nn.", "F.", "torch.")
_RECOGNISED = (
    *(dotted for dotted in CALLBACKS if dotted.count(".") > 1),
    *library_table.GRAPH_LAYERS,
)
"""What goes by its row though its library is read, too: it hides a call, or takes long to follow."""

_STEMS = ("Loss", "_loss", "cross_entropy", "kl_div")
"""One of these stands in the name of nearly every loss."""

_NOT_SHARED = frozenset({"weight", "pos_weight", "size_average", "reduce"})
"""Parameters of torch's losses that mean something else elsewhere, as often as not."""


class Vocabulary:
    """The losses and activations of a program, by the dotted names under which it imports or defines them.

    losses: what a project teaches: dotted name to the name of a loss of torch or of a known library.
    activations: likewise, to the name of an operator (``softmax``) or of a layer (``nn.Softmax``).

    A taught name whose last part is capitalised is a class, any other a function. Of its parameters only
    those are known that torch's loss requires, in their order, and its options by keyword.

    Raises ValueError for a name that is not dotted, and for an unknown loss or activation, with the nearest
    spelling.
    """

    def __init__(
        self, losses: Mapping[str, str] = _NOTHING, activations: Mapping[str, str] = _NOTHING
    ) -> None:
        self._modules: dict[str, Contract] = {**BY_MODULE, **libraries.BY_CLASS}
        self._functions: dict[str, Contract] = {**BY_FUNCTION, **libraries.BY_FUNCTION}
        self._activations: dict[str, str] = dict(library_table.FUNCTIONS)
        self._layers: dict[str, str] = dict(library_table.LAYERS)
        self._taught: dict[str, list[str]] = {}
        for dotted in _RECOGNISED:
            self._taught.setdefault(dotted.rpartition(".")[2], []).append(dotted)
        for dotted, name in losses.items():
            self._teach_loss(dotted, name)
        for dotted, name in activations.items():
            self._teach_activation(dotted, name)
        self.names: frozenset[str] = frozenset(
            dotted.rpartition(".")[2] for dotted in (*BY_MODULE, *BY_FUNCTION, *losses)
        )
        """The bare names of the losses of torch, and of those that a project teaches."""
        self.names_by_library = _names_by_library()
        """What the losses of a library are called, and what makes one there, by the library."""

    def seeds(self, text: str) -> frozenset[str]:
        """The bare names of losses in a file with this text; none where it calls no loss by its own name.

        What a library calls a loss is one only where the file imports from the library, calls the loss, and
        defines no such name itself: that would be the library.
        """
        imported = {line.name.partition(".")[0] for line in import_lines(text) if not line.level}
        used = (names for library, names in self.names_by_library.items() if library in imported)
        others = frozenset[str]().union(*used) - self.names
        names = self.names | {name for name in others if f"{name}(" in text and not _defines(text, name)}
        return names if _stands_in(text, names) else frozenset()

    def module(self, dotted: str) -> Contract | None:
        """The contract of a loss class."""
        return self._modules.get(dotted)

    def function(self, dotted: str) -> Contract | None:
        """The contract of a loss function."""
        return self._functions.get(dotted)

    def activation(self, dotted: str) -> str | None:
        """The operator that a taught function applies."""
        return self._activations.get(dotted)

    def layer(self, dotted: str) -> str | None:
        """The bare name of a class of ``torch.nn``, or of the layer that a taught class is like."""
        if dotted in self._layers:
            return self._layers[dotted]
        if not dotted.startswith("torch.nn.") or dotted.startswith("torch.nn.functional"):
            return None
        bare = dotted.rpartition(".")[2]
        return bare if bare[:1].isupper() else None

    def constructs(self, dotted: str) -> bool:
        """Whether this is a class of which the analysis knows what calling its objects does."""
        return self.module(dotted) is not None or self.layer(dotted) is not None

    def taught(self, file: Path | None, name: str) -> str | None:
        """The taught name that something in a file of the project has by one of the ways to import it."""
        candidates = self._taught.get(name)
        if candidates is None or file is None:
            return None
        parts = file.with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        for dotted in candidates:
            module = tuple(dotted.split(".")[:-1])
            if parts[-len(module) :] == module:
                return dotted
        return None

    # Teaching

    def _teach_loss(self, dotted: str, name: str) -> None:
        is_class = self._enter("losses", dotted)
        bare = _without_prefix(name)
        contract = (
            self._modules.get(name)
            or self._functions.get(name)
            or BY_MODULE.get(f"torch.nn.{bare}")
            or BY_FUNCTION.get(f"torch.nn.functional.{bare}")
        )
        if contract is None:
            known = sorted({each.rpartition(".")[2] for each in (*BY_MODULE, *BY_FUNCTION)})
            raise ValueError(f"losses.{dotted!r}: unknown loss {name!r}{nearest_spelling(bare, known)}")
        (self._modules if is_class else self._functions)[dotted] = _like(contract)

    def _teach_activation(self, dotted: str, name: str) -> None:
        is_class = self._enter("activations", dotted)
        bare = _without_prefix(name)
        operator = MODULES.get(bare, ALIASES.get(bare, bare))
        layer = bare if bare in MODULES else next((k for k, v in MODULES.items() if v == operator), None)
        if operator not in OPERATORS or (is_class and layer is None):
            nearest = nearest_spelling(bare, MODULES if is_class else (*MODULES, *OPERATORS))
            raise ValueError(f"activations.{dotted!r}: unknown activation {name!r}{nearest}")
        if is_class and layer is not None:
            self._layers[dotted] = layer
        else:
            self._activations[dotted] = operator

    def _enter(self, table: str, dotted: str) -> bool:
        """Note a taught name; return whether it is a class."""
        parts = dotted.split(".")
        if len(parts) < 2 or not all(part.isidentifier() for part in parts):
            raise ValueError(f"{table}.{dotted!r}: a taught name is dotted, as in 'package.module.Name'")
        self._taught.setdefault(parts[-1], []).append(dotted)
        return parts[-1].lstrip("_")[:1].isupper()


def _stands_in(text: str, names: Iterable[str]) -> bool:
    """Whether one of the names of losses stands in a text."""
    if not any(stem in text for stem in _STEMS):
        names = (name for name in names if not any(stem in name for stem in _STEMS))
    return any(name in text for name in names)


def _defines(text: str, name: str) -> bool:
    """Whether a text has a function or a class of this name, judged without parsing."""
    return any(f"{keyword} {name}" in text for keyword in ("def", "class"))


def _names_by_library() -> Mapping[str, frozenset[str]]:
    names: dict[str, set[str]] = {"transformers": {"loss_function"}}
    methods = (f"{base}.{name}" for base, named in MEETING_METHODS.items() for name in named)
    for dotted in (*libraries.BY_CLASS, *libraries.BY_FUNCTION, *MEETINGS, *methods):
        names.setdefault(dotted.partition(".")[0], set()).add(dotted.rpartition(".")[2])
    return {library: frozenset(each) for library, each in names.items()}


def _without_prefix(name: str) -> str:
    return next((name.removeprefix(prefix) for prefix in _PREFIXES if name.startswith(prefix)), name)


def _like(contract: Contract) -> Contract:
    """The contract of a taught loss: what it demands is known, its signature only as far as they share it."""
    options = {
        parameter.name: Parameter(parameter.name, UNSTATED, keyword_only=True, role=parameter.role)
        for parameter in (*contract.constructor, *contract.functional)
        if parameter.default is not REQUIRED and parameter.name not in _NOT_SHARED
    }
    required = tuple(p for p in contract.functional if p.default is REQUIRED and not p.keyword_only)
    call = tuple(p for p in contract.call if p.default is REQUIRED) or required
    return replace(
        contract,
        constructor=tuple(options.values()),
        call=call,
        functional=(required or call) + tuple(options.values()),
    )
