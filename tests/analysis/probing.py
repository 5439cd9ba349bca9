"""Runs the static engine over small programs and gives what it knows at their loss calls."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from lossguard.analysis.engine import Engine
from lossguard.analysis.observations import together
from lossguard.analysis.scenarios import CallSite
from lossguard.analysis.source import SourceFile, from_text, read
from lossguard.contracts import Space
from lossguard.facts import LossCall, TensorFacts

HEADER = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
P, LP, L = Space.PROBABILITIES, Space.LOG_PROBABILITIES, Space.LOGITS
UNIT, U = Space.UNIT_INTERVAL, Space.UNKNOWN


def program(body: str) -> str:
    """A program that imports torch, with ``body`` below."""
    return HEADER + dedent(body)


def sites(*sources: SourceFile) -> list[CallSite]:
    """The loss calls that the engine finds; a source that cannot be parsed fails the test."""
    engine = Engine(sources)
    observed = [engine.observe(source) for source in sources]
    return together([each for each in observed if each is not None])


def calls(body: str) -> list[LossCall]:
    """Every combination of values with which a loss of the program is called."""
    found = sites(from_text(program(body), "<program>"))
    return [scenario.call for site in found for visit in site.visits for scenario in visit]


def inputs(body: str) -> list[TensorFacts]:
    """What is known of the input of each combination."""
    return [_input(call) for call in calls(body)]


def spaces(body: str) -> set[Space]:
    """The spaces in which the input of the program's losses may lie."""
    return {facts.space for facts in inputs(body)}


def spaces_of_project(folder: Path, files: dict[str, str], *checked: str) -> set[Space]:
    """The same for a project of several files; ``checked`` are those that are looked at."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(program(text), "utf-8")
    found = sites(*(read(folder / name) for name in checked or files))
    return {_input(s.call).space for site in found for visit in site.visits for s in visit}


def _input(call: LossCall) -> TensorFacts:
    argument = call.input
    return TensorFacts() if argument is None or argument.tensor is None else argument.tensor
