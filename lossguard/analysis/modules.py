"""What ``torch.nn`` modules do: layers, containers, losses, and what every module has in common."""

from __future__ import annotations

from lossguard.analysis import backbones, loading, losses, moves
from lossguard.analysis import library_table as table
from lossguard.analysis.domain import (
    NONE,
    Atom,
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
from lossguard.analysis.frameworks import MEETINGS, OWN_HOOKS, is_module_base
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.interpreter.objects import HOOK, Objects
from lossguard.analysis.layer_table import AFFINE, MODULES, PLAIN_LAYERS, RECURRENT, SAME_OBJECT
from lossguard.analysis.library_calls import LibraryCalls
from lossguard.analysis.module_containers import DICTS, SEQUENCES
from lossguard.analysis.operators import FUNCTION_MODULES, IN_PLACE_MODULES, OPERATORS
from lossguard.analysis.pretrained import OUTPUT, loss_function, task
from lossguard.facts import Source, TensorFacts

EVALUATION = Symbol("evaluation")
"""Holds where a module has been put into evaluation mode: training does not take such a path."""


_PARTS = {"values": 0, "indices": 1}
"""What a reduction gives, by the names under which it can be asked for its parts."""


class Torch(LibraryCalls):
    """The library that the interpreter asks: torch, and frameworks on top of it."""

    # Construction

    def call(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
        """Call a function of a library, or construct one of its objects."""
        known = super().call(machine, name, arguments, site)
        if known is None:
            known = self.library_call(machine, name, arguments, site)
        if known is not None:
            return known
        if name in ("torch.nn.Parameter", "torch.nn.parameter.Parameter"):
            return of(_parameter(arguments.get(0, "data")))
        model = self._model(machine, name, arguments, site)
        if model is not None or not self.vocabulary.constructs(name):
            return model
        reference = machine.allocate("object", site, External(name))
        self._construct(machine, reference, name, arguments, site)
        return of(reference)

    def _model(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
        """Make a model of a library."""
        reference = self.make_pretrained(machine, name, site)
        if reference is None:
            name = backbones.canonical(name, arguments)
            if backbones.known(name) is None:
                return None
            reference = machine.allocate("object", site, External(name))
        self._construct(machine, reference, name, arguments, site)
        return of(reference)

    def _construct(
        self, machine: Machine, reference: Reference, name: str, arguments: Arguments, site: Site
    ) -> None:
        machine.constructed[reference.number] = arguments, site
        bare = self.vocabulary.layer(name)
        contract = self.vocabulary.module(name)
        if contract is not None and (arguments.positional or arguments.keywords):
            derived = not isinstance(reference.type, External)
            machine.note_effect()
            self.observe(losses.built(machine, contract, arguments, site, derived=derived))
        self.fill(machine, reference, bare, arguments, site)
        model = backbones.known(name)
        if model is not None:
            self.make_model(machine, reference, model, arguments, site)

    # Calls of objects

    def default_method(self, base: str) -> str | None:
        """Calling a module runs its ``forward``; a class of an unknown library may well be one."""
        bare = self.vocabulary.layer(base)
        return None if bare in SEQUENCES or bare in DICTS else "forward"

    def has_in_place(self, module: str) -> bool:
        """Whether functions of a module whose names end in ``_`` change the tensor that they are given."""
        return module in IN_PLACE_MODULES

    def exports(self, name: str) -> str | None:
        """What a star import of a module of torch, or of a library, binds under this dotted name."""
        module, _, bare = name.rpartition(".")
        if bare in table.STARS.get(module, {}):
            return table.STARS[module][bare]
        known = self.vocabulary.module(name) or self.vocabulary.function(name) or name in MEETINGS
        return name if known or self._exported_by_torch(module, bare) else None

    def _exported_by_torch(self, module: str, bare: str) -> bool:
        known = bare in MODULES or bare in AFFINE or bare in PLAIN_LAYERS or bare in RECURRENT
        if module == "torch.nn":
            return (
                known or bare in SEQUENCES or bare in DICTS or bare in ("Module", "Parameter", "functional")
            )
        return f"{module}." in FUNCTION_MODULES and bare in OPERATORS

    def call_object(
        self, machine: Machine, receiver: Reference, base: str, arguments: Arguments, site: Site
    ) -> Value | None:
        """Call a layer, a container or a loss of ``torch.nn``."""
        contract = self.vocabulary.module(base)
        constructed, made_at = machine.constructed.get(receiver.number, (Arguments(open=True), site))
        if contract is not None:
            attributes = {
                parameter.name: value
                for parameter in contract.constructor
                if (value := machine.heap.get((receiver.number, parameter.name))) is not None
            }
            made = losses.Made(constructed, made_at, attributes)
            return self.loss(machine, contract, contract.call, arguments, made, site)
        model, scores = backbones.known(base), task(base)
        if model is not None:
            return self.run_model(machine, receiver, base, model, constructed, site)
        if scores is not None:
            return self.run_pretrained(machine, receiver, base, scores, constructed, arguments, site)
        known = self.library_object(machine, receiver, base, arguments, site)
        bare = self.vocabulary.layer(base)
        if known is not None or bare is None or not arguments.positional:
            return known
        subject = arguments.positional[0]
        if bare == "Sequential":
            return self.run_sequence(machine, receiver, arguments, site)
        return self.run_layer(machine, receiver, bare, constructed, subject, site)

    # Methods

    def call_method(
        self, machine: Machine, receiver: Atom, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        """Call a method of a tensor, an unknown value or an object with an external base."""
        if isinstance(receiver, Reference):
            return self._object_method(machine, receiver, name, arguments, site)
        return self.tensor_method(machine, receiver, name, arguments, site)

    def _object_method(
        self, machine: Machine, receiver: Reference, name: str, arguments: Arguments, site: Site
    ) -> Value | None:
        assert isinstance(machine, Objects)
        bases = machine.external_bases(receiver)
        if name == "__init__":
            for base in bases:
                self._initialise(machine, receiver, base, arguments, site)
            return NONE
        if name == "forward":
            results = (self.call_object(machine, receiver, base, arguments, site) for base in bases)
            return next((known for known in results if known is not None), None)
        if name == "register_forward_hook" and arguments.positional and not arguments.keywords:
            machine.heap.set((receiver.number, HOOK), arguments.positional[0])
        if name in ("train", "eval"):
            self._set_mode(machine, receiver, name, arguments)
        known = self.library_method(machine, receiver, bases, name, arguments, site)
        if known is not None:
            return known
        if name in ("__getitem__", "get") and OUTPUT in bases:
            return self.output_item(machine, receiver, arguments.get(0))
        if name == "reset_classifier":
            self.reset_heads(machine, receiver, bases, arguments, site)
            return NONE
        if name in SAME_OBJECT and any(is_module_base(base) for base in bases):
            return of(receiver)
        return self.container_method(machine, receiver, name, arguments, site)

    def _initialise(
        self, machine: Machine, receiver: Reference, base: str, arguments: Arguments, site: Site
    ) -> None:
        if self.vocabulary.constructs(base) or backbones.known(base) is not None:
            self._construct(machine, receiver, base, arguments, site)
        if base in OWN_HOOKS:
            self.keep_model(machine, receiver, arguments)

    def _set_mode(self, machine: Machine, receiver: Reference, name: str, arguments: Arguments) -> None:
        mode = arguments.get(0, "mode")
        training = name == "train" and (mode is None or mode.single != Literally(False))
        value = (
            constant(True)
            if training
            else Value(((frozenset({Literal(EVALUATION, True)}), Literally(False)),))
        )
        machine.heap.set((receiver.number, "training"), value)

    # Attributes and iteration

    def attribute(self, machine: Machine, receiver: Atom, name: str, site: Site) -> Value | None:
        """An attribute of a tensor, or one that an object has from its external base."""
        if isinstance(receiver, TensorFacts):
            return self.tensor_attribute(machine, receiver, name, site)
        if isinstance(receiver, Items):
            return receiver.values[_PARTS[name]] if name in _PARTS and len(receiver.values) == 2 else None
        assert isinstance(machine, Objects)
        assert isinstance(receiver, Reference)
        if name == "dataset" and (dataset := loading.dataset_of(machine, receiver)) is not None:
            return dataset
        bases = machine.external_bases(receiver)
        if any(self.is_tool(base) and not self.has_method(base, name) for base in bases):
            return of(Unknown(Symbol("object", (receiver.number,)).child(".", name), f"`{name}` of a tool"))
        if not any(is_module_base(base) for base in bases):
            return None
        if name == "training":
            return constant(True)
        if name == "loss_function":
            function = loss_function(machine, receiver)
            return None if function is None else of(function)
        if name == "module":
            return of(receiver)
        return self.child(machine, receiver, name, site)

    def iterate(self, machine: Machine, receiver: Atom) -> Items | None:
        """What a loop over a tensor or a container of modules gives."""
        if isinstance(receiver, TensorFacts):
            return Items((of(moves.element(receiver)),), exact=False)
        if not isinstance(receiver, Reference):
            return None
        return loading.batches(machine, receiver) or self.children_of(machine, receiver)


def _parameter(data: Value | None) -> TensorFacts:
    """A trainable parameter: of what it is made of, it has the shape and the element type."""
    held = data.single if data is not None else None
    made = held if isinstance(held, TensorFacts) else TensorFacts()
    return TensorFacts(dtype=made.dtype, shape=made.shape, source=Source.MODEL, operation="Parameter")
