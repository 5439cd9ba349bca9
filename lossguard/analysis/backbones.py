"""Models of libraries: their heads are layers like any other, so that a program may replace them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from lossguard.analysis import model_table as table
from lossguard.analysis.domain import (
    NONE,
    Atom,
    External,
    Items,
    Literally,
    Reference,
    Value,
    choose,
    constant,
    of,
)
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.comparison import Comparisons
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.interpreter.objects import Objects
from lossguard.analysis.interpreter.records import FunctionCode
from lossguard.analysis.layer_table import AFFINE
from lossguard.analysis.model_table import Head, Model, Output
from lossguard.analysis.module_containers import Containers
from lossguard.contracts import DType, Space
from lossguard.diagnostics import TraceStep
from lossguard.facts import Source, TensorFacts

_VISION, _TIMM = "torchvision.models.", "timm.models."
_NAMED = {"timm.create_model": _TIMM, "timm.models.create_model": _TIMM, f"{_VISION}get_model": _VISION}
_HUBS = {"pytorch/vision": _VISION, "rwightman/pytorch-image-models": _TIMM}
_MADE_BY = (".from_pretrained", ".from_name")
_UNNAMED = ("any", "__dict__")
_NOT_CLASSIFIERS = ("detection", "optical_flow", "feature_extraction")


def canonical(name: str, arguments: Arguments) -> str:
    """The dotted name of a model, where the function that makes it is given its name."""
    if name == "torch.hub.load":
        hub, model = arguments.get(0, "repo_or_dir"), arguments.get(1, "model")
        prefix = _HUBS.get((_text(hub) or "").partition(":")[0])
    else:
        prefix, model = _NAMED.get(name), arguments.get(0, "model_name", "name")
    if prefix is None:
        made_by = next((each for each in _MADE_BY if name.endswith(each)), "")
        return name.removesuffix(made_by)
    chosen = (_text(model) or "any").rpartition("/")[2].replace(".", "_")
    return prefix + (chosen if prefix == _VISION or _by_beginning(table.TIMM, chosen) else "any")


def known(name: str) -> Model | None:
    """What is known of the models that a function or class makes, by its dotted name."""
    library, _, rest = name.partition(".")
    bare = name.rpartition(".")[2]
    match library:
        case "torchvision" if rest.startswith("models."):
            return _of_torchvision(rest.split("."), bare)
        case "timm" if rest.startswith("models."):
            return table.ANY_OF_TIMM if bare == "any" else _by_beginning(table.TIMM, bare)
        case "efficientnet_pytorch" if bare == "EfficientNet":
            return table.EFFICIENTNET
        case "pretrainedmodels" if bare == rest and (bare == "__dict__" or bare.islower()):
            return table.PRETRAINED
        case "segmentation_models_pytorch" if bare in table.SEGMENTATION_MODELS_NAMES:
            return table.SEGMENTATION_MODELS
        case "monai" if rest.startswith("networks.nets"):
            return table.MONAI.get(bare)
    return None


def _of_torchvision(parts: list[str], bare: str) -> Model | None:
    if any(part in _NOT_CLASSIFIERS for part in parts):
        return None
    if "segmentation" in parts:
        return _by_beginning(table.SEGMENTATION, bare)
    if bare in _UNNAMED:
        return table.ANY_OF_TORCHVISION
    return table.TORCHVISION_CLASSES.get(bare) or _by_beginning(table.TORCHVISION, bare)


def _by_beginning(models: Mapping[str, Model], bare: str) -> Model | None:
    family = max((each for each in models if bare.startswith(each)), key=len, default=None)
    return None if family is None else models[family]


class Backbones(Containers):
    """Makes the models of libraries, and runs their heads on features of which nothing is known."""

    def make_model(
        self, machine: Machine, reference: Reference, model: Model, arguments: Arguments, site: Site
    ) -> None:
        """Give a new model its heads, unless it is one of another kind."""
        size = _classes(model, arguments)
        if size == constant(0) or any(name in arguments.keywords for name in model.without):
            return
        for head in model.heads:
            layers = _activated(model, head, arguments)
            if layers is None:
                return
            self._make_head(machine, reference, replace(head, layers=layers), size, site)
        machine.heap.set((reference.number, "<scores>"), size)
        if model.output is Output.AUXILIARY:
            asked = arguments.get(None, "aux_logits") or _auxiliary(model, arguments)
            machine.heap.set((reference.number, "aux_logits"), asked or machine.unknown("auxiliary", site))

    def _make_head(self, machine: Machine, reference: Reference, head: Head, size: Value, site: Site) -> None:
        affine = max(n for n, layer in enumerate(head.layers) if layer in AFFINE)
        made = [
            self._layer(machine, layer, size if n == affine else None, site)
            for n, layer in enumerate(head.layers)
        ]
        whole = made[0]
        if len(made) > 1 or len(head.path) > 1:
            whole = self._constructed_as(machine, "torch.nn.Sequential", Arguments(tuple(made)), site)
        machine.heap.set((reference.number, head.path[0]), whole)
        inner = whole.single
        if len(head.path) > 1 and isinstance(inner, Reference):
            machine.heap.set((inner.number, head.path[1]), made[0])

    def reset_heads(
        self, machine: Machine, receiver: Reference, bases: list[str], arguments: Arguments, site: Site
    ) -> None:
        """``reset_classifier(num_classes)``: new heads, or none where there are no classes."""
        size = arguments.get(0, "num_classes")
        for base in bases:
            model = known(base)
            if model is None:
                continue
            for attribute in (*(head.path[0] for head in model.heads), "<scores>"):
                machine.heap.set((receiver.number, attribute), NONE)
            if size is not None:
                self.make_model(machine, receiver, model, Arguments(keywords={"num_classes": size}), site)

    def _layer(self, machine: Machine, layer: str, size: Value | None, site: Site) -> Value:
        arguments = Arguments()
        if layer in AFFINE:
            unknown = machine.unknown("features", site, "the number of features")
            arguments = Arguments((unknown, size or machine.unknown("size", site)))
        elif layer == "Softmax":
            arguments = Arguments((constant(1),))
        return self._constructed_as(machine, f"torch.nn.{layer}", arguments, site)

    def _constructed_as(self, machine: Machine, name: str, arguments: Arguments, site: Site) -> Value:
        made = machine.library.call(machine, name, arguments, site)
        assert made is not None
        return made

    def run_model(
        self,
        machine: Machine,
        receiver: Reference,
        name: str,
        model: Model,
        constructed: Arguments,
        site: Site,
    ) -> Value | None:
        """Call a model: its head on features; None where its head is not known."""
        if _is_rewritten(machine, receiver):
            return None
        if not model.heads:
            return self._scores_of_any(machine, receiver, name)
        if machine.heap.get((receiver.number, model.heads[0].path[0])) is None:
            return None
        outputs = [self._run_head(machine, receiver, name, model, head, site) for head in model.heads]
        match model.output:
            case Output.MAPPING:
                return containers.new_dict(machine, {"out": outputs[0]}, False, site)
            case Output.AUXILIARY:
                return self._with_auxiliary(machine, receiver, model, outputs, site)
            case Output.MASKS if constructed.open or constructed.get(None, "aux_params") not in (None, NONE):
                return of(Items((outputs[0], machine.unknown("labels", site))))
        return outputs[0]

    def _scores_of_any(self, machine: Machine, receiver: Reference, name: str) -> Value | None:
        """The scores of a model whose head is not known, unless something may have been put in its place."""
        replaced = any(machine.heap.get((receiver.number, head)) is not None for head in _ANY_HEAD)
        size = machine.heap.get((receiver.number, "<scores>"))
        made_at = machine.sites.get(receiver.number)
        if replaced or size is None or made_at is None:
            return None
        number = size.single.value if isinstance(size.single, Literally) else None
        return of(_scores(name, (None, number if isinstance(number, int) else None), made_at))

    def _run_head(
        self, machine: Machine, receiver: Reference, name: str, model: Model, head: Head, site: Site
    ) -> Value:
        assert isinstance(machine, Objects)
        called = self._head(machine, receiver, head)
        shape = None if model.features is None else (None,) * model.features
        features = TensorFacts(dtype=DType.FLOAT, shape=shape, source=Source.MODEL)
        result = machine.call(called, Arguments((of(features),)), site)
        if model.flattens:
            flattened = self.apply(machine, "flatten", Arguments((result, constant(1))), site)
            result = flattened or result
        made_at = machine.sites.get(receiver.number)
        return result if made_at is None else result.map(lambda atom: _named(atom, name, made_at))

    def _head(self, machine: Machine, receiver: Reference, head: Head) -> Value:
        """What stands at the place of the head by now."""
        whole = machine.heap.get((receiver.number, head.path[0]))
        assert whole is not None
        whole = whole.under(machine.path)
        inner = whole.single
        if len(head.path) == 1 or not isinstance(inner, Reference):
            return whole
        part = machine.heap.get((inner.number, head.path[1]))
        children = self.children_of(machine, inner)
        untouched = part is None or (children is not None and part in children.values)
        return whole if untouched or part is None else part.under(machine.path)

    def _with_auxiliary(
        self, machine: Machine, receiver: Reference, model: Model, outputs: list[Value], site: Site
    ) -> Value | None:
        """In training the scores come with those of the auxiliary heads, and alone otherwise."""
        assert isinstance(machine, Comparisons)
        auxiliary = machine.load_attribute(of(receiver), "aux_logits", site)
        training = machine.load_attribute(of(receiver), "training", site)
        if isinstance(auxiliary.single, Literally) and not auxiliary.single.value:
            return outputs[0]
        if not isinstance(auxiliary.single, Literally):
            return None
        yes, no = machine.truth(training, site)
        cases = []
        if yes is not None:
            scores = {head.field: output for head, output in zip(model.heads, outputs, strict=True)}
            cases.append((yes, record(machine, _OUTPUTS, scores, site)))
        if no is not None:
            cases.append((no, outputs[0]))
        return choose(cases)


def record(machine: Machine, name: str, fields: Mapping[str, Value], site: Site) -> Value:
    """A named tuple of a library."""
    reference = machine.allocate("object", site, External(name))
    for field, value in fields.items():
        machine.heap.set((reference.number, field), value)
    machine.heap.set((reference.number, "__fields__"), of(Items(tuple(constant(field) for field in fields))))
    return of(reference)


_PARTS_OF_FORWARD = ("_forward_impl", "_forward", "forward_head", "logits", "eager_outputs")
_OUTPUTS = "collections.namedtuple"
_ANY_HEAD = ("fc", "classifier", "head", "heads", "last_linear", "_fc", "classif", "head_dist")


def _is_rewritten(machine: Machine, receiver: Reference) -> bool:
    """Whether the program puts something of its own between the model's input and its head, or behind it."""
    assert isinstance(machine, Objects)
    return any(
        machine.heap.get((receiver.number, name)) is not None
        or isinstance(machine.find_method(receiver.type, name), FunctionCode)
        for name in _PARTS_OF_FORWARD
    )


def _text(value: Value | None) -> str | None:
    atom = value.single if value is not None else None
    return atom.value if isinstance(atom, Literally) and isinstance(atom.value, str) else None


def _classes(model: Model, arguments: Arguments) -> Value:
    """How many classes the model has."""
    given = arguments.get(None, *model.classes)
    if given is not None:
        return given
    unsure = arguments.open or model.default is None
    return constant(None if unsure else model.default)


def _auxiliary(model: Model, arguments: Arguments) -> Value | None:
    """Whether a model has auxiliary heads where that is not asked for; None where it is not known."""
    weights = arguments.get(0, "weights", "pretrained")
    if not model.trained_alone:
        return constant(True)
    if weights is None:
        return None if arguments.open else constant(True)
    return constant(not weights.single.value) if isinstance(weights.single, Literally) else None


def _activated(model: Model, head: Head, arguments: Arguments) -> tuple[str, ...] | None:
    """The layers of a head with the activation that the arguments ask for; None where that is not known."""
    if model.activation is None:
        return head.layers
    given = arguments.get(None, model.activation)
    if given is None:
        chosen: object = model.activated
        if arguments.open:
            return None
    elif isinstance(given.single, Literally):
        chosen = given.single.value
    else:
        return None
    if not isinstance(chosen, str | None) or chosen not in table.ACTIVATIONS:
        return None
    return head.layers + table.ACTIVATIONS[chosen]


def _named(atom: Atom, name: str, made_at: Site) -> Atom:
    """Scores of a head that nobody replaced, as those of the model that the program names."""
    if not isinstance(atom, TensorFacts) or atom.space is not Space.LOGITS or not atom.steps:
        return atom
    if atom.steps[0].span != made_at.span:
        return atom
    step = _step(name, made_at)
    return atom.replace(operation=_shown(name), steps=(step, *atom.steps[1:]))


def _scores(name: str, shape: tuple[int | None, ...] | None, made_at: Site) -> TensorFacts:
    return TensorFacts(
        Space.LOGITS,
        dtype=DType.FLOAT,
        shape=shape,
        source=Source.MODEL,
        operation=_shown(name),
        steps=(_step(name, made_at),),
    )


def _step(name: str, made_at: Site) -> TraceStep:
    return TraceStep(made_at.span, f"`{_shown(name)}` gives raw scores")


def _shown(name: str) -> str:
    library, _, bare = name.partition(".")[0], *name.rpartition(".")[1:]
    return f"{library} model" if bare in _UNNAMED else bare
