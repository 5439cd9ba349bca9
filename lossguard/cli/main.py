"""The command ``lossguard``: findings on standard output, everything else on standard error.

Exit status: 0 no finding, 1 findings remain, 2 bad usage or an internal error, 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from lossguard import __version__
from lossguard.cli.options import FORMATS
from lossguard.cli.streams import OutputClosedError, tell, write_out

FINDINGS = 1
UNUSABLE = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    try:
        return int(lossguard.main(arguments, prog_name="lossguard", standalone_mode=False) or 0)
    except click.ClickException as error:
        return _complain(error.format_message(), UNUSABLE)
    except (click.Abort, KeyboardInterrupt):
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


def _words(_context: click.Context, _option: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _codes(context: click.Context, option: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    codes = tuple(word.upper() for word in _words(context, option, values))
    if codes:
        from lossguard.cli.config import check_codes

        try:
            check_codes(codes)
        except ValueError as error:
            raise click.BadParameter(str(error), context, option) from error
    return codes


def _complete_code(_context: click.Context, _option: click.Parameter, begun: str) -> list[str]:
    from lossguard.rules import all_rules

    return [each.code for each in all_rules() if each.code.startswith(begun.upper())]


def _list_option(
    name: str, metavar: str, explanation: str, callback: Callable[..., tuple[str, ...]]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        name,
        multiple=True,
        metavar=metavar,
        help=explanation,
        callback=callback,
        shell_complete=_complete_code if callback is _codes else None,
    )


def _cache_options(command: Callable[..., Any]) -> Callable[..., Any]:
    folder = click.option(
        "--cache-dir", metavar="DIRECTORY", help="Where to keep what is found for next time."
    )
    switch = click.option("--no-cache", is_flag=True, help="Keep nothing, and use nothing that was kept.")
    return folder(switch(command))


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__, prog_name="lossguard", message="%(prog)s %(version)s")
@click.pass_context
def lossguard(context: click.Context) -> int:
    """Find loss functions in PyTorch programs that are given something other than what they expect."""
    if context.invoked_subcommand is None:
        tell(context.get_help())
    return UNUSABLE


@lossguard.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@_list_option("--select", "CODES", "Report only these codes or prefixes; ALL for every one.", _codes)
@_list_option("--ignore", "CODES", "Do not report these codes or prefixes.", _codes)
@_list_option("--extend-select", "CODES", "Report these codes or prefixes as well.", _codes)
@click.option(
    "--output-format", type=click.Choice(FORMATS), help="How findings are written.  [default: full]"
)
@click.option("--output-file", metavar="FILE", help="Write findings there instead of to standard output.")
@click.option("--fix", is_flag=True, help="Apply the fixes that are safe, and report what remains.")
@click.option("--unsafe-fixes", is_flag=True, help="Count fixes that may change what a program does as well.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--add-noqa", is_flag=True, help="Silence each finding with a comment on its line.")
@click.option("--baseline", metavar="FILE", help="Leave out the findings that are in this file.")
@click.option("--write-baseline", metavar="FILE", help="Put the findings there, for --baseline.")
@click.option(
    "--statistics",
    is_flag=True,
    help="Count the findings of each rule, and the loss calls by verdict, on standard error.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with status 0 even if there are findings.")
@_list_option("--exclude", "PATTERNS", "Leave these files and directories out, not the usual ones.", _words)
@_list_option("--extend-exclude", "PATTERNS", "Leave these files and directories out as well.", _words)
@click.option("--force-exclude", is_flag=True, help="Leave them out even where they are named.")
@click.option("--jobs", "-j", type=click.IntRange(1), help="Processes.  [default: as many as processors]")
@_cache_options
@click.option("--dask", metavar="ADDRESS", help="Check on the workers of a Dask cluster.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
@click.option("--quiet", "-q", is_flag=True, help="Print findings and nothing else.")
@click.option("--stdin-filename", metavar="FILE", help="What the program on standard input is called.")
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
@click.option("--config", "config_file", metavar="FILE", help="Read this configuration file.")
@click.pass_context
def check(context: click.Context, /, **parameters: Any) -> int:  # noqa: ANN401
    """Check files, directories (default: the current one), or standard input (-)."""
    from lossguard.cli.check import Mode, Request, run

    request = Request(
        paths=parameters.pop("paths") or (".",),
        **{name: parameters.pop(name) for name in ("stdin_filename", "isolated", "config_file")},
    )
    mode = Mode(**{name: parameters.pop(name) for name in ("diff", "add_noqa", "write_baseline", "dask")})
    watching = parameters.pop("watch")
    given = click.core.ParameterSource.COMMANDLINE
    chosen = {
        name: value for name, value in parameters.items() if context.get_parameter_source(name) is given
    }
    if watching:
        from lossguard.cli.watch import watch

        watch(request.paths, lambda: run(request, chosen, mode))
    return FINDINGS if run(request, chosen, mode) else 0


@lossguard.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--output-format",
    type=click.Choice(("full", "json")),
    default="full",
    show_default=True,
    help="How calls are written.",
)
@click.option("--output-file", metavar="FILE", help="Write calls there instead of to standard output.")
@_list_option("--exclude", "PATTERNS", "Leave these files and directories out, not the usual ones.", _words)
@_list_option("--extend-exclude", "PATTERNS", "Leave these files and directories out as well.", _words)
@_cache_options
@click.option("--quiet", "-q", is_flag=True, help="Print calls and nothing else.")
@click.option("--stdin-filename", metavar="FILE", help="What the program on standard input is called.")
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
@click.option("--config", "config_file", metavar="FILE", help="Read this configuration file.")
def calls(paths: tuple[str, ...], **parameters: Any) -> None:  # noqa: ANN401
    """List every loss call: satisfied, violated, or undecided and why.

    Undecided is not right: these are the calls to put under the guard.
    """
    from lossguard.cli.calls import Form, run
    from lossguard.cli.check import Request

    form = Form(*(parameters.pop(name) for name in ("output_format", "output_file", "quiet")))
    request = Request(
        paths=paths or (".",),
        **{name: parameters.pop(name) for name in ("stdin_filename", "isolated", "config_file")},
    )
    run(request, {name: value for name, value in parameters.items() if value}, form)


@lossguard.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
@click.option("--config", "config_file", metavar="FILE", help="Read this configuration file.")
def config(paths: tuple[str, ...], *, isolated: bool, config_file: str | None) -> None:
    """Show the configuration that is in force for paths (default: the current directory)."""
    from lossguard.cli.check import Request
    from lossguard.cli.show_config import shown

    write_out(shown(Request(paths or (".",), None, isolated, config_file)))


@lossguard.command()
@click.argument("shell", type=click.Choice(("bash", "fish", "zsh")))
def completion(shell: str) -> None:
    """Print what a shell has to read to complete commands, options and codes.

    For bash: eval "$(lossguard completion bash)"
    """
    from click.shell_completion import get_completion_class

    complete = get_completion_class(shell)
    assert complete is not None
    write_out(complete(lossguard, {}, "lossguard", "_LOSSGUARD_COMPLETE").source() + "\n")


@lossguard.command()
def server() -> None:
    """Run the language server on standard input and output, for editors."""
    try:
        from lossguard.server.main import server as make
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"lsprotocol", "pygls"}:
            raise
        raise click.ClickException("the server needs pygls: pip install 'lossguard[server]'") from error
    make().start_io()


@lossguard.command()
@click.argument("code", shell_complete=_complete_code)
def rule(code: str) -> None:
    """Explain a rule, by its code or name."""
    from lossguard.cli.explain import explanation, find

    write_out(explanation(find(code)))


@lossguard.command()
def rules() -> None:
    """List the rules."""
    from lossguard.cli.explain import listing
    from lossguard.rules import all_rules

    write_out(listing(all_rules()))
