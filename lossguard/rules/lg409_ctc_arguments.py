"""LG409."""

from __future__ import annotations

from collections.abc import Sequence

from lossguard.contracts import DType, Shapes
from lossguard.facts import LossCall
from lossguard.rules.base import Finding, Rule
from lossguard.rules.evidence import Shape, tensor_at
from lossguard.rules.readings import read
from lossguard.rules.wording import callee, described, quoted

Lengths = Sequence[int]
_HALVES = frozenset({DType.F16, DType.BF16})


class CtcArguments(Rule):
    """Lengths, blank or labels of CTC do not fit together; torch corrupts memory on some of these.

    ## What it does
    Reports lengths that are not whole numbers, not one a sample, or longer than there is room for; labels
    that are the blank or no class; labels that do not add up to their lengths; a blank that is no class; and
    samples with more labels than frames; and log-probabilities of half precision.

    ## Why is this bad
    torch checks little of it. A label of -1 within its length corrupts memory and kills the process in the
    backward pass, a label of C gives a loss of -6e30, and more labels than frames an infinite one. For half
    precision torch raises `"ctc_loss_cpu" not implemented for 'Half'`.

    ## Example
    ```python
    log_probs = log_probs.transpose(0, 1)  # (N, T, C)
    loss = F.ctc_loss(log_probs, labels, input_lengths, target_lengths)
    ```

    ## Use instead
    ```python
    log_probs = log_probs.transpose(0, 1)  # (T, N, C)
    loss = F.ctc_loss(log_probs, labels, input_lengths, target_lengths)
    ```

    ## Fix safety
    No fix is offered.

    ## Known limits
    A batch in the wrong order whose two sizes agree looks right. Lengths and labels on a GPU are read as far
    as that takes no waiting.

    ## References
    - [torch.nn.CTCLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CTCLoss.html)
    """

    code = "LG409"
    name = "ctc-arguments"
    guard_only = True
    reads_values = True

    def check(self, call: LossCall) -> Finding | None:
        """See the class."""
        scores = tensor_at(call, call.contract.input)
        if call.contract.shapes is not Shapes.SEQUENCES or scores is None:
            return None
        if scores[1].dtype in _HALVES and call.autocast is False:
            return Finding(
                call.contract.input,
                f"{callee(call)} computes in f32 or f64, {quoted(scores[0].text)} is {described(scores[1])}",
                f"convert it: `{scores[0].text}.float()`",
            )
        shape = scores[1].shape
        if shape is None or len(shape) not in (2, 3) or None in shape:
            return None
        frames, classes = shape[0] or 0, shape[-1] or 0
        blank = call.options.get("blank", 0)
        if not isinstance(blank, int) or not 0 <= blank < classes:
            return Finding(
                None,
                f"the blank of {callee(call)} is {blank}, but there are {classes} classes, "
                f"0 to {classes - 1}: {described(scores[1])}",
                "give the blank a class of its own",
            )
        return (
            _misfit(call, "input_lengths", shape, frames)
            or _misfit(call, "target_lengths", shape, _room(call))
            or _too_long(call)
            or _mislabelled(call, classes, blank)
        )


def _lengths(call: LossCall, key: str) -> Lengths | None:
    given = call.options.get(key)
    if isinstance(given, (list, tuple)):
        return given
    known = read(call, key)
    return None if known is None else known[2].listed()


def _room(call: LossCall) -> int | None:
    labels = tensor_at(call, call.contract.target)
    return labels[1].shape[-1] if labels is not None and labels[1].shape else None


def _misfit(call: LossCall, key: str, scores: Shape, room: int | None) -> Finding | None:
    known = tensor_at(call, key)
    name = quoted(known[0].text if known is not None else key)
    if known is not None and known[1].dtype is not None and known[1].dtype.is_floating:
        return Finding(
            key,
            f"{callee(call)} gets lengths as {described(known[1])}: {name}",
            "convert the lengths: `.long()`",
        )
    lengths = _lengths(call, key)
    if lengths is None:
        return None
    at = key if known is not None else None
    batch = scores[1] if len(scores) == 3 else 1
    if len(lengths) != batch:
        return Finding(
            at,
            f"{callee(call)} gets {len(lengths)} lengths in {name} for a batch of {batch}: "
            "its input counts as (T, N, C)",
            "give one length a sample; an input of (N, T, C) needs `.transpose(0, 1)`",
        )
    wrong = next((length for length in lengths if room is not None and not 0 <= length <= room), None)
    if wrong is None:
        return None
    return Finding(
        at,
        f"{name} of {callee(call)} holds {wrong}, but there is room for 0 to {room}",
        "give the true lengths, as they are after the model's own subsampling",
    )


def _too_long(call: LossCall) -> Finding | None:
    frames, counts = _lengths(call, "input_lengths"), _lengths(call, "target_lengths")
    if frames is None or counts is None or call.options.get("zero_infinity", False):
        return None
    pairs = enumerate(zip(frames, counts, strict=True))
    wrong = next(((sample, have, want) for sample, (have, want) in pairs if want > have), None)
    if wrong is None:
        return None
    sample, have, want = wrong
    return Finding(
        "target_lengths" if "target_lengths" in call.arguments else None,
        f"sample {sample} of {callee(call)} has {want} labels but only {have} frames: the loss is infinite",
        "leave such samples out, subsample less, or pass zero_infinity=True",
    )


def _mislabelled(call: LossCall, classes: int, blank: int) -> Finding | None:
    counts, known = _lengths(call, "target_lengths"), read(call, call.contract.target)
    if counts is None or known is None:
        return None
    argument, labels, elements = known
    name = quoted(argument.text)
    if labels.rank == 1 and len(counts) > 1 and labels.shape != (sum(counts),):
        return Finding(
            call.contract.target,
            f"{name} of {callee(call)} holds {_room(call)} labels, but the lengths add up to {sum(counts)}",
            "concatenate the labels of the samples without padding, or give them as (N, S)",
        )
    wrong = elements.outside(0, classes - 1, lengths=counts)
    what = f"no class: there are {classes}, 0 to {classes - 1}"
    if wrong is None:
        wrong, what = elements.equal(blank, lengths=counts), "the blank"
    if wrong is None:
        return None
    return Finding(
        call.contract.target,
        f"{name}{list(wrong.position or ())} of {callee(call)} is {wrong.value:.0f}, which is {what}",
        "number the labels from 1, with 0 for the blank, or pass the blank's number; "
        "padding belongs behind the target length",
    )
