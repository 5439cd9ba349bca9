"""What the engine knows of the values that reach a loss across the files of a project."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from lossguard import check_paths
from lossguard.analysis import project
from lossguard.analysis.source import read
from lossguard.contracts import Space
from tests.analysis.probing import UNIT, L, P, U, program, spaces_of_project

NET = "class Net(nn.Module):\n    def forward(self, x): return x.softmax(1)\n"
RAW = "class Net(nn.Module):\n    def forward(self, x): return nn.Linear(2, 2)(x)\n"
TRAIN = "def train(x, y): F.cross_entropy(Net()(x), y)\n"
PROJECTS: dict[str, tuple[dict[str, str], set[Space]]] = {
    "from import": ({"nets.py": NET, "train.py": f"from nets import Net\n{TRAIN}"}, {P}),
    "module import": (
        {"nets.py": NET, "train.py": "import nets\ndef train(x, y): F.cross_entropy(nets.Net()(x), y)"},
        {P},
    ),
    "renamed import": ({"nets.py": NET, "train.py": f"from nets import Net as N\nNet = N\n{TRAIN}"}, {P}),
    "star import": ({"nets.py": NET, "train.py": f"from nets import *\n{TRAIN}"}, {P}),
    "star import of a star import": (
        {"nets.py": NET, "hub.py": "from nets import *", "train.py": f"from hub import *\n{TRAIN}"},
        {P},
    ),
    "re-export through a package": (
        {
            "models/__init__.py": "from .nets import Net",
            "models/nets.py": NET,
            "train.py": f"from models import Net\n{TRAIN}",
        },
        {P},
    ),
    "submodule of a package": (
        {
            "models/__init__.py": "",
            "models/nets.py": NET,
            "train.py": "from models import nets\ndef train(x, y): F.cross_entropy(nets.Net()(x), y)",
        },
        {P},
    ),
    "dotted import": (
        {
            "models/__init__.py": "",
            "models/nets.py": NET,
            "train.py": "import models.nets\ndef train(x, y): F.cross_entropy(models.nets.Net()(x), y)",
        },
        {P},
    ),
    "overloads before the function, and others for type checkers": (
        {
            "nets.py": f"{NET}from typing import TYPE_CHECKING, overload\nif TYPE_CHECKING:\n    @overload\n"
            "    def make(x): ...\nelse:\n    overload = None\n@overload\ndef make(x: int): ...\n"
            "def make(x): return Net()\n",
            "train.py": "from nets import make\ndef train(x, y): F.cross_entropy(make(1)(x), y)",
        },
        {P},
    ),
    "submodule that a package imports itself": (
        {
            "models/__init__.py": "from . import nets\nfrom .nets import *",
            "models/nets.py": NET,
            "train.py": "import models as m\ndef train(x, y): F.cross_entropy(m.nets.Net()(x), y)",
        },
        {P},
    ),
    "relative imports up and down": (
        {
            "pkg/__init__.py": "",
            "pkg/models/__init__.py": "",
            "pkg/models/nets.py": NET,
            "pkg/run/__init__.py": "",
            "pkg/run/train.py": f"from ..models.nets import Net\n{TRAIN}",
        },
        {P},
    ),
    "absolute import from the root": (
        {
            "pyproject.toml": "",
            "pkg/__init__.py": "",
            "pkg/nets.py": NET,
            "pkg/run/__init__.py": "",
            "pkg/run/train.py": f"from pkg.nets import Net\n{TRAIN}",
        },
        {P},
    ),
    "folder without __init__": (
        {"models/nets.py": NET, "train.py": f"from models.nets import Net\n{TRAIN}"},
        {P},
    ),
    "base class from another file": (
        {
            "base.py": NET,
            "train.py": "import base\nclass Net(base.Net): pass\n" + TRAIN,
        },
        {P},
    ),
    "global changed where it is defined": (
        {
            "config.py": "ACT = torch.sigmoid\nACT = torch.tanh",
            "train.py": "from config import ACT\ndef train(x, y): F.cross_entropy(ACT(x), y)",
        },
        {Space.SIGNED_UNIT_INTERVAL},
    ),
    "one table of several, and a registry": (
        {
            "config.py": "from nets import *\nACTS = {'a': Net}\nOTHERS = {}\n"
            "def add(c):\n    OTHERS['b'] = c\n    return c\n@add\nclass Other(Net): pass",
            "nets.py": NET,
            "train.py": "from config import ACTS, OTHERS\n"
            "def train(x, y): F.cross_entropy(ACTS['a']()(x), y); F.cross_entropy(OTHERS['b']()(x).log(), y)",
        },
        {P, Space.LOG_PROBABILITIES},
    ),
    "a layer of a library that is read itself": (
        {
            "torch_geometric/nn/__init__.py": "from .conv.gcn_conv import GCNConv",
            "torch_geometric/nn/conv/gcn_conv.py": "class GCNConv(nn.Module):\n"
            "    def forward(self, x, e): return self.propagate(e, x=x)",
            "train.py": "from torch_geometric.nn import GCNConv\n"
            "def train(x, e, y): F.cross_entropy(GCNConv(2, 3)(x, e), y)",
        },
        {L},
    ),
    "a class that is made once": (
        {
            "train.py": f"def single(c):\n    made = {{}}\n    def get(*a):\n"
            f"        if c not in made: made[c] = c(*a)\n        return made[c]\n    return get\n"
            f"@single\n{NET}{TRAIN}"
            "@single\nclass Step:\n    def run(self, x, y): F.cross_entropy(torch.sigmoid(x), y)",
        },
        {P, UNIT},
    ),
    "import under a condition, beside one that may fail": (
        {
            "nets.py": NET,
            "raw.py": RAW,
            "train.py": f"import flags\nif flags.SLOW:\n    from nets import Net\n{TRAIN}"
            "try:\n    from nowhere import act\nexcept ImportError:\n    from raw import Net as act\n",
        },
        {P},
    ),
    "import chosen by a condition": (
        {
            "nets.py": NET,
            "raw.py": RAW,
            "train.py": "import os\nif os.environ.get('RAW'):\n    from raw import Net\nelse:\n"
            f"    from nets import Net\n{TRAIN}",
        },
        {P, L},
    ),
    "criterion from another file": (
        {
            "losses.py": "criterion = nn.CrossEntropyLoss()",
            "train.py": "from losses import criterion\ndef train(x, y): criterion(torch.sigmoid(x), y)",
        },
        {UNIT},
    ),
    "import cycle": (
        {
            "a.py": "from b import head\ndef act(x): return torch.sigmoid(x)",
            "b.py": "import a\ndef head(x): return a.act(x)",
            "train.py": "from a import head\ndef train(x, y): F.cross_entropy(head(x), y)",
        },
        {UNIT},
    ),
    "cycle of star imports": (
        {
            "a.py": "from b import *\ndef act(x): return torch.sigmoid(x)",
            "b.py": "from a import *",
            "train.py": "from b import act, missing\ndef train(x, y): F.cross_entropy(act(x), y)",
        },
        {UNIT},
    ),
    "name that is imported in a circle": (
        {
            "a.py": "from b import out",
            "b.py": "from a import out",
            "train.py": "from a import out\ndef train(x, y): F.cross_entropy(out, y)",
        },
        {U},
    ),
    "module that imports itself": (
        {"train.py": "import train\n" + NET + "def step(x, y): F.cross_entropy(train.Net()(x), y)"},
        {P},
    ),
    "import inside a function": (
        {
            "nets.py": NET,
            "train.py": "def train(x, y):\n    from nets import Net\n    F.cross_entropy(Net()(x), y)",
        },
        {P},
    ),
    "import that may fail": (
        {
            "nets.py": NET,
            "train.py": f"try:\n    from nets import Net\nexcept ImportError:\n    Net = None\n{TRAIN}",
        },
        {P, U},
    ),
    "the neighbour of that name, not one far away": (
        {
            "one/nets.py": RAW,
            "two/nets.py": NET,
            "one/train.py": f"from nets import Net\n{TRAIN}",
        },
        {L},
    ),
    "a folder of scripts that has the name of a library": (
        {
            "transformers/train.py": "from transformers import BertForTokenClassification\n"
            "Net = BertForTokenClassification.from_pretrained\n"
            "def train(x, y): F.cross_entropy(Net('bert')(x).logits, y)\n",
        },
        {L},
    ),
    "a folder of scripts that has the name of a library, which is imported whole": (
        {
            "transformers/train.py": "import transformers\n"
            "Net = transformers.BertForTokenClassification.from_pretrained\n"
            "def train(x, y): F.cross_entropy(Net('bert')(x).logits, y)\n",
        },
        {L},
    ),
    "tests in packages that are named as the packages of the program": (
        {
            "nets/__init__.py": "from nets.heads import Net",
            "nets/heads/__init__.py": NET,
            "tests/__init__.py": "",
            "tests/nets/__init__.py": "",
            "tests/nets/heads/__init__.py": "",
            "tests/nets/heads/train.py": f"from nets.heads import Net\n{TRAIN}",
        },
        {P},
    ),
    "a package, though a folder of that name lies nearer": (
        {
            "setup.py": "",
            "nets/__init__.py": NET,
            "scripts/nets/notes.py": "",
            "scripts/train.py": f"from nets import Net\n{TRAIN}",
        },
        {P},
    ),
    "import by the name of the folder that holds everything": (
        {"src/nets.py": NET, "src/train.py": f"from src.nets import Net\n{TRAIN}"},
        {P},
    ),
    "import that leads nowhere": ({"train.py": f"from missing import Net\n{TRAIN}"}, {U}),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_follows_imports(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "lossguard")
    files, expected = PROJECTS[name]
    checked = [file for file in files if file.endswith(".py")]
    assert spaces_of_project(tmp_path, files, *checked) == expected
    assert caplog.messages == []


@pytest.mark.parametrize("name", [name for name in PROJECTS if name != "criterion from another file"])
def test_follows_imports_into_files_that_are_not_checked(name: str, tmp_path: Path) -> None:
    files, expected = PROJECTS[name]
    entry = next(file for file in files if file.endswith("train.py"))
    assert spaces_of_project(tmp_path, files, entry) == expected


def test_an_import_may_begin_with_the_name_of_any_folder_that_is_checked(tmp_path: Path) -> None:
    files = {
        "src/nets.py": NET,
        "src/run/train.py": "from src import nets\ndef train(x, y): F.cross_entropy(nets.Net()(x), y)",
    }
    assert spaces_of_project(tmp_path, files, *files) == {P}
    assert spaces_of_project(tmp_path, files, "src/run/train.py") == {U}


def test_the_order_in_which_files_are_given_does_not_matter(tmp_path: Path) -> None:
    files, expected = PROJECTS["re-export through a package"]
    assert spaces_of_project(tmp_path, files, *files) == expected
    assert spaces_of_project(tmp_path, files, *reversed(files)) == expected


CALL = "F.cross_entropy(net(torch.rand(2, 3)), torch.zeros(2).long())\n"


def codes_in(file: Path, text: str) -> list[str]:
    file.write_text(program(text))
    return [each.code for each in check_paths([file])]


@pytest.mark.parametrize("kept", [0, 1_000_000])
def test_trees_are_kept_of_so_much_text_and_no_more(
    tmp_path: Path, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project, "MAX_TEXT_OF_TREES", kept)
    loss = "def loss{n}(x, y): return F.cross_entropy(x.softmax(1), y)"
    for n in range(3):
        (tmp_path / f"losses{n}.py").write_text(program(loss.format(n=n)))
    imports = "".join(f"from losses{n} import loss{n}\n" for n in range(3))
    main = tmp_path / "main.py"
    main.write_text(f"{imports}def train(x, y): loss0(x, y), loss1(x, y), loss2(x, y)\n")
    checked = project.Project([read(main)])
    assert checked.leading(checked.add(read(main))) >= {"loss0", "loss1", "loss2"}
    modules = [checked.load(tmp_path / f"losses{n}.py") for n in range(3)]
    trees = [unit.nodes.kept for module in modules if module for unit in module.index.units]
    assert len(trees) >= 3
    assert any(trees) == bool(kept)
    checked.forget_trees()
    assert not any(unit.nodes.kept for module in modules if module for unit in module.index.units)
    assert len(check_paths([tmp_path])) == 3


def test_relative_imports_do_not_climb_out_of_the_project(tmp_path: Path) -> None:
    """What lies above a project is not read, and dots that climb above everything are no error."""
    net = program("def net(x): return x.softmax(1)\n")
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").touch()
    (tmp_path / "nets.py").write_text(net)
    for dots in ("..", "." * 200):
        assert codes_in(project / "train.py", f"from {dots}nets import net\n{CALL}") == []
    (project / "nets.py").write_text(net)
    assert codes_in(project / "train.py", f"from .nets import net\n{CALL}") == ["LG101"]


@pytest.mark.parametrize("name", ["../../nets", "..nets", "/nets", "a/../../nets", ".", "net s", "nets\\0"])
def test_a_member_of_a_package_is_no_path(tmp_path: Path, name: str) -> None:
    (tmp_path / "nets.py").write_text(program("def net(x): return x.softmax(1)\n"))
    package = tmp_path / "project" / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    text = f"import package\nnet = getattr(package, '{name}').net\n{CALL}"
    assert codes_in(tmp_path / "project" / "train.py", text) == []


REGISTRY = """
class Registry:
    def __init__(self):
        self._found = dict()

    def get(self, name):
        return self._found.get(name)

    def _register(self, cls):
        self._found[cls.__name__] = cls

    def register_module(self, cls):
        self._register(cls)
        return cls

    def build(self, config):
        config = config.copy()
        return self.get(config.pop("type"))(**config)

HEADS = Registry()
"""
HEAD = """
from ..registry import HEADS

@HEADS.register_module
class {}(nn.Module):
    def forward(self, x): {}
"""
REGISTERED = {
    "models/__init__.py": "from .heads import *",
    "models/registry.py": REGISTRY,
    "models/heads/__init__.py": "from .soft import Soft\nfrom . import raw",
    "models/heads/soft.py": HEAD.format("Soft", "return x.softmax(1)"),
    "models/heads/raw.py": HEAD.format("Raw", "return nn.Linear(2, 2)(x)"),
}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ('HEADS.get("Soft")()', {P}),
        ('HEADS.build({"type": "Soft"})', {P}),
        ('HEADS.build(dict(type="Raw"))', {L}),
        ('HEADS.get("Missing")()', {U}),
    ],
)
def test_registries_hold_what_other_files_put_there(tmp_path: Path, made: str, expected: set[Space]) -> None:
    train = f"from models.registry import HEADS\ndef train(x, y): F.cross_entropy({made}(x), y)"
    assert spaces_of_project(tmp_path, {**REGISTERED, "train.py": train}, "train.py") == expected


def test_files_that_no_package_imports_register_nothing(tmp_path: Path) -> None:
    files = {**REGISTERED, "models/heads/__init__.py": "", "models/heads/hidden/__init__.py": ""}
    train = 'from models.registry import HEADS\ndef train(x, y): F.cross_entropy(HEADS.get("Soft")()(x), y)'
    assert spaces_of_project(tmp_path, {**files, "train.py": train}, "train.py") == {U}
