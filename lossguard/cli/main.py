"""The command ``lossguard``: findings on standard output, everything else on standard error.

Exit status: 0 no finding, 1 findings remain, 2 bad usage or an internal error, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lossguard.cli import arguments as takes
from lossguard.cli.arguments import Command
from lossguard.cli.errors import CommandError
from lossguard.cli.streams import OutputClosedError, tell, write_out

if TYPE_CHECKING:
    from lossguard.cli.check import Request

FINDINGS = 1
UNUSABLE = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except CommandError as error:
        return _complain(str(error), UNUSABLE)
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except OutputClosedError:
        return _complain("standard output was closed before everything was written", FINDINGS)
    except Exception as error:  # noqa: BLE001
        import traceback

        tell(traceback.format_exc())
        return _complain(f"internal error: {type(error).__name__}: {error}", UNUSABLE)


def _complain(message: str, status: int) -> int:
    tell(f"lossguard: {' '.join(message.split())}")
    return status


def _run(words: Sequence[str]) -> int:
    """Run the command that comes first, or tell how lossguard is used."""
    if "_ARGCOMPLETE" in os.environ:
        takes.complete(COMMANDS)
    try:
        if words and not words[0].startswith("-"):
            return takes.command(COMMANDS, words[0])(words[0], words[1:])
        usage = takes.whole(COMMANDS)
        usage.parse_args(words)
    except SystemExit:  # help or the version was asked for, and is written
        return 0
    tell(usage.format_help().rstrip("\n"))
    return UNUSABLE


def check(**given: Any) -> int:  # noqa: ANN401
    """Check files, directories (default: the current one), or standard input (-)."""
    from lossguard.cli.check import Mode, run

    request = _request(given)
    modes = ("diff", "add_noqa", "write_baseline", "dask")
    mode = Mode(**{name: given.pop(name) for name in modes if name in given})
    if given.pop("watch", False):
        from lossguard.cli.watch import watch

        watch(request.paths, lambda: run(request, given, mode))
    return FINDINGS if run(request, given, mode) else 0


def calls(**given: Any) -> int:  # noqa: ANN401
    """List every loss call: satisfied, violated, or undecided and why.

    Undecided is not right: these are the calls to put under the guard.
    """
    from lossguard.cli.calls import Form, run

    request = _request(given)
    form = Form(**{name: given.pop(name) for name in Form.__slots__ if name in given})
    run(request, given, form)
    return 0


def config(**given: Any) -> int:  # noqa: ANN401
    """Show the configuration that is in force for paths (default: the current directory)."""
    from lossguard.cli.show_config import shown

    write_out(shown(_request(given)))
    return 0


def completion(shell: str) -> int:
    """Print what a shell has to read to complete commands, options and codes.

    For bash: eval "$(lossguard completion bash)"
    """
    from argcomplete.shell_integration import shellcode

    write_out(f"{shellcode(['lossguard'], shell=shell)}\n")
    return 0


def server() -> int:
    """Run the language server on standard input and output, for editors."""
    try:
        from lossguard.server.main import server as make
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"lsprotocol", "pygls"}:
            raise
        raise CommandError("the server needs pygls: pip install 'lossguard[server]'") from error
    make().start_io()
    return 0


def rule(code: str) -> int:
    """Explain a rule, by its code or name."""
    from lossguard.cli.explain import explanation, find

    write_out(explanation(find(code)))
    return 0


def rules() -> int:
    """List the rules."""
    from lossguard.cli.explain import listing
    from lossguard.rules import all_rules

    write_out(listing(all_rules()))
    return 0


def _request(given: dict[str, Any]) -> Request:
    """Take what is asked for out of what is given."""
    from lossguard.cli.check import Request

    names = ("stdin_filename", "isolated", "config_file")
    return Request(
        given.pop("paths", ()) or (".",), **{name: given.pop(name) for name in names if name in given}
    )


COMMANDS = {
    "calls": Command(calls, "[options] [PATH ...]", takes.of_calls),
    "check": Command(check, "[options] [PATH ...]", takes.of_check),
    "completion": Command(completion, f"{{{','.join(takes.SHELLS)}}}", takes.of_completion),
    "config": Command(config, "[options] [PATH ...]", takes.of_config),
    "rule": Command(rule, "CODE", takes.of_rule),
    "rules": Command(rules, "", takes.nothing),
    "server": Command(server, "", takes.nothing),
}
