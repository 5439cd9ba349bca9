"""Files that are to change: held as bytes until everything is known, then written, or shown as a diff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lossguard.analysis.source import SourceError, SourceFile, from_bytes
from lossguard.checker import Input
from lossguard.cli.streams import write_out
from lossguard.diagnostics import Diagnostic
from lossguard.files import write_all


class Rewriting:
    """The new content of checked files.

    sources: the files that may change, as they were checked.
    """

    def __init__(self, sources: Sequence[SourceFile], piped: bytes | None = None) -> None:
        """Take files; piped: the content of the only one, where it came through standard input."""
        changeable = (source for source in sources if source.file is not None or piped is not None)
        self.sources = {source.path: source for source in changeable}
        self._piped = piped
        self._before = {} if piped is None else dict.fromkeys(self.sources, piped)
        self._after: dict[str, bytes] = {}

    def __bool__(self) -> bool:
        return bool(self._after)

    def read(self, path: str) -> bytes:
        """The content of a file as it is to be so far.

        Raises OSError where it cannot be read, ValueError where it is not what was checked any more.
        """
        if path not in self._before:
            file = self.sources[path].file
            assert file is not None
            data = file.read_bytes()
            try:
                unchanged = from_bytes(data, file).text == self.sources[path].text
            except SourceError:
                unchanged = False
            if not unchanged:
                raise ValueError(f"{path}: changed while it was checked")
            self._before[path] = data
        return self._after.get(path, self._before[path])

    def update(self, changed: Mapping[str, bytes]) -> None:
        """Take over the new content of files that were read."""
        for path, data in changed.items():
            self._after[path] = data
            self.sources[path] = from_bytes(data, self.sources[path].file or path)

    def fix(self, findings: Sequence[Diagnostic], *, unsafe: bool) -> int:
        """Apply fixes of findings and return how many; raises what ``read`` raises."""
        if not any(finding.fix for finding in findings):
            return 0
        from lossguard.fixes import applied
        from lossguard.fixes.imports import without_stale

        count, changed = applied(findings, self.sources, self.read, unsafe=unsafe)
        self.update({path: without_stale(path, self._before[path], data) for path, data in changed.items()})
        return count

    def silence(self, findings: Sequence[Diagnostic]) -> int:
        """Add ``# noqa`` comments for findings and return to how many lines; raises what ``read`` raises."""
        from lossguard.analysis.suppressions import silencing
        from lossguard.documents import document

        count = 0
        for path, source in list(self.sources.items()):
            here = [(finding.span, finding.code) for finding in findings if finding.span.path == path]
            edits = silencing(source, here).values()
            if edits:
                self.update({path: document(self.read(path), path).edited(edits)})
                count += len(edits)
        return count

    def current(self, given: Input) -> Input:
        """What there is to check once the files are written."""
        return given._replace(sources=tuple(self.sources.get(each.path, each) for each in given.sources))

    def write(self) -> None:
        """Write the files that changed: all, or none and raise OSError; what was piped to standard output."""
        if self._piped is not None:
            write_out(next(iter(self._after.values()), self._piped))
            return
        contents = {self.sources[path].file: data for path, data in self._after.items()}
        write_all({file: data for file, data in contents.items() if file is not None})

    def diff(self) -> str:
        """What changes, as a unified diff."""
        return "".join(
            _diff(path, self._before[path].decode(errors="replace"), data.decode(errors="replace"))
            for path, data in sorted(self._after.items())
        )


def _diff(path: str, before: str, after: str) -> str:
    """A diff of two texts whose lines end with a line feed; what precedes it belongs to the line."""
    from difflib import unified_diff

    lines = unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), path, path)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
