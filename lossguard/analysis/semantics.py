"""What torch does to abstract values: applies the table of operators, and recognises losses."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from lossguard.analysis import arrays, combining, element_types, encodings, losses, moves, sizes
from lossguard.analysis.domain import (
    Atom,
    Items,
    Literally,
    Symbol,
    Unknown,
    Value,
    choose,
    combine,
    of,
)
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.layer_table import WRAPPERS
from lossguard.analysis.operators import (
    ALIASES,
    ARITHMETIC,
    DTYPES,
    FORGETTING,
    FUNCTION_MODULES,
    NEGATED,
    OPERATORS,
    Operator,
    Result,
    Shape,
)
from lossguard.analysis.shapes import normal
from lossguard.analysis.sizes import flag, number, real
from lossguard.analysis.tensors import arithmetic, indexing
from lossguard.analysis.vocabulary import Vocabulary
from lossguard.contracts import Contract, DType, Parameter, Space
from lossguard.diagnostics import Span, TraceStep
from lossguard.facts import Source, TensorFacts


class Operators:
    """Applies rows of the operator table.

    relied: hears of an operation whose values another one takes for what they are.
    """

    def __init__(self, observe: Callable[[losses.LossEvent], None], vocabulary: Vocabulary) -> None:
        self.observe = observe
        self.vocabulary = vocabulary
        self.relied: Callable[[Span], None] = lambda _span: None

    def operator(self, name: str) -> tuple[str, Operator] | None:
        """The bare name and the row of an operator called by its bare name."""
        bare = name[:-1] if name.endswith("_") and not name.endswith("__") else name
        bare = ALIASES.get(bare, bare)
        row = OPERATORS.get(bare) or FORGETTING.get(bare)
        return None if row is None else (bare, row)

    def call(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
        """Call a function of a library by its dotted name."""
        contract = self.vocabulary.function(name)
        if contract is not None:
            return self.loss(machine, contract, contract.functional, arguments, None, site)
        if name in WRAPPERS:
            return arguments.get(WRAPPERS[name], "module", "model")
        if name == "torch.Tensor" or (name in DTYPES and name.endswith("Tensor")):
            return self._typed(machine, arguments, DTYPES.get(name, DType.F32))
        if name in ("torch.tensor", "torch.as_tensor", "torch.from_numpy"):
            return self._tensor(machine, arguments)
        activation = self.vocabulary.activation(name)
        if activation is not None:
            return self._activated(machine, activation, name, arguments, site)
        prefix = next((p for p in FUNCTION_MODULES if name.startswith(p)), None)
        bare = name.removeprefix(prefix) if prefix else ""
        if not bare or "." in bare:
            return None
        return self.apply(machine, bare, arguments, site)

    def _activated(
        self, machine: Machine, operator: str, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        """Apply an operator under the name of the taught function that does the same."""
        bare = name.rpartition(".")[2]

        def named(atom: Atom) -> Atom:
            if not isinstance(atom, TensorFacts) or atom.operation != operator:
                return atom
            step = TraceStep(site.span, f"`{bare}` makes {atom.space.described}")
            return atom.replace(operation=bare, steps=(step,))

        result = self.apply(machine, operator, arguments, site)
        return None if result is None else result.map(named)

    def apply(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
        """Apply an operator of the table to its first argument."""
        found = self.operator(name)
        if found is None:
            return None
        bare, row = found
        if row.creates and row.shape is not Shape.LIKE:
            return of(self._created(machine, bare, row, arguments))
        subject = arguments.get(0, "input", "tensor", "tensors", "x")
        if subject is None:
            return None
        rest = arguments.without_first() if arguments.positional else arguments
        if bare == "clamp":
            return subject.under(machine.path).map(lambda atom: self._clamped(atom, rest, site))
        if bare in ARITHMETIC and (other := rest.get(0, "other")) is not None and not rest.keywords:
            return combine(lambda one, two: of(_calculated(bare, one, two)), [subject, other])
        if row.shape in (Shape.JOIN, Shape.STACK):
            return of(moves.joined(machine, subject, row, rest, site))
        if row.shape is Shape.EINSUM:
            return of(moves.contracted(subject, rest))
        if bare in _CASTS:
            return subject.under(machine.path).map(lambda atom: _cast(bare, atom, rest))
        if row.shape is Shape.VIEW and (dtype := element_types.argument(rest)) is not None:
            return of(TensorFacts(dtype=dtype))
        if row.space is None and not row.moves and row.dtype is None:
            return self._kept(machine, subject, row, rest, site)
        cases = [
            (guard, self._applied(machine, bare, row, atom, rest, site))
            for guard, atom in subject.under(machine.path).alternatives
        ]
        return encodings.labelled(bare, choose(cases), arguments)

    def _kept(self, machine: Machine, subject: Value, row: Operator, rest: Arguments, site: Site) -> Value:
        """Operators that keep the values; an unknown value keeps its identity where its shape is kept."""
        cases = []
        for guard, atom in subject.under(machine.path).alternatives:
            if isinstance(atom, Unknown) and row.shape is Shape.KEEP and row.result is Result.TENSOR:
                cases.append((guard, of(atom)))
            elif isinstance(atom, Unknown) and row.result is Result.LIST:
                element = Unknown(atom.symbol.child("part", site.frame.number, site.at), atom.reason)
                cases.append((guard, of(Items((of(element),), exact=False))))
            elif isinstance(atom, Unknown) and row.result is Result.TENSOR and not row.data:
                source = Source.DATA if is_data(atom.symbol) else Source.UNKNOWN
                cases.append((guard, self._result(machine, row, TensorFacts(source=source), rest)))
            else:
                cases.append((guard, self._applied(machine, "", row, atom, rest, site)))
        return choose(cases)

    def _applied(
        self, machine: Machine, name: str, row: Operator, atom: Atom, rest: Arguments, site: Site
    ) -> Value:
        if not isinstance(atom, TensorFacts | Unknown) and row.space is None:
            return of(Unknown(Symbol("operator", (site.frame.number, site.at)), "an operator on no tensor"))
        before = tensor_of(atom)
        space = _space(row, before)
        if _on_own_dim(name, before, rest):
            space = Space.UNKNOWN
        after = before.replace(
            space=space,
            dtype=element_types.of_result(name, row, before, rest),
            source=Source.UNKNOWN if row.data and before.source is Source.MODEL else before.source,
        )
        if before.steps and ((row.shape is Shape.KEEP and before.space in row.moves) or name in _DRAWING):
            self.relied(before.steps[0].span)
        makes = (row.space is not None or row.marks) and space is not Space.UNKNOWN
        if space is not before.space or makes:
            dim = _dim(row, before, rest)
            message = f"`{name}` makes {space.described}"
            steps = (TraceStep(site.span, message),) if space is not Space.UNKNOWN else ()
            after = after.replace(operation=name if steps else None, steps=steps, dim=dim, mixed=False)
        elif row.moves:
            after = after.replace(mixed=True)
        return self._result(machine, row, after, rest)

    def _result(self, machine: Machine, row: Operator, after: TensorFacts, rest: Arguments) -> Value:
        other = rest.get(0, "other")
        if row.result is Result.PAIR and other is not None and isinstance(other.single, TensorFacts):
            return of(combining.extreme(after, other.single))
        shaped = moves.moved(machine, row, after, rest)
        if row.shape is Shape.OUTPUTS:
            weight = rest.get(0, "weight")
            source = combining.common_source([after, None if weight is None else weight.single])
            shaped = shaped.replace(features=normal(-1, shaped.shape), source=source)
        if row.shape is Shape.APPEND:
            shaped = shaped.replace(dim=normal(-1, shaped.shape))
        if row.result is Result.PAIR and (row.default is not None or rest.get(row.dim, "dim") is not None):
            indices = TensorFacts(Space.CLASS_INDICES, dtype=DType.I64, shape=shaped.shape)
            return of(Items((of(shaped), of(indices))))
        if row.result is Result.LIST:
            return of(Items((of(shaped),), exact=False))
        if row.spatial and flag(rest.get(None, "return_indices"), False) is not False:
            return of(Items((of(shaped), of(TensorFacts(dtype=DType.I64, shape=shaped.shape)))))
        return of(shaped)

    def _created(self, machine: Machine, bare: str, row: Operator, arguments: Arguments) -> TensorFacts:
        dtype = element_types.created(arguments, row.dtype or element_types.of_numbers(bare, arguments))
        shape = moves.created(machine, row, arguments)
        space, classes = encodings.created(bare, arguments) or (row.space or Space.UNKNOWN, None)
        if bare == "arange" and any(_is_fraction(value.single) for value in arguments.values):
            space = Space.UNKNOWN
        return TensorFacts(space, classes=classes, dtype=dtype, shape=shape, source=Source.DATA)

    def _clamped(self, atom: Atom, rest: Arguments, site: Site) -> Atom:
        given = [rest.get(0, "min"), rest.get(1, "max")]
        before = tensor_of(atom)
        before = before.replace(dtype=element_types.clamped(before, *given))
        low, high = (real(bound) for bound in given)
        if _hardly_changes(before.space, low, high):
            return before.replace(mixed=True)
        if low is not None and high is not None and 0 <= low <= high <= 1:
            step = TraceStep(site.span, "`clamp` makes values between 0 and 1")
            return before.replace(space=Space.UNIT_INTERVAL, operation="clamp", steps=(step,), mixed=False)
        known = sum(bound is not None for bound in given) == sum(bound is not None for bound in (low, high))
        if before.space is not Space.LOGITS or not known:
            return before.replace(space=Space.UNKNOWN, mixed=True)
        space = _between(low, high)
        steps = (TraceStep(site.span, f"`clamp` makes {space.described}"),)
        return before.replace(space=space, operation="clamp", steps=steps, mixed=False)

    def _typed(self, machine: Machine, arguments: Arguments, dtype: DType) -> Value:
        """``torch.FloatTensor(…)``: of given sizes, or of given values."""
        first = arguments.get(0, "data")
        if len(arguments.positional) > 1:
            given = tuple(sizes.number(value.single) for value in arguments.positional)
            return of(TensorFacts(dtype=dtype, shape=None if arguments.open else given, source=Source.DATA))
        atom = first.under(machine.path).single if first is not None else None
        shape, _ = (None, None) if atom is None else _literal_shape(machine, atom)
        if isinstance(atom, Literally) and isinstance(atom.value, int):
            shape = (atom.value,)
        return of(TensorFacts(dtype=dtype, shape=shape, source=Source.DATA))

    def _tensor(self, machine: Machine, arguments: Arguments) -> Value | None:
        value = arguments.get(0, "data")
        if value is None:
            return None
        atom = value.under(machine.path).single
        shape, found = (None, None) if atom is None else _literal_shape(machine, atom)
        return of(TensorFacts(dtype=element_types.created(arguments, found), shape=shape, source=Source.DATA))

    def loss(
        self,
        machine: Machine,
        contract: Contract,
        parameters: tuple[Parameter, ...],
        arguments: Arguments,
        made: losses.Made | None,
        site: Site,
    ) -> Value:
        """Note a loss call and give its value."""
        event = losses.called(machine, contract, parameters, arguments, made, site)
        machine.note_effect()
        self.observe(event)
        return of(TensorFacts(dtype=DType.FLOAT, losses=frozenset({event.number})))

    # What the interpreter asks about tensors

    def binary(self, operator: str, left: Atom, right: Atom, site: Site) -> Atom | None:
        """An arithmetic operator on at least one tensor."""
        result = arithmetic(operator, left, right)
        if result.space is Space.LOGITS and not result.steps and result.operation is None:
            step = TraceStep(site.span, f"`{operator}` with a parameter gives raw scores")
            return result.replace(operation=operator, steps=(step,))
        return result

    def unary(self, operator: str, operand: Atom) -> Atom | None:
        """A unary operator on a tensor."""
        if not isinstance(operand, TensorFacts):
            return None
        if operator == "-" and operand.space in NEGATED:
            return operand.replace(space=NEGATED[operand.space], mixed=True)
        return operand.replace(space=Space.UNKNOWN, operation=None, steps=(), dim=None)

    def compare(self, operator: str, left: Atom, right: Atom, _site: Site) -> Atom | None:
        """A comparison of at least one tensor."""
        if operator in ("in", "not in", "is", "is not"):
            return None
        tensor = left if isinstance(left, TensorFacts) else right
        shape = tensor.shape if isinstance(tensor, TensorFacts) else None
        return TensorFacts(Space.BINARY, dtype=DType.BOOL, shape=shape)

    def is_same(self, one: str, other: str) -> bool:
        """Whether two dotted names mean the same thing."""
        return element_types.is_same(one, other)

    def subscript(self, receiver: TensorFacts, index: Value) -> Atom:
        """Index a tensor."""
        return indexing(receiver, index)

    def assigned(self, receiver: TensorFacts, value: Value) -> Atom:
        """A tensor after ``receiver[index] = value``: known where all that it holds is of one space."""
        put = value.single
        space = encodings.joined((receiver.space, encodings.of_value(value)))
        if space is not Space.UNKNOWN:
            return receiver.replace(space=space, classes=None, mixed=True)
        if isinstance(put, TensorFacts) and receiver.source is Source.DATA and receiver.space is Space.BINARY:
            return put.replace(
                dtype=receiver.dtype, shape=receiver.shape, dim=None, features=None, mixed=True
            )
        return TensorFacts(dtype=receiver.dtype, shape=receiver.shape)


_DRAWING = frozenset({"multinomial", "bernoulli"})
_CASTS = frozenset({"to", "type", "type_as"})
_DEVICE_WORDS = ("device", "cuda", "gpu", "rank", "cpu", "mps", "xpu")


_SLACK: Mapping[Space, tuple[float, float]] = MappingProxyType(
    {
        Space.UNIT_INTERVAL: (1.0, 0.0),
        Space.PROBABILITIES: (0.01, 0.99),
        Space.LOG_PROBABILITIES: (math.log(0.01), 0.0),
    }
)
"""The highest lower bound, and the lowest upper one, that leave values what they are, almost."""


def _between(low: float | None, high: float | None) -> Space:
    """The space of raw scores that are held between bounds, other than 0 and 1."""
    if low is not None and low >= 0:
        return Space.NON_NEGATIVE
    signed = low is not None and high is not None and -1 <= low <= high <= 1
    return Space.SIGNED_UNIT_INTERVAL if signed else Space.LOGITS


def _hardly_changes(space: Space, low: float | None, high: float | None) -> bool:
    """Whether values keep their space between bounds; one that is not known is taken for a small epsilon."""
    if space not in _SLACK:
        return False
    highest, lowest = _SLACK[space]
    return (low is None or low <= highest) and (high is None or high >= lowest)


def _cast(name: str, atom: Atom, rest: Arguments) -> Atom:
    """``to``, ``type`` and ``type_as``: a move to a device keeps the type, anything unknown may change it."""
    given = rest.get(0, "other", "dtype", "device", "tensor")
    target = given.single if given is not None else None
    dtype = element_types.argument(rest)
    if name == "type" and given is None:
        return Unknown(Symbol("type of a tensor", (repr(atom),)), "the type of a tensor")
    moves = name == "to" and dtype is None and (given is None or (target is not None and _is_device(target)))
    if moves or (isinstance(atom, Unknown) and dtype is None):
        return atom
    if isinstance(target, TensorFacts):
        dtype = target.dtype
    return tensor_of(atom).replace(dtype=dtype)


def _is_device(target: Atom) -> bool:
    """Whether the argument of ``to`` is a device: by its value, or by the name that the program gives it."""
    if isinstance(target, Literally):
        return not str(target.value).startswith("torch.")
    name = _last_name(target.symbol).lower() if isinstance(target, Unknown) else ""
    return "dtype" not in name and any(word in name for word in _DEVICE_WORDS)


def _last_name(symbol: Symbol) -> str:
    names = [part for part in symbol.parts if isinstance(part, str)]
    if names:
        return names[-1]
    inner = [part for part in symbol.parts if isinstance(part, Symbol)]
    return _last_name(inner[0]) if inner else ""


def is_data(symbol: Symbol) -> bool:
    """Whether a symbol is a part of what a loop over something unknown gives: a batch of a data set."""
    current: object = symbol
    parts = 0
    while isinstance(current, Symbol):
        if current.kind == "element":
            return parts > 0
        if current.kind == "[]":
            parts += 1
        elif current.kind != "part":
            return False
        current = current.parts[0] if current.parts else None
    return False


def tensor_of(atom: Atom) -> TensorFacts:
    """An atom taken for a tensor."""
    if isinstance(atom, TensorFacts):
        return atom
    if isinstance(atom, Unknown) and is_data(atom.symbol):
        return TensorFacts(source=Source.DATA, reason=atom.reason)
    if isinstance(atom, Unknown) and _is_comparison(atom.symbol):
        return TensorFacts(Space.BINARY, dtype=DType.BOOL)
    return TensorFacts(reason=atom.reason if isinstance(atom, Unknown) else "")


def _calculated(function: str, left: Atom, right: Atom) -> TensorFacts:
    """Arithmetic that is written as a call."""
    left, right = (
        each if isinstance(each, TensorFacts | Literally) else tensor_of(each) for each in (left, right)
    )
    if not isinstance(left, TensorFacts) and not isinstance(right, TensorFacts):
        return TensorFacts()
    return arithmetic(ARITHMETIC[function], left, right)


def _is_comparison(symbol: Symbol) -> bool:
    if symbol.kind in ("not", "~"):
        return isinstance(symbol.parts[0], Symbol) and _is_comparison(symbol.parts[0])
    return symbol.kind in ("compare", "==", "same")


def _space(row: Operator, before: TensorFacts) -> Space:
    if row.space is not None:
        return row.space
    if row.otherwise is not None:
        return row.moves.get(before.space, row.otherwise)
    return before.space


def _is_fraction(atom: Atom | None) -> bool:
    return isinstance(atom, Literally) and isinstance(atom.value, float) and not atom.value.is_integer()


def _dim(row: Operator, before: TensorFacts, rest: Arguments) -> int | None:
    """The dimension along which the result sums to one."""
    if row.dim is None:
        return before.dim
    value = rest.get(row.dim, "dim", "axis")
    if value is None or value.single == Literally(None):
        return moves.softmax_dim(before) if row.default is None else normal(row.default, before.shape)
    return normal(number(value.single), before.shape)


def _on_own_dim(name: str, before: TensorFacts, rest: Arguments) -> bool:
    """Whether probabilities are averaged over the very dimension along which they sum to one."""
    if name != "mean" or before.space is not Space.PROBABILITIES:
        return False
    dim = rest.get(0, "dim", "axis")
    averaged = normal(number(dim.single), before.shape) if dim is not None else None
    own = normal(before.dim, before.shape)
    return averaged is None or own is None or averaged == own or (averaged < 0) != (own < 0)


def _literal_shape(machine: Machine, atom: Atom) -> tuple[tuple[int | None, ...] | None, DType | None]:
    """The shape and element type of a tensor made of numbers written out."""
    held = containers.content(machine, atom)
    if isinstance(held, Literally):
        kinds = {bool: DType.BOOL, int: DType.I64, float: DType.F32}
        return ((), kinds.get(type(held.value))) if type(held.value) in kinds else (None, None)
    if isinstance(held, Items) and held.exact and held.values:
        inner = [_literal_shape(machine, v.single) if v.single else (None, None) for v in held.values]
        shapes_, dtypes = {shape for shape, _ in inner}, {dtype for _, dtype in inner}
        dtype = dtypes.pop() if len(dtypes) == 1 else DType.F32 if dtypes == {DType.I64, DType.F32} else None
        shape = shapes_.pop() if len(shapes_) == 1 else None
        return (None if shape is None else (len(inner), *shape)), dtype
    if isinstance(atom, TensorFacts):
        return atom.shape, atom.dtype
    return arrays.shape(machine, atom), None
