"""Methods and attributes of tensors, and of unknown values that are used like tensors."""

from __future__ import annotations

from math import prod

from lossguard.analysis import element_types, forms, moves
from lossguard.analysis.domain import NONE, Atom, External, Items, Literally, Unknown, Value, constant, of
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.operators import Operator, Shape
from lossguard.analysis.semantics import Operators
from lossguard.facts import Source, TensorFacts


class TensorMethods(Operators):
    """What a program asks of a tensor itself."""

    def tensor_method(
        self, machine: Machine, receiver: Atom, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        """Call a method of a tensor, or of an unknown value that may be one."""
        if name in _TELLING or name in ("size", "numel", "item", "backward", "numpy", "tolist", "__init__"):
            return self._fact_method(machine, receiver, name, arguments, site)
        if name in _NEW:
            row = Operator(shape=Shape.CREATE)
            sized = Arguments(arguments.positional[: None if name != "new_full" else 1], arguments.keywords)
            shape = None if name == "new_tensor" else moves.created(machine, row, sized)
            return of(TensorFacts(shape=shape, source=Source.DATA))
        if isinstance(receiver, Unknown) and not _looks_like_tensor(name, arguments):
            return None
        return self.apply(machine, name, arguments.with_first(of(receiver)), site)

    def _fact_method(
        self, machine: Machine, receiver: Atom, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        if not isinstance(receiver, TensorFacts):
            return None
        shape = receiver.shape
        if name in _TELLING:
            return self._form(machine, receiver, name, site)
        if name == "numel" and shape is not None and (0 in shape or None not in shape):
            return constant(prod(size or 0 for size in shape))
        if name == "size" and shape is not None:
            axis = arguments.get(0, "dim")
            number = axis.single.value if axis is not None and isinstance(axis.single, Literally) else None
            sizes = [
                forms.size(machine, receiver, n, site) if s is None else constant(s)
                for n, s in enumerate(shape)
            ]
            if axis is None:
                return of(Items(tuple(sizes)))
            return sizes[number] if isinstance(number, int) and -len(sizes) <= number < len(sizes) else None
        if name == "size" and arguments.get(0, "dim") not in _SAMPLES:
            return forms.form(machine, receiver, name, site)
        return NONE if name == "backward" else None

    def _form(self, machine: Machine, tensor: TensorFacts, name: str, site: Site) -> Value:
        """The rank or the element type of a tensor."""
        if name in _RANKS and tensor.rank is not None:
            return constant(tensor.rank)
        if name == "is_floating_point" and tensor.dtype is not None:
            return constant(tensor.dtype.is_floating)
        if name == "dtype" and (known := element_types.name_of(tensor.dtype)) is not None:
            return of(External(known))
        return forms.form(machine, tensor, name, site)

    def tensor_attribute(
        self, machine: Machine, receiver: TensorFacts, name: str, site: Site
    ) -> Value | None:
        """An attribute of a tensor."""
        if name == "shape":
            return self._fact_method(machine, receiver, "size", Arguments(), site)
        if name in ("ndim", "dtype"):
            return self._form(machine, receiver, name, site)
        if name == "data" and receiver.packed:
            return of(receiver.replace(packed=False))
        if name == "data":
            source = Source.UNKNOWN if receiver.source is Source.MODEL else receiver.source
            return of(receiver.replace(source=source))
        if name in _TRANSPOSED:
            return of(moves.moved(machine, Operator(shape=_TRANSPOSED[name]), receiver, Arguments()))
        if name in ("device", "is_cuda", "grad", "requires_grad"):
            return machine.unknown("attribute", site, f"`{name}` of a tensor", name)
        return None


_RANKS = frozenset({"dim", "ndimension", "ndim"})
_TELLING = frozenset({"dim", "ndimension", "is_floating_point"})
_SAMPLES = (constant(0),)
_NEW = frozenset({"new_zeros", "new_ones", "new_empty", "new_full", "new_tensor"})
_TRANSPOSED = {"T": Shape.REVERSE, "H": Shape.REVERSE, "mT": Shape.LAST_TWO, "mH": Shape.LAST_TWO}
_SAFE_ON_UNKNOWN = frozenset(
    {"to", "type", "type_as", "cuda", "cpu", "clone", "contiguous", "detach", "view", "reshape", "flatten"}
)
_NEEDS_DIM = frozenset({"softmax", "log_softmax"})
_TENSOR_ONLY = frozenset(
    [
        "sigmoid",
        "tanh",
        "log_softmax",
        "softmax",
        "argmax",
        "sigmoid_",
        "tanh_",
        "relu",
        "relu_",
        "unsqueeze",
        "squeeze",
        "permute",
        "transpose",
        "float",
        "long",
        "double",
        "half",
        "bool",
        "int",
        "byte",
        "log",
        "exp",
        "view_as",
        "expand",
        "topk",
        "squeeze_",
        "unsqueeze_",
        "detach",
        "mean",
        "sum",
        "clamp",
        "clamp_",
        "abs",
        "sqrt",
        "gather",
        "index_select",
        "masked_select",
        "round",
        "max",
        "min",
        "size",
        "chunk",
        "split",
        "unbind",
        "requires_grad_",
        "t",
    ]
)


def _looks_like_tensor(name: str, arguments: Arguments) -> bool:
    """Whether a method called on something unknown is a tensor's: by its name and its arguments."""
    if name.rstrip("_") in _NEEDS_DIM:
        return bool(arguments.positional or arguments.keywords)
    return name in _TENSOR_ONLY or name in _SAFE_ON_UNKNOWN
