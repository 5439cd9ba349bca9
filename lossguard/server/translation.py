"""Findings in the terms of the language server protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lsprotocol import types as lsp
from pygls.workspace import PositionCodec

from lossguard.analysis.suppressions import silencing
from lossguard.cli.explain import explanation
from lossguard.cli.output import documentation
from lossguard.cli.sources import Sources
from lossguard.diagnostics import Applicability, Diagnostic, Edit, Severity, Span
from lossguard.rules import rule
from lossguard.server.programs import Program, address

SOURCE = "lossguard"


@dataclass(frozen=True)
class Translation:
    """What an editor is told of findings.

    programs: those that are open, by the path that spans give.
    codec: counts columns as the editor does.
    """

    programs: Mapping[str, Program]
    codec: PositionCodec

    def range(self, span: Span) -> lsp.Range:
        """Where a span stands in its document."""
        lines = [f"{line}\n" for line in self._sources.lines(span)]
        places = ((span.line, span.column), (span.end_line, span.end_column))
        start, end = (lsp.Position(line - 1, column - 1) for line, column in places)
        return (
            self.codec.range_to_client_units(lines, lsp.Range(start, end)) if lines else lsp.Range(start, end)
        )

    def diagnostic(self, finding: Diagnostic) -> lsp.Diagnostic:
        """The finding at the loss; the steps of the value's way are related information."""
        error = finding.severity is Severity.ERROR
        return lsp.Diagnostic(
            range=self.range(finding.span),
            message=f"{finding.message}\nhelp: {finding.help}",
            severity=lsp.DiagnosticSeverity.Error if error else lsp.DiagnosticSeverity.Warning,
            code=finding.code,
            code_description=lsp.CodeDescription(documentation(finding.code)),
            source=SOURCE,
            related_information=[
                lsp.DiagnosticRelatedInformation(
                    lsp.Location(address(step.span, self.programs), self.range(step.span)), step.message
                )
                for step in finding.trace
            ],
        )

    def actions(self, finding: Diagnostic) -> list[lsp.CodeAction]:
        """The finding's fix, if it has one, and a comment that silences it."""
        actions = []
        if (fix := finding.fix) is not None:
            safe = fix.applicability is Applicability.SAFE
            title = f"{finding.code}: {fix.message}" + ("" if safe else " (unsafe)")
            actions.append(self._action(finding, title, fix.edits, preferred=safe))
        program = self.programs.get(finding.span.path)
        if program is not None:
            edits = silencing(program.source, [(finding.span, finding.code)]).values()
            if edits:
                title = f"{finding.code}: silence it on this line"
                actions.append(self._action(finding, title, tuple(edits), preferred=False))
        return actions

    def _action(
        self, finding: Diagnostic, title: str, edits: tuple[Edit, ...], *, preferred: bool
    ) -> lsp.CodeAction:
        changes: dict[str, list[lsp.TextEdit]] = {}
        for edit in edits:
            change = lsp.TextEdit(self.range(edit.span), edit.content)
            changes.setdefault(address(edit.span, self.programs), []).append(change)
        return lsp.CodeAction(
            title=title,
            kind=lsp.CodeActionKind.QuickFix,
            diagnostics=[self.diagnostic(finding)],
            is_preferred=preferred,
            edit=lsp.WorkspaceEdit(changes=changes),
        )

    @property
    def _sources(self) -> Sources:
        return Sources(program.source for program in self.programs.values())


def hover(finding: Diagnostic) -> str:
    """What stands over a finding: the fact, the remedy, and the rule's documentation."""
    return f"{finding.message}\n\n*{finding.help}*\n\n---\n\n{explanation(rule(finding.code))}"
