"""What CTC reads without looking: lengths, the blank and labels. torch corrupts memory on some mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from torch import Tensor

from lossguard.contracts import Shapes
from lossguard.rules import Finding
from lossguard.runtime.checks import Check, callee, named, readable
from lossguard.runtime.observation import Observation, described

Lengths = Sequence[int]


class SequenceArguments(Check):
    """Lengths, blank or labels of CTC that do not fit together; a negative label kills the process."""

    code = "LG409"
    name = "ctc-arguments"

    def check(self, seen: Observation) -> Finding | None:
        """See the class."""
        scores, labels = seen.input, seen.target
        if seen.call.contract.shapes is not Shapes.SEQUENCES or scores is None or labels is None:
            return None
        if scores.dim() not in (2, 3):
            return None
        blank = seen.call.options.get("blank", 0)
        classes = scores.shape[-1]
        if not isinstance(blank, int) or not 0 <= blank < classes:
            return Finding(
                None,
                f"the blank of {callee(seen)} is {blank}, but there are {classes} classes, "
                f"0 to {classes - 1}: {described(scores)}",
                "give the blank a class of its own",
            )
        frames = _lengths(seen, "input_lengths")
        counts = _lengths(seen, "target_lengths")
        return (
            _misfit(seen, "input_lengths", frames, scores, scores.shape[0])
            or _misfit(seen, "target_lengths", counts, scores, _room(labels))
            or _too_long(seen, frames, counts)
            or _mislabelled(seen, labels, counts, classes, blank)
        )


def _lengths(seen: Observation, key: str) -> Lengths | None:
    """Read lengths from a tensor on the CPU or a sequence; None where that cannot be done."""
    given = seen.tensors.get(key, seen.call.options.get(key))
    if isinstance(given, Tensor):
        if not readable(given) or given.is_floating_point():
            return None
        return [int(length) for length in given.reshape(-1).tolist()]
    return given if isinstance(given, (list, tuple)) else None


def _room(labels: Tensor) -> int:
    return labels.shape[-1] if labels.dim() else 0


def _misfit(
    seen: Observation, key: str, lengths: Lengths | None, scores: Tensor, room: int
) -> Finding | None:
    tensor = seen.tensors.get(key)
    if tensor is not None and tensor.is_floating_point():
        return Finding(
            key,
            f"{callee(seen)} gets lengths as {described(tensor)}: {named(seen, key)}",
            "convert the lengths: `.long()`",
        )
    if lengths is None:
        return None
    batch = scores.shape[1] if scores.dim() == 3 else 1
    if len(lengths) != batch:
        return Finding(
            key,
            f"{callee(seen)} gets {len(lengths)} lengths in {named(seen, key)} for a batch of {batch}: "
            f"its input, {described(scores)}, counts as (T, N, C)",
            "give one length a sample; an input of (N, T, C) needs `.transpose(0, 1)`",
        )
    wrong = next((length for length in lengths if not 0 <= length <= room), None)
    if wrong is None:
        return None
    return Finding(
        key,
        f"{named(seen, key)} of {callee(seen)} holds {wrong}, but there is room for 0 to {room}",
        "give the true lengths, as they are after the model's own subsampling",
    )


def _too_long(seen: Observation, frames: Lengths | None, counts: Lengths | None) -> Finding | None:
    if frames is None or counts is None or seen.call.options.get("zero_infinity", False):
        return None
    pairs = enumerate(zip(frames, counts, strict=True))
    wrong = next(((sample, have, want) for sample, (have, want) in pairs if want > have), None)
    if wrong is None:
        return None
    sample, have, want = wrong
    return Finding(
        "target_lengths" if "target_lengths" in seen.call.arguments else None,
        f"sample {sample} of {callee(seen)} has {want} labels but only {have} frames: the loss is infinite",
        "leave such samples out, subsample less, or pass zero_infinity=True",
    )


def _mislabelled(
    seen: Observation, labels: Tensor, counts: Lengths | None, classes: int, blank: int
) -> Finding | None:
    key = seen.call.contract.target or ""
    if counts is None or not readable(labels):
        return None
    if labels.dim() == 1 and len(counts) > 1 and labels.shape[0] != sum(counts):
        return Finding(
            key,
            f"{named(seen, key)} of {callee(seen)} holds {labels.shape[0]} labels, "
            f"but the lengths add up to {sum(counts)}",
            "concatenate the labels of the samples without padding, or give them as (N, S)",
        )
    for sample, row in enumerate(_samples(labels, counts)):
        for value in row:
            if not 0 <= value < classes or value == blank:
                what = "the blank" if value == blank else f"no class: there are {classes}, 0 to {classes - 1}"
                return Finding(
                    key,
                    f"{named(seen, key)} of {callee(seen)} holds {value} in sample {sample}, which is {what}",
                    "number the labels from 1, with 0 for the blank, or pass the blank's number; "
                    "padding belongs behind the target length",
                )
    return None


def _samples(labels: Tensor, counts: Lengths) -> list[list[int]]:
    if labels.dim() == 2:
        return [row[:count] for row, count in zip(labels.long().tolist(), counts, strict=True)]
    flat = labels.long().tolist()
    return [flat[end - count : end] for count, end in zip(counts, accumulate(counts), strict=True)]
