"""A file of known findings: what is in it is left out, so that old code can be adopted as it is.

Findings are known by file, rule and source text; they are recognised after lines have moved.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from lossguard.cli.config import ConfigError
from lossguard.cli.sources import Sources
from lossguard.diagnostics import Diagnostic, Span
from lossguard.files import write
from lossguard.fingerprints import fingerprints


class Known(msgspec.Struct, frozen=True):
    """A finding that is left out; ``path`` is relative to the file it stands in."""

    path: str
    code: str
    fingerprint: str


class Baseline(msgspec.Struct, frozen=True):
    """The content of such a file."""

    version: Literal[1]
    findings: list[Known]


def load(file: Path) -> Baseline:
    """Read a baseline; raises ConfigError where it cannot be used."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Baseline)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise ConfigError(f"{file}: not a baseline: {error}; --write-baseline makes one") from error


def store(file: Path, findings: Sequence[Diagnostic], sources: Sources) -> None:
    """Write the findings as a baseline, a line each; raises OSError."""
    known = _known(file, findings, sources)
    lines = ",\n".join(json.dumps(msgspec.structs.asdict(each), ensure_ascii=False) for each in known)
    text = f'{{"version": 1, "findings": [\n{lines}\n]}}\n'
    write(file, text.encode(errors="surrogateescape"))


def remaining(
    file: Path, baseline: Baseline, findings: Sequence[Diagnostic], sources: Sources
) -> tuple[list[Diagnostic], int]:
    """The findings that are not in a baseline, and how many of its own there are no more."""
    known = {each.fingerprint for each in baseline.findings}
    present = _known(file, findings, sources)
    left = [finding for finding, each in zip(findings, present, strict=True) if each.fingerprint not in known]
    return left, len(known - {each.fingerprint for each in present})


def _known(file: Path, findings: Sequence[Diagnostic], sources: Sources) -> list[Known]:
    folder = os.path.abspath(file.parent)

    def name(span: Span) -> str:
        return Path(os.path.relpath(span.path, folder)).as_posix()

    marks = fingerprints(findings, sources.lines, name)
    return [
        Known(name(finding.span), finding.code, mark) for finding, mark in zip(findings, marks, strict=True)
    ]
