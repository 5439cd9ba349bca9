"""Checking in several processes finds what one process finds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from lossguard import checker, parallel
from lossguard.analysis.partition import programs
from lossguard.analysis.source import from_text
from lossguard.assessment import Assessment, Program, assess
from lossguard.checker import Input, gather
from lossguard.cli.main import main
from lossguard.config import Config
from tests.cli.test_process import MISUSE, check_interrupted

ASKED = Config(extend_select=("LG902",))


def tree(folder: Path, **files: str) -> Input:
    """Write files, by their paths with ``__`` for slashes, and read them."""
    for name, text in files.items():
        file = folder / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    return gather([folder], Config())


def divided(given: Input, folder: Path) -> set[frozenset[str]]:
    return {
        frozenset(str(source.file.relative_to(folder))[:-3] for source in each if source.file)
        for each in programs(given.sources)
    }


def sets(*names: str) -> set[frozenset[str]]:
    return {frozenset(each.split()) for each in names}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a__m": "", "a__t": "import m", "b__m": "", "b__t": "import m"}, sets("a/m a/t", "b/m b/t")),
        ({"a": "import torch\n# import b", "b": "x = 1"}, sets("a", "b")),
        ({"p__init": "", "p__a": "", "p__b": "", "t": "from p.a import x"}, sets("p/init p/a p/b t")),
        ({"p__a": "", "p__b": "from .a import x", "p__c": "from . import b"}, sets("p/a p/b p/c")),
        ({"p__q__a": "from ..r import x", "p__r": "", "p__s": ""}, sets("p/q/a p/r", "p/s")),
        ({"a": "if 1: import os, b as c", "b": ""}, sets("a b")),
        ({"a": "from \\\n  b import (x,\n  y)", "b": ""}, sets("a b")),
        ({"a": "def f():\n    x = 1; import b", "b": ""}, sets("a b")),
        ({"a": "import important", "b": "'import'"}, sets("a", "b")),
    ],
)
def test_what_may_import_each_other_stays_together(
    tmp_path: Path, files: dict[str, str], expected: set[frozenset[str]]
) -> None:
    assert divided(tree(tmp_path, **files), tmp_path) == expected


def test_what_is_read_but_not_checked_joins_too(tmp_path: Path) -> None:
    given = tree(tmp_path, a__t="import shared", b__t="import shared", shared="", c="")
    checked = Input(tuple(each for each in given.sources if each.file and each.file.name == "t.py"))
    assert divided(checked, tmp_path) == sets("a/t b/t")
    both = Input(tuple(each for each in given.sources if each.file and each.file.name != "shared.py"))
    assert divided(both, tmp_path) == sets("a/t b/t", "c")


def test_text_without_a_file_is_not_divided() -> None:
    sources = [from_text("", name) for name in ("a.py", "b.py", "<c>")]
    assert [len(each) for each in programs(sources)] == [3]
    assert [len(each) for each in programs(sources[:2])] == [1, 1]


@pytest.fixture
def several(tmp_path: Path) -> Input:
    """Programs with findings, across files too, with a broken, an ignored and an unreadable one."""
    model, _, train = MISUSE.partition("\n\nmodel = ")
    files = {f"p{n}__model": model for n in range(3)}
    files |= {f"p{n}__train": f"import torch\nfrom model import *\nmodel = {train}" for n in range(3)}
    files |= {"alone": MISUSE, "broken": "(", "ignored": f"# lossguard: ignore-file\n{MISUSE}"}
    files |= {"comment": "x = 1  # noqa: LG101\n"}
    given = tree(tmp_path, **files)
    (tmp_path / "latin.py").write_bytes(b"\xe9")
    assert given.sources
    return gather([tmp_path], Config())


def test_processes_find_the_same(several: Input) -> None:
    one = checker.check(several, ASKED)
    assert [each.code for each in one.findings].count("LG101") == 4
    assert {each.code for each in one.findings} == {"LG101", "LG901", "LG902"}
    assert checker.check(several, ASKED, assess=parallel.in_processes(2, assess)) == one


class Losing(Executor):
    """Every second task is lost with its worker, and in the end no task is taken."""

    def __init__(self) -> None:
        self.given = 0
        self._threads = ThreadPoolExecutor(1)

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        self.given += 1
        if self.given > 4:
            raise BrokenProcessPool
        if self.given % 2:
            return self._threads.submit(function, *arguments, **named)
        lost: Future[Any] = Future()
        lost.set_exception(BrokenProcessPool())
        return lost


def test_a_lost_worker_loses_no_finding(several: Input) -> None:
    executor = Losing()

    def losing(program: Program, config: Config) -> Assessment:
        parts = [Program(each, program.top) for each in programs(program.sources)]
        return parallel.spread(parts, config, executor, assess)

    assert checker.check(several, ASKED, assess=losing) == checker.check(several, ASKED)
    assert executor.given > 4


def test_a_defect_is_not_hidden(several: Input) -> None:
    def defect(*_arguments: object) -> Assessment:
        raise RuntimeError("out of order")

    with ThreadPoolExecutor(1) as executor, pytest.raises(RuntimeError, match="out of order"):
        parallel.spread([Program(several.sources)], ASKED, executor, defect)


def test_options(several: Input, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(
        next(each.file for each in several.sources if each.file and each.file.stem == "alone").parent
    )
    printed = []
    for jobs in ("1", "2"):
        assert main(["check", "--isolated", "--output-format=json", "--jobs", jobs, folder]) == 1
        printed.append(capsys.readouterr())
    assert printed[0] == printed[1]
    assert main(["check", "--jobs", "0"]) == 2
    assert "0 is not in the range x>=1" in capsys.readouterr().err


def test_interrupt_ends_the_processes_too(several: Input, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(MISUSE * 2_000)

    def started(process: subprocess.Popen[str]) -> None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while process.poll() is None and not (children.exists() and children.read_text().strip()):
            pass

    check_interrupted(tmp_path, "--jobs", "2", when=started)


def test_dask(several: Input, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    distributed = pytest.importorskip("distributed")
    settings = {"processes": True, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(n_workers=2, host="127.0.0.1", **settings) as cluster:
        one = checker.check(several, ASKED)
        clustered = parallel.on_cluster(cluster.scheduler_address, assess)
        assert checker.check(several, ASKED, assess=clustered) == one
        os.kill(next(iter(cluster.workers.values())).process.pid, signal.SIGKILL)
        assert checker.check(several, ASKED, assess=clustered) == one
        command = ["check", "--isolated", "--output-format=json", str(tmp_path)]
        assert main([*command, "--jobs=1"]) == 1
        alone = capsys.readouterr().out
        assert main([*command, "--dask", cluster.scheduler_address]) == 1
        assert capsys.readouterr().out == alone


def test_dask_is_needed_and_has_to_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("lossguard.parallel.CONNECT", 0.2)
    (tmp_path / "loss.py").write_text("from torch.nn import MSELoss\n")
    assert main(["check", "--dask", "tcp://127.0.0.1:1", str(tmp_path)]) == 2
    assert "lossguard: no Dask cluster at tcp://127.0.0.1:1: " in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["check", "--dask", "tcp://127.0.0.1:1", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "lossguard: --dask needs distributed: pip install 'lossguard[dask]'\n"
