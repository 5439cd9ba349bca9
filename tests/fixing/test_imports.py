"""Imports that a fix leaves without a use go with it; all others stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lossguard.fixes.imports import without_stale
from tests.fixing.mending import Mending

BODY = "\n\ndef step(x, y):\n    return cross_entropy({}, y)\n"
WRONG, RIGHT = BODY.format("softmax(x, dim=1)"), BODY.format("x")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from torch import softmax\nimport os\n", "import os\n"),
        (
            "from torch.nn.functional import cross_entropy, softmax\n",
            "from torch.nn.functional import cross_entropy\n",
        ),
        ("from a import softmax, b\n", "from a import b\n"),
        ("from a import b, softmax, c\n", "from a import b, c\n"),
        ("from a import (\n    b,\n    softmax,\n    c,\n)\n", "from a import (\n    b,\n    c,\n)\n"),
        ("from a import (\n    softmax,\n)\n", ""),
        ("from a import s as softmax, softmax_of\n", "from a import softmax_of\n"),
        ("import a.softmax as softmax\n", ""),
        ("import softmax\nfrom softmax import b\n", "from softmax import b\n"),
        ("def f():\n    x = 1\n\nfrom a import softmax\n", "def f():\n    x = 1\n\n"),
    ],
)
def test_what_a_fix_leaves_unused_goes(before: str, after: str) -> None:
    mended = without_stale("a.py", (before + WRONG).encode(), (before + RIGHT).encode())
    assert mended.decode() == after + RIGHT


@pytest.mark.parametrize(
    "head",
    [
        "from a import softmax  # re-exported\n",
        "from a import softmax  # noqa: F401\n",
        "from a import (\n    softmax,  # as it was\n    b,\n)\n",
        "from a import softmax; x = 1\n",
        "from a import softmax\n__all__ = ['softmax']\n",
        "try:\n    from a import softmax\nexcept ImportError:\n    pass\n",
        "from a import *\n",
        "import unused\n",
        "from a import softmax\nsoftmax(1)\n",
        "import torch, softmax\n",
    ],
)
def test_everything_else_stays(head: str) -> None:
    after = (head + RIGHT).encode()
    assert without_stale("a.py", (head + WRONG).encode(), after) == after


def test_a_package_keeps_what_it_hands_on() -> None:
    after = f"from a import softmax\n{RIGHT}".encode()
    assert without_stale("pkg/__init__.py", f"from a import softmax\n{WRONG}".encode(), after) == after


def test_two_uses_that_go_together(mending: Mending, tmp_path: Path) -> None:
    head = "import torch.nn.functional as F\nfrom torch import softmax\n\n"
    uses = "".join(f"def step{n}(x, y):\n    return F.cross_entropy({{}}, y)\n" for n in range(2))
    mending.write({"a.py": head + uses.replace("{}", "softmax(x, dim=1)")})
    assert mending.codes("--fix") == []
    right = head.replace("from torch import softmax\n", "") + uses.replace("{}", "x")
    assert mending.read() == {"a.py": right}
    mending.run("--fix")
    assert mending.read() == {"a.py": right}


def test_of_a_notebook(mending: Mending) -> None:
    def notebook(*cells: list[str]) -> str:
        return json.dumps({"cells": [{"cell_type": "code", "source": each} for each in cells]}, indent=1)

    imports = ["%matplotlib inline\n", "import torch.nn.functional as F\n"]
    call = "F.cross_entropy({}, y)"
    mending.write(
        {"a.ipynb": notebook([*imports, "from torch import softmax"], [call.format("softmax(x, 1)")])}
    )
    assert mending.codes("--fix") == []
    mended = "".join(json.loads(mending.read()["a.ipynb"])["cells"][0]["source"])
    assert mended == "".join(imports).rstrip("\n")
    assert mending.codes("--fix") == []
