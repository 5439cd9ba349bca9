"""What was found is remembered for as long as it would be found again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
import pytest

from lossguard import cache, checker, packing
from lossguard.assessment import Assessment, assess
from lossguard.cache import KeptProgram, Recalling, Remembering
from lossguard.checker import gather
from lossguard.cli.main import main
from lossguard.config import Config
from lossguard.observing import Observation, Program, alone
from tests.cli.test_adoption import notebook

DEFAULTS = Config()
NET = "from torch import nn\nclass Net(nn.Module):\n    def forward(self, x): return {}\n"
TRAIN = (
    "import torch.nn.functional as F\nfrom nets import Net\ndef train(x, y): F.cross_entropy(Net()(x), y)\n"
)


class Counting:
    """Assesses, and counts how often it is asked to."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, program: Program, config: Config) -> Assessment:
        self.times += 1
        return assess(program, config)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A model and its training, in two files."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "nets.py").write_text(NET.format("x.softmax(1)"))
    (folder / "train.py").write_text(TRAIN)
    return folder


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., int]:
    """Check through the cache; gives how many findings there are, and by its sign whether it was assessed."""

    def checked(*paths: Path, config: Config = DEFAULTS) -> int:
        counting = Counting()
        given = gather(paths, config)
        remembered = checker.check(given, config, assess=Remembering(tmp_path / "cache", counting))
        assert remembered == checker.check(given, config)
        return len(remembered.findings) * (1 if counting.times else -1)

    return checked


def test_what_has_not_changed_is_not_assessed_again(project: Path, check: Callable[..., int]) -> None:
    (project / "notes.ipynb").write_text(notebook(TRAIN))
    (project / "broken.py").write_text("(")
    assert check(project) == 3
    assert check(project) == -3
    (project / "nets.py").write_text(NET.format("x"))
    assert check(project) == 1
    (project / "nets.py").write_text(NET.format("x.softmax(1)"))
    assert check(project) == -3


def test_what_is_imported_counts_as_well(project: Path, check: Callable[..., int]) -> None:
    train = project / "train.py"
    assert [check(train), check(train)] == [1, -1]
    (project / "nets.py").write_text(NET.format("x.log_softmax(1)"))
    assert [check(train), check(train)] == [1, -1]
    (project / "nets.py").unlink()
    assert [check(train), check(train)] == [0, 0]
    (project / "nets").mkdir()
    (project / "nets" / "__init__.py").write_text(NET.format("x.softmax(1)"))
    assert [check(train), check(train)] == [1, -1]


def test_a_module_that_comes_first_now_counts(project: Path, check: Callable[..., int]) -> None:
    inner = project / "inner"
    inner.mkdir()
    (inner / "train.py").write_text(TRAIN)
    (project / "pyproject.toml").touch()
    assert [check(inner), check(inner)] == [1, -1]
    (inner / "nets.py").write_text(NET.format("x"))
    assert check(inner / "train.py") == 0
    (project / "pyproject.toml").unlink()
    assert check(inner / "train.py") == 0


def test_the_configuration_counts_where_it_matters(project: Path, check: Callable[..., int]) -> None:
    assert check(project) == 1
    assert check(project, config=Config(ignore=("LG1",))) == 0
    assert check(project, config=Config(select=("LG101",))) == -1
    assert check(project, config=Config(extend_select=("LG109",))) == 1
    assert check(project, config=Config(losses={"nets.Net": "CrossEntropyLoss"})) == 0


def test_another_version_assesses_again(
    project: Path, check: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [check(project), check(project)] == [1, -1]
    monkeypatch.setattr(cache, "__version__", "9.9")
    assert [check(project), check(project)] == [1, -1]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[]", b'{"calls": [1]}', b'{"calls": [{"span": {}}]}']
)
def test_a_broken_entry_is_written_anew(
    project: Path, check: Callable[..., int], tmp_path: Path, content: bytes
) -> None:
    assert check(project) == 1
    (entry,) = (tmp_path / "cache").iterdir()
    entry.write_bytes(content)
    assert [check(project), check(project)] == [1, -1]


def test_the_cache_is_bounded(
    project: Path, check: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check(project) == 1
    (entry,) = (tmp_path / "cache").iterdir()
    os.utime(entry, (1, 1))
    monkeypatch.setattr(cache, "MOST_BYTES", entry.stat().st_size + 10)
    monkeypatch.setattr(cache, "_BETWEEN", 1)
    (project / "nets.py").write_text(NET.format("x"))
    assert check(project) == 0
    (left,) = (tmp_path / "cache").iterdir()
    assert left != entry


def test_a_folder_that_cannot_be_is_left_alone(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    given = gather([project], Config())
    remembering = Remembering(tmp_path / "file" / "cache", assess)
    assert len(checker.check(given, Config(), assess=remembering).findings) == 1


def test_several_may_write_at_once(project: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lossguard", "check", "--isolated", "--output-format=json", str(project)]
    settings = {**os.environ, "LOSSGUARD_CACHE_DIR": str(tmp_path / "cache"), "LOSSGUARD_NO_CACHE": ""}
    with ThreadPoolExecutor(4) as threads:
        runs = list(threads.map(lambda _: _output(command, settings), range(4)))
    assert {len(json.loads(run)) for run in runs} == {1}
    assert sorted(each.suffix for each in (tmp_path / "cache").iterdir()) == [".json", ".msgpack"]


def _output(command: Sequence[str], settings: Mapping[str, str]) -> str:
    return subprocess.run(command, env=settings, stdout=subprocess.PIPE, text=True, check=False).stdout


class Noting:
    """Observes, and notes the names of the files that it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, program: Program, config: Config, numbers: Sequence[int]) -> Observation:
        self.asked = sorted(str(program.sources[number].file.name) for number in numbers)  # type: ignore[union-attr]
        return alone(program, config, numbers)


@pytest.fixture
def observed(project: Path, tmp_path: Path) -> Callable[[], list[str]]:
    """Assess what is in the project by what is kept of its files; gives those that were observed."""
    (project / "apart.py").write_text(
        "import torch\nloss = torch.nn.MSELoss()(torch.ones(2), torch.ones(2))\n"
    )
    (project / "empty.py").write_text("")

    def observe() -> list[str]:
        noting = Noting()
        given = gather([project], DEFAULTS)
        kept = partial(assess, observe=Recalling(tmp_path / "kept", noting))
        assert checker.check(given, DEFAULTS, assess=kept) == checker.check(given, DEFAULTS)
        return noting.asked

    return observe


def test_only_what_has_changed_and_what_depends_on_it_is_observed_again(
    project: Path, observed: Callable[[], list[str]]
) -> None:
    assert observed() == ["apart.py", "empty.py", "nets.py", "train.py"]
    assert observed() == []
    (project / "apart.py").write_text("import torch\n")
    assert observed() == ["apart.py"]
    (project / "nets.py").write_text(NET.format("x"))
    assert observed() == ["nets.py", "train.py"]
    assert observed() == []


def test_what_is_imported_and_not_checked_counts_for_its_importers_alone(
    project: Path, observed: Callable[[], list[str]]
) -> None:
    (project / "venv").mkdir()
    (project / "train.py").write_text(
        "from venv.nets import Net\n" + TRAIN.replace("from nets import Net\n", "")
    )
    (project / "venv" / "nets.py").write_text(NET.format("x"))
    assert observed() == ["apart.py", "empty.py", "nets.py", "train.py"]
    (project / "venv" / "nets.py").write_text(NET.format("x.softmax(1)"))
    assert observed() == ["train.py"]


def test_a_loss_that_an_imported_file_comes_to_lead_to_counts(
    project: Path, observed: Callable[[], list[str]]
) -> None:
    (project / "losses.py").write_text("def objective(x, y): return x\n")
    (project / "middle.py").write_text(
        "from losses import objective\n\n\ndef step(x, y):\n"
        + "    x = x + 1 - 1 + 1 - 1\n" * 99
        + "    return objective(x, y)\n"
    )
    (project / "train.py").write_text(
        "import torch.nn.functional as F\nimport middle\n"
        "def train(x, y):\n    middle.step(x.softmax(1), y)\n    F.mse_loss(x, y)\n"
    )
    assert "train.py" in observed()
    (project / "losses.py").write_text(
        "import torch.nn.functional as F\ndef objective(x, y): return F.cross_entropy(x, y)\n"
    )
    assert observed() == ["losses.py", "middle.py", "train.py"]


def test_what_a_package_hands_on_counts_for_those_who_import_it(
    project: Path, observed: Callable[[], list[str]]
) -> None:
    package = project / "package"
    package.mkdir()
    (package / "__init__.py").write_text("from .one import f\nfrom .two import g\n")
    (package / "one.py").write_text("def f(): ...\n")
    (package / "two.py").write_text("def g(): ...\n")
    (project / "first.py").write_text("from package import f\n")
    (project / "second.py").write_text("from package import g\n")
    observed()
    (package / "two.py").write_text("def g(x): ...\n")
    assert observed() == ["__init__.py", "second.py", "two.py"]


def test_a_name_that_means_another_file_now_counts(project: Path, observed: Callable[[], list[str]]) -> None:
    observed()
    (project / "torch.py").write_text("")
    observed()
    (project / "nets").mkdir()
    (project / "nets" / "__init__.py").write_text(NET.format("x"))
    assert "train.py" in observed()


@pytest.mark.parametrize("content", [b"", b"\xff", b"\x93\x01\x02\x03"])
def test_what_was_kept_and_is_broken_is_observed_again(
    tmp_path: Path, observed: Callable[[], list[str]], content: bytes
) -> None:
    everything = observed()
    (entry,) = (tmp_path / "kept").iterdir()
    entry.write_bytes(content)
    assert [observed(), observed()] == [everything, []]


def test_what_cannot_be_kept_is_observed_each_time(
    tmp_path: Path, observed: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_value: object) -> bytes:
        raise ValueError

    monkeypatch.setattr(packing, "pack", refuse)
    everything = observed()
    assert everything == observed() != []
    assert not (tmp_path / "kept").exists()


def test_a_file_whose_record_is_no_record_is_observed_again(
    tmp_path: Path, observed: Callable[[], list[str]]
) -> None:
    observed()
    (entry,) = (tmp_path / "kept").iterdir()
    kept = msgspec.msgpack.decode(entry.read_bytes(), type=KeptProgram)
    name = next(file for file in kept.files if file.endswith("apart.py"))
    strange = {**kept.files, name: replace(kept.files[name], packed=b"cos\nsystem\n(S'exit 1'\ntR.")}
    entry.write_bytes(msgspec.msgpack.encode(replace(kept, files=strange)))
    assert [observed(), observed()] == [["apart.py"], []]


def test_libcst_is_not_needed_for_what_is_known(project: Path, tmp_path: Path) -> None:
    options = ["check", "--isolated", "--cache-dir", str(tmp_path / "cache"), str(project)]
    program = (
        f"import sys\nfrom lossguard.cli.main import main\nprint(main({options}), 'libcst' in sys.modules)"
    )
    runs = [_output([sys.executable, "-c", program], os.environ) for _ in range(2)]
    assert [run.splitlines()[-1] for run in runs] == ["1 True", "1 False"]


def test_options(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOSSGUARD_NO_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(project)
    usual = tmp_path / "home" / "lossguard"
    assert main(["check", "--isolated", "--no-cache"]) == 1
    assert not usual.exists()
    assert main(["check", "--isolated", "--cache-dir", "here"]) == 1
    assert list((project / "here").iterdir())
    (project / "lossguard.toml").write_text("cache-dir = 'there'\n")
    assert main(["calls", "nets.py", "train.py"]) == 0
    assert list((project / "there").iterdir())
    assert not usual.exists()
    assert main(["check", "--isolated", "train.py"]) == 1
    if sys.platform == "linux":
        assert list(usual.iterdir())


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no permissions of others here")
def test_a_folder_that_everybody_may_write_to_is_left_alone(
    project: Path, check: Callable[..., int], tmp_path: Path
) -> None:
    (tmp_path / "cache").mkdir(0o777)
    (tmp_path / "cache").chmod(0o777)
    assert [check(project), check(project)] == [1, 1]
    assert list((tmp_path / "cache").iterdir()) == []
    (tmp_path / "cache").chmod(0o755)
    assert [check(project), check(project)] == [1, -1]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners here")
def test_a_folder_of_somebody_else_is_left_alone(
    project: Path, check: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [check(project), check(project)] == [1, -1]
    monkeypatch.setattr(os, "getuid", lambda: -2)
    assert [check(project), check(project)] == [1, 1]


def test_the_folder_is_made_for_its_owner_alone(
    project: Path, check: Callable[..., int], tmp_path: Path
) -> None:
    check(project)
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0
