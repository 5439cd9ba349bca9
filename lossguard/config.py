"""What to check and what to report, independent of where the wishes came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

DEFAULT_EXCLUDE = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pycache__",
    "__pypackages__",
    "_build",
    "buck-out",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)
ALL = "ALL"
OFF_BY_DEFAULT = ("LG109", "LG205", "LG902", "LG903")
"""The rules that have to be selected; they are not asked themselves, which would load them in every run."""


_EMPTY: Mapping[str, Any] = {}


class Config(NamedTuple):
    """The wishes of one run.

    select: codes or prefixes that are reported, ``ALL`` for every one; None for those on by default.
    ignore: codes or prefixes that are not. The longest match decides; of equals, ``ignore``.
    extend_select: codes or prefixes reported besides ``select``.
    exclude, extend_exclude: patterns, as in a ``.gitignore``, of what is not looked for below a directory.
    force_exclude: whether they hold for files that are named, too.
    per_file_ignores: for each such pattern the codes or prefixes that are not reported there.
    losses, activations: what the project teaches: the dotted name of a class or function of its own, or of
        another library, to the name of the loss (``CrossEntropyLoss``, ``cross_entropy``) or activation
        (``softmax``, ``nn.Softmax``) that does the same to the same arguments.
    root: the directory that patterns are relative to; None for the working directory.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    per_file_ignores: Mapping[str, tuple[str, ...]] = _EMPTY
    losses: Mapping[str, str] = _EMPTY
    activations: Mapping[str, str] = _EMPTY
    root: Path | None = None

    def selects(self, code: str, *, on_by_default: bool) -> bool:
        """Whether findings of a rule are reported; one that is off needs an explicit selection."""
        chosen = longest_match((*(self.select or ()), *self.extend_select), code)
        if self.select is None and on_by_default:
            chosen = max(chosen, 0)
        return chosen > longest_match(self.ignore, code)


def longest_match(prefixes: Iterable[str], code: str) -> int:
    """Return the length of the longest prefix of the code, 0 for ``ALL``, -1 where none matches."""
    lengths = {prefix: 0 if prefix == ALL else len(prefix) for prefix in prefixes}
    return max((lengths[each] for each in lengths if each == ALL or code.startswith(each)), default=-1)
