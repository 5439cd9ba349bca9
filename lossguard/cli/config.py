"""Configuration files: ``[tool.lossguard]`` of a ``pyproject.toml``, or a ``lossguard.toml``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import get_type_hints

from lossguard.cli.options import FORMATS, NAMES, Options
from lossguard.config import ALL
from lossguard.discovery import patterns
from lossguard.spelling import nearest_spelling


class ConfigError(ValueError):
    """A configuration file that cannot be used; the message is one line and names the file."""


def nearest(directory: Path) -> Path | None:
    """Find the configuration file that is in force in a directory: in it, or in the closest one above.

    Raises ConfigError for a file on the way that cannot be read.
    """
    for place in (directory, *directory.parents):
        if (own := place / "lossguard.toml").is_file():
            return own
        if (shared := place / "pyproject.toml").is_file() and _table(shared) is not None:
            return shared
    return None


def load(file: Path) -> Options:
    """Read a configuration file.

    Raises ConfigError for an unknown key, code, loss or activation, with the nearest spelling, for a value
    of a wrong type, and for a malformed pattern.
    """
    import msgspec

    table = _table(file) or {}
    for key in table:
        if key not in NAMES:
            raise _error(file, f"unknown key {key!r}{nearest_spelling(key, NAMES)}", key)
    try:
        options = _options({NAMES[key]: value for key, value in table.items()})
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$.")
        message = message[:1].lower() + message[1:].replace(" | null", "")
        field = re.split(r"[\[.`]", place)[0]
        key = field.replace("_", "-")
        shown, value = key + place.rstrip("`").removeprefix(field), table[key]
        if message.startswith("invalid enum value") and isinstance(value, str):
            message += nearest_spelling(value, FORMATS)
        if isinstance(value, dict) and (entry := _wrong_entry(key, value)) is not None:
            raise _error(file, f"{shown.replace('[...]', f'.{entry!r}')}: {message}", key, entry) from error
        raise _error(file, f"{shown}: {message}", key) from error
    if options.jobs is not None and options.jobs < 1:
        raise _error(file, "jobs: expected `int` >= 1", "jobs")
    _check_names(file, options)
    _check_patterns(file, options)
    return options


def _options(values: dict[str, object]) -> Options:
    """Make options of values by their fields; raises msgspec.ValidationError for one of another type."""
    import msgspec

    types = get_type_hints(Options)
    defaults = Options._field_defaults
    checked = msgspec.defstruct("Checked", [(name, types[name], defaults[name]) for name in NAMES.values()])
    return Options(**msgspec.structs.asdict(msgspec.convert(values, checked)))


def _wrong_entry(key: str, entries: dict[str, object]) -> str | None:
    """The first entry of a table that no option can be made of."""
    import msgspec

    for name, value in entries.items():
        try:
            _options({NAMES[key]: {name: value}})
        except msgspec.ValidationError:
            return name
    return None


def _check_names(file: Path, options: Options) -> None:
    """Raise ConfigError for a code, loss or activation that there is not."""
    lists: dict[tuple[str, ...], tuple[str, ...]] = {
        ("select",): options.select or (),
        ("ignore",): options.ignore,
        ("extend-select",): options.extend_select,
        **{("per-file-ignores", pattern): codes for pattern, codes in options.per_file_ignores.items()},
    }
    for path, codes in lists.items():
        for code in codes:
            try:
                check_codes([code])
            except ValueError as error:
                shown = ".".join((path[0], *map(repr, path[1:])))
                raise _error(file, f"{shown}: {error}", *path, word=code) from error
    taught = [("losses", *item) for item in options.losses.items()]
    taught += [("activations", *item) for item in options.activations.items()]
    for table, name, like in taught:
        from lossguard.analysis.vocabulary import Vocabulary

        try:
            Vocabulary(**{table: {name: like}})
        except ValueError as error:
            raise _error(file, str(error), table, name, word=like) from error


def _check_patterns(file: Path, options: Options) -> None:
    """Raise ConfigError for a pattern that is malformed."""
    lists = {
        "exclude": options.exclude,
        "extend-exclude": options.extend_exclude,
        "per-file-ignores": options.per_file_ignores,
    }
    for key, listed in lists.items():
        for pattern in listed:
            try:
                patterns([pattern], file.parent)
            except ValueError as error:
                raise _error(file, f"{key}: malformed pattern {pattern!r}", key, word=pattern) from error


def _error(file: Path, message: str, *path: str, word: str | None = None) -> ConfigError:
    """What is wrong with a file, with the line that is to blame."""
    from lossguard.cli.toml_lines import line_of

    prefix = ("tool", "lossguard") if file.name == "pyproject.toml" else ()
    line = line_of(file.read_text("utf-8"), (*prefix, *path), word)
    return ConfigError(f"{file}:{line}: {message}")


def check_codes(codes: Iterable[str]) -> None:
    """Raise ValueError, with the nearest spelling, for what is neither a code, nor a prefix, nor ``ALL``."""
    from lossguard.rules import all_rules

    known = [rule.code for rule in all_rules()]
    for code in codes:
        if code != ALL and not (code and any(each.startswith(code) for each in known)):
            raise ValueError(f"unknown rule code {code!r}{nearest_spelling(code.upper(), [*known, ALL])}")


def _table(file: Path) -> dict[str, object] | None:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    text = ""
    try:
        text = file.read_bytes().decode()
        document: dict[str, object] = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}:{line}: the text is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).partition(" (at ")
        number = re.match(r"line (\d+)", place)
        shown = number[1] if number else text.count("\n") + 1
        raise ConfigError(f"{file}:{shown}: {message}") from error
    if file.name != "pyproject.toml":
        return document
    tools = document.get("tool")
    table = tools.get("lossguard") if isinstance(tools, dict) else None
    if table is not None and not isinstance(table, dict):
        raise _error(file, "tool.lossguard is not a table")
    return table
