"""The element types of what operators make."""

from __future__ import annotations

from lossguard.analysis.domain import NONE, External, Literally, Value
from lossguard.analysis.interpreter.machine import Arguments
from lossguard.analysis.operators import DTYPES, Operator
from lossguard.contracts import INTEGERS, DType
from lossguard.facts import TensorFacts

_OF_NUMBERS = {"arange": (0, None), "full": (1, 2)}
"""Where the arguments stand that decide the element type of a new tensor."""

_TYPES = {name: dtype for name, dtype in DTYPES.items() if not name.endswith("Tensor")}

_COUNTING = frozenset({"sum", "prod", "cumsum", "cumprod"})
"""What gives 64 bits for integers and booleans."""


def name_of(dtype: DType | None) -> str | None:
    """The dotted name of an element type; None for floating types, which frameworks convert out of sight."""
    if dtype is None or dtype.is_floating:
        return None
    return next(name for name, each in _TYPES.items() if each is dtype)


def is_same(one: str, other: str) -> bool:
    """Whether two dotted names mean the same thing: ``torch.long`` and ``torch.int64``."""
    return _TYPES.get(one, one) == _TYPES.get(other, other)


def of_result(name: str, row: Operator, before: TensorFacts, rest: Arguments) -> DType | None:
    """The element type that an operator gives: the one asked for, which may not be known, or its own."""
    return created(rest, _own(name, row, before))


def _own(name: str, row: Operator, before: TensorFacts) -> DType | None:
    if row.creates:
        return before.dtype
    if row.forgets:
        return DType.FLOAT if before.dtype is not None and before.dtype.is_floating else None
    if name in _COUNTING and (before.dtype is DType.BOOL or before.dtype in INTEGERS):
        return DType.I64
    if row.dtype is DType.FLOAT and before.dtype is not None and before.dtype.is_floating:
        return before.dtype
    return row.dtype or before.dtype


def clamped(before: TensorFacts, *bounds: Value | None) -> DType | None:
    """The element type of what lies between two bounds; integers may become floats."""
    atoms = [bound.single for bound in bounds if bound is not None]
    known = all(isinstance(atom, Literally) and not isinstance(atom.value, float) for atom in atoms)
    return before.dtype if known or before.dtype is None or before.dtype.is_floating else None


def argument(arguments: Arguments) -> DType | None:
    """The element type among arguments: that of the keyword, or else the first."""
    values = [v for k, v in arguments.keywords.items() if k == "dtype"] or list(arguments.positional)
    for value in values:
        atom = value.single
        name = (
            atom.name if isinstance(atom, External) else atom.value if isinstance(atom, Literally) else None
        )
        if isinstance(name, str) and name in DTYPES:
            return DTYPES[name]
    return None


def of_numbers(name: str, arguments: Arguments) -> DType | None:
    """The element type that a new tensor has for the numbers that it is made of."""
    if name not in _OF_NUMBERS or arguments.open:
        return None
    values = list(arguments.positional[slice(*_OF_NUMBERS[name])])
    values += [v for k in ("start", "end", "step", "fill_value") if (v := arguments.keywords.get(k))]
    atoms = [value.single for value in values]
    kinds = {type(atom.value) if isinstance(atom, Literally) else None for atom in atoms}
    if kinds == {int}:
        return DType.I64
    if kinds == {bool}:
        return DType.BOOL
    return DType.F32 if float in kinds and kinds <= {int, float} else None


def created(arguments: Arguments, default: DType | None) -> DType | None:
    """The element type of a new tensor: the one asked for, which may not be known, or the default."""
    asked = arguments.get(None, "dtype")
    return default if asked in (None, NONE) else argument(arguments)
