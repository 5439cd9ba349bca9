"""Loss calls with their verdicts: for people, grouped by file, and for programs, as the contract pins it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING

from lossguard.contracts import Space

if TYPE_CHECKING:
    from rich.text import Text

    from lossguard.assessment import LossVerdict
    from lossguard.facts import TensorFacts

_COLOURS = MappingProxyType({"satisfied": "green", "violated": "bold red", "undecided": "yellow"})


def full(calls: Sequence[LossVerdict], *, colour: bool) -> str:
    """Write each call below its file, with what is known of its input and target."""
    if not calls:
        return ""
    from rich.text import Text

    from lossguard.cli.output.picture import coloured, visible

    text = Text()
    for path, group in groupby(calls, key=lambda call: call.span.path):
        members = list(group)
        text.append(f"{visible(path)}\n", "bold")
        margin = max(len(_place(call)) for call in members)
        for call in members:
            _append(text, call, margin)
        text.append("\n")
    return coloured(text) if colour else text.plain


def _append(text: Text, call: LossVerdict, margin: int) -> None:
    from lossguard.cli.output.picture import visible

    verdict = call.verdict.value
    text.append(f"  {_place(call):>{margin}}  ")
    text.append(f"{verdict:<9}", _COLOURS[verdict])
    text.append(f"  {' '.join((call.loss, *_codes(call)))}\n")
    notes = {"input": _known(call.input), "target": _known(call.target), "reason": visible(call.reason)}
    for label, note in notes.items():
        if note:
            text.append(f"{' ' * (margin + 4)}{label:<9}  ", "dim")
            text.append(f"{note}\n")


def as_json(calls: Sequence[LossVerdict], *, colour: bool = False) -> str:  # noqa: ARG001
    """Write an array with one object a call; empty where there is none."""
    return json.dumps([_object(call) for call in calls], indent=2) + "\n"


FORMATS: Mapping[str, Callable[..., str]] = MappingProxyType({"full": full, "json": as_json})
"""What writes the calls, by the name of the format."""


def _object(call: LossVerdict) -> dict[str, object]:
    return {
        "path": call.span.path,
        "line": call.span.line,
        "column": call.span.column,
        "cell": call.span.cell,
        "loss": call.loss,
        "verdict": call.verdict.value,
        "codes": _codes(call),
        "input": _parts(call.input),
        "target": _parts(call.target),
        "reason": call.reason or None,
    }


def _parts(tensor: TensorFacts | None) -> dict[str, object]:
    space = None if tensor is None or tensor.space is Space.UNKNOWN else tensor.space.value
    dtype = None if tensor is None or tensor.dtype is None else tensor.dtype.value
    shape = None if tensor is None or tensor.shape is None else list(tensor.shape)
    return {"space": space, "dtype": dtype, "shape": shape}


def _known(tensor: TensorFacts | None) -> str:
    """Write ``f32[?, 10] probabilities``, as far as known."""
    from lossguard.rules.wording import described

    if tensor is None:
        return "unknown"
    space = "" if tensor.space is Space.UNKNOWN else tensor.space.described
    return " ".join(filter(None, (described(tensor), space))) or "unknown"


def _codes(call: LossVerdict) -> list[str]:
    return sorted({finding.code for finding in call.diagnostics})


def _place(call: LossVerdict) -> str:
    cell = "" if call.span.cell is None else f"cell {call.span.cell}:"
    return f"{cell}{call.span.line}:{call.span.column}"
