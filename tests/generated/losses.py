"""Losses: what each is meant for, its options, and the labels that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType

from tests.generated.choices import Choices
from tests.generated.parts import Names, Shape, Stage

ROWS, SINGLE, IMAGE, SEQUENCE, FRAMES = "rows", "single", "image", "sequence", "frames"
_DENSE = (ROWS, ROWS, IMAGE, SEQUENCE)
_ANY = (SINGLE, ROWS, SINGLE, IMAGE, SEQUENCE)
_REDUCTIONS = ("", "", "reduction='mean'", "reduction='sum'", "reduction='none'")


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss of torch.

    layouts: of the scores that it is meant for.
    activations: what may stand before it; ``wrong``: what may not.
    labels: the kinds of target that it takes, ``mistaken`` those that it does not.
    takes_classes: whether it takes classes in dimension 1.
    flat: whether it takes no more than two dimensions.
    arguments: what it is called with; ``other`` is a second output of the model.
    """

    name: str
    function: str
    layouts: tuple[str, ...]
    activations: tuple[str, ...] = ("none",)
    wrong: tuple[str, ...] = ("softmax", "log_softmax", "sigmoid", "tanh", "relu", "logsigmoid")
    labels: tuple[str, ...] = ("real",)
    mistaken: tuple[str, ...] = ()
    options: tuple[str, ...] = _REDUCTIONS
    misused: tuple[str, ...] = ("size_average=False", "reduce=False", "reduction='avg'")
    takes_classes: bool = False
    flat: bool = False
    arguments: tuple[str, ...] = ("out", "target")


_FREE = ("none", "sigmoid", "tanh", "relu", "softmax", "exp")
LOSSES: Mapping[str, Loss] = MappingProxyType(
    {
        each.name: each
        for each in (
            Loss(
                "CrossEntropyLoss",
                "cross_entropy",
                _DENSE,
                labels=("indices", "indices", "distribution"),
                mistaken=("one-hot", "indices as column", "indices of another type", "raw"),
                options=(*_REDUCTIONS, "label_smoothing=0.1", "weight=torch.ones({c})"),
                misused=("label_smoothing=1.5", "ignore_index=0", "size_average=False", "weight=[1.0] * {c}"),
                takes_classes=True,
            ),
            Loss(
                "NLLLoss",
                "nll_loss",
                _DENSE,
                ("log_softmax", "log_softmax", "log of softmax"),
                ("none", "softmax", "sigmoid", "tanh", "relu", "logsigmoid"),
                labels=("indices",),
                mistaken=("one-hot", "indices as column", "indices of another type", "distribution"),
                options=(*_REDUCTIONS, "ignore_index=1", "weight=torch.ones({c})"),
                takes_classes=True,
            ),
            Loss(
                "MultiMarginLoss",
                "multi_margin_loss",
                (ROWS,),
                flat=True,
                labels=("indices",),
                mistaken=("one-hot", "indices as column", "indices of another type"),
                options=(*_REDUCTIONS, "margin=0.5", "p=2"),
            ),
            Loss(
                "BCELoss",
                "binary_cross_entropy",
                _ANY,
                ("sigmoid", "sigmoid", "softmax", "clamp"),
                ("none", "tanh", "logsigmoid", "log_softmax", "relu"),
                labels=("binary",),
                mistaken=("binary of another type", "binary of another shape"),
            ),
            Loss(
                "BCEWithLogitsLoss",
                "binary_cross_entropy_with_logits",
                _ANY,
                wrong=("sigmoid", "softmax", "logsigmoid", "tanh", "relu"),
                labels=("binary",),
                mistaken=("binary of another type", "binary of another shape"),
                options=(*_REDUCTIONS, "pos_weight=torch.ones(1)"),
                misused=("pos_weight=2.0", "size_average=False"),
            ),
            Loss(
                "MultiLabelSoftMarginLoss",
                "multilabel_soft_margin_loss",
                (ROWS,),
                wrong=("sigmoid", "softmax", "logsigmoid"),
                labels=("binary",),
                mistaken=("binary of another type", "signs"),
            ),
            Loss(
                "MultiLabelMarginLoss",
                "multilabel_margin_loss",
                (ROWS,),
                flat=True,
                labels=("padded",),
                mistaken=("binary of another type", "padded of another type"),
            ),
            Loss(
                "SoftMarginLoss",
                "soft_margin_loss",
                (ROWS, SINGLE),
                labels=("signs",),
                mistaken=("binary", "signs of another shape"),
            ),
            Loss(
                "HingeEmbeddingLoss",
                "hinge_embedding_loss",
                (SINGLE, ROWS),
                _FREE,
                labels=("signs",),
                mistaken=("binary", "signs of another shape"),
                options=(*_REDUCTIONS, "margin=2.0"),
            ),
            *(
                Loss(
                    name,
                    function,
                    _ANY,
                    _FREE,
                    labels=("real",),
                    mistaken=("real of another shape", "real of another type"),
                    options=(*_REDUCTIONS, *more),
                    misused=misused,
                )
                for name, function, more, misused in (
                    ("MSELoss", "mse_loss", (), ("size_average=False", "reduction='avg'")),
                    ("L1Loss", "l1_loss", (), ("size_average=False", "reduction='avg'")),
                    ("SmoothL1Loss", "smooth_l1_loss", ("beta=0.5",), ("beta=-1.0", "reduction='avg'")),
                    ("HuberLoss", "huber_loss", ("delta=0.5",), ("delta=-1.0", "reduction='avg'")),
                )
            ),
            Loss(
                "PoissonNLLLoss",
                "poisson_nll_loss",
                (SINGLE, ROWS),
                ("none",),
                ("exp", "softplus", "relu"),
                labels=("counts",),
                mistaken=("counts of another shape",),
                options=(*_REDUCTIONS, "full=True", "eps=1e-6"),
                misused=("log_input=False", "size_average=False"),
            ),
            Loss(
                "GaussianNLLLoss",
                "gaussian_nll_loss",
                (SINGLE, ROWS),
                labels=("real",),
                mistaken=("real of another shape",),
                wrong=("sigmoid", "tanh"),
                options=("", "full=True", "reduction='sum'"),
                misused=("reduction='avg'",),
                arguments=("out", "target", "variance"),
            ),
            Loss(
                "KLDivLoss",
                "kl_div",
                (ROWS, ROWS, SEQUENCE),
                ("log_softmax", "log_softmax", "log of softmax"),
                ("none", "softmax", "sigmoid", "relu", "logsigmoid"),
                labels=("distribution",),
                mistaken=("logs of distribution", "raw"),
                options=("reduction='batchmean'", "reduction='sum'", "reduction='none'"),
                misused=("", "reduction='mean'", "reduction='batchmean', log_target=True"),
            ),
            Loss(
                "CTCLoss",
                "ctc_loss",
                (FRAMES,),
                ("log_softmax",),
                ("none", "softmax", "sigmoid"),
                labels=("labels",),
                options=("", "blank=0", "zero_infinity=True", "reduction='sum'"),
                misused=("reduction='avg'",),
                arguments=("out", "target", "lengths", "label_lengths"),
            ),
            Loss(
                "CosineEmbeddingLoss",
                "cosine_embedding_loss",
                (ROWS,),
                ("none", "tanh", "relu"),
                flat=True,
                labels=("signs by row",),
                mistaken=("binary by row",),
                options=(*_REDUCTIONS, "margin=0.2"),
                arguments=("out", "other", "target"),
            ),
            Loss(
                "MarginRankingLoss",
                "margin_ranking_loss",
                (SINGLE,),
                ("none", "sigmoid", "tanh"),
                labels=("signs",),
                mistaken=("binary", "signs of another shape"),
                options=(*_REDUCTIONS, "margin=0.2"),
                arguments=("out", "other", "target"),
            ),
            Loss(
                "TripletMarginLoss",
                "triplet_margin_loss",
                (ROWS,),
                ("none", "tanh", "relu"),
                labels=("nothing",),
                options=(*_REDUCTIONS, "margin=0.2", "p=1", "swap=True"),
                arguments=("out", "other", "third"),
            ),
        )
    }
)
"""The losses, by the name of their class."""

OFTEN = (
    "CrossEntropyLoss",
    *("NLLLoss", "BCELoss", "BCEWithLogitsLoss", "MSELoss", "CrossEntropyLoss", "KLDivLoss"),
    *("CrossEntropyLoss", "BCEWithLogitsLoss", "NLLLoss"),
    *LOSSES,
)
"""The losses, those that programs use most more than once."""


def labels(choices: Choices, names: Names, kind: str, scores: Stage, takes_classes: bool) -> tuple[str, str]:
    """Labels of a kind that fit scores: an expression that makes them, and what is done to them."""
    shape, axis = scores.shape, scores.axis
    count = shape[axis] if shape else 1
    positions = shape[:1] + shape[2:] if takes_classes or len(shape) == 2 else shape
    match kind.partition(" ")[0]:
        case "indices" | "one-hot":
            made = _indices(choices, positions, max(count, 2))
            return made, _as_indices(choices, names, kind, positions, count)
        case "distribution" | "logs" | "raw":
            raw = f"torch.randn{shape}"
            sums = f"softmax({1 if takes_classes and len(shape) > 1 else axis})"
            tail = {"logs": f"log_{sums}", "raw": "mul(2.0)"}.get(kind.partition(" ")[0], sums)
            return raw, f"{{y}}.{tail}"
        case "binary":
            shape = shape[:1] if kind == "binary by row" else shape
            drawn = (
                f"torch.randint(0, 2, {shape})",
                f"(torch.rand({shape}) > 0.4)",
                f"torch.rand({shape}).round()",
            )
            made = choices.pick("binary labels", drawn)
            other = ("{y}.long()", "{y}.bool()", "{y}.int()", "{y}.double()", "{y} > 0")
            if kind == "binary of another type":
                return made, choices.pick("type of labels", other)
            return made, _reshaped(
                choices,
                kind,
                choices.pick("floats", ("{y}.float()", "{y} * 1.0", "{y}.to(torch.float32)")),
                shape,
            )
        case "signs":
            shape = shape[:1] if kind == "signs by row" else shape
            drawn = (
                f"torch.randint(0, 2, {shape}) * 2 - 1",
                f"torch.randn({shape}).sign()",
                f"torch.ones({shape})",
            )
            made = choices.pick("signs", (*drawn, f"torch.where(torch.rand({shape}) > 0.5, 1, -1)"))
            return made, _reshaped(choices, kind, choices.pick("floats", ("{y}", "{y}.float()")), shape)
        case "padded":
            first = f"torch.randint(0, {count}, ({shape[0]}, 1))"
            made = f"torch.cat([{first}, torch.full(({shape[0]}, {count - 1}), -1)], dim=1)"
            return made, "{y}.float()" if kind != "padded" else "{y}"
        case "counts":
            made = choices.pick(
                "counts", (f"torch.poisson(torch.rand({shape}) * 3)", f"torch.randint(0, 5, {shape}).float()")
            )
            return made, _reshaped(choices, kind, "{y}", shape)
        case "labels":
            return f"torch.randint(1, {count}, ({shape[1]}, 3))", "{y}"
        case "nothing":
            return "None", "{y}"
    made = choices.pick("numbers", (f"torch.randn({shape})", f"torch.rand({shape})", f"torch.zeros({shape})"))
    if kind == "real of another type":
        return made, choices.pick(
            "type of labels", ("{y}.long()", "{y}.double()", "{y}.int()", "{y} > 0", "{y}.half()")
        )
    return made, _reshaped(choices, kind, "{y}", shape)


def _indices(choices: Choices, shape: Shape, count: int) -> str:
    size = prod(shape)
    return choices.pick(
        "class indices",
        (
            f"torch.randint(0, {count}, {shape})",
            f"torch.randint({count}, {shape})",
            f"torch.arange({size}).reshape({shape}) % {count}",
            f"torch.randn({(*shape, count)}).argmax(-1)",
            f"torch.zeros({shape}, dtype=torch.long)",
            f"torch.empty({shape}, dtype=torch.int64).random_({count})",
            f"torch.tensor({[n % count for n in range(size)]}).view({shape})",
            f"torch.LongTensor({[n % count for n in range(size)]}).reshape{shape}",
            f"torch.full({shape}, 1)",
        ),
        plain=0.2,
    )


def _as_indices(choices: Choices, names: Names, kind: str, positions: Shape, count: int) -> str:
    match kind:
        case "one-hot":
            hot = f"{names.function('one_hot')}({{y}}, {count})"
            moved = "" if len(positions) == 1 else ".movedim(-1, 1)"
            return hot + moved + choices.pick("type of one-hot", ("", ".long()", ".float()", ".int()"))
        case "indices as column":
            more: tuple[str, ...] = ("{y}[:, None]", "{y}.view(-1, 1)") if len(positions) == 1 else ()
            return choices.pick("column", ("{y}.unsqueeze(1)", "torch.unsqueeze({y}, dim=1)", *more))
        case "indices of another type":
            kinds = (
                "{y}.int()",
                "{y}.float()",
                "{y}.to(torch.uint8)",
                "{y}.double()",
                "{y}.short()",
                "{y}.bool()",
            )
            return choices.pick(
                "type of labels", (*kinds, "{y}.to(dtype=torch.int32)", "{y}.type(torch.float32)")
            )
    kept = (
        "{y}",
        "{y}.long()",
        "{y}.to(torch.int64)",
        "{y}.unsqueeze(1).squeeze(1)",
        "{y}.clone()",
        "{y}.to('cpu')",
    )
    return choices.pick("way of labels", kept, plain=0.4)


def _reshaped(choices: Choices, kind: str, code: str, shape: Shape) -> str:
    if not kind.endswith("of another shape"):
        return code
    held = f"({code})" if code != "{y}" else code
    options = [f"{held}.unsqueeze(1)", f"{held}.view(1, -1)", f"{held}.flatten()", f"{held}[..., None]"]
    if len(shape) == 2 and shape[1] == 1:
        options = [
            f"{held}.squeeze(1)",
            f"{held}.view(-1)",
            f"{held}.squeeze()",
            f"{held}[:, 0]",
            *options[1:],
        ]
    return choices.pick("other shape", options)
