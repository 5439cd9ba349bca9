"""``lossguard calls``: every loss call with its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lossguard.checker import UNREADABLE
from lossguard.cli.check import (
    Request,
    checked,
    gathered,
    one_line_for_mistakes,
    options_in_force,
    standard_input,
    tally,
)
from lossguard.cli.output import location
from lossguard.cli.output.calls import FORMATS
from lossguard.cli.streams import colour_wanted, tell, write_out


@dataclass(frozen=True, slots=True)
class Form:
    """How the calls are written, and where to: a file, or standard output."""

    output_format: str = "full"
    output_file: str | None = None
    quiet: bool = False


def run(request: Request, chosen: dict[str, Any], form: Form) -> None:
    """List the loss calls of programs; ``chosen`` are options by their fields in ``Options``.

    Raises CommandError for a user's mistake.
    """
    with one_line_for_mistakes():
        options, root = options_in_force(request, chosen)
        config = options.config(root)
        result = checked(gathered(request, config, standard_input(request)), config, options)
    colour = form.output_file is None and colour_wanted()
    text = FORMATS[form.output_format](result.calls, colour=colour)
    if form.output_file is None:
        write_out(text)
    else:
        from lossguard.cli.finishing import save

        save(text, form.output_file)
    for finding in result.findings:
        if finding.code == UNREADABLE:
            tell(f"{location(finding.span)}: {finding.code} {finding.message}")
    if not form.quiet:
        tell(f"{tally(result.calls)}.")
