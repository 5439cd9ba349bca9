"""Where in the user's program a loss is called, and in what words; asked only once something is wrong."""

from __future__ import annotations

import ast
import linecache
import os
import sys
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import FrameType, MappingProxyType

import torch

import lossguard
from lossguard.contracts import Parameter
from lossguard.diagnostics import Span

_MACHINERY = tuple(os.path.dirname(module.__file__ or "") + os.sep for module in (torch, lossguard))  # noqa: PTH120

NOWHERE = Span("<unknown>", 1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Words:
    """An argument as it stands in the source."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Site:
    """A loss call as it stands in the source.

    text: the callee, None where the source cannot be had.
    arguments: by the parameter's key; empty where the source cannot be had.
    """

    span: Span
    text: str | None = None
    arguments: Mapping[str, Words] = field(default_factory=lambda: MappingProxyType({}))


def call_site(parameters: Sequence[Parameter], given: Container[str]) -> Site:
    """Find the call that the user's frame is about to make.

    given: the keys of the arguments of the loss, without those that are their defaults. Source that does not
    say what they are (``f(*batch)``, a wrapper in between) gives the place, but no words.
    """
    frame = user_frame()
    extent = _extent(frame)
    if extent is None:
        return place(frame.f_code.co_filename, frame.f_lineno)
    return _Excerpt(frame, *extent).site(parameters, given)


def place(filename: str, line: int) -> Site:
    """Give a line of a file as the site of a call, without words."""
    return Site(Span(_shown(filename), line, 1, line, 1))


def user_frame() -> FrameType:
    """Find the innermost frame that is neither torch's nor ours; the outermost one where all of them are."""
    frame = sys._getframe(1)
    while frame.f_back is not None and is_machinery(frame):
        frame = frame.f_back
    return frame


def is_machinery(frame: FrameType) -> bool:
    """Tell whether a frame runs code of torch or of lossguard, or code that torch wrote itself."""
    filename = frame.f_code.co_filename
    return filename.startswith((*_MACHINERY, "<eval_with_key>")) or "torchinductor" in filename


def _extent(frame: FrameType) -> tuple[int, int, int, int] | None:
    """Take line, end line, column and end column (0-based, in bytes) of the running instruction."""
    co_positions = getattr(frame.f_code, "co_positions", None)  # Python 3.11
    if co_positions is None:
        return None
    line, end_line, column, end_column = next(islice(co_positions(), frame.f_lasti // 2, None))
    return None if None in (line, end_line, column, end_column) else (line, end_line, column, end_column)


def _shown(filename: str) -> str:
    path = Path(filename)
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else filename


class _Excerpt:
    """The source text of one call."""

    def __init__(self, frame: FrameType, line: int, end_line: int, column: int, end_column: int) -> None:
        lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
        raw = [text.encode() for text in lines[line - 1 : end_line]]
        self.path = _shown(frame.f_code.co_filename)
        self.line = line
        self.indent = len(raw[0][:column].decode()) if raw else column
        end = len(raw[-1][:end_column].decode()) if raw else end_column
        self.span = Span(self.path, line, self.indent + 1, end_line, end + 1)
        if raw:
            raw[-1] = raw[-1][:end_column]
            raw[0] = raw[0][column:]
        self.text = b"".join(raw).decode()

    def site(self, parameters: Sequence[Parameter], given: Container[str]) -> Site:
        try:
            parsed = ast.parse(f"({self.text})", mode="eval").body
        except SyntaxError:
            return Site(self.span)
        if not isinstance(parsed, ast.Call):
            return Site(self.span)
        arguments = _arguments(parsed, parameters, given)
        if arguments is None:
            return Site(self.span)
        return Site(
            self.span,
            self._words(parsed.func).text,
            MappingProxyType({key: self._words(node) for key, node in arguments.items()}),
        )

    def _words(self, node: ast.expr) -> Words:
        text = ast.get_source_segment(f"({self.text})", node) or ""
        start, end = (
            self._place(line, column)
            for line, column in (
                (node.lineno, node.col_offset),
                (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
            )
        )
        return Words(text, Span(self.path, *start, *end))

    def _place(self, line: int, column: int) -> tuple[int, int]:
        before = f"({self.text})".split("\n")[line - 1].encode()[:column].decode()
        return self.line + line - 1, len(before) + (self.indent if line == 1 else 1)


def _arguments(
    call: ast.Call, parameters: Sequence[Parameter], given: Container[str]
) -> dict[str, ast.expr] | None:
    """Pair the parameters of a loss with what its call writes; None where another function is called."""
    names = {parameter.name: parameter.key for parameter in parameters}
    starred = any(isinstance(argument, ast.Starred) for argument in call.args)
    if starred or len(call.args) > len(parameters) or not all(word.arg in names for word in call.keywords):
        return None
    by_place = dict(zip(names.values(), call.args, strict=False))
    written = by_place | {names[word.arg]: word.value for word in call.keywords if word.arg is not None}
    unseen = any(key in given and key not in written for key in names.values())
    foreign = any(key not in given and not isinstance(node, ast.Constant) for key, node in by_place.items())
    return None if unseen or foreign else written
