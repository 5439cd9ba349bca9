"""Other tools and lossguard on the same programs: the pairs of ``peer_pairs``, and labelled public code.

    python -m tests.benchmarks.bench_peers [--torchfix BIN] [--neurarch lint.mjs] [--pysiassist CLONE PYTHON]
        [--runtime PYTHON] [--corpus FOLDER --labels FOLDER]

``--runtime`` is a Python with torch, torch-audit and torchtest2. A tool that is not given is left out. A pair
is told apart by what is said of the wrong program and not of the right one. Public code is judged by file,
each given alone: is there any remark on a loss in the file of a misuse, or of a look-alike?
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks.peer_pairs import programs

Tool = Callable[[Path], set[str]]
"""Gives the names of what a tool says about the loss in a program."""

NEURARCH = {"softmax-cross-entropy", "sigmoid-bce-with-logits", "bceloss-without-sigmoid", "log-then-softmax"}
ENOUGH = 120  # seconds for one file
GUARD = """
import json, sys, lossguard
found = set()
with lossguard.watch(on_violation=lambda finding: found.add(finding.code)):
    exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"), {"__name__": "program"})
print("RESULT" + json.dumps(sorted(found)))
"""
TORCH_AUDIT = """
import json, sys, torch
from torch_audit import autopatch
names = {"__name__": "program"}
head, _, loop = open(sys.argv[1]).read().partition("\\n\\ndef step()")
exec(head, names)
model, optimizer = names["model"], names["optimizer"]
auditor = autopatch(model, optimizer=optimizer, every_n_steps=1, run_static=True, run_init=True)
exec("def step()" + loop, names)
found = {each.rule_id for each in auditor.finish(report=False).findings}
about_more_than_hardware_and_optimizer = {each for each in found if each[:3] not in {"TA2", "TA4"}}
print("RESULT" + json.dumps(sorted(about_more_than_hardware_and_optimizer)))
"""
TORCHTEST2 = """
import json, sys, torchtest2
names = {"__name__": "program"}
exec(open(sys.argv[1]).read(), names)
given = [names[each] for each in ("model", "inputs", "targets")]
report = torchtest2.check_model(*given, loss_fn=names["criterion"], optimizer=names["optimizer"])
print("RESULT" + json.dumps(sorted(each.name for each in [*report.failures, *report.warnings])))
"""


def lossguard(file: Path) -> set[str]:
    command = [
        sys.executable,
        "-m",
        "lossguard",
        "check",
        "--isolated",
        "-q",
        "--output-format",
        "json",
        file,
    ]
    return {each["code"] for each in json.loads(_output(command, cwd=file.parent) or "[]")}


def torchfix(binary: str, file: Path) -> set[str]:
    return set(re.findall(r": (TOR\d+)", _output([binary, "--select=ALL", file])))


def neurarch(script: str, file: Path) -> set[str]:
    said = json.loads(_output(["node", script, "--json", file]) or "[]")
    findings = said if isinstance(said, list) else said.get("findings", [])
    return {each["rule"] for each in findings} & NEURARCH


def pysiassist(clone: str, python: str, file: Path) -> set[str]:
    """Its tenth pattern, losses and activations, run as its README says."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "pattern"
        shutil.copytree(Path(clone) / "patterns" / "10_Loss_function_and_activation_function", folder)
        shutil.copytree(Path(clone) / "src", folder / "src")
        shutil.copy(file, folder / "10_Code_to_be_Checked.py")
        return set(re.findall(r": (W99\d\d)", _output([python, "checker.py"], cwd=folder)))


def running(code: str, python: str, file: Path) -> set[str]:
    """What a tool says while the program runs, with its driver."""
    _, _, result = _output([python, "-W", "ignore", "-c", code, file]).rpartition("RESULT")
    return set(json.loads(result))


def _output(command: list[Any], cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=ENOUGH,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def compared(tools: dict[str, Tool]) -> Iterable[str]:
    """The pairs, as a table."""
    wrong, right = programs(wrong=True), programs(wrong=False)
    rows: dict[str, list[str]] = {name: [] for name in wrong}
    apart, alarms = dict.fromkeys(tools, 0), dict.fromkeys(tools, 0)
    with tempfile.TemporaryDirectory() as temporary:
        for tool, ask in tools.items():
            for name in wrong:
                bad, good = (_asked(ask, Path(temporary), each[name]) for each in (wrong, right))
                apart[tool] += bool(bad - good)
                alarms[tool] += bool(good)
                rows[name].append(
                    f"{', '.join(sorted(bad - good)) or '–'}{' (and the right one)' if good else ''}"
                )
    yield f"| | {' | '.join(tools)} |"
    yield f"| --- |{' --- |' * len(tools)}"
    yield from (f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items())
    yield f"| **told apart, of {len(wrong)}** | {' | '.join(str(apart[tool]) for tool in tools)} |"
    yield f"| **remarks on right ones** | {' | '.join(str(alarms[tool]) for tool in tools)} |"


def _asked(ask: Tool, folder: Path, text: str) -> set[str]:
    file = folder / "program.py"
    file.write_text(text, "utf-8")
    return ask(file)


def judged(tools: dict[str, Tool], corpus: Path, labels: Path) -> Iterable[str]:
    """Public code, as a table: misuses by file and look-alikes by file, notebooks left out."""
    misused, alike = (
        {file for row in json.loads((labels / name).read_text("utf-8")) if (file := _file(corpus, row))}
        for name in ("positives.json", "negatives.json")
    )
    alike -= misused
    yield f"| | misuses in {len(misused)} files | look-alikes in {len(alike)} files |"
    yield "| --- | ---: | ---: |"
    for tool, ask in tools.items():
        hits, alarms = (sum(bool(ask(file)) for file in sorted(files)) for files in (misused, alike))
        yield f"| {tool} | {hits} | {alarms} |"


def _file(corpus: Path, row: dict[str, Any]) -> Path | None:
    name = f"{row['repo'].replace('/', '+')}@{row.get('commit', '')[:10]}"
    file = corpus / name / row["path"]
    return file if file.suffix == ".py" and file.is_file() else None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--torchfix")
    parser.add_argument("--neurarch")
    parser.add_argument("--pysiassist", nargs=2)
    parser.add_argument("--runtime")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--labels", type=Path)
    given = parser.parse_args()
    static: dict[str, Tool] = {"lossguard check": lossguard}
    if given.torchfix:
        static["TorchFix"] = partial(torchfix, given.torchfix)
    if given.neurarch:
        static["neurarch-lint"] = partial(neurarch, given.neurarch)
    if given.pysiassist:
        static["PYSIASSIST"] = partial(pysiassist, *given.pysiassist)
    dynamic: dict[str, Tool] = {"lossguard.watch": partial(running, GUARD, sys.executable)}
    if given.runtime:
        dynamic["torch-audit"] = partial(running, TORCH_AUDIT, given.runtime)
        dynamic["torchtest2"] = partial(running, TORCHTEST2, given.runtime)
    for line in compared(static | dynamic):
        print(line, flush=True)
    if given.corpus and given.labels:
        print()
        for line in judged(static, given.corpus, given.labels):
            print(line, flush=True)


if __name__ == "__main__":
    main()
