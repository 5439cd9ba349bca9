"""Follows the graph that torch records: where no gradient flows, and which losses are differentiated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum

from lossguard.analysis import contexts
from lossguard.analysis.domain import (
    NONE,
    Atom,
    Entries,
    External,
    Guard,
    Items,
    Literally,
    Reference,
    Unknown,
    Value,
    of,
)
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.losses import LossEvent
from lossguard.analysis.modules import Torch
from lossguard.analysis.operators import ARITHMETIC, Shape
from lossguard.analysis.vocabulary import Vocabulary
from lossguard.facts import Cut, Source, TensorFacts

_FLAT = frozenset({"round", "floor", "ceil", "trunc", "fix", "sign", "sgn", "bernoulli"})
"""Operators whose gradient is zero everywhere."""

_WEIGHTED = frozenset(
    {
        "linear",
        "bilinear",
        "batch_norm",
        "layer_norm",
        "group_norm",
        "instance_norm",
        "rms_norm",
        "max",
        "min",
    }
)
_SEVERAL = frozenset({Shape.JOIN, Shape.STACK, Shape.EINSUM, Shape.WIDEN, Shape.MULTIPLY})
_DETACHING = frozenset({"detach", "data"})
_COPYING = ("torch.tensor", "torch.Tensor", "torch.FloatTensor", "torch.cuda.FloatTensor")
_SHARING = frozenset({"torch.as_tensor", "torch.from_numpy"})
_OUT_OF_TORCH = frozenset({"item", "numpy", "tolist"})
_BACKWARD = frozenset({"backward", "manual_backward"})
_DIFFERENTIATING = frozenset({"torch.autograd.backward", "torch.autograd.grad"})
_SCALING = frozenset({"apex.amp.scale_loss"})


class Link(Enum):
    """How a gradient comes from a value to trainable parameters."""

    ATTACHED = "attached"
    CUT = "cut"
    NONE = "none: no parameter had a part in it"
    OPEN = "not known"


def link(atom: Atom) -> Link:
    """How a gradient comes from an atom to trainable parameters."""
    match atom:
        case TensorFacts(cut=Cut()):
            return Link.CUT
        case TensorFacts(dtype=dtype) if dtype is not None and not dtype.is_floating:
            return Link.NONE
        case TensorFacts(source=Source.MODEL):
            return Link.ATTACHED
        case TensorFacts(source=Source.DATA):
            return Link.NONE
        case Literally() | External():
            return Link.NONE
    return Link.OPEN


class Gradients(Torch):
    """Torch, and what becomes of gradients.

    differentiated: told of the losses whose gradient is asked for: their numbers, the conditions under which
        it is, the place, and what stands there.
    """

    def __init__(
        self,
        observe: Callable[[LossEvent], None],
        differentiated: Callable[[frozenset[int], Guard, Site, str], None],
        vocabulary: Vocabulary,
    ) -> None:
        super().__init__(observe, vocabulary)
        self._differentiated = differentiated

    def governs(self, machine: Machine, manager: Atom) -> frozenset[str] | None:
        """The modes that a context manager sets; None where it may set any."""
        return contexts.governs(machine, manager)

    # Calls

    def call(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
        """Call a function of a library; context managers, and what asks for gradients, among them."""
        manager = contexts.manager(machine, name, arguments, site)
        if manager is not None:
            return manager
        first = arguments.get(0, "tensors", "outputs", "loss")
        if name in _DIFFERENTIATING and first is not None:
            self._train_on(machine, first, site, site.excerpt)
        if name in _SCALING:
            return first
        result = super().call(machine, name, arguments, site)
        if result is None:
            return None
        if first is not None and (name.startswith(_COPYING) or name in _SHARING):
            result = self._copied(machine, name, first, result, site)
        asked = arguments.get(None, "requires_grad")
        return result if asked is None or asked.single == Literally(False) else _mapped(result, _leaf)

    def call_object(
        self, machine: Machine, receiver: Reference, base: str, arguments: Arguments, site: Site
    ) -> Value | None:
        """Call a layer, a container or a loss."""
        result = super().call_object(machine, receiver, base, arguments, site)
        return None if result is None else self._recorded(machine, result)

    def call_method(
        self, machine: Machine, receiver: Atom, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        """Call a method of a tensor, an unknown value or an object with an external base."""
        first = arguments.get(0, "loss", "outputs")
        if name in _BACKWARD:
            losses = first if not isinstance(receiver, TensorFacts) else of(receiver)
            if losses is not None:
                self._train_on(machine, losses, site, site.excerpt)
        if name == "scale" and isinstance(receiver, Unknown) and first is not None and _loss_numbers([first]):
            return first
        if name == "enter_context" and first is not None:
            machine.enter(first)
        result = super().call_method(machine, receiver, name, arguments, site)
        if result is None and isinstance(receiver, TensorFacts):
            return self._unknown_method(receiver, name, site)
        return result

    def _unknown_method(self, receiver: TensorFacts, name: str, site: Site) -> Value | None:
        """Methods that leave torch, and methods in place that may write anything into a tensor."""
        where = link(receiver)
        if name in _OUT_OF_TORCH and where in (Link.ATTACHED, Link.CUT) and not receiver.losses:
            shape = () if name == "item" else receiver.shape if name == "numpy" else None
            cut = receiver.cut or Cut(name, site.span, deliberate=True)
            return of(TensorFacts(dtype=receiver.dtype, shape=shape, cut=cut))
        if where is Link.CUT and name.endswith("_") and not name.endswith("__"):
            return of(TensorFacts(dtype=receiver.dtype, shape=receiver.shape))
        return None

    def train_on_result(self, machine: Machine, result: Value, site: Site, function: str) -> None:
        """Note that a framework trains on the loss that a function returns, alone or under its name."""
        for guard, atom in result.alternatives:
            held = containers.content(machine, atom)
            loss = held.values.get("loss", NONE) if isinstance(held, Entries) else of(atom)
            self._train_on(machine, loss.guarded(guard), site, function)

    def _train_on(self, machine: Machine, losses: Value, site: Site, text: str) -> None:
        """Note that a gradient is asked for of every loss that a value was computed of."""
        for guard, atom in losses.under(machine.path).alternatives:
            numbers = _loss_numbers(_parts(machine, of(atom)))
            if numbers:
                machine.note_effect()
                self._differentiated(numbers, machine.path | guard, site, text)

    def _copied(self, machine: Machine, name: str, given: Value, result: Value, site: Site) -> Value:
        """``torch.tensor`` copies values and leaves the graph behind, ``torch.as_tensor`` does not."""
        atoms = _atoms(_parts(machine, given.under(machine.path)))
        tensor = result.single
        if not isinstance(tensor, TensorFacts) or not any(isinstance(atom, TensorFacts) for atom in atoms):
            return result
        cut = next((atom.cut for atom in atoms if isinstance(atom, TensorFacts) and atom.cut), None)
        links = {link(atom) for atom in atoms}
        if cut is None and name not in _SHARING and links == {Link.ATTACHED}:
            cut = Cut(name, site.span, deliberate=True)
        shares = name in _SHARING and (Link.ATTACHED in links or Link.OPEN in links)
        if cut is None and not shares:
            return result
        return of(tensor.replace(source=Source.UNKNOWN, cut=None if shares else cut))

    # Operators

    def apply(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
        """Apply an operator of the table to its first argument."""
        result = super().apply(machine, name, arguments, site)
        if result is None:
            return None
        found = self.operator(name)
        bare = found[0] if found is not None else name
        given = arguments.values
        if bare == "requires_grad":
            kept = Literally(False) in (value.single for value in given)
            return result if kept else _mapped(result, _leaf)
        if found is not None and not (
            found[1].forgets or found[1].shape in _SEVERAL or bare in _WEIGHTED or bare in ARITHMETIC
        ):
            given = given[:1]
        operands = [_parts(machine, value.under(machine.path)) for value in given]
        if not _matters(operands):
            return result
        result = _mapped(result, lambda tensor: _linked(tensor, bare, operands, site))
        return result if name.endswith("_") else self._recorded(machine, result)

    def _recorded(self, machine: Machine, result: Value) -> Value:
        """What an operation gives where torch may record no gradient."""
        unrecorded = contexts.unrecorded(machine)
        if unrecorded is None:
            return result

        def severed(tensor: TensorFacts) -> TensorFacts:
            return tensor.replace(cut=unrecorded) if link(tensor) is Link.ATTACHED else tensor

        return _mapped(result, severed)

    def binary(self, operator: str, left: Atom, right: Atom, site: Site) -> Atom | None:
        """An arithmetic operator on at least one tensor."""
        atom = super().binary(operator, left, right, site)
        operands = [[of(left)], [of(right)]]
        if not isinstance(atom, TensorFacts) or not _matters(operands):
            return atom
        if operator == "/" and isinstance(right, Unknown):
            operands.pop()
        return _linked(atom, operator, operands, None)

    def compare(self, operator: str, left: Atom, right: Atom, site: Site) -> Atom | None:
        """A comparison of at least one tensor."""
        atom = super().compare(operator, left, right, site)
        return (
            _linked(atom, operator, [[of(left)], [of(right)]], site)
            if isinstance(atom, TensorFacts)
            else atom
        )

    def assigned(self, receiver: TensorFacts, value: Value) -> Atom:
        """A tensor after ``receiver[…] = value``."""
        atom = super().assigned(receiver, value)
        if not isinstance(atom, TensorFacts):
            return atom
        return _linked(atom, "", [[of(receiver)], [value]], None)

    def attribute(self, machine: Machine, receiver: Atom, name: str, site: Site) -> Value | None:
        """An attribute of a tensor, or one that an object has from its external base."""
        result = super().attribute(machine, receiver, name, site)
        tensor = result.single if result is not None else None
        packed = isinstance(receiver, TensorFacts) and receiver.packed
        if name != "data" or packed or not isinstance(tensor, TensorFacts):
            return result
        return of(_linked(tensor, name, [[of(receiver)]], site))

    def with_attribute(self, receiver: TensorFacts, name: str, value: Value) -> TensorFacts:
        """A tensor after ``receiver.name = value``."""
        if name == "requires_grad" and value.single != Literally(False):
            return _leaf(receiver)
        if name != "data":
            return receiver
        put = value.single
        put = put if isinstance(put, TensorFacts) else TensorFacts(dtype=receiver.dtype)
        return put.replace(cut=None, source=Source.UNKNOWN)


def _leaf(tensor: TensorFacts) -> TensorFacts:
    """A tensor that is to get a gradient itself; one that is cut by mistake trains no model all the same."""
    by_mistake = tensor.cut is not None and not tensor.cut.deliberate
    if by_mistake or link(tensor) is Link.ATTACHED:
        return tensor
    return tensor.replace(cut=None, source=Source.UNKNOWN)


def _parts(machine: Machine, value: Value) -> Sequence[Value]:
    """A value, or the values in the tuple or list that it is."""
    atom = value.single
    held = containers.content(machine, atom) if atom is not None else None
    return held.values if isinstance(held, Items) else [value]


def _atoms(values: Iterable[Value]) -> list[Atom]:
    return [atom for value in values for atom in value.atoms]


def _tensors(operands: Iterable[Sequence[Value]]) -> Iterator[TensorFacts]:
    return (atom for values in operands for atom in _atoms(values) if isinstance(atom, TensorFacts))


def _loss_numbers(values: Sequence[Value]) -> frozenset[int]:
    return frozenset[int]().union(*(tensor.losses for tensor in _tensors([values])))


def _matters(operands: Sequence[Sequence[Value]]) -> bool:
    """Whether any operand is known to be computed by a model, or is a loss."""
    return any(tensor.losses or link(tensor) in (Link.ATTACHED, Link.CUT) for tensor in _tensors(operands))


def _mapped(value: Value, function: Callable[[TensorFacts], TensorFacts]) -> Value:
    """Apply a function to a tensor, or to those in a tuple."""

    def apply(atom: Atom) -> Atom:
        if isinstance(atom, TensorFacts):
            return function(atom)
        if isinstance(atom, Items):
            return Items(tuple(_mapped(item, function) for item in atom.values), atom.exact)
        return atom

    return value.map(apply)


def _linked(
    result: TensorFacts, name: str, operands: Sequence[Sequence[Value]], site: Site | None
) -> TensorFacts:
    """The result of an operation, as its operands are linked to trainable parameters.

    A gradient flows through the result if it flows through any operand; it is known not to only where none
    of the operands may be attached. Without a site the operation has a gradient.
    """
    links = [{link(atom) for atom in _atoms(values)} for values in operands]
    cut = next((tensor.cut for tensor in _tensors(operands) if tensor.cut is not None), None)
    asked = name in _DETACHING
    if site is not None and (asked or name in _FLAT or _is_integral(result)):
        known = any(each and each <= {Link.ATTACHED, Link.CUT} for each in links)
        own = cut or Cut(name, site.span, deliberate=asked)
        return _with_graph(result, own if known else None, frozenset())
    together = frozenset[Link]().union(*links)
    attached = Link.ATTACHED in together or Link.OPEN in together
    return _with_graph(result, None if attached else cut, _terms(operands))


def _with_graph(tensor: TensorFacts, cut: Cut | None, losses: frozenset[int]) -> TensorFacts:
    if tensor.cut is cut and tensor.losses == losses:
        return tensor
    return tensor.replace(cut=cut, losses=losses)


def _is_integral(tensor: TensorFacts) -> bool:
    return tensor.dtype is not None and not tensor.dtype.is_floating


def _terms(operands: Sequence[Sequence[Value]]) -> frozenset[int]:
    """The losses that operands were computed of, and 0 where another term may have a gradient."""
    numbers = frozenset[int]().union(*(_loss_numbers(values) for values in operands))
    terms = [atom for values in operands for atom in _atoms(values)]
    rest = [atom for atom in terms if not (isinstance(atom, TensorFacts) and atom.losses)]
    others = any(link(atom) in (Link.ATTACHED, Link.OPEN) for atom in rest)
    return numbers | {0} if numbers and others else numbers
