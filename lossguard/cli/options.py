"""The options of ``lossguard check``, wherever they come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from lossguard.config import DEFAULT_EXCLUDE, Config

Format: TypeAlias = Literal["full", "concise", "json", "sarif", "github", "gitlab", "junit", "html"]
FORMATS: tuple[str, ...] = get_args(Format)


_EMPTY: dict[str, Any] = {}


class Options(NamedTuple):
    """The options of ``lossguard check`` that a configuration file may set, by the same names."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    per_file_ignores: dict[str, tuple[str, ...]] = _EMPTY
    losses: dict[str, str] = _EMPTY
    activations: dict[str, str] = _EMPTY
    output_format: Format = "full"
    output_file: str | None = None
    fix: bool = False
    unsafe_fixes: bool = False
    baseline: str | None = None
    jobs: int | None = None
    cache_dir: str | None = None
    no_cache: bool = False
    statistics: bool = False
    exit_zero: bool = False
    quiet: bool = False

    def config(self, root: Path) -> Config:
        """Return what of it concerns the checker; patterns are relative to ``root``."""
        shared = {name: getattr(self, name) for name in Config._fields if name != "root"}
        return Config(**shared, root=root)


NAMES = {field.replace("_", "-"): field for field in Options._fields}
"""The fields of ``Options``, by the names that they have in a file and on the command line."""
