"""lossguard finds loss functions that are given something other than what they expect.

The public names are resolved when they are first used: importing the package loads neither torch nor libcst.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
"""What ``typing`` has by this name, which takes ten times as long to import as all that is here."""

if TYPE_CHECKING:
    from lossguard.checker import calls_in, check_paths, check_source
    from lossguard.diagnostics import Diagnostic
    from lossguard.errors import LossGuardError, LossGuardWarning
    from lossguard.runtime.guard import guard, unguard
    from lossguard.runtime.report import Report, report
    from lossguard.runtime.watch import watch

__version__ = "0.1.0"

_HOMES = {
    "Diagnostic": "lossguard.diagnostics",
    "LossGuardError": "lossguard.errors",
    "LossGuardWarning": "lossguard.errors",
    "Report": "lossguard.runtime.report",
    "calls_in": "lossguard.checker",
    "check_paths": "lossguard.checker",
    "check_source": "lossguard.checker",
    "guard": "lossguard.runtime.guard",
    "report": "lossguard.runtime.report",
    "unguard": "lossguard.runtime.guard",
    "watch": "lossguard.runtime.watch",
}

__all__ = [
    "Diagnostic",
    "LossGuardError",
    "LossGuardWarning",
    "Report",
    "__version__",
    "calls_in",
    "check_paths",
    "check_source",
    "guard",
    "report",
    "unguard",
    "watch",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(_HOMES[name])
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        message = f"lossguard.{name} needs torch: pip install torch"
        raise ModuleNotFoundError(message, name="torch") from None
    value: object = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
