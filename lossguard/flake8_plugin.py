"""lossguard as a flake8 plugin: ``LG`` codes beside everybody else's.

flake8 itself selects, honours ``noqa``, and reports what cannot be parsed; nothing of that is done twice.
"""

from __future__ import annotations

import os
from functools import cached_property

TYPE_CHECKING = False

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import ClassVar, Protocol

    from lossguard.analysis.prefilter import Reach
    from lossguard.assessment import Assess
    from lossguard.diagnostics import Diagnostic

    class OptionManager(Protocol):
        """The part of ``flake8.options.manager.OptionManager`` that is needed."""

        def extend_default_ignore(self, error_codes: Sequence[str]) -> None:
            """Add codes that are ignored unless they are selected."""


class Lines:
    """What flake8 hands out, as far as it is looked at before anything that takes time to load is."""

    def __init__(self, text: str, filename: str) -> None:
        from pathlib import Path

        self.text = text
        self.file: Path | None = Path(os.path.abspath(filename))


class Run:
    """What the files of one run of flake8 share."""

    @cached_property
    def top(self) -> Path | None:
        """The folder that flake8 runs in, which holds the project as a rule."""
        from pathlib import Path

        try:
            return Path.cwd()
        except FileNotFoundError:
            return None

    @cached_property
    def reach(self) -> Reach | None:
        """What finds the files that a file imports."""
        from lossguard.analysis.prefilter import Reach

        return None if self.top is None else Reach(self.top)

    @cached_property
    def assess(self) -> Assess:
        """What assesses the files, and remembers what they import."""
        from functools import partial

        from lossguard.assessment import assess
        from lossguard.cache import Remembering, usual_folder
        from lossguard.observing import OneByOne

        here = partial(assess, observe=OneByOne())
        folder = usual_folder()
        return here if folder is None else Remembering(folder, here)


class LossguardPlugin:
    """Checks one file; the modules that it imports are read as they are needed.

    The files of one run of flake8 share what they import; a plugin that is used otherwise shares nothing.
    """

    _run: ClassVar[Run | None] = None

    def __init__(
        self,
        tree: ast.AST,  # noqa: ARG002
        lines: Sequence[str],
        filename: str,
    ) -> None:
        self._text = "".join(lines)
        self._filename = filename

    @staticmethod
    def add_options(option_manager: OptionManager) -> None:
        """Tell flake8 which rules are off by default."""
        from lossguard.config import OFF_BY_DEFAULT

        option_manager.extend_default_ignore(OFF_BY_DEFAULT)

    @classmethod
    def parse_options(cls, _options: object) -> None:
        """Begin a run: its files share what they import."""
        cls._run = Run()

    def run(self) -> Iterator[tuple[int, int, str, type[LossguardPlugin]]]:
        """Yield line (from 1), column (from 0), text and plugin of each finding."""
        from lossguard.analysis.prefilter import may_meet_loss

        run = self._run or Run()
        if may_meet_loss((Lines(self._text, self._filename),), {}, run.top, run.reach):
            yield from self._found(run)

    def _found(self, run: Run) -> Iterator[tuple[int, int, str, type[LossguardPlugin]]]:
        from lossguard.analysis.source import from_text
        from lossguard.checker import UNREADABLE, check, given
        from lossguard.config import ALL, Config

        program = given(lambda: from_text(self._text, self._filename), self._filename)
        config = Config(select=(ALL,), ignore=(UNREADABLE,))
        result = check(program._replace(top=run.top), config, noqa=False, meets_loss=True, assess=run.assess)
        for finding in result.findings:
            yield finding.span.line, finding.span.column - 1, _text(finding), type(self)


def _text(finding: Diagnostic) -> str:
    """Write code and message; where the value came from stands at the end, since flake8 shows no trace."""
    import re

    from lossguard.rules.wording import place

    text = f"{finding.code} {finding.message}"
    if not finding.trace:
        return text
    first = finding.trace[0]
    where = place(first.span)
    if operation := re.search(r"`([^`]+)`", first.message):
        text = text.replace(f" comes from `{operation[1]}` at {where}", "")
        where = f"{operation[1]} at {where}"
    return f"{text} ({where})"
