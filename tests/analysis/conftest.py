"""What tests of the analysis share."""

from __future__ import annotations

import pytest

from lossguard.analysis.domain import Value
from lossguard.analysis.interpreter import calls
from lossguard.analysis.interpreter.machine import Arguments, Site
from lossguard.analysis.interpreter.records import FunctionCode


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the functions that are run."""
    names: list[str] = []
    run = calls.Calls._run

    def noted(self: calls.Calls, code: FunctionCode, arguments: Arguments, site: Site, entry: bool) -> Value:
        names.append(code.name)
        return run(self, code, arguments, site, entry)

    monkeypatch.setattr(calls.Calls, "_run", noted)
    return names
