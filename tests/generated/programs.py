"""Puts a program together: a model, what happens to its output, a loss, and the step that trains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from textwrap import indent

from tests.generated.arrangements import arrangement
from tests.generated.choices import Choices
from tests.generated.losses import LOSSES, OFTEN, SINGLE, Loss, labels
from tests.generated.models import Trunk, head, trunk
from tests.generated.parts import BATCH, STEPS, Names, Stage, activation, twist
from tests.generated.steps import Step, train

MISTAKE = "mistake: "
TAKEN = ("always", "training", "flag on", "flag given", "conditional expression", "method", "layers")
PASSED_BY = ("unknown", "eval only", "flag off", "argument off", "early return")


@dataclass(frozen=True, slots=True)
class Generated:
    """A program.

    parts: its imports, its model, and the training of it.
    chosen: every choice that made it.
    modes: the values of the argument ``mode`` of ``train`` with which it has to be run.
    data: for what the program does not make itself: the expression of a batch and that of its labels.
    """

    seed: int
    text: str
    parts: tuple[str, str, str]
    loss: str
    chosen: Mapping[str, int]
    modes: tuple[str, ...]
    data: tuple[str, str] | None

    @property
    def mistakes(self) -> frozenset[str]:
        """What is wrong about it, as far as its making knows."""
        return frozenset(
            name.removeprefix(MISTAKE)
            for name, option in self.chosen.items()
            if option and name.startswith(MISTAKE)
        )


def program(seed: int, fixed: Mapping[str, int] | None = None) -> Generated:
    """Make a program; ``fixed`` takes options by their number instead of by chance."""
    choices = Choices(seed, fixed)
    names = Names(choices)
    loss = LOSSES[choices.pick("loss", OFTEN)]
    layout = choices.pick("layout", loss.layouts)
    classes = 1 if layout == SINGLE else choices.pick("classes", (3, 5, 4, 2))
    if loss.name == "CrossEntropyLoss" and layout == "rows":
        classes = choices.pick("mistake: one class", (classes, 1), plain=0.9)
    below = trunk(choices, names, "rows" if layout == SINGLE else layout)
    scores = head(choices, names, "rows" if layout == SINGLE else layout, below.features, classes)
    stages = [scores, *_after(choices, names, loss, scores, layout)]
    kind = choices.pick("labels", loss.labels)
    kind = choices.pick("mistake: labels", (kind, *loss.mistaken), plain=0.75)
    made, converted = labels(choices, names, kind, stages[-1], loss.takes_classes)
    model = _model(choices, names, below, stages)
    by_sample = made != "None" and stages[-1].shape[:1] == (BATCH,)
    step = Step(
        loss,
        by_sample,
        made,
        converted,
        below.data,
        model.returned,
        model.outside,
        classes,
        model.asks_mode,
    )
    trained = train(choices, names, step, model.made)
    parts = ("\n".join(names.imports), model.text, trained.text)
    return Generated(
        seed,
        "\n\n\n".join(parts) + "\n",
        parts,
        loss.name,
        choices.made,
        ("a", "b") if model.asks_mode else ("a",),
        trained.data,
    )


def right(generated: Generated) -> Generated:
    """The same program without its mistakes."""
    none = {name: 0 for name in generated.chosen if name.startswith(MISTAKE)}
    return program(generated.seed, {**generated.chosen, **none})


def _after(choices: Choices, names: Names, loss: Loss, scores: Stage, layout: str) -> list[Stage]:
    """What happens to the scores: an activation, something in passing, another shape."""
    single = layout == SINGLE
    meant = choices.pick(
        "activation", [each for each in loss.activations if not (single and each == "softmax")]
    )
    kind = choices.pick("mistake: activation", (meant, *loss.wrong), plain=0.65)
    if layout == "frames":
        return [activation(choices, names, kind, scores, "act"), twist(choices, names, scores)]
    if choices.happens("shape first", 0.3):
        shaped = arrangement(choices, scores, loss.takes_classes, loss.flat)
        acted = activation(choices, names, kind, shaped, "act")
        return [shaped, acted, twist(choices, names, acted)]
    acted = activation(choices, names, kind, scores, "act")
    between = twist(choices, names, acted)
    return [acted, between, arrangement(choices, between, loss.takes_classes, loss.flat)]


@dataclass(frozen=True, slots=True)
class _Model:
    """The text of a model, how it is made, how its output is taken, and the stages that are left.

    asks_mode: it is called with the argument ``mode`` as well.
    """

    text: str
    made: str
    returned: str
    outside: tuple[Stage, ...]
    asks_mode: bool


def _model(choices: Choices, names: Names, below: Trunk, stages: list[Stage]) -> _Model:
    inside = choices.pick("stages in the model", (len(stages), *range(1, len(stages))), plain=0.4)
    stages, outside = stages[:inside], tuple(stages[inside:])
    branch = "always"
    acted = next((n for n, each in enumerate(stages) if n and _acts(each)), None)
    if acted is not None:
        harmless = choices.made.get("mistake: activation", 0) > 0
        branch = choices.pick("branch", TAKEN + PASSED_BY if harmless else TAKEN, plain=0.4)
    attributes = [*below.attributes, *(pair for each in stages for pair in each.attributes)]
    tail = acted == 1 and branch == "always" and bool(stages[0].module and stages[1].module)
    if tail and choices.happens("activation in the head", 0.5):
        joined = f"{names.layer('Sequential')}({stages[0].module}, {stages[1].module})"
        attributes = [*below.attributes, ("head", joined)]
        attributes += [pair for each in stages[2:] for pair in each.attributes]
        stages = [replace(stages[0], code="{a}head({x})"), *stages[2:]]
        acted = None
    body = [*below.lines]
    methods: list[str] = []
    value = "h"
    for number, stage in enumerate(stages):
        code = stage.code.format(x=value, a="self.")
        if number == acted:
            lines, more = _branched(branch, code, value)
            body += lines
            methods += more
        elif code != value:
            body.append(f"{value} = {code}")
    returned = _returned(choices, names)
    body.append(f"return {returned[0]}")
    text, made = _written(choices, names, branch, attributes, body, methods)
    return _Model(text, made, returned[1], outside, branch == "unknown")


def _acts(stage: Stage) -> bool:
    return any(word in stage.code for word in ("oftmax", "igmoid", "tanh", "Tanh", "elu", "exp(", "oftplus"))


def _branched(branch: str, code: str, value: str) -> tuple[list[str], list[str]]:
    """The lines of ``forward`` that take a step on some condition, and the methods that they need."""
    step = f"{value} = {code}"
    match branch:
        case "training":
            return ["if self.training:", f"    {step}"], []
        case "eval only":
            return ["if not self.training:", f"    {step}"], []
        case "flag on" | "flag off" | "flag given":
            return ["if self.normalize:", f"    {step}"], []
        case "argument off":
            return ["if normalize:", f"    {step}"], []
        case "conditional expression":
            return [f"{value} = {code} if self.normalize else {value}"], []
        case "method":
            return [f"{value} = self.finish({value})"], [f"def finish(self, {value}):\n    return {code}"]
        case "layers":
            called = f"lambda {value}: {code}"
            return [f"for layer in [{called}]:", f"    {value} = layer({value})"], []
        case "unknown":
            return ["if mode == 'a':", f"    {step}"], []
        case "early return":
            return ["early = True", f"{value} = {value} if early else {code}"], []
    return ([step] if code != value else []), []


def _returned(choices: Choices, names: Names) -> tuple[str, str]:
    """What ``forward`` returns, and how the output is taken from that."""
    ways = (
        ("h", "{r}"),
        ("h, x", "{r}[0]"),
        ("(x, h)", "{r}[-1]"),
        ("{'scores': h, 'inputs': x}", "{r}['scores']"),
        ("dict(scores=h)", "{r}['scores']"),
        ("[h]", "{r}[0]"),
        ("Output(h, x)", "{r}.scores"),
    )
    way = choices.pick("what is returned", ways, plain=0.5)
    if way[0].startswith("Output"):
        names.needs("from collections import namedtuple")
    return way


def _written(
    choices: Choices,
    names: Names,
    branch: str,
    attributes: list[tuple[str, str]],
    body: list[str],
    methods: list[str],
) -> tuple[str, str]:
    """The text of the model's class, and of what is around it, and how it is made."""
    flagged = branch in ("flag on", "flag off", "flag given", "conditional expression")
    default = branch in ("flag on", "conditional expression")
    start = ["super().__init__()"]
    if flagged:
        start.append("self.normalize = normalize")
    start += [f"self.{name} = {made}" for name, made in dict(attributes).items()]
    ends = {"argument off": ", normalize=False", "unknown": ", mode"}.get(branch, "")
    base = names.layer("Module")
    built = _function(f"__init__(self{f', normalize={default}' if flagged else ''})", start)
    forward = _function(f"forward(self, x{ends})", body)
    given = "normalize=True" if branch == "flag given" else ""
    inner = [built, forward, *methods]
    before = "Output = namedtuple('Output', 'scores inputs')\n\n\n" if "Output(" in body[-1] else ""
    wrapping = choices.pick(
        "around the model",
        ("nothing", "base", "wrapper", "parallel", "factory", "moved", "closure", "halves"),
        plain=0.4,
    )
    if wrapping == "halves" and not methods:
        base_class = _class("Base", base, [built])
        return before + base_class + "\n\n\n" + _class("Net", "Base", [forward]), f"Net({given})"
    net = _class("Net", base, inner)
    match wrapping:
        case "base":
            derived = _class("Derived", "Net", ["pass"])
            return f"{before}{net}\n\n\n{derived}", f"Derived({given})"
        case "wrapper":
            parts = [
                _function("__init__(self, module)", ["super().__init__()", "self.module = module"]),
                _function("forward(self, *args, **kwargs)", ["return self.module(*args, **kwargs)"]),
            ]
            return f"{before}{net}\n\n\n{_class('Wrapper', base, parts)}", f"Wrapper(Net({given}))"
        case "parallel":
            return before + net, f"{names.layer('DataParallel')}(Net({given}))"
        case "factory":
            lines = [f"model = Net({given})", "model.train()", "return model"]
            return f"{before}{net}\n\n\n{_function('build()', lines)}", "build()"
        case "moved":
            return before + net, f"Net({given}).to('cpu').train()"
        case "closure":
            lines = [
                f"model = Net({given})",
                "def run(*args):",
                "    return model(*args)",
                "return run, model",
            ]
            return f"{before}{net}\n\n\n{_function('build()', lines)}", "build()[1]"
    return before + net, f"Net({given})"


def _function(signature: str, lines: list[str]) -> str:
    return f"def {signature}:\n" + indent("\n".join(lines), "    ")


def _class(name: str, base: str, parts: list[str]) -> str:
    return f"class {name}({base}):\n" + indent("\n\n".join(parts), "    ")


__all__ = ["BATCH", "MISTAKE", "STEPS", "Generated", "program", "right"]
