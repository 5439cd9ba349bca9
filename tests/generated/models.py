"""Models: from the data to raw scores of a certain layout."""

from __future__ import annotations

from dataclasses import dataclass

from tests.generated.choices import Choices
from tests.generated.parts import BATCH, HEIGHT, INPUTS, STEPS, WIDTH, Names, Stage

HIDDEN = 6


@dataclass(frozen=True, slots=True)
class Trunk:
    """The layers below the last one.

    data: makes a batch.
    lines: of ``forward``, from ``x`` to ``h``.
    attributes: the layers.
    features: how many values come out for each position.
    """

    data: str
    lines: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    features: int


def trunk(choices: Choices, names: Names, layout: str) -> Trunk:
    """Some layers for a layout: ``rows``, ``image``, ``sequence`` or ``frames``."""
    match layout:
        case "image":
            return _image(choices, names)
        case "sequence":
            return _sequence(choices, names)
        case "frames":
            return _frames(choices, names)
    return _rows(choices, names)


def _rows(choices: Choices, names: Names) -> Trunk:
    kinds = ("linear", "perceptron", "norm", "conv", "flat", "embedding", "lstm", "gru", "bag")
    kind = choices.pick(
        "trunk", (*kinds, "transformer", "conv1d", "attention", "product", "residual"), plain=0.15
    )
    if kind in ("embedding", "lstm", "gru", "bag", "transformer", "conv1d", "attention"):
        return _rows_of_series(choices, names, kind)
    layer, function = names.layer, names.function
    table = f"torch.randn({BATCH}, {INPUTS})"
    pictures = f"torch.randn({BATCH}, 3, 8, 8)"
    inner = f"{layer('Linear')}({INPUTS}, {HIDDEN})"
    match kind:
        case "perceptron":
            middle = choices.pick("middle layer", ("ReLU()", "Tanh()", "GELU()", "Dropout(0.1)", "Sigmoid()"))
            name, _, rest = middle.partition("(")
            made = f"{layer('Sequential')}({inner}, {layer(name)}({rest})"
            return Trunk(table, ("h = self.body(x)",), (("body", made),), HIDDEN)
        case "norm":
            made = f"{layer('BatchNorm1d')}({HIDDEN})"
            lines = ("h = self.norm(self.inner(x))", f"h = {function('relu')}(h)")
            return Trunk(table, lines, (("inner", inner), ("norm", made)), HIDDEN)
        case "conv":
            made = f"{layer('Conv2d')}(3, {HIDDEN}, kernel_size=3, padding=1)"
            pool = f"{layer('AdaptiveAvgPool2d')}(1)"
            pooled = {
                "h = h.mean(dim=(2, 3))": (),
                "h = self.pool(h).flatten(1)": (("pool", pool),),
                "h = self.pool(h).view(h.size(0), -1)": (("pool", pool),),
                "h = self.pool(h).squeeze(-1).squeeze(-1)": (("pool", pool),),
                f"h = {function('adaptive_avg_pool2d')}(h, (1, 1)).reshape(h.shape[0], -1)": (),
                "h = torch.flatten(self.pool(h), 1)": (("pool", pool),),
            }
            line, more = choices.pick("pooling", tuple(pooled.items()))
            return Trunk(pictures, ("h = self.conv(x).relu()", line), (("conv", made), *more), HIDDEN)
        case "flat":
            layers = f"{layer('Conv2d')}(3, {HIDDEN}, 3, stride=2, padding=1), {layer('ReLU')}()"
            made = f"{layer('Sequential')}({layers}, {layer('Flatten')}())"
            return Trunk(pictures, ("h = self.body(x)",), (("body", made),), HIDDEN * 16)
        case "product":
            made = f"{layer('Parameter')}(torch.randn({INPUTS}, {HIDDEN}))"
            return Trunk(table, ("h = torch.tanh(x @ self.matrix)",), (("matrix", made),), HIDDEN)
        case "residual":
            made = f"{layer('Linear')}({INPUTS}, {INPUTS})"
            return Trunk(table, (f"h = x + {function('relu')}(self.inner(x))",), (("inner", made),), INPUTS)
    return Trunk(table, ("h = x",), (), INPUTS)


def _rows_of_series(choices: Choices, names: Names, kind: str) -> Trunk:
    layer, function = names.layer, names.function
    series = f"torch.randn({BATCH}, {STEPS}, {INPUTS})"
    words = f"torch.randint(0, 20, ({BATCH}, {STEPS}))"
    match kind:
        case "embedding":
            made = f"{layer('Embedding')}(20, {HIDDEN})"
            ways = ("h.mean(1)", "h[:, 0]", "h.max(1)[0]", "h.max(dim=1).values", "h.sum(dim=1)")
            return Trunk(
                words, ("h = self.table(x)", f"h = {choices.pick('way', ways)}"), (("table", made),), HIDDEN
            )
        case "lstm" | "gru":
            made = f"{layer(kind.upper())}({INPUTS}, {HIDDEN}, batch_first=True)"
            last = "h[-1]" if kind == "gru" else "h[0][-1]"
            way: tuple[str, ...] = choices.pick(
                "way",
                (
                    ("out, _ = self.rnn(x)", "h = out[:, -1]"),
                    ("out, h = self.rnn(x)", f"h = {last}"),
                    ("h = self.rnn(x)[0].mean(dim=1)",),
                    ("out, _ = self.rnn(x)", "h = out[:, -1, :]"),
                ),
            )
            return Trunk(series, way, (("rnn", made),), HIDDEN)
        case "bag":
            made = f"{layer('EmbeddingBag')}(20, {HIDDEN})"
            return Trunk(words, ("h = self.table(x)",), (("table", made),), HIDDEN)
        case "transformer":
            made = f"{layer('TransformerEncoderLayer')}({INPUTS}, 3, 12, batch_first=True)"
            return Trunk(series, ("h = self.encoder(x).mean(dim=1)",), (("encoder", made),), INPUTS)
        case "conv1d":
            made = f"{layer('Conv1d')}({STEPS}, {HIDDEN}, 3)"
            lines = ("h = self.conv(x)", f"h = {function('max_pool1d')}(h, h.shape[-1]).squeeze(-1)")
            return Trunk(series, lines, (("conv", made),), HIDDEN)
    made = f"{layer('MultiheadAttention')}({INPUTS}, 3, batch_first=True)"
    lines = ("h, _ = self.attend(x, x, x)", "h = h[:, 0]")
    return Trunk(series, lines, (("attend", made),), INPUTS)


def _image(choices: Choices, names: Names) -> Trunk:
    layer, function = names.layer, names.function
    data = f"torch.randn({BATCH}, 3, {HEIGHT}, {WIDTH})"
    conv = f"{layer('Conv2d')}(3, {HIDDEN}, 3, padding=1)"
    match choices.pick("trunk", ("conv", "deep", "norm", "upsampled", "skip", "none")):
        case "deep":
            made = f"{layer('Sequential')}({conv}, {layer('ReLU')}(), {layer('Conv2d')}({HIDDEN}, 4, 1))"
            return Trunk(data, ("h = self.body(x)",), (("body", made),), 4)
        case "norm":
            made = f"{layer('BatchNorm2d')}({HIDDEN})"
            return Trunk(
                data, ("h = self.norm(self.conv(x)).relu()",), (("conv", conv), ("norm", made)), HIDDEN
            )
        case "upsampled":
            size = "x.shape[-2:]"
            lines = (
                f"h = {function('max_pool2d')}(self.conv(x), 2)",
                f"h = {function('interpolate')}(h, size={size}, mode='bilinear', align_corners=False)",
            )
            return Trunk(data, lines, (("conv", conv),), HIDDEN)
        case "skip":
            return Trunk(data, ("h = torch.cat([self.conv(x), x], dim=1)",), (("conv", conv),), HIDDEN + 3)
        case "none":
            return Trunk(data, ("h = x",), (), 3)
    return Trunk(data, ("h = self.conv(x).relu()",), (("conv", conv),), HIDDEN)


def _sequence(choices: Choices, names: Names) -> Trunk:
    layer = names.layer
    series = f"torch.randn({BATCH}, {STEPS}, {INPUTS})"
    words = f"torch.randint(0, 20, ({BATCH}, {STEPS}))"
    match choices.pick("trunk", ("linear", "embedding", "lstm", "both", "transformer", "none")):
        case "embedding":
            return Trunk(
                words, ("h = self.table(x)",), (("table", f"{layer('Embedding')}(20, {HIDDEN})"),), HIDDEN
            )
        case "lstm":
            made = f"{layer('LSTM')}({INPUTS}, {HIDDEN}, batch_first=True)"
            return Trunk(series, ("h, _ = self.rnn(x)",), (("rnn", made),), HIDDEN)
        case "both":
            table = ("table", f"{layer('Embedding')}(20, {HIDDEN})")
            unit = ("rnn", f"{layer('GRU')}({HIDDEN}, 4, batch_first=True, bidirectional=True)")
            return Trunk(words, ("h, state = self.rnn(self.table(x))",), (table, unit), 8)
        case "transformer":
            made = f"{layer('TransformerEncoderLayer')}({INPUTS}, 3, 12, batch_first=True)"
            return Trunk(series, ("h = self.encoder(x)",), (("encoder", made),), INPUTS)
        case "none":
            return Trunk(series, ("h = x",), (), INPUTS)
    return Trunk(
        series, ("h = self.inner(x).tanh()",), (("inner", f"{layer('Linear')}({INPUTS}, {HIDDEN})"),), HIDDEN
    )


def _frames(choices: Choices, names: Names) -> Trunk:
    data = f"torch.randn({STEPS}, {BATCH}, {INPUTS})"
    if choices.pick("trunk", ("lstm", "none")) == "none":
        return Trunk(data, ("h = x",), (), INPUTS)
    made = f"{names.layer('LSTM')}({INPUTS}, {HIDDEN})"
    return Trunk(data, ("h, _ = self.rnn(x)",), (("rnn", made),), HIDDEN)


def head(choices: Choices, names: Names, layout: str, features: int, classes: int) -> Stage:
    """The last layer: raw scores."""
    layer = names.layer
    shapes = {
        "image": (BATCH, classes, HEIGHT, WIDTH),
        "sequence": (BATCH, STEPS, classes),
        "frames": (STEPS, BATCH, classes),
    }
    shape = shapes.get(layout, (BATCH, classes))
    axis = 1 if layout in ("image", "rows") else 2
    if layout == "image":
        made = f"{layer('Conv2d')}({features}, {classes}, 1)"
        return Stage("{a}head({x})", shape, axis, (("head", made),), made)
    plain = f"{layer('Linear')}({features}, {classes})"
    weight = f"{layer('Parameter')}(torch.randn({classes}, {features}) * 0.2)"
    match choices.pick(
        "head", ("linear", "deep", "functional", "product", "listed", "named", "scaled"), plain=0.4
    ):
        case "deep":
            layers = f"{layer('Linear')}({features}, 8), {layer('ReLU')}(), {layer('Linear')}(8, {classes})"
            made = f"{layer('Sequential')}({layers})"
            return Stage("{a}head({x})", shape, axis, (("head", made),), made)
        case "functional":
            return Stage(
                f"{names.function('linear')}({{x}}, {{a}}weight)", shape, axis, (("weight", weight),)
            )
        case "product":
            bias = f"{layer('Parameter')}(torch.zeros({classes}))"
            code = "torch.matmul({x}, {a}weight.t()) + {a}bias"
            return Stage(code, shape, axis, (("weight", weight), ("bias", bias)))
        case "listed":
            made = f"{layer('ModuleList')}([{plain}, {plain}])"
            return Stage("{a}heads[0]({x})", shape, axis, (("heads", made),))
        case "named":
            made = f"{layer('ModuleDict')}({{{{'main': {plain}}}}})".replace("{{", "{").replace("}}", "}")
            return Stage("{a}heads['main']({x})", shape, axis, (("heads", made),))
        case "scaled":
            scale = f"{layer('Parameter')}(torch.ones(1))"
            return Stage("{a}head({x}) * {a}scale", shape, axis, (("head", plain), ("scale", scale)))
    return Stage("{a}head({x})", shape, axis, (("head", plain),), plain)
