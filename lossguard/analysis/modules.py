"""What ``torch.nn`` modules do: layers, containers, losses, and what every module has in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod

from lossguard.analysis import losses
from lossguard.analysis.domain import (
    NONE,
    Atom,
    Entries,
    External,
    Items,
    Literal,
    Literally,
    Reference,
    Symbol,
    Unknown,
    Value,
    constant,
    of,
)
from lossguard.analysis.frameworks import is_module_base
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.interpreter.objects import Objects
from lossguard.analysis.operators import (
    AFFINE,
    DROPPING,
    FUNCTION_MODULES,
    MODULE_ARGUMENTS,
    MODULES,
    NORMALISING,
    OPERATORS,
    PLAIN_LAYERS,
    RECURRENT,
    RESHAPING,
    SAME_OBJECT,
)
from lossguard.analysis.semantics import Operators, tensor_of
from lossguard.contracts import BY_FUNCTION, BY_MODULE, DType, Space
from lossguard.diagnostics import TraceStep
from lossguard.facts import Source, TensorFacts

_NN = ("torch.nn.", "torch.nn.modules.")
_SEQUENCES = frozenset({"Sequential", "ModuleList", "ParameterList"})
_DICTS = frozenset({"ModuleDict", "ParameterDict"})
EVALUATION = Symbol("evaluation")
"""Holds where a module has been put into evaluation mode: training does not take such a path."""


def layer(name: str) -> str | None:
    """The bare name of a class of ``torch.nn``."""
    if not name.startswith("torch.nn.") or name.startswith("torch.nn.functional"):
        return None
    bare = name.rpartition(".")[2]
    return bare if bare[:1].isupper() else None


class Torch(Operators):
    """The library that the interpreter asks: torch, and frameworks on top of it."""

    def __init__(self, observe: Callable[[losses.LossEvent], None]) -> None:
        super().__init__(observe)
        self._constructed: dict[int, Arguments] = {}

    # Construction

    def call(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
        """Call a function of a library, or construct one of its objects."""
        known = super().call(machine, name, arguments, site)
        if known is not None:
            return known
        if name in ("torch.nn.Parameter", "torch.nn.parameter.Parameter"):
            return of(TensorFacts(source=Source.MODEL, operation="Parameter"))
        if layer(name) is None:
            return None
        reference = machine.allocate("object", site, External(name))
        self._construct(machine, reference, name, arguments, site)
        return of(reference)

    def _construct(
        self, machine: Machine, reference: Reference, name: str, arguments: Arguments, site: Site
    ) -> None:
        self._constructed[reference.number] = arguments
        bare = layer(name)
        contract = BY_MODULE.get(name)
        if contract is not None and arguments.positional:
            callee = site.text.partition("(")[0]
            self.observe(losses.built(machine, contract, arguments, site, callee))
        if bare in _SEQUENCES:
            children = self._children(machine, bare, arguments, site)
            machine.heap.set((reference.number, "children"), of(children))
        elif bare in _DICTS:
            held = containers.dict_from(machine, arguments, site)
            machine.heap.set((reference.number, "children"), held)

    def _children(self, machine: Machine, bare: str, arguments: Arguments, site: Site) -> Items:
        values = arguments.positional
        if bare == "Sequential" and len(values) != 1:
            return Items(values, not arguments.open)
        if not values:
            return Items((), not arguments.open)
        atom = values[0].under(machine.path).single
        held = containers.content(machine, atom) if atom is not None else None
        if isinstance(held, Entries):
            return Items(tuple(held.values.values()), held.exact)
        if bare == "Sequential":
            return Items(values, not arguments.open)
        return containers.iterate(machine, values[0], site)

    # Calls of objects

    def default_method(self, base: str) -> str | None:
        """Calling a module runs its ``forward``; a class of an unknown library may well be one."""
        return None if layer(base) in _SEQUENCES or layer(base) in _DICTS else "forward"

    def exports(self, name: str) -> bool:
        """Whether a star import of a torch module binds this dotted name."""
        if name in BY_MODULE or name in BY_FUNCTION:
            return True
        module, _, bare = name.rpartition(".")
        known = bare in MODULES or bare in AFFINE or bare in PLAIN_LAYERS or bare in RECURRENT
        if module == "torch.nn":
            return (
                known or bare in _SEQUENCES or bare in _DICTS or bare in ("Module", "Parameter", "functional")
            )
        return f"{module}." in FUNCTION_MODULES and bare in OPERATORS

    def call_object(
        self, machine: Machine, receiver: Reference, base: str, arguments: Arguments, site: Site
    ) -> Value | None:
        """Call a layer, a container or a loss of ``torch.nn``."""
        contract = BY_MODULE.get(base)
        constructed = self._constructed.get(receiver.number, Arguments())
        if contract is not None:
            callee = _callee(site)
            return self.loss(machine, contract, contract.call, arguments, constructed, site, callee)
        bare = layer(base)
        if bare is None or not arguments.positional:
            return None
        subject = arguments.positional[0]
        if bare == "Sequential":
            return self._run_sequence(machine, receiver, arguments, site)
        if bare in MODULES:
            return self._run_operator(machine, receiver, bare, constructed, subject, site)
        if bare in AFFINE:
            return self._run_affine(machine, receiver, bare, constructed, subject)
        if bare in PLAIN_LAYERS:
            return subject.under(machine.path).map(lambda atom: self._plain(machine, receiver, bare, atom))
        if bare in RECURRENT:
            output = TensorFacts(dtype=DType.FLOAT, source=Source.MODEL)
            state = machine.unknown("state", site, "the state of a recurrent layer")
            return of(Items((of(output), state)))
        return None

    def _run_sequence(
        self, machine: Machine, receiver: Reference, arguments: Arguments, site: Site
    ) -> Value | None:
        """Each child gets what the one before gives; a child stands where it was constructed."""
        children = self.iterate(machine, receiver)
        assert isinstance(machine, Objects)
        if children is None:
            return None
        value = arguments.positional[0]
        for child in children.values:
            atom = child.single
            place = machine.sites.get(atom.number, site) if isinstance(atom, Reference) else site
            value = machine.call(child, Arguments((value,)), place)
        return value

    def _run_operator(
        self,
        machine: Machine,
        receiver: Reference,
        bare: str,
        constructed: Arguments,
        subject: Value,
        site: Site,
    ) -> Value | None:
        if not constructed.positional and not constructed.keywords:
            constructed = Arguments(tuple(constant(n) for n in MODULE_ARGUMENTS.get(bare, ())))
        result = self.apply(machine, MODULES[bare], constructed.with_first(subject), site)
        if result is None:
            return None
        origin = machine.sites.get(receiver.number, site)
        layer_name = f"`nn.{bare}`"
        if origin.span != site.span:
            layer_name = f"`{_callee(site)}` (nn.{bare}, line {origin.span.line})"

        def named(atom: Atom) -> Atom:
            if not isinstance(atom, TensorFacts) or atom.operation != MODULES[bare]:
                return atom
            step = TraceStep(site.span, f"{layer_name} makes {atom.space.described}")
            return replace(atom, operation=f"nn.{bare}", steps=(step,))

        return result.map(named)

    def _plain(self, machine: Machine, receiver: Reference, bare: str, atom: Atom) -> Atom:
        """Layers that give raw scores whatever they get, or that forget what is known of their input."""
        before = tensor_of(atom)
        shape = None if bare in RESHAPING else before.shape
        if bare in DROPPING and before.space is Space.LOGITS:
            return before
        after = TensorFacts(dtype=DType.FLOAT, shape=shape, source=Source.MODEL)
        return self._scores(machine, receiver, bare, after) if bare in NORMALISING else after

    def _scores(self, machine: Machine, receiver: Reference, bare: str, tensor: TensorFacts) -> TensorFacts:
        """The tensor as raw scores that a layer gives."""
        origin = machine.sites.get(receiver.number)
        steps = (TraceStep(origin.span, f"`nn.{bare}` gives raw scores"),) if origin else ()
        return replace(tensor, space=Space.LOGITS, operation=f"nn.{bare}", steps=steps)

    def _run_affine(
        self, machine: Machine, receiver: Reference, bare: str, constructed: Arguments, subject: Value
    ) -> Value:
        position, name, spatial = AFFINE[bare]
        size = constructed.get(position, name)
        number = size.single.value if size is not None and isinstance(size.single, Literally) else None
        channels = number if isinstance(number, int) else None

        def run(atom: Atom) -> Atom:
            before = tensor_of(atom).shape
            shape: tuple[int | None, ...] | None = None
            if spatial:
                shape = (None, channels, *(None,) * spatial)
            elif before:
                shape = (*before[:-1], channels)
            tensor = TensorFacts(dtype=DType.FLOAT, shape=shape, source=Source.MODEL)
            return self._scores(machine, receiver, bare, tensor)

        return subject.under(machine.path).map(run)

    # Methods

    def call_method(
        self, machine: Machine, receiver: Atom, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        """Call a method of a tensor, an unknown value or an object with an external base."""
        if isinstance(receiver, Reference):
            return self._object_method(machine, receiver, name, arguments, site)
        if name in ("size", "dim", "numel", "item", "backward", "numpy", "tolist", "__init__"):
            return self._fact_method(machine, receiver, name, arguments, site)
        if name in ("new_zeros", "new_ones", "new_empty", "new_full", "new_tensor"):
            return of(TensorFacts(source=Source.DATA))
        if isinstance(receiver, Unknown) and not _looks_like_tensor(name, arguments):
            return None
        return self.apply(machine, name, arguments.with_first(of(receiver)), site)

    def _fact_method(
        self, machine: Machine, receiver: Atom, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        if not isinstance(receiver, TensorFacts):
            return None
        shape = receiver.shape
        if name == "dim" and shape is not None:
            return constant(len(shape))
        if name == "numel" and shape is not None and (0 in shape or None not in shape):
            return constant(prod(size or 0 for size in shape))
        if name == "size" and shape is not None:
            axis = arguments.get(0, "dim")
            number = axis.single.value if axis is not None and isinstance(axis.single, Literally) else None
            sizes = [
                machine.unknown("size", site, "", n) if s is None else constant(s)
                for n, s in enumerate(shape)
            ]
            if axis is None:
                return of(Items(tuple(sizes)))
            return sizes[number] if isinstance(number, int) and -len(sizes) <= number < len(sizes) else None
        return NONE if name == "backward" else None

    def _object_method(
        self, machine: Machine, receiver: Reference, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        assert isinstance(machine, Objects)
        bases = machine.external_bases(receiver)
        if name == "__init__":
            for base in bases:
                if layer(base) is not None:
                    self._construct(machine, receiver, base, arguments, site)
            return NONE
        if name == "forward":
            results = (self.call_object(machine, receiver, base, arguments, site) for base in bases)
            return next((known for known in results if known is not None), None)
        if name in ("train", "eval"):
            self._set_mode(machine, receiver, name, arguments)
        if name in SAME_OBJECT and any(is_module_base(base) for base in bases):
            return of(receiver)
        if name in _CONTAINER_METHODS:
            return self._container_method(machine, receiver, name, arguments, site)
        return self._registering_method(machine, receiver, name, arguments, site)

    def _registering_method(
        self, machine: Machine, receiver: Reference, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        if name in _LISTING_METHODS:
            held = machine.heap.get((receiver.number, "children"))
            if held is not None and isinstance(held.single, Reference):
                return containers.call_method(machine, held.single, name, arguments, site)
            return held
        if name in _REGISTERING_METHODS and len(arguments.positional) > 1:
            key = arguments.positional[0].single
            if isinstance(key, Literally):
                machine.heap.set((receiver.number, str(key.value)), arguments.positional[1])
            return NONE
        return None

    def _set_mode(self, machine: Machine, receiver: Reference, name: str, arguments: Arguments) -> None:
        mode = arguments.get(0, "mode")
        training = name == "train" and (mode is None or mode.single != Literally(False))
        value = (
            constant(True)
            if training
            else Value(((frozenset({Literal(EVALUATION, True)}), Literally(False)),))
        )
        machine.heap.set((receiver.number, "training"), value)

    def _container_method(
        self, machine: Machine, receiver: Reference, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        slot = (receiver.number, "children")
        held = machine.heap.get(slot)
        if held is None:
            return self._registering_method(machine, receiver, name, arguments, site)
        held = held.under(machine.path)
        if isinstance(held.single, Reference):
            if name == "__setitem__":
                containers.store_item(machine, held.single, *arguments.positional[:2])
                return NONE
            if name == "__getitem__":
                return containers.subscript(machine, held.single, arguments.positional[0], site)
            return containers.call_method(machine, held.single, name, arguments, site)
        if name in ("add_module", "register_module"):
            name, arguments = "append", arguments.without_first()
        scratch = machine.allocate("list", None)
        machine.heap.set((scratch.number, "items"), held)
        if name == "__setitem__":
            containers.store_item(machine, scratch, *arguments.positional[:2])
        elif name == "__getitem__":
            return containers.subscript(machine, scratch, arguments.positional[0], site)
        else:
            containers.call_method(machine, scratch, name, arguments, site)
        machine.heap.set(slot, machine.content(scratch))
        return of(receiver)

    # Attributes and iteration

    def attribute(self, machine: Machine, receiver: Atom, name: str, site: Site) -> Value | None:
        """An attribute of a tensor, or one that an object has from its external base."""
        if isinstance(receiver, TensorFacts):
            return self._tensor_attribute(machine, receiver, name, site)
        assert isinstance(machine, Objects)
        assert isinstance(receiver, Reference)
        bases = machine.external_bases(receiver)
        if not any(is_module_base(base) for base in bases):
            return None
        if name == "training":
            return constant(True)
        if name == "module":
            return of(receiver)
        children = machine.heap.get((receiver.number, "children"))
        if children is not None and isinstance(children.single, Items) and name.isdigit():
            return containers.subscript(machine, children.single, constant(int(name)), site)
        if children is not None and isinstance(children.single, Reference):
            held = containers.content(machine, children.single)
            if isinstance(held, Entries) and name in held.values:
                return held.values[name]
        return None

    def _tensor_attribute(
        self, machine: Machine, receiver: TensorFacts, name: str, site: Site
    ) -> Value | None:
        if name == "shape":
            return self._fact_method(machine, receiver, "size", Arguments(), site)
        if name == "data":
            source = Source.UNKNOWN if receiver.source is Source.MODEL else receiver.source
            return of(replace(receiver, source=source))
        if name in ("T", "mT"):
            rank = receiver.rank
            return of(replace(receiver, shape=None if rank is None else (None,) * rank))
        if name in ("device", "dtype", "is_cuda", "ndim", "grad", "requires_grad"):
            return machine.unknown("attribute", site, f"`{name}` of a tensor", name)
        return None

    def iterate(self, machine: Machine, receiver: Atom) -> Items | None:
        """What a loop over a tensor or a container of modules gives."""
        if isinstance(receiver, TensorFacts):
            shape = receiver.shape
            each = replace(receiver, shape=shape[1:] if shape else None)
            return Items((of(each),), exact=False)
        if not isinstance(receiver, Reference):
            return None
        held = machine.heap.get((receiver.number, "children"))
        if held is None:
            return None
        atom = held.under(machine.path).single
        if isinstance(atom, Items):
            return atom
        entries = containers.content(machine, atom) if atom is not None else None
        if isinstance(entries, Entries):
            return Items(tuple(constant(key) for key in entries.values), entries.exact)
        return None


_REGISTERING_METHODS = frozenset({"add_module", "register_module", "register_buffer", "register_parameter"})
_LISTING_METHODS = frozenset({"children", "modules", "values", "keys", "items", "named_children"})
_CONTAINER_METHODS = frozenset(
    {"add_module", "register_module", "append", "extend", "insert", "__setitem__", "__getitem__"}
)
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


def _callee(site: Site) -> str:
    text = site.text
    depth = 0
    for position in range(len(text) - 1, -1, -1):
        if text[position] == ")":
            depth += 1
        elif text[position] == "(":
            depth -= 1
            if depth == 0:
                return text[:position].removesuffix(".forward")
    return text
