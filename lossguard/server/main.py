"""The language server itself: what the editor says, and when programs are checked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from lossguard import __version__
from lossguard.checker import UNREADABLE, Input, check
from lossguard.cli.check import configured
from lossguard.cli.config import ConfigError, nearest
from lossguard.config import Config
from lossguard.diagnostics import Diagnostic
from lossguard.discovery import patterns
from lossguard.server.programs import Program, address, programs
from lossguard.server.translation import Translation, hover

DEBOUNCE = 0.3
"""Seconds without a change before programs are checked."""

_STACK = 64 * 1024 * 1024
_NOTEBOOKS = lsp.NotebookDocumentSyncOptions(
    notebook_selector=[
        lsp.NotebookDocumentFilterWithNotebook(
            notebook="jupyter-notebook", cells=[lsp.NotebookCellLanguage(language="python")]
        )
    ]
)
_CHANGES = (
    lsp.TEXT_DOCUMENT_DID_OPEN,
    lsp.TEXT_DOCUMENT_DID_CHANGE,
    lsp.TEXT_DOCUMENT_DID_SAVE,
    lsp.TEXT_DOCUMENT_DID_CLOSE,
    lsp.NOTEBOOK_DOCUMENT_DID_OPEN,
    lsp.NOTEBOOK_DOCUMENT_DID_CHANGE,
    lsp.NOTEBOOK_DOCUMENT_DID_SAVE,
    lsp.NOTEBOOK_DOCUMENT_DID_CLOSE,
    lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES,
)


class Server(LanguageServer):
    """Checks what is open after every pause in the changes, on a thread of its own."""

    def __init__(self) -> None:
        super().__init__("lossguard", __version__, notebook_document_sync=_NOTEBOOKS)
        self.findings: dict[str, list[Diagnostic]] = {}
        self.translation: Translation | None = None
        self._pending: asyncio.Task[None] | None = None
        self._told: str | None = None
        before = threading.stack_size(_STACK)
        self._checking = ThreadPoolExecutor(1, thread_name_prefix="checking")
        self._checking.submit(int)  # starts the thread, which keeps the stack that it starts with
        threading.stack_size(before)

    def changed(self) -> None:
        """Check once nothing has changed for a while."""
        if self._pending is not None:
            self._pending.cancel()
        self._pending = asyncio.get_running_loop().create_task(self._check_soon())

    async def _check_soon(self) -> None:
        await asyncio.sleep(DEBOUNCE)
        current = {program.source.path: program for program in programs(self.workspace)}
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._checking, _found, tuple(current.values()))
        except ConfigError as error:
            self._tell(str(error))
            return
        except Exception as error:  # noqa: BLE001 - the next change may be another program
            text = f"lossguard: internal error: {type(error).__name__}: {error}"
            self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, text))
            return
        self._told = None
        self._publish(Translation(current, self.workspace.position_codec), found)

    def _publish(self, translation: Translation, found: Iterable[Diagnostic]) -> None:
        documents = {uri for program in translation.programs.values() for uri in program.documents.values()}
        by_document: dict[str, list[Diagnostic]] = {uri: [] for uri in documents}
        for finding in found:
            by_document[address(finding.span, translation.programs)].append(finding)
        gone = self.findings.keys() - by_document.keys()
        self.findings, self.translation = by_document, translation
        for uri, findings in (*by_document.items(), *((uri, []) for uri in gone)):
            shown = [translation.diagnostic(finding) for finding in findings]
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, shown))

    def _tell(self, message: str) -> None:
        """Show a mistake in a configuration, once."""
        if message != self._told:
            self._told = message
            self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, f"lossguard: {message}"))

    def at(self, uri: str, place: lsp.Range) -> list[Diagnostic]:
        """The findings that a stretch of a document touches."""
        if self.translation is None:
            return []
        spans = ((finding, self.translation.range(finding.span)) for finding in self.findings.get(uri, ()))
        return [finding for finding, span in spans if span.start <= place.end and place.start <= span.end]


def _found(opened: Iterable[Program]) -> list[Diagnostic]:
    """Check programs, those of one configuration together; raises ConfigError for one that is broken."""
    together: dict[Path | None, list[Program]] = {}
    for program in opened:
        together.setdefault(nearest(program.folder), []).append(program)
    found: list[Diagnostic] = []
    for file, group in together.items():
        config = configured(file).config(file.parent if file else Path.cwd())
        sources = tuple(program.source for program in group if not _excluded(program, config))
        found += check(Input(sources), config._replace(ignore=(*config.ignore, UNREADABLE))).findings
    return found


def _excluded(program: Program, config: Config) -> bool:
    try:
        left_out = patterns((*config.exclude, *config.extend_exclude), config.root or Path.cwd())
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return bool(program.source.file and left_out.decide(str(program.source.file)))


def server() -> Server:
    """Make a server that is ready to be started."""
    made = Server()

    def changed(ls: Server, _params: object) -> None:
        ls.changed()

    for feature in _CHANGES:
        made.feature(feature)(changed)

    @made.feature(lsp.TEXT_DOCUMENT_HOVER)
    def show(ls: Server, params: lsp.HoverParams) -> lsp.Hover | None:
        found = ls.at(params.text_document.uri, lsp.Range(params.position, params.position))
        if not found or ls.translation is None:
            return None
        text = lsp.MarkupContent(lsp.MarkupKind.Markdown, hover(found[0]))
        return lsp.Hover(text, ls.translation.range(found[0].span))

    options = lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])

    @made.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, options)
    def offer(ls: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        only = params.context.only
        if ls.translation is None or (only and lsp.CodeActionKind.QuickFix not in only):
            return []
        found = ls.at(params.text_document.uri, params.range)
        return [action for finding in found for action in ls.translation.actions(finding)]

    return made
