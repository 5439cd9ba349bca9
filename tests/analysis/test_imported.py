"""Imports told by the lines of a text: all that the whole text has, however they are written."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossguard import check_paths
from lossguard.analysis.imported import imports_in

PARTS = (
    "from torch import nn\ncriterion = nn.CrossEntropyLoss()\n\ndef objective(x, y): return criterion(x, y)\n"
)
TRAINING = "\n\ndef train(x, y):\n    return objective(x.softmax(1), y)\n"
WAYS = {
    "plain": "from parts import objective",
    "renamed": "from parts import objective as loss_of\nobjective = loss_of",
    "in brackets": "from parts import (\n    PARTS,\n    objective,\n)",
    "in brackets with a remark": "from parts import (  # both (or more)\n    objective,  # :)\n)",
    "behind a semicolon": "import os; from parts import objective",
    "behind a condition": "if True: from parts import objective",
    "indented": "try:\n\tfrom parts import objective\nexcept ImportError:\n\tpass",
    "on two lines": "from parts \\\n    import objective",
    "after a form feed": "\x0cfrom parts import objective",
    "with blanks": "from  parts\timport   objective",
    "with a star": "from parts import *",
    "below words that look like one": '"""\nimport the parts from there\n"""\nfrom parts import objective',
    "below a remark with a bracket": (
        "import os  # (old\ntry:\n    from parts import objective\nexcept OSError:\n    pass\nprint(1)"
    ),
    "behind brackets": "from os import (\n    path\n); from parts import objective",
    "a module": "import parts\nobjective = parts.objective",
    "several modules": "import os, parts as p\nobjective = p.objective",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_loss_is_followed_however_it_is_imported(way: str, tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(PARTS)
    (tmp_path / "main.py").write_text(WAYS[way] + TRAINING)
    assert [each.code for each in check_paths([tmp_path])] == ["LG101"]


@given(
    st.lists(st.sampled_from([*WAYS.values(), "x = 1", "# import os", "'import a'", "important = from_ = 2"]))
)
def test_no_import_of_a_text_is_missed(parts: list[str]) -> None:
    text = "\n".join(parts)
    found = imports_in(text)
    nodes = list(ast.walk(ast.parse(text)))
    plain = {
        name.asname or name.name for each in nodes if isinstance(each, ast.Import) for name in each.names
    }
    named = {name.name for each in nodes if isinstance(each, ast.ImportFrom) for name in each.names}
    if found is not None:
        assert plain <= {each.name for each in found if each.attribute is None}
        assert named <= {each.attribute for each in found}


@pytest.mark.parametrize(
    "way", ["behind a semicolon", "behind a condition", "below words that look like one"]
)
def test_what_lines_do_not_tell_is_left_to_a_parser(way: str) -> None:
    found = imports_in(WAYS[way])
    assert found is None or {each.attribute for each in found} >= {"objective"}
