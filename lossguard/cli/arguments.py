"""The grammar of the command line: what the commands take, and mistakes in it.

The standard library's parser is the one that is there before anything is loaded.
"""

from __future__ import annotations

import os
from argparse import SUPPRESS, Action, ArgumentParser, ArgumentTypeError, HelpFormatter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, NoReturn

from lossguard import __version__
from lossguard.cli.errors import CommandError
from lossguard.cli.options import FORMATS
from lossguard.spelling import nearest_spelling

SHELLS = ("bash", "fish", "zsh")
_STDIN_FILENAME = "what the program on standard input is called"


class Formatter(HelpFormatter):
    """Help as wide as the screen."""

    def __init__(self, prog: str) -> None:
        try:
            width = os.get_terminal_size().columns
        except OSError:
            width = 80
        super().__init__(prog, max_help_position=32, width=max(width - 2, 40))


class Parser(ArgumentParser):
    """A parser that raises CommandError for a mistake; what is not given is not in its results."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401
        super().__init__(allow_abbrev=False, argument_default=SUPPRESS, formatter_class=Formatter, **settings)

    def error(self, message: str) -> NoReturn:
        """Tell a mistake."""
        raise CommandError(message)


class Command(NamedTuple):
    """A command: what it does with what it is given, how it is used, and what it takes.

    run: returns the exit status; its docstring is the help.
    """

    run: Callable[..., int]
    usage: str
    takes: Callable[[ArgumentParser], None]

    def __call__(self, name: str, words: Sequence[str]) -> int:
        """Run the command with the words that follow its name."""
        parser = Parser(prog=f"lossguard {name}", **self.settings(name))
        self.takes(parser)
        given, unknown = parser.parse_known_intermixed_args(_without_dashes(words))
        if unknown:
            close = nearest_spelling(unknown[0], parser._option_string_actions)
            raise CommandError(f"unknown argument {unknown[0]!r}{close}")
        lists = {name: tuple(value) for name, value in vars(given).items() if isinstance(value, list)}
        return self.run(**{**vars(given), **lists})

    def settings(self, name: str) -> dict[str, Any]:
        """What the help of the command says beside what it takes."""
        return {"usage": f"lossguard {name} {self.usage}".rstrip(), "description": self.run.__doc__}


def command(commands: Mapping[str, Command], name: str) -> Command:
    """The command of a name; raises CommandError with the nearest spelling."""
    if name not in commands:
        raise CommandError(f"unknown command {name!r}{nearest_spelling(name, commands)}")
    return commands[name]


def whole(commands: Mapping[str, Command]) -> Parser:
    """The parser of all commands, for help, for completion, and for what is none of them."""
    parser = Parser(
        prog="lossguard",
        description="Find loss functions in PyTorch programs that are given something other than what they "
        "expect.",
    )
    parser.add_argument("--version", action="version", version=f"lossguard {__version__}", help="show it")
    names = parser.add_subparsers(metavar="COMMAND", title="commands")
    for name, command in commands.items():
        summary = (command.run.__doc__ or "").partition("\n")[0]
        command.takes(names.add_parser(name, help=summary, **command.settings(name)))
    return parser


def complete(commands: Mapping[str, Command]) -> None:
    """Answer a shell that asks what may follow, and exit."""
    from argcomplete import autocomplete

    autocomplete(whole(commands), validator=lambda word, begun: word.lower().startswith(begun.lower()))


def of_check(parser: ArgumentParser) -> None:
    """What ``lossguard check`` takes."""
    flag = partial(parser.add_argument, action="store_true")
    option = parser.add_argument
    _paths(parser)
    _codes(parser, "--select", "report only these codes or prefixes; ALL for every one")
    _codes(parser, "--ignore", "do not report these codes or prefixes")
    _codes(parser, "--extend-select", "report these codes or prefixes as well")
    option("--output-format", choices=FORMATS, help="how findings are written (default: full)")
    option("--output-file", metavar="FILE", help="write findings there instead of to standard output")
    flag("--fix", help="apply the fixes that are safe, and report what remains")
    flag("--unsafe-fixes", help="count fixes that may change what a program does as well")
    flag("--diff", help="show what --fix would change, and change nothing")
    flag("--add-noqa", help="silence each finding with a comment on its line")
    option("--baseline", metavar="FILE", help="leave out the findings that are in this file")
    option("--write-baseline", metavar="FILE", help="put the findings there, for --baseline")
    flag("--statistics", help="count findings by rule, and loss calls by verdict, on standard error")
    flag("--exit-zero", help="exit with status 0 even if there are findings")
    _excluded(parser)
    flag("--force-exclude", help="leave them out even where they are named")
    option("--jobs", "-j", metavar="NUMBER", type=_at_least_one, help="processes (default: all processors)")
    _cached(parser)
    option("--dask", metavar="ADDRESS", help="check on the workers of a Dask cluster")
    flag("--watch", help="check again whenever a file changes")
    flag("--quiet", "-q", help="print findings and nothing else")
    option("--stdin-filename", metavar="FILE", help=_STDIN_FILENAME)
    _configured(parser)


def of_calls(parser: ArgumentParser) -> None:
    """What ``lossguard calls`` takes."""
    _paths(parser)
    parser.add_argument(
        "--output-format", choices=("full", "json"), help="how calls are written (default: full)"
    )
    parser.add_argument(
        "--output-file", metavar="FILE", help="write calls there instead of to standard output"
    )
    _excluded(parser)
    _cached(parser)
    parser.add_argument("--quiet", "-q", action="store_true", help="print calls and nothing else")
    parser.add_argument(
        "--stdin-filename", metavar="FILE", help="what the program on standard input is called"
    )
    _configured(parser)


def of_config(parser: ArgumentParser) -> None:
    """What ``lossguard config`` takes."""
    _paths(parser)
    _configured(parser)


def of_completion(parser: ArgumentParser) -> None:
    """What ``lossguard completion`` takes."""
    parser.add_argument("shell", choices=SHELLS)


def of_rule(parser: ArgumentParser) -> None:
    """What ``lossguard rule`` takes."""
    _completed(parser.add_argument("code", metavar="CODE"))


def nothing(_parser: ArgumentParser) -> None:
    """What a command takes that takes nothing."""


def _without_dashes(words: Sequence[str]) -> list[str]:
    """The words, with paths behind ``--`` written so that none looks like an option.

    The parser forgets that where options and paths may be mixed.
    """
    end = words.index("--") if "--" in words else len(words)
    behind = (f"./{word}" if word.startswith("-") and word != "-" else word for word in words[end + 1 :])
    return [*words[:end], *behind]


def _paths(parser: ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a file, a directory, or -")


def _codes(parser: ArgumentParser, name: str, explanation: str) -> None:
    _completed(
        parser.add_argument(name, action="extend", type=_known_codes, metavar="CODES", help=explanation)
    )


def _excluded(parser: ArgumentParser) -> None:
    lists = partial(parser.add_argument, action="extend", type=_words, metavar="PATTERNS")
    lists("--exclude", help="leave these files and directories out, not the usual ones")
    lists("--extend-exclude", help="leave these files and directories out as well")


def _cached(parser: ArgumentParser) -> None:
    parser.add_argument("--cache-dir", metavar="DIRECTORY", help="where to keep what is found for next time")
    parser.add_argument("--no-cache", action="store_true", help="keep nothing, and use nothing that was kept")


def _configured(parser: ArgumentParser) -> None:
    parser.add_argument("--isolated", action="store_true", help="read no configuration file")
    parser.add_argument("--config", dest="config_file", metavar="FILE", help="read this configuration file")


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _known_codes(text: str) -> list[str]:
    from lossguard.cli.config import check_codes

    codes = [word.upper() for word in _words(text)]
    try:
        check_codes(codes)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
    return codes


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return int(text)


def _completed(argument: Action) -> None:
    """Let shells complete codes there."""
    argument.completer = _begun  # type: ignore[attr-defined]


def _begun(prefix: str, **_situation: object) -> list[str]:
    from lossguard.rules import all_rules

    return [each.code for each in all_rules() if each.code.startswith(prefix.upper())]
