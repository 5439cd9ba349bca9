"""What programs are made of: stages that a value goes through, and the names under which torch is used."""

from __future__ import annotations

from dataclasses import dataclass

from tests.generated.choices import Choices

Shape = tuple[int, ...]

BATCH, STEPS, HEIGHT, WIDTH, INPUTS = 4, 7, 3, 5, 9


@dataclass(frozen=True, slots=True)
class Stage:
    """One step that a value takes.

    code: an expression of ``{x}``; ``{a}`` stands before the names of attributes.
    shape, axis: of what comes out, and the dimension of its classes.
    attributes: what it needs, by name: ``self.act`` where it is taken in a model, ``act`` elsewhere.
    module: the same step as a layer, where there is one.
    """

    code: str
    shape: Shape
    axis: int
    attributes: tuple[tuple[str, str], ...] = ()
    module: str = ""


class Names:
    """How the program spells what is torch's, and the imports that this takes."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self.imports: dict[str, None] = {"import torch": None}

    def layer(self, name: str) -> str:
        """The name of a class of ``torch.nn``."""
        style = self._choices.pick(f"name of {name}", ("nn", "dotted", "bare"), plain=0.6)
        match style:
            case "nn":
                how = ("from torch import nn", "import torch.nn as nn")
                self.needs(self._choices.pick("import of nn", how))
                return f"nn.{name}"
            case "dotted":
                return f"torch.nn.{name}"
        self.needs(f"from torch.nn import {name}")
        return name

    def function(self, name: str) -> str:
        """The name of a function of ``torch.nn.functional``."""
        styles = ("F", "dotted", "bare", "alias", "through nn")
        match self._choices.pick(f"name of {name}", styles, plain=0.5):
            case "F":
                how = ("import torch.nn.functional as F", "from torch.nn import functional as F")
                self.needs(self._choices.pick("import of F", how))
                return f"F.{name}"
            case "dotted":
                return f"torch.nn.functional.{name}"
            case "bare":
                self.needs(f"from torch.nn.functional import {name}")
                return name
            case "alias":
                self.needs(f"from torch.nn.functional import {name} as its_{name}")
                return f"its_{name}"
        self.needs(self._choices.pick("import of nn", ("from torch import nn", "import torch.nn as nn")))
        return f"nn.functional.{name}"

    def needs(self, line: str) -> None:
        """Add an import."""
        self.imports[line] = None


def activation(choices: Choices, names: Names, kind: str, before: Stage, where: str) -> Stage:
    """One activation, as a function, a method, or a layer."""
    shape, axis = before.shape, before.axis
    dims = f"{_dim(choices, axis, len(shape), where)}"
    along = choices.pick(f"keyword of {where}", (f"dim={dims}", dims))
    styles = ("function", "method", "torch", "layer", "attribute")
    style = choices.pick(f"style of {where}", styles)

    def layered(name: str, arguments: str) -> Stage:
        made = f"{names.layer(name)}({arguments})"
        if style == "attribute":
            held = f"{where.partition(' ')[0]}_{name.lower()}"
            return Stage("{a}" + held + "({x})", shape, axis, ((held, made),), made)
        return Stage(f"{made}({{x}})", shape, axis, (), made)

    if style in ("layer", "attribute") and kind in _LAYERS:
        return layered(_LAYERS[kind], along if kind.endswith("softmax") else "")
    return Stage(_written(choices, names, kind, style, along), shape, axis)


_LAYERS = {
    "softmax": "Softmax",
    "log_softmax": "LogSoftmax",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "relu": "ReLU",
    "logsigmoid": "LogSigmoid",
    "softplus": "Softplus",
}


def _written(choices: Choices, names: Names, kind: str, style: str, along: str) -> str:
    """An activation as an expression of ``{x}``."""
    is_method = style in ("method", "layer")
    match kind:
        case "softmax" | "log_softmax":
            called = {"method": f"{{x}}.{kind}({along})", "torch": f"torch.{kind}({{x}}, {along})"}
            return called.get(style) or f"{names.function(kind)}({{x}}, {along})"
        case "sigmoid" | "tanh" | "relu":
            called = {"method": f"{{x}}.{kind}()", "torch": f"torch.{kind}({{x}})"}
            return called.get(style) or f"{names.function(kind)}({{x}})"
        case "logsigmoid" | "softplus":
            return f"{names.function(kind)}({{x}})"
        case "log of softmax":
            inner = f"{{x}}.softmax({along})" if is_method else f"{names.function('softmax')}({{x}}, {along})"
            added = choices.pick("what is added before log", ("", " + 1e-9"))
            logged = f"({inner}{added})" if added else inner
            return f"torch.log({inner}{added})" if style == "torch" else f"{logged}.log()"
        case "exp":
            return "{x}.exp()" if is_method else "torch.exp({x})"
        case "clamp":
            return "{x}.clamp(0, 1)" if is_method else "torch.clamp({x}, min=0.0, max=1.0)"
    return "{x}"


def _dim(choices: Choices, axis: int, rank: int, where: str) -> int:
    dim = choices.pick(f"sign of dim of {where}", (axis, axis - rank))
    wrong = (0, rank - 1 if axis != rank - 1 else max(rank - 2, 0))
    return choices.pick(f"mistake: dim of {where}", (dim, *wrong), plain=0.9)


def twist(choices: Choices, names: Names, before: Stage) -> Stage:
    """Something that is done to a value in passing."""
    kept = ("{x}", "{x}.contiguous()", "{x}.clone()", "{x}.float()", "{x}.to('cpu')", "{x}[:]", "{x} * 1.0")
    changed = (
        "{x} / 2.0",
        "{x} + 1e-6",
        "{x}.clamp(1e-6, 1 - 1e-6)",
        "torch.clamp({x}, min=1e-7)",
        "-{x}",
        "1 - {x}",
        "{x} ** 2",
        "({x} + {x}.flip(0)) / 2",
        "0.5 * {x} + 0.5 * {x}.roll(1, 0)",
        "torch.cat([{x}, {x}])[:4]",
        "torch.stack([{x}, {x} * 2]).mean(0)",
        "torch.stack([{x}, {x}], dim=-1).max(-1)[0]",
        f"{names.function('dropout')}({{x}}, 0.1)",
        "{x}.log()",
        "{x}.exp()",
        "torch.where({x} > 0.3, {x}, {x} * 0.5)",
        "{x} - {x}.mean()",
        f"{names.function('relu')}({{x}})",
        "{x}.detach()",
        "{x}.data",
        "{x}.round()",
        "{x}.double()",
        "torch.maximum({x}, {x}.flip(0))",
        "{x} * torch.ones_like({x})",
        "{x}.logit(eps=1e-6)",
        "{x} - {x}.logsumexp(1, keepdim=True)",
        "torch.nan_to_num({x})",
        f"{names.function('normalize')}({{x}}, dim=1)",
        "{x} / {x}.sum(dim=1, keepdim=True)",
        "{x}.abs().sqrt()",
        "{x} * (torch.rand_like({x}) > 0.1)",
        "{x}.masked_fill({x} < 0, 0.0)",
        "{x} + torch.randn_like({x})",
        "2 * {x} - 1",
        "({x} + 1) / 2",
        "{x}.sigmoid() * {x}",
        "torch.log(1 + {x}.abs())",
        "{x}.clamp(-1, 1)",
        "(1 - {x}).log()",
        "{x}.mul(2).add(1)",
        "{x}.float().type(torch.float32)",
        "{x}.type_as(torch.zeros(1))",
    )
    code = choices.pick("how it is kept", kept, plain=0.7)
    code = choices.pick("mistake: twist", (code, *changed), plain=0.75)
    return Stage(code, before.shape, before.axis)
