"""What was observed as bytes, for other processes and for the cache.

It is pickled. Whoever wrote such bytes could have Python do as he likes, so that nothing is made of them but
records of lossguard's own, plain containers and constants. What lossguard has a table of goes by its name.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from lossguard.contracts import BY_FUNCTION, BY_MODULE, Contract, libraries
from lossguard.facts import UNKNOWN_OPTION

_TABLES: Mapping[str, Mapping[str, Contract]] = {
    "module": BY_MODULE,
    "function": BY_FUNCTION,
    "library class": libraries.BY_CLASS,
    "library function": libraries.BY_FUNCTION,
}
_T = TypeVar("_T")
_OWN = (
    "lossguard.analysis.seen",
    "lossguard.analysis.domain",
    "lossguard.analysis.observations",
    "lossguard.analysis.places",
    "lossguard.analysis.scenarios",
    "lossguard.contracts",
    "lossguard.diagnostics",
    "lossguard.facts",
    "lossguard.observing",
    "lossguard.packing",
)
_PLAIN = frozenset(("builtins", name) for name in ("Ellipsis", "complex", "frozenset", "set"))


def pack(value: object) -> bytes:
    """Write a value as bytes.

    Raises ValueError for one that cannot be written.
    """
    stream = io.BytesIO()
    try:
        _Packer(stream, pickle.HIGHEST_PROTOCOL).dump(value)
    except (pickle.PicklingError, AttributeError, TypeError, RecursionError) as error:
        raise ValueError(f"not writable: {error}") from error
    return stream.getvalue()


def unpack(packed: bytes, type_: type[_T]) -> _T:
    """Read a value of a type.

    Raises ValueError for bytes that are not what ``pack`` writes for one.
    """
    try:
        value = _Unpacker(io.BytesIO(packed)).load()
    except Exception as error:  # whatever strange bytes lead to
        raise ValueError(f"not readable: {error}") from error
    if not isinstance(value, type_):
        raise ValueError(f"{type(value).__name__} instead of {type_.__name__}")  # noqa: TRY004 - bad bytes
    return value


class _Packer(pickle.Pickler):
    def persistent_id(self, value: object) -> tuple[str, str] | None:
        return _names().get(id(value))

    def reducer_override(self, value: object) -> tuple[Callable[..., object], tuple[object]]:
        return (mapping, (dict(value),)) if isinstance(value, MappingProxyType) else NotImplemented


class _Unpacker(pickle.Unpickler):
    def persistent_load(self, name: object) -> object:
        match name:
            case ("unknown", ""):
                return UNKNOWN_OPTION
            case (str(table), str(dotted)):
                return _TABLES[table][dotted]
        raise pickle.UnpicklingError(f"{name} is no name")

    def find_class(self, module: str, name: str) -> object:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if module in _OWN or module.startswith("lossguard.contracts."):
            found = super().find_class(module, name)
            if found is mapping or (isinstance(found, type) and found.__module__ == module):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no record")


def mapping(items: dict[Any, Any]) -> Mapping[Any, Any]:
    """A mapping that cannot be changed."""
    return MappingProxyType(items)


@cache
def _names() -> Mapping[int, tuple[str, str]]:
    """The names of what goes by its name, by identity."""
    return {id(UNKNOWN_OPTION): ("unknown", ""), **dict(_contracts())}


def _contracts() -> Iterator[tuple[int, tuple[str, str]]]:
    for table, contracts in _TABLES.items():
        for dotted, contract in contracts.items():
            yield id(contract), (table, dotted)
