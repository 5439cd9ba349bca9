"""Checking in several processes finds what one process finds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lossguard import checker, parallel
from lossguard.assessment import assess
from lossguard.checker import Input, gather
from lossguard.cli.main import main
from lossguard.config import Config
from lossguard.observing import Observation, Program, alone
from lossguard.packing import pack
from tests.cli.test_process import MISUSE, check_interrupted

ASKED = Config(extend_select=("LG902",))


def tree(folder: Path, **files: str) -> Input:
    """Write files, by their paths with ``__`` for slashes, and read them."""
    for name, text in files.items():
        file = folder / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    return gather([folder], Config())


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


def test_processes_find_the_same(several: Input, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "WORTHWHILE", 0)
    one = checker.check(several, ASKED)
    assert [each.code for each in one.findings].count("LG101") == 4
    assert {each.code for each in one.findings} == {"LG101", "LG901", "LG902"}
    assert checker.check(several, ASKED, assess=partial(assess, observe=parallel.in_processes(2))) == one


def test_paths_that_results_share_are_held_once(several: Input, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "WORTHWHILE", 0)
    program = Program(several.sources, several.top)
    observed = parallel.in_processes(2)(program, ASKED, range(len(several.sources)))
    paths = [path for each in observed.results for path in each.reach]
    assert len({id(path) for path in paths}) == len(set(paths)) < len(paths)


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

    def losing(program: Program, config: Config, numbers: Sequence[int]) -> Observation:
        def observe(some: Sequence[int]) -> bytes:
            return pack(alone(program, config, some))

        return parallel.spread([[n] for n in numbers], executor, observe, program, config)

    assert checker.check(several, ASKED, assess=partial(assess, observe=losing)) == checker.check(
        several, ASKED
    )
    assert executor.given > 4


def test_a_defect_is_not_hidden(several: Input, monkeypatch: pytest.MonkeyPatch) -> None:
    def defect(*_arguments: object) -> bytes:
        raise RuntimeError("out of order")

    monkeypatch.setattr(parallel, "alone", defect)
    with ThreadPoolExecutor(1) as executor, pytest.raises(RuntimeError, match="out of order"):
        parallel.spread([[0]], executor, defect, Program(several.sources), ASKED)


@pytest.mark.parametrize("forks", [True, False])
def test_a_process_is_copied_or_started(several: Input, monkeypatch: pytest.MonkeyPatch, forks: bool) -> None:
    monkeypatch.setattr(parallel, "WORTHWHILE", 0)
    monkeypatch.setattr(parallel, "_may_fork", lambda: forks)
    one = checker.check(several, ASKED)
    assert checker.check(several, ASKED, assess=partial(assess, observe=parallel.in_processes(2))) == one


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
    assert "'0' is not a number of at least 1" in capsys.readouterr().err


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
        clustered = partial(assess, observe=parallel.on_cluster(cluster.scheduler_address))
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
