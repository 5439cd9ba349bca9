"""What libraries run of a program: a model and a criterion that meet, functions that are called back."""

from __future__ import annotations

from abc import abstractmethod

from lossguard.analysis.domain import Entries, External, Items, Literally, Reference, Value, of
from lossguard.analysis.frameworks import TRAINER_MODEL, Callback, Hook, Meeting, Place
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.interpreter.objects import Objects
from lossguard.analysis.interpreter.records import FunctionCode
from lossguard.analysis.pretrained import PretrainedModels


class Meetings(PretrainedModels):
    """Runs what a framework runs."""

    @abstractmethod
    def train_on_result(self, machine: Machine, result: Value, site: Site, function: str) -> None:
        """Note that a framework trains on the loss that a function returns."""

    def meet(self, machine: Machine, meeting: Meeting, arguments: Arguments, site: Site) -> None:
        """Call the model on something, and the criterion on what it gives, as the framework will."""
        assert isinstance(machine, Objects)
        model = arguments.get(meeting.model.position, meeting.model.name)
        if model is None or arguments.keywords.keys() & meeting.bypassed:
            return
        criterion, place = _criterion(meeting, arguments, site)
        if criterion is None:
            return
        if meeting.makes:
            model = _instance(machine, model, meeting.model, arguments, site)
            criterion = _instance(machine, criterion, meeting.criterion, arguments, site)
        batch = machine.unknown("batch", place, "a batch that a framework passes")
        target = machine.unknown("target", place, "a target that a framework passes")
        output = machine.call(model, Arguments((batch,)), _placed(arguments, meeting.model, site))
        if meeting.makes:
            output = _first(output)
        if meeting.logs and self._takes_logarithms(machine, meeting, criterion):
            output = self.apply(machine, "log", Arguments((output,)), place) or output
        machine.call(criterion, Arguments((output, target)), place)

    def _takes_logarithms(self, machine: Machine, meeting: Meeting, criterion: Value) -> bool:
        assert isinstance(machine, Objects)
        return any(
            isinstance(atom, Reference) and not meeting.logs.isdisjoint(machine.external_bases(atom))
            for atom in criterion.atoms
        )

    def call_back(
        self, machine: Machine, callback: Callback, arguments: Arguments, site: Site
    ) -> Value | None:
        """Call the function that a library is given; None where it is not given here."""
        assert isinstance(machine, Objects)
        function = _given(callback.function, arguments)
        if function is None:
            return None
        passed = [_given(place, arguments) for place in callback.passed]
        if None in passed:
            return None
        own = tuple(
            machine.unknown("passed", site, f"what `{site.callee}` passes", n)
            for n in range(callback.leading)
        )
        inner = _rest(callback, arguments) if callback.rest else _spread(machine, callback, arguments, site)
        inner = inner.with_first(*own, *(value for value in passed if value is not None))
        atom = function.under(machine.path).single
        if callback.method is not None and isinstance(atom, Reference):
            return machine.call_method(atom, callback.method, inner, site)
        return machine.call(function, inner, site)

    def run_hooks(self, machine: Machine, hooks: tuple[Hook, ...], arguments: Arguments, site: Site) -> Value:
        """Call the hooks of a model as its trainer does, on a batch of which nothing is known."""
        assert isinstance(machine, Objects)
        model = arguments.get(0, "model")
        given = _batch(machine, site), machine.unknown("number", site, "the number of a batch")
        for atom in () if model is None else model.under(machine.path).atoms:
            if isinstance(atom, Reference):
                for hook in hooks:
                    if self._run_hook(machine, hook, atom, of(atom), given, site):
                        machine.call_method(atom, "train", Arguments(), site)
        return _metrics(machine, site)

    def keep_model(self, machine: Machine, trainer: Reference, arguments: Arguments) -> None:
        """Let a trainer have the model that it is made with."""
        model = _given(TRAINER_MODEL, arguments)
        if model is not None:
            machine.heap.set((trainer.number, TRAINER_MODEL.name), model)

    def run_own_hook(self, machine: Machine, trainer: Reference, hook: Hook, site: Site) -> Value:
        """Call a hook of a trainer on its model and a batch."""
        model = machine.heap.get((trainer.number, TRAINER_MODEL.name))
        if model is not None:
            self._run_hook(machine, hook, trainer, model, (model, _batch(machine, site)), site)
        return _metrics(machine, site)

    def _run_hook(
        self,
        machine: Machine,
        hook: Hook,
        owner: Reference,
        model: Value,
        given: tuple[Value, ...],
        site: Site,
    ) -> bool:
        """Call a hook of its owner, if it has it, with the model in the mode that it needs."""
        assert isinstance(machine, Objects)
        method = machine.find_method(owner.type, hook.name)
        if not isinstance(method, FunctionCode):
            return False
        for atom in model.under(machine.path).atoms:
            machine.call_method(atom, "train" if hook.trains else "eval", Arguments(), site)
        result = machine.call_function(method, Arguments((of(owner), *given)), site)
        if hook.trains:
            place = Site(method.module.frame, method.lowered.at)
            self.train_on_result(machine, result, place, method.qualified)
        return True


def _batch(machine: Machine, site: Site) -> Value:
    return machine.unknown("element", site, "a batch that a trainer passes")


def _metrics(machine: Machine, site: Site) -> Value:
    return machine.unknown("metrics", site, "what a trainer gives")


def _given(place: Place, arguments: Arguments) -> Value | None:
    return arguments.get(place.position, place.name)


def _rest(callback: Callback, arguments: Arguments) -> Arguments:
    """The arguments behind the function."""
    name = callback.function.name
    if name in arguments.keywords:
        keywords = {k: v for k, v in arguments.keywords.items() if k != name}
        return arguments.with_keywords(keywords)
    return arguments.without_first((callback.function.position or 0) + 1)


def _spread(machine: Machine, callback: Callback, arguments: Arguments, site: Site) -> Arguments:
    """The arguments that stand in a tuple and in a dictionary."""
    positional = None if callback.positional is None else _given(callback.positional, arguments)
    keywords = None if callback.keywords is None else _given(callback.keywords, arguments)
    items = Items(()) if positional is None else containers.iterate(machine, positional, site)
    atom = None if keywords is None else keywords.under(machine.path).single
    held = Entries() if atom is None else containers.content(machine, atom)
    known = held if isinstance(held, Entries) else Entries(exact=False)
    return Arguments(
        items.values, {str(k): v for k, v in known.values.items()}, not (items.exact and known.exact)
    )


def _criterion(meeting: Meeting, arguments: Arguments, site: Site) -> tuple[Value | None, Site]:
    """The criterion and where it stands: at the call where it is the framework's own."""
    given = arguments.get(meeting.criterion.position, meeting.criterion.name)
    if given is not None and given.single != Literally(None):
        return given, _placed(arguments, meeting.criterion, site)
    if meeting.default is None or arguments.open:
        return None, site
    return of(External(meeting.default)), site


def _instance(machine: Objects, value: Value, place: Place, arguments: Arguments, site: Site) -> Value:
    """A component that is an object already, or made with the arguments that are meant for it."""
    prefix = f"{place.name}__"
    keywords = {k.removeprefix(prefix): v for k, v in arguments.keywords.items() if k.startswith(prefix)}
    atom = value.under(machine.path).single
    if isinstance(atom, Reference) and not keywords:
        return value
    made_at = _placed(arguments, place, site)
    return machine.call(value, Arguments(keywords=keywords, open=arguments.open), made_at)


def _placed(arguments: Arguments, place: Place, site: Site) -> Site:
    """Where an argument stands; the call itself where it is not given."""
    at = arguments.keyword_places.get(place.name)
    if place.position is not None and place.position < len(arguments.places):
        at = arguments.places[place.position]
    return site.moved(at)


def _first(output: Value) -> Value:
    """The first of several outputs."""
    atom = output.single
    return atom.values[0] if isinstance(atom, Items) and atom.values else output
