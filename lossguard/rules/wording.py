"""How messages name things: the callee, an argument, where a value came from, a shape."""

from __future__ import annotations

import math
import re
from pathlib import PurePath

from lossguard.contracts import BY_MODULE
from lossguard.diagnostics import Span
from lossguard.facts import Argument, LossCall, TensorFacts
from lossguard.rules.evidence import Shape, class_count, reduction, scores_shape

LONGEST_QUOTE = 60


def quoted(text: str) -> str:
    """Quote source text: on one line, a long call without its arguments."""
    line = " ".join(text.split())
    if len(line) > LONGEST_QUOTE:
        head, bracket, _ = line.partition("(")
        line = f"{head}(…)" if bracket and len(head) < LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1]}…"
    return f"`{line}`"


def loss_name(call: LossCall) -> str:
    """Name the loss: by its function for a functional call, by its class otherwise."""
    function = (call.contract.function or "").rpartition(".")[2]
    return function if function in re.findall(r"\w+", call.text) else call.contract.name


def sibling(call: LossCall, name: str) -> str:
    """Name another loss in the form, function or class, in which the call names its own."""
    functional = loss_name(call) != call.contract.name
    return (BY_MODULE[f"torch.nn.{name}"].function or name).rpartition(".")[2] if functional else name


def callee(call: LossCall) -> str:
    """Name the callee in the user's words, with the loss that it is where the words do not say so."""
    if loss_name(call) in re.findall(r"\w+", call.text):
        return quoted(call.text)
    return f"{quoted(call.text)} ({call.contract.name})"


def place(span: Span) -> str:
    """Give file and line, short enough for a message; the trace has the whole path."""
    cell = "" if span.cell is None else f"cell {span.cell}:"
    return f"{PurePath(span.path).name}:{cell}{span.line}"


def origin(argument: Argument, tensor: TensorFacts) -> str:
    """Say where the values of an argument came from, as far as that is known.

    An argument without a text is one that a framework passes.
    """
    name = quoted(argument.text) if argument.text else "its input"
    first = tensor.steps[0].span if tensor.steps else None
    if first is not None and _within(first, argument.span):
        return name
    module = "" if tensor.module is None else f" in `{tensor.module}`"
    source = [] if tensor.operation is None else [f"`{tensor.operation}`{module}"]
    if first is not None:
        source.append(place(first))
    return f"{name} comes from {' at '.join(source)}" if source else name


def gets(call: LossCall, argument: Argument, tensor: TensorFacts, what: str | None = None) -> str:
    """Say what the callee gets, in words or by its space, and where it comes from."""
    return f"{callee(call)} gets {what or tensor.space.described}: {origin(argument, tensor)}"


def described(tensor: TensorFacts) -> str:
    """Write dtype and shape as far as known, like ``f32[8, ?]``; empty where neither is."""
    dtype = "" if tensor.dtype is None else tensor.dtype.value
    return dtype + ("" if tensor.shape is None else shape_text(tensor.shape))


def shape_text(shape: Shape) -> str:
    """Write a shape like ``[8, ?, 10]``."""
    return f"[{', '.join('?' if size is None else str(size) for size in shape)}]"


def floor(call: LossCall, spread: float) -> str:
    """Say what mean cross-entropy cannot fall below when no two scores differ by more than ``spread``."""
    classes = class_count(scores_shape(call))
    weighted = "weight" in call.arguments or "weight" in call.options
    if classes is None or classes < 2 or weighted or reduction(call) != "mean":
        return ""
    bound = math.log1p((classes - 1) * math.exp(-spread))
    return f"; with {classes} classes this loss cannot fall below {bound:.4f}"


def _within(inner: Span, outer: Span) -> bool:
    return (inner.path, inner.cell) == (outer.path, outer.cell) and (
        (outer.line, outer.column)
        <= (inner.line, inner.column)
        <= (inner.end_line, inner.end_column)
        <= (outer.end_line, outer.end_column)
    )
