"""Which findings ``--fix`` would mend, and what is said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lossguard.analysis.source import SourceFile
from lossguard.diagnostics import Applicability, Diagnostic

FIX, UNSAFE_FIXES = "--fix", "--unsafe-fixes"


@dataclass(frozen=True, slots=True)
class Fixable:
    """Tells how fixes are applied that were not.

    sources: the files that may change, by the path that spans give.
    fixing, unsafe: whether the command line has these options already.
    """

    sources: Mapping[str, SourceFile]
    fixing: bool
    unsafe: bool

    def how(self, finding: Diagnostic) -> str:
        """The options that are missing for a finding's fix to be made; empty where there is none to make."""
        if finding.fix is None:
            return ""
        from lossguard.fixes import applicable

        if not applicable(finding, self.sources):
            return ""
        missing = [] if self.fixing else [FIX]
        if finding.fix.applicability is Applicability.UNSAFE and not self.unsafe:
            missing.append(UNSAFE_FIXES)
        return " ".join(missing)

    def summary(self, findings: Iterable[Diagnostic]) -> str:
        """Say how many of the findings can be fixed; empty where none can."""
        counts = Counter(how for finding in findings if (how := self.how(finding)))
        safe = counts.pop(FIX, 0)
        how, unsafe = next(iter(counts.items()), ("", 0))
        if not safe:
            return f"{unsafe} fixable with `{how}`." if unsafe else ""
        more = f" ({unsafe} more with `{UNSAFE_FIXES}`)" if unsafe else ""
        return f"{safe} fixable with `{FIX}`{more}."
