"""``pytest --lossguard``: a test suite runs with every torch loss call watched.

A call that breaks a contract fails its test, with the finding as the error. ``lossguard = true`` in the ini
file asks for the same, ``--no-lossguard`` takes it back. ``lossguard_ignore = LG102 LG307`` leaves codes
out, and ``@pytest.mark.lossguard(ignore="LG101")`` sets the options of ``lossguard.watch`` for a test;
``@pytest.mark.lossguard(False)`` leaves one alone. With pytest-xdist, each worker watches its own tests.
"""

from __future__ import annotations

from collections.abc import Generator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lossguard.runtime.report import Report

_MARK = "lossguard(on=True, **options): whether lossguard watches this test, and with what options of watch()"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--lossguard``, ``--no-lossguard`` and the ini key."""
    parser.addini("lossguard", "watch every torch loss call of the suite", type="bool", default=False)
    parser.addini("lossguard_ignore", "codes that the watch leaves out", type="args", default=[])
    group = parser.getgroup("lossguard")
    group.addoption(
        "--lossguard", action="store_true", default=None, help="watch every torch loss call of the suite"
    )
    group.addoption(
        "--no-lossguard", dest="lossguard", action="store_false", help="do not, whatever the ini file says"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known, and see that what the watch needs is there."""
    config.addinivalue_line("markers", _MARK)
    if is_on(config) and find_spec("torch") is None:
        raise pytest.UsageError("lossguard watches calls of torch, which is not installed")


def is_on(config: pytest.Config) -> bool:
    """Tell whether the suite is watched."""
    asked = config.getoption("lossguard")
    return bool(config.getini("lossguard") if asked is None else asked)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Watch one test, its fixtures among it."""
    if not is_on(item.config):
        return (yield)
    mark = item.get_closest_marker("lossguard")
    if mark is not None and mark.args and not mark.args[0]:
        return (yield)
    from lossguard import watch

    options: dict[str, Any] = {"ignore": item.config.getini("lossguard_ignore")}
    if mark is not None:
        options.update(mark.kwargs)
    with watch(**options):
        return (yield)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401
    """Say what was watched."""
    if not is_on(config):
        return
    from lossguard import report

    watched: Report = report()
    terminalreporter.write_sep("-", "lossguard")
    terminalreporter.write_line(str(watched))
