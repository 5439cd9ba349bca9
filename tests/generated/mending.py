"""Mends generated programs, and runs what comes of it against the program as it was meant."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lossguard import check_source
from lossguard.analysis.source import from_text
from lossguard.diagnostics import Applicability
from lossguard.fixes import applied
from tests.generated.programs import Generated, program, right
from tests.generated.running import executed

PATH = "program.py"
ROUNDS = 4
_NOT_MENDED = frozenset({"twist", "under no_grad", "arrangement", "dim of act", "variance", "one class"})
"""Mistakes that no fix is offered for: what was meant is not for a program to say."""

_GUESSED = {"LG201 unsafe", "LG202 unsafe"}
"""Fixes of targets that may have been meant to be something else."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of a program with a mistake.

    text: after every fix; None where none is offered.
    codes: of the fixes, each with its safety.
    disagreements: where the mended program does not parse, is not clean or computes another loss.
    """

    text: str | None
    codes: tuple[str, ...]
    disagreements: tuple[str, ...] = ()


def mended(generated: Generated) -> Mended:
    """Apply every fix that there is, again and again, and look at the result."""
    text, codes = generated.text, list[str]()
    for _ in range(ROUNDS):
        findings = [each for each in check_source(text, PATH) if each.fix is not None]
        sources, before = {PATH: from_text(text, PATH)}, text
        count, changed = applied(findings, sources, lambda _: before.encode(), unsafe=True)  # noqa: B023
        if not count:
            break
        codes += [f"{f.code} {f.fix.applicability.value}" for f in findings if f.fix is not None]
        text = changed[PATH].decode()
    if not codes:
        return Mended(None, ())
    return Mended(text, tuple(codes), tuple(_disagreements(generated, text, codes)))


def _disagreements(generated: Generated, text: str, codes: list[str]) -> list[str]:
    try:
        ast.parse(text)
    except SyntaxError as error:
        return [f"the mended program does not parse: {error}"]
    findings = check_source(text, PATH)
    left = {each.code for each in findings} & {code.partition(" ")[0] for code in codes}
    said = [f"{code} is left" for code in sorted(left)]
    if findings or len(generated.mistakes) > 1 or generated.mistakes & _NOT_MENDED or _GUESSED & set(codes):
        return said
    meant = executed(_as_meant(generated))
    if meant.error:
        return said
    wanted = meant.loss
    got = executed(replace(generated, text=text))
    if got.error:
        return [*said, f"the mended program fails: {got.error}"]
    if not isinstance(wanted, Tensor) or not isinstance(got.loss, Tensor):
        return said
    if not torch.allclose(wanted, got.loss.to(wanted.dtype), rtol=1e-4, atol=1e-5, equal_nan=True):
        said.append(f"the mended program computes {got.loss.item():.6g}, and not {wanted.item():.6g}")
    return said


def _as_meant(generated: Generated) -> Generated:
    """The program without its mistake: what it takes is what its loss is used with most.

    A deprecated option means what it says, other than the mean of a divergence.
    """
    chosen = dict(right(generated).chosen)
    if "labels" in generated.mistakes:
        chosen["labels"] = 0
    if "activation" in generated.mistakes:
        chosen["activation"] = 0
    if "options" in generated.mistakes and generated.loss == "KLDivLoss":
        chosen["options"] = 0
    elif "options" in generated.mistakes:
        chosen["mistake: options"] = generated.chosen["mistake: options"]
    if "constructed with tensors" in generated.mistakes:
        chosen["options"] = 0
    return program(generated.seed, chosen)


def is_safe(code: str) -> bool:
    """Whether a fix, as ``Mended`` names it, is applied without being asked for."""
    return code.endswith(Applicability.SAFE.value)
