"""docs/tour.md, driven as a user would; ``.ci/smoke`` does the same with an installed wheel."""

from __future__ import annotations

import shutil
import sys

import pytest

from tests.tour import TOUR, replayed


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("git"), reason="needs Linux and git")
def test_the_tour_is_what_happens() -> None:
    text = TOUR.read_text("utf-8")
    assert replayed(text) == text, "python -m tests.tour writes it anew"
