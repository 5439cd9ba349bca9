"""Which programs are known to meet no loss before anything of them is evaluated."""

from __future__ import annotations

from pathlib import Path

import pytest

from lossguard.analysis import prefilter
from lossguard.analysis.prefilter import may_meet_loss, names_loss
from lossguard.analysis.source import read
from lossguard.analysis.vocabulary import Vocabulary
from lossguard.checker import check_paths

LOSS = "from torch import nn\ncriterion = nn.CrossEntropyLoss()\n"
STEP = "def step(x, y): return criterion(x.softmax(1), y)\n"

PROJECTS: dict[str, tuple[dict[str, str], bool]] = {
    "nothing": ({"main.py": "import os\nprint(os.getcwd())"}, False),
    "a loss": ({"main.py": LOSS}, True),
    "a loss that nobody imports": ({"main.py": "import nets", "nets.py": "", "losses.py": LOSS}, False),
    "from a module": ({"main.py": f"from parts import criterion\n{STEP}", "parts.py": LOSS}, True),
    "a module whole": ({"main.py": "import parts as p, os", "parts.py": LOSS}, True),
    "through another": ({"main.py": "import a", "a.py": "import b", "b.py": LOSS}, True),
    "in a circle": ({"main.py": "import a", "a.py": "import b", "b.py": "import a"}, False),
    "of a package": ({"main.py": "import pack", "pack/__init__.py": LOSS}, True),
    "below a package": (
        {"main.py": "from pack import parts", "pack/__init__.py": "", "pack/parts.py": LOSS},
        True,
    ),
    "on several lines": (
        {
            "main.py": "from pack import (\n    nets,\n    parts,\n)",
            "pack/__init__.py": "",
            "pack/parts.py": LOSS,
        },
        True,
    ),
    "dotted": ({"main.py": "import pack.below.parts", "pack/below/parts.py": LOSS}, True),
    "a package below a package": (
        {"main.py": "from pack import below", "pack/__init__.py": "", "pack/below/__init__.py": LOSS},
        True,
    ),
    "another module of the package": (
        {
            "main.py": "from pack import nets",
            "pack/__init__.py": "",
            "pack/nets.py": "",
            "pack/parts.py": LOSS,
        },
        False,
    ),
    "relative": (
        {"pack/__init__.py": "", "pack/main.py": "from .parts import criterion", "pack/parts.py": LOSS},
        True,
    ),
    "relative to the folder above": (
        {
            "setup.py": "",
            "pack/__init__.py": "",
            "pack/below/__init__.py": "",
            "pack/below/main.py": "from .. import parts",
            "pack/parts.py": LOSS,
        },
        True,
    ),
    "an import that is no name": (
        {"main.py": "import\nfrom . import\nfrom .... import unheard_of"},
        False,
    ),
    "what cannot be read": ({"main.py": "import parts", "parts.py": "x = '\0'"}, False),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_a_program_that_meets_no_loss(tmp_path: Path, name: str) -> None:
    files, expected = PROJECTS[name]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    main = next(path for path in files if path.endswith("main.py"))
    assert may_meet_loss([read(tmp_path / main)], {}) is expected


def test_a_taught_loss(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("from mylib import Focal\nFocal()(x, y)")
    source = read(tmp_path / "main.py")
    assert not may_meet_loss([source], {})
    assert may_meet_loss([source], {"mylib.Focal": "BCEWithLogitsLoss"})


def test_where_much_is_imported_a_loss_may_be_met(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefilter, "MOST_FILES", 3)
    for number in range(6):
        (tmp_path / f"part{number}.py").write_text(f"import part{number + 1}")
    assert may_meet_loss([read(tmp_path / "part0.py")], {})
    assert not may_meet_loss([read(tmp_path / "part3.py")], {})


def test_every_loss_is_named_so_that_it_is_met() -> None:
    vocabulary = Vocabulary()
    assert [name for name in vocabulary.names if not names_loss(name)] == []
    by_library = vocabulary.names_by_library.items()
    assert [
        f"{library}.{name}"
        for library, names in by_library
        for name in names
        if not names_loss(f"from {library} import x\n{name}(x)")
    ] == []


def test_what_meets_no_loss_is_still_parsed(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("x = (")
    (finding,) = check_paths([tmp_path])
    assert (finding.code, finding.span.line, finding.span.column) == ("LG901", 1, 5)
