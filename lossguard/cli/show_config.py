"""``lossguard config``: the options in force, and the rules that they select."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from lossguard.analysis.source import displayed
from lossguard.cli.check import Request, configuration_file, one_line_for_mistakes, options_in_force
from lossguard.cli.options import NAMES, Options
from lossguard.rules import all_rules


def shown(request: Request) -> str:
    """Write the options in force for the paths, as a ``lossguard.toml`` with its origin and its effect."""
    with one_line_for_mistakes():
        file = configuration_file(request)
        options, root = options_in_force(request, {})
        config = options.config(root)
    rules = [each for each in all_rules() if not each.guard_only]
    on = [each.code for each in rules if config.selects(each.code, on_by_default=each.on_by_default)]
    off = [each.code for each in rules if each.code not in on]
    origin = f"from {displayed(file)}" if file else "no configuration file: these are the defaults"
    lines = [f"# {origin}", f"# patterns are relative to {root.as_posix()}", *_lines(options)]
    return "\n".join((*lines, f"# rules in force: {' '.join(on)}", f"# rules off: {' '.join(off)}", ""))


def _lines(options: Options) -> list[str]:
    default = Options()
    lines = []
    for name, field in NAMES.items():
        value = getattr(options, field)
        assignment = f"{name} = {_toml(value)}"
        unset = value is None
        lines.append(
            f"# {name} is not set"
            if unset
            else assignment
            if value != getattr(default, field)
            else f"{assignment}  # default"
        )
    return lines


def _toml(value: object) -> str:
    """A value as TOML, whose strings, lists and booleans are those of JSON."""
    if isinstance(value, Mapping):
        items = ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items())
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, Path):
        return json.dumps(str(value))
    return json.dumps(value, ensure_ascii=False)
