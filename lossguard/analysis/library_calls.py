"""What functions, classes and objects of libraries do with the models and values that they are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lossguard.analysis import arrays, einops, loading
from lossguard.analysis import library_table as table
from lossguard.analysis.domain import (
    NONE,
    Atom,
    External,
    Items,
    Literally,
    Reference,
    Value,
    combine,
    constant,
    of,
)
from lossguard.analysis.frameworks import (
    CALLBACK_METHODS,
    CALLBACKS,
    HOOKS,
    MEETING_METHODS,
    MEETINGS,
    OWN_HOOKS,
)
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.interpreter.objects import Objects
from lossguard.analysis.library_table import Effect
from lossguard.analysis.meetings import Meetings
from lossguard.contracts import DType, Space
from lossguard.diagnostics import TraceStep
from lossguard.facts import Source, TensorFacts

_MISSING = object()
_METHODS: tuple[Mapping[str, Mapping[str, object]], ...] = (
    table.TOOLS,
    MEETING_METHODS,
    CALLBACK_METHODS,
    HOOKS,
)
"""Methods that are known, by the class."""


_MADE = frozenset({*table.REARRANGING_LAYERS, *table.GRAPH_LAYERS, *loading.MADE})
"""Objects of a library whose constructor is kept in mind."""


class LibraryCalls(Meetings):
    """Follows values and models through libraries."""

    def library_call(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
        """Call a function of a library, or make one of its objects; None where nothing is known of it."""
        if name in table.WRAPPERS:
            return arguments.get(table.WRAPPERS[name], "module", "model")
        if name in table.TUPLES:
            return self._tuple(machine, name, arguments, site)
        if name in table.RESTS:
            return None if arguments.open else of(Items(arguments.positional[1:]))
        if name in table.CALLS:
            keywords = {k: v for k, v in arguments.keywords.items() if k not in table.CALLS[name]}
            return self._called(machine, arguments.with_keywords(keywords), site)
        if name in table.FUNCTIONAL_CALLS:
            return self._functional_call(machine, name, arguments, site)
        if name == "torch.utils.checkpoint.checkpoint_sequential":
            return self._in_order(machine, arguments, site)
        if name in MEETINGS:
            self.meet(machine, MEETINGS[name], arguments, site)
        if name in CALLBACKS:
            self.call_back(machine, CALLBACKS[name], arguments, site)
        return self._value(machine, name, arguments, site)

    def _value(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
        """Values that a library rearranges, and layers and tools that it makes."""
        if name in table.PACKING or name in table.UNPACKING:
            return _repacked(machine, name, arguments.get(0, "input", "sequence", "sequences"), site)
        if name in table.REARRANGING:
            pattern = arguments.get(1, "pattern")
            return _rearranged(machine, arguments.get(0, "tensor"), pattern, arguments.keywords, site)
        if name in loading.SPLITS:
            return loading.split(machine, arguments, site)
        if name in arrays.SIZES:
            return arrays.created(machine, name, arguments, site)
        if name in table.CHOSEN_LAYERS:
            return self._chosen_layer(machine, name, arguments, site)
        if self.is_tool(name) or name in _MADE:
            return self._made(machine, name, arguments, site)
        return None

    def _made(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value:
        reference = machine.allocate("object", site, External(name))
        machine.constructed[reference.number] = arguments, site
        return of(reference)

    def _tuple(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
        given = [arguments.get(position, word) for position, word in table.TUPLES[name]]
        if given[0] is None:
            return None
        if name in table.FULL_TUPLES:
            values = [value or machine.unknown("part", site, "", n) for n, value in enumerate(given)]
            return of(Items(tuple(values)))
        present = tuple(value for value in given if value is not None)
        return of(Items(present)) if len(present) > 1 else present[0]

    def _called(self, machine: Machine, arguments: Arguments, site: Site) -> Value | None:
        assert isinstance(machine, Objects)
        function = arguments.get(0, "function", "run_function")
        return None if function is None else machine.call(function, arguments.without_first(), site)

    def _functional_call(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
        assert isinstance(machine, Objects)
        position, key = table.FUNCTIONAL_CALLS[name]
        module, given = arguments.get(0, "module"), arguments.get(position, key)
        if module is None or given is None:
            return None
        items = given.under(machine.path).single
        positional = items.values if isinstance(items, Items) else (given,)
        is_open = position == 2 and len(arguments.positional) > 3
        return machine.call(module, Arguments(positional, open=is_open), site)

    def _in_order(self, machine: Machine, arguments: Arguments, site: Site) -> Value | None:
        assert isinstance(machine, Objects)
        functions, value = arguments.get(0, "functions"), arguments.get(2, "input")
        if functions is None or value is None:
            return None
        if isinstance(functions.single, Reference) and functions.single.kind == "object":
            return machine.call(functions, Arguments((value,)), site)
        items = containers.iterate(machine, functions, site)
        for function in items.values:
            value = machine.call(function, Arguments((value,)), site)
        return value if items.exact else None

    def _chosen_layer(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value | None:
        options = dict(table.LAYER_OPTIONS[name])
        for position, option in enumerate(options):
            given = arguments.get(position, option)
            if given is not None:
                options[option] = given.single.value if isinstance(given.single, Literally) else _MISSING
        if arguments.open:
            return None
        for values, layer in table.CHOSEN_LAYERS[name]:
            if all(options[option] == value for option, value in values.items()):
                along = (self._dimension(machine, options, site),) if layer.endswith("oftmax") else ()
                return machine.library.call(machine, f"torch.nn.{layer}", Arguments(along), site)
        return None

    def _dimension(self, machine: Machine, options: Mapping[str, object], site: Site) -> Value:
        dim = options.get("dim")
        return constant(dim) if isinstance(dim, int) else machine.unknown("dim", site)

    # Objects

    def library_object(
        self, machine: Machine, receiver: Reference, base: str, arguments: Arguments, site: Site
    ) -> Value | None:
        """Call an object of a library."""
        constructed = machine.constructed.get(receiver.number, (Arguments(open=True), site))[0]
        if base in table.GRAPH_LAYERS and arguments.keywords.keys().isdisjoint(table.ATTENTION_FLAGS):
            return self._graph_layer(machine, receiver, base, constructed, site)
        if base not in table.REARRANGING_LAYERS:
            return None
        pattern = constructed.get(0, "pattern")
        return _rearranged(machine, arguments.get(0), pattern, constructed.keywords, site)

    def _graph_layer(
        self, machine: Machine, receiver: Reference, base: str, constructed: Arguments, site: Site
    ) -> Value | None:
        """A convolution on a graph: an affine layer, and the activation that it is given, if any."""
        assert isinstance(machine, Objects)
        place = table.GRAPH_LAYERS[base]
        activation = None if place is None else constructed.get(place.position, place.name)
        if place is not None and activation is None and constructed.open:
            return None
        bare = base.rpartition(".")[2]
        origin = machine.sites.get(receiver.number, site)
        scores = of(
            TensorFacts(
                Space.LOGITS,
                features=-1,
                dtype=DType.FLOAT,
                source=Source.MODEL,
                operation=bare,
                steps=(TraceStep(origin.span, f"`{bare}` gives raw scores"),),
            )
        )
        if activation is None or activation == NONE:
            return scores
        return machine.call(activation, Arguments((scores,)), site)

    def library_method(
        self,
        machine: Machine,
        receiver: Reference,
        bases: list[str],
        name: str,
        arguments: Arguments,
        site: Site,
    ) -> Value | None:
        """Call a method that an object has from a class of a library."""
        for base in bases:
            meeting = MEETING_METHODS.get(base, {}).get(name)
            if meeting is not None:
                self.meet(machine, meeting, arguments, site)
                return NONE
            if name in HOOKS.get(base, {}):
                return self.run_hooks(machine, HOOKS[base][name], arguments, site)
            if name in OWN_HOOKS.get(base, {}):
                return self.run_own_hook(machine, receiver, OWN_HOOKS[base][name], site)
            if name in CALLBACK_METHODS.get(base, {}):
                return self.call_back(machine, CALLBACK_METHODS[base][name], arguments, site)
            match table.TOOLS.get(base, {}).get(name):
                case Effect.FIRST:
                    return arguments.get(0, "model", "module", "tensor", "input_data", "obj")
                case Effect.SAME:
                    return _same(arguments)
        return None

    def is_tool(self, base: str) -> bool:
        """Whether a class has methods that are known, and is no module."""
        return any(base in classes for classes in _METHODS)

    def has_method(self, base: str, name: str) -> bool:
        """Whether one of these is such a method."""
        return any(name in classes.get(base, {}) for classes in _METHODS)


def _same(arguments: Arguments) -> Value | None:
    if arguments.open or not arguments.positional:
        return None
    return of(Items(arguments.positional)) if len(arguments.positional) > 1 else arguments.positional[0]


def _repacked(machine: Machine, name: str, values: Value | None, site: Site) -> Value | None:
    def moved(tensor: TensorFacts) -> Value:
        repacked = of(tensor.replace(shape=None, dim=None, features=None, packed=name in table.PACKING))
        if name in table.PACKING:
            return repacked
        return of(Items((repacked, machine.unknown("lengths", site, "the lengths of sequences"))))

    return _of_tensors(machine, values, moved, site)


def _rearranged(
    machine: Machine, tensor: Value | None, pattern: Value | None, keywords: Mapping[str, Value], site: Site
) -> Value | None:
    text = pattern.single.value if pattern is not None and isinstance(pattern.single, Literally) else None
    moves = einops.parsed(text) if isinstance(text, str) else None
    lengths = {
        name: value.single.value
        for name, value in keywords.items()
        if isinstance(value.single, Literally) and isinstance(value.single.value, int)
    }

    def moved(atom: TensorFacts) -> Value:
        if moves is None:
            return of(atom.replace(shape=None, dim=None, features=None))
        dim, features = einops.rearranged(atom, moves)
        return of(atom.replace(shape=moves.shape(atom.shape, lengths), dim=dim, features=features))

    return _of_tensors(machine, tensor, moved, site)


def _of_tensors(
    machine: Machine, value: Value | None, change: Callable[[TensorFacts], Value], site: Site
) -> Value | None:
    """Change each of the tensors that a value may be; None where it is none."""
    known = None if value is None else value.under(machine.path)
    if known is None or not any(isinstance(atom, TensorFacts) for atom in known.atoms):
        return None

    def changed(atom: Atom) -> Value:
        if isinstance(atom, TensorFacts):
            return change(atom)
        return machine.unknown("rearranged", site, f"what `{site.excerpt}` gives is not known")

    return combine(changed, [known])
