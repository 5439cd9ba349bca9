"""The step that trains: the loss, how it is named and called, and where all of this stands."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent

from tests.generated.choices import Choices
from tests.generated.losses import Loss
from tests.generated.parts import BATCH, STEPS, Names, Stage

FRAMES = ("script", "function", "loader", "trainer", "step")


@dataclass(frozen=True, slots=True)
class Step:
    """What a step is made of.

    by_sample: there is an entry of the labels for each of the inputs.
    made, converted: an expression of labels, and one of ``{y}`` that makes of them what the loss is given.
    data: makes a batch.
    returned: takes the output from what the model returns, ``{r}``.
    stages: what happens to it outside of the model.
    """

    loss: Loss
    by_sample: bool
    made: str
    converted: str
    data: str
    returned: str
    stages: tuple[Stage, ...]
    classes: int
    asks_mode: bool


@dataclass(frozen=True, slots=True)
class Trained:
    """The text of a step, and the data that it asks for, if it does."""

    text: str
    data: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class _Batches:
    """Where inputs and labels come from: a definition above everything, and lines that take them there."""

    above: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Called:
    """A loss: definitions above everything, a line that makes it, and the call."""

    above: str
    made: str
    call: str


def train(choices: Choices, names: Names, step: Step, model: str) -> Trained:
    """Write the training of a model."""
    frame = "function" if step.asks_mode else choices.pick("frame", FRAMES)
    if frame == "trainer" and step.asks_mode:
        frame = "function"
    held = "self." if frame == "trainer" else ""
    loss = _loss(choices, names, step, held)
    mode = ", mode" if step.asks_mode else ""
    lines = [*_output(choices, step, f"{held}model", mode), *_others(choices, step, f"{held}model", mode)]
    lines += _target(choices, step)
    lines.append(f"loss = {loss.call}")
    if "reduction='none'" in loss.made + loss.call + loss.above or choices.happens("mean of the loss", 0.1):
        lines.append(choices.pick("reduced by", ("loss = loss.mean()", "loss = loss.sum()")))
    lines.append("loss.backward()")
    visible = frame != "loader" or choices.happens("data in sight", 0.3)
    setting = [f"{held}model = {model}"]
    setting += [f"{name} = {made}" for stage in step.stages for name, made in stage.attributes]
    if loss.made:
        setting.append(loss.made)
    data = [f"x = {step.data}", f"y = {step.made}"]
    batches = _batches(choices, names) if visible and step.by_sample else _Batches()
    data += batches.lines
    text = _framed(frame, setting, data, lines, visible, mode)
    above = "\n\n\n".join(part for part in (loss.above, batches.above, text) if part)
    return Trained(above, None if visible else (step.data, step.made))


def _batches(choices: Choices, names: Names) -> _Batches:
    """Have ``x`` and ``y`` come out of a data loader, if at all."""
    way = choices.pick("batches", ("as they are", "tensors", "samples", "samples by name"), plain=0.6)
    if way == "as they are":
        return _Batches()
    names.needs("from torch.utils.data import DataLoader, Dataset, TensorDataset")
    made = "TensorDataset(x, y)" if way == "tensors" else "Samples(x, y)"
    loader = f"DataLoader({made}, batch_size=len(x))"
    named = way == "samples by name"
    sample = "{'x': self.x[index], 'y': self.y[index]}" if named else "(self.x[index], self.y[index])"
    body = [
        _block("def __init__(self, x, y):", ["self.x = x", "self.y = y"]),
        _block("def __len__(self):", ["return len(self.x)"]),
        _block("def __getitem__(self, index):", [f"return {sample}"]),
    ]
    above = "" if way == "tensors" else _block("class Samples(Dataset):", body)
    if named:
        return _Batches(above, (f"batch = next(iter({loader}))", "x, y = batch['x'], batch['y']"))
    ways = (f"x, y = next(iter({loader}))", f"for x, y in {loader}:\n    pass")
    return _Batches(above, (choices.pick("batches taken", ways),))


def _framed(
    frame: str, setting: list[str], data: list[str], lines: list[str], visible: bool, mode: str
) -> str:
    block = _block
    match frame:
        case "script":
            return "\n".join(["torch.manual_seed(0)", *setting, *data, *lines])
        case "trainer":
            shared = [line for line in setting if line.startswith("self.")]
            local = [line for line in setting if not line.startswith("self.")]
            built = block("def __init__(self):", ["torch.manual_seed(0)", *shared])
            run = block("def run(self):", [*local, *data, *lines, "return loss"])
            return block("class Trainer:", [built, run]) + "\n\n\nloss = Trainer().run()"
        case "step":
            inner = block("def step(model, x, y):", [*setting[1:], *lines, "return loss"])
            return f"{inner}\n\n\n" + "\n".join(
                ["torch.manual_seed(0)", setting[0], *data, "loss = step(model, x, y)"]
            )
        case "loader":
            given = [] if visible else ["for x, y in loader:"]
            body = ["torch.manual_seed(0)", *setting]
            inner = "\n".join([*data, *lines]) if visible else block(given[0], lines)
            return block("def train(loader):", [*body, inner, "return loss"])
    ask = "mode" if mode else ""
    text = block(f"def train({ask}):", ["torch.manual_seed(0)", *setting, *data, *lines, "return loss"])
    return text if mode else f"{text}\n\n\nloss = train()"


def _block(head: str, lines: list[str]) -> str:
    return f"{head}\n" + indent("\n".join(lines), "    ")


def _output(choices: Choices, step: Step, model: str, mode: str) -> list[str]:
    """The lines that compute ``out``."""
    taken = step.returned.format(r=f"{model}(x{mode})")
    lines = [f"out = {taken}"]
    if step.returned.startswith("{r}[") and choices.happens("output named first", 0.5):
        lines = [f"result = {model}(x{mode})", f"out = {step.returned.format(r='result')}"]
    codes = [stage.code.format(x="out", a="") for stage in step.stages]
    if choices.pick("mistake: under no_grad", (False, True), plain=0.94):
        return [
            "with torch.no_grad():",
            *(f"    {line}" for line in lines),
            *(f"    out = {c}" for c in codes),
        ]
    nested = choices.happens("steps in one expression", 0.2)
    if nested and codes:
        value = "out"
        for stage in step.stages:
            value = stage.code.format(x=value if value == "out" else f"({value})", a="")
        return [*lines, f"out = {value}"]
    return lines + [f"out = {code}" for code in codes if code != "out"]


def _others(choices: Choices, step: Step, model: str, mode: str) -> list[str]:
    """The lines that compute what else the loss is called with."""
    lines = []
    for name in ("other", "third"):
        if name in step.loss.arguments:
            value = step.returned.format(r=f"{model}(x.flip(0){mode})")
            for stage in step.stages:
                value = stage.code.format(x=f"({value})", a="")
            lines.append(f"{name} = {value}")
    if "variance" in step.loss.arguments:
        options = (
            "torch.ones_like(out)",
            "out.exp()",
            "torch.nn.functional.softplus(out)",
            "out ** 2 + 0.1",
        )
        made = choices.pick("variance", options)
        lines.append(
            f"variance = {choices.pick('mistake: variance', (made, 'out * 1.0', 'out.log()'), plain=0.8)}"
        )
    if "lengths" in step.loss.arguments:
        lines.append(f"lengths = torch.full(({BATCH},), {STEPS})")
        lines.append(f"label_lengths = torch.full(({BATCH},), 3, dtype=torch.long)")
    return lines


def _target(choices: Choices, step: Step) -> list[str]:
    if "target" not in step.loss.arguments:
        return []
    code = step.converted.format(y="y")
    if code == "y":
        return [choices.pick("labels named", ("target = y", "target = y.detach()"))]
    return [f"target = {code}"]


def _loss(choices: Choices, names: Names, step: Step, held: str) -> _Called:
    """How the loss is made and called."""
    loss = step.loss
    options = choices.pick("options", loss.options, plain=0.3)
    options = choices.pick("mistake: options", (options, *loss.misused), plain=0.94).format(c=step.classes)
    given = list(loss.arguments)
    swaps = "target" in given[:2] and loss.name != "CTCLoss"
    if swaps and choices.pick("mistake: order", (False, True), plain=0.94):
        given[0], given[1] = given[1], given[0]
    words = ", ".join(given)
    constructed = "nn.Module" if not loss.name else names.layer(loss.name)
    after = f", {options}" if options else ""
    ways = ("object", "inline", "function", "partial", "module", "helper", "table", "keywords", "subclass")
    way = choices.pick("way of calling", (*ways, "lambda", "conditional", "alias"))
    if choices.pick("mistake: constructed with tensors", (False, True), plain=0.97):
        return _Called("", "", f"{constructed}({words})")
    if way in ("module", "helper", "subclass"):
        return _defined(names, step, held, way, words, constructed, options)
    function = names.function(loss.function)
    taken = ", ".join(loss.arguments)
    made = {
        "partial": f"partial({function}{after})",
        "lambda": f"lambda {taken}: {function}({taken}{after})",
        "conditional": f"{constructed}({options}) if True else None",
        "alias": function,
        "object": f"{constructed}({options})",
    }
    match way:
        case "inline":
            return _Called("", "", f"{constructed}({options})({words})")
        case "function":
            return _Called("", "", f"{function}({words}{after})")
        case "keywords":
            return _Called("", "", f"{function}({_named(loss, given)}{after})")
        case "table":
            table = f"{held}losses = {{'main': {constructed}({options})}}"
            return _Called("", table, f"{held}losses['main']({words})")
        case "partial":
            names.needs("from functools import partial")
    last = after if way == "alias" else ""
    return _Called("", f"{held}criterion = {made[way]}", f"{held}criterion({words}{last})")


def _defined(
    names: Names, step: Step, held: str, way: str, words: str, constructed: str, options: str
) -> _Called:
    """A loss that the program wraps in a definition of its own."""
    taken = ", ".join(step.loss.arguments)
    call = f"{held}criterion({words})"
    if way == "helper":
        after = f", {options}" if options else ""
        inner = f"return {names.function(step.loss.function)}({taken}{after})"
        return _Called(_block(f"def objective({taken}):", [inner]), "", f"objective({words})")
    if way == "subclass":
        return _Called(
            f"class Objective({constructed}):\n    pass", f"{held}criterion = Objective({options})", call
        )
    body = [
        f"def __init__(self):\n    super().__init__()\n    self.loss = {constructed}({options})\n",
        f"def forward(self, {taken}):\n    return self.loss({taken})",
    ]
    above = _block(f"class Objective({names.layer('Module')}):", body)
    return _Called(above, f"{held}criterion = Objective()", call)


_PARAMETERS = {
    "CTCLoss": ("log_probs", "targets", "input_lengths", "target_lengths"),
    "GaussianNLLLoss": ("input", "target", "var"),
    "CosineEmbeddingLoss": ("input1", "input2", "target"),
    "MarginRankingLoss": ("input1", "input2", "target"),
    "TripletMarginLoss": ("anchor", "positive", "negative"),
}


def _named(loss: Loss, given: list[str]) -> str:
    parameters = _PARAMETERS.get(loss.name, ("input", "target"))
    return ", ".join(f"{name}={value}" for name, value in zip(parameters, given, strict=True))
