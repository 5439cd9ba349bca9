"""Holds what the checker says of a generated program against what torch and the guard do with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from lossguard.assessment import LossVerdict, Verdict
from lossguard.contracts import DType, Space
from lossguard.facts import TensorFacts
from lossguard.rules import rule
from lossguard.runtime.observation import facts_of
from tests.generated.programs import Generated
from tests.generated.running import Call, Run, guarded, observed
from tests.generated.verdicts import verdicts

LARGE = 30.0
_OF_MAKING = frozenset({"LG302", "LG309"})


@dataclass(frozen=True, slots=True)
class Judged:
    """A generated program, what the checker says of it, and where torch says otherwise.

    confirmed: what bore a finding out: ``guard``, ``torch``, ``values`` or ``gradient``.
    unseen: what torch or the guard say of a satisfied call that is about labels, shapes or element types of
        which the checker says itself that it does not know them.
    """

    generated: Generated
    verdict: str
    codes: tuple[str, ...]
    confirmed: tuple[str, ...]
    disagreements: tuple[str, ...]
    unseen: tuple[str, ...] = ()
    reason: str = ""


def judged(generated: Generated) -> Judged:
    """Check a program and run it, and compare."""
    calls = verdicts(generated.text)
    runs = [guarded(generated, mode) for mode in generated.modes]
    looks = [observed(generated, mode, scale) for mode in generated.modes for scale in (1.0, LARGE)]
    said: list[str] = []
    confirmed: list[str] = []
    unseen: list[str] = []
    for call in calls:
        wrong = list(_wrong_facts(call, looks))
        said += wrong
        if call.verdict is Verdict.SATISFIED:
            contradictions = _contradicted(call, runs)
            said += [what for code, what in contradictions if not _unseen(call, code)]
            unseen += [code or "torch" for code, _ in contradictions if _unseen(call, code)]
        for finding in call.diagnostics:
            if not _reached(call, finding.code, runs, looks):
                continue
            by = _borne_out(call, finding.code, runs, looks, holds=not wrong)
            confirmed += [by] if by else []
            if not by:
                said.append(f"line {call.span.line}: {finding.code} is not borne out; {_seen(runs)}")
    if not generated.mistakes:
        said += [f"right, but the checker says {d.code}" for call in calls for d in call.diagnostics]
        said += [f"right, but {_seen([run])}" for run in runs if _told(run)]
    codes = tuple(sorted({d.code for call in calls for d in call.diagnostics}))
    reason = next((call.reason for call in calls if call.verdict is Verdict.UNDECIDED), "")
    return Judged(generated, _worst(calls), codes, tuple(confirmed), tuple(said), tuple(unseen), reason)


def _worst(calls: Iterable[LossVerdict]) -> str:
    found = {call.verdict for call in calls}
    for verdict in (Verdict.VIOLATED, Verdict.UNDECIDED, Verdict.SATISFIED):
        if verdict in found:
            return str(verdict.value)
    return "not found"


def _of_the_rules(codes: Iterable[str]) -> set[str]:
    return {code for code in codes if not rule(code).guard_only}


def _told(run: Run) -> set[str]:
    return {code for codes in run.told.values() for code in _of_the_rules(codes)}


def _seen(runs: Iterable[Run]) -> str:
    return "; ".join(f"the guard says {dict(run.told)}, torch {run.error!r} at {run.raised}" for run in runs)


def _reached(call: LossVerdict, code: str, runs: Iterable[Run], looks: Iterable[Run]) -> bool:
    """Whether a run came to the call, or to where the loss is made, as far as it broke off."""
    line = call.span.line
    if code in _OF_MAKING:
        return any(not run.raised or run.raised[-1] >= line for run in runs)
    came = any(each.line == line for look in looks for each in look.calls)
    return came or any(not run.raised or line in run.raised for run in runs)


def _contradicted(call: LossVerdict, runs: Iterable[Run]) -> list[tuple[str, str]]:
    """Codes of the guard at a call that is said to be satisfied, an empty one for an error of torch."""
    line, found = call.span.line, list[tuple[str, str]]()
    for run in runs:
        told = run.told.get(line, set())
        found += [
            (code, f"line {line}: satisfied, but the guard says {code}")
            for code in sorted(_of_the_rules(told))
        ]
        if line in run.raised and not told:
            found.append(("", f"line {line}: satisfied, but torch says {run.error}"))
    return found


def _unseen(call: LossVerdict, code: str) -> bool:
    """Whether what a code is about is not known to the checker, and said not to be."""
    given, target = call.input or TensorFacts(), call.target or TensorFacts()
    dtypes, shapes = {given.dtype, target.dtype}, (given.shape, target.shape)
    is_typed = not dtypes & {None, DType.FLOAT}
    is_shaped = all(shape is not None and None not in shape for shape in shapes)
    match code:
        case "LG206" | "LG207":  # the signs of numbers that are not negative are 0 and 1
            return target.space is Space.UNKNOWN or target.operation == "sign"
        case "LG111":  # what is known of the variance is no part of a verdict
            return given.space is Space.UNKNOWN or call.loss == "GaussianNLLLoss"
        case "LG202" | "LG203" | "LG309":  # ignore_index means nothing to floats
            return not is_typed
        case "LG201" | "LG204" | "LG303" | "LG304" | "LG306":
            return not is_shaped
        case "LG108":
            return given.rank is None or given.dim is None
        case "":
            return not is_shaped
    return False


def _borne_out(call: LossVerdict, code: str, runs: list[Run], looks: list[Run], *, holds: bool) -> str:
    line = call.span.line
    if any(code in run.told.get(line, ()) for run in runs):
        return "guard"
    if any(line in run.raised for run in runs):
        return "torch"
    if code == "LG302":
        return "torch" if any(run.raised for run in runs) else ""
    if code == "LG309":
        return _option_refused(runs)
    reached = [look for look in looks if any(each.line == line for each in look.calls)]
    if code == "LG305":
        return "gradient" if reached and not any(look.learned for look in reached) else ""
    if any(_of_the_rules(run.told.get(line, ())) for run in runs):
        return "guard, by another code" if holds else ""
    if code == "LG108" and any(_is_one_number(look, line) for look in reached):
        return "values"
    known = any(each is not None and each.space is not Space.UNKNOWN for each in (call.input, call.target))
    known |= code == "LG306" and call.input is not None and call.input.features is not None
    if (call.input is None or call.input.space is Space.UNKNOWN) and any(
        _fits(each, code) for look in reached for each in look.calls
    ):
        return "values"  # of one way of reaching the call, where others differ
    return "values" if holds and known and reached else ""


def _fits(call: Call, code: str) -> bool:
    """Whether an input is what a rule says that it is, and not what the loss expects."""
    tensor = call.tensors.get(call.contract.input)
    if tensor is not None and code == "LG111":
        return bool((tensor >= 0).all())
    if tensor is None or code not in call.contract.misuse.values():
        return False
    values = tensor.double()
    misused = [space for space, rule in call.contract.misuse.items() if rule == code]
    expected = call.contract.expects - {Space.LOGITS}  # which may be anything
    dim = 1 if values.dim() > 1 else 0
    return any(_holds(TensorFacts(space), values) for space in misused) and not any(
        _holds(TensorFacts(space, dim), values) for space in expected
    )


def _is_one_number(look: Run, line: int) -> bool:
    """Whether an input holds nothing but one number, as a softmax over one value does."""
    inputs = [each.tensors.get(each.contract.input) for each in look.calls if each.line == line]
    return any(each is not None and bool((each == each.flatten()[0]).all()) for each in inputs)


def _option_refused(runs: list[Run]) -> str:
    """An option is told of where the loss is made, and torch minds it only where it is called."""
    if any("LG309" in _told(run) for run in runs):
        return "guard"
    minded = any(run.raised or any("deprecated" in each for each in run.warned) for run in runs)
    return "torch" if minded else ""


def _wrong_facts(call: LossVerdict, looks: Iterable[Run]) -> Iterable[str]:
    """What the checker says to know of a tensor, and is not so."""
    seen = [each for look in looks for each in look.calls if each.line == call.span.line]
    for known, key in ((call.input, "input"), (call.target, "target")):
        for each in seen:
            tensor = each.tensors.get(getattr(each.contract, key) or "")
            wrong = None if known is None or tensor is None else _difference(known, tensor)
            if wrong:
                yield f"line {call.span.line}: {key} is said to be {wrong}"
                break
        if known is not None and known.space is Space.LOGITS and _are_bounded(seen, key):
            yield f"line {call.span.line}: {key} is said to hold raw scores, and never leaves [0, 1]"


def _are_bounded(calls: list[Call], key: str) -> bool:
    tensors = [call.tensors.get(getattr(call.contract, key) or "") for call in calls]
    values = torch.cat([each.flatten().double() for each in tensors if each is not None] or [torch.zeros(0)])
    if values.numel() <= 60 or not bool(((values >= 0) & (values <= 1)).all()):
        return False
    return values.min().item() < 0.1 and values.max().item() > 0.9  # as what a sigmoid makes of large inputs


def _difference(known: TensorFacts, tensor: Tensor) -> str:
    actual = facts_of(tensor)
    same_type = known.dtype in (None, actual.dtype) or (
        known.dtype is DType.FLOAT and tensor.is_floating_point()
    )
    if not same_type:
        return f"{known.dtype}, and is {actual.dtype}"
    shape = tuple(tensor.shape)
    if known.shape is not None:
        if len(known.shape) != len(shape):
            return f"of shape {known.shape}, and is {shape}"
        if any(a not in (None, b) for a, b in zip(known.shape, shape, strict=True)):
            return f"of shape {known.shape}, and is {shape}"
    if not bool(torch.isfinite(tensor).all()) or tensor.is_complex():
        return ""
    return (
        ""
        if _holds(known, tensor.double())
        else f"{known.space} along {known.dim}, and is {tensor.flatten()[:4]}"
    )


def _holds(known: TensorFacts, values: Tensor) -> bool:
    if not values.numel():
        return True
    low, high = values.min().item(), values.max().item()
    small = 1e-4
    match known.space:
        case Space.PROBABILITIES:
            return low >= -small and _sums_to_one(known, values)
        case Space.LOG_PROBABILITIES:
            return high <= small and _sums_to_one(known, values.exp())
        case Space.UNIT_INTERVAL:
            return low >= -small and high <= 1 + small
        case Space.LOG_UNIT_INTERVAL | Space.NON_NEGATIVE:
            return high <= small if known.space is Space.LOG_UNIT_INTERVAL else low >= -small
        case Space.SIGNED_UNIT_INTERVAL:
            return low >= -1 - small and high <= 1 + small
        case Space.CLASS_INDICES:
            return low >= 0 and bool((values == values.round()).all())
        case Space.BINARY | Space.ONE_HOT:
            return bool(((values == 0) | (values == 1)).all())
        case Space.SIGNS:
            return bool((values.abs() == 1).all())
        case Space.ONES:
            return bool((values == 1).all())
    return True


def _sums_to_one(known: TensorFacts, values: Tensor) -> bool:
    """Where it is not known along which dimension, what summed up may have been taken apart."""
    if known.dim is None:
        return values.max().item() <= 1 + 1e-4
    return bool(((values.sum(known.dim) - 1).abs() < 1e-3).all())
