from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixing.mending import Mending


@pytest.fixture
def mending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mending:
    monkeypatch.chdir(tmp_path)
    return Mending(tmp_path, capsys)
