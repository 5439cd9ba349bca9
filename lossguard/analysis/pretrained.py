"""Models of ``transformers``: what they are made for says what their output holds."""

from __future__ import annotations

from lossguard.analysis.backbones import Backbones
from lossguard.analysis.domain import Code, External, Literally, Reference, Value, of
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.interpreter.objects import Objects
from lossguard.analysis.interpreter.records import ClassCode
from lossguard.analysis.model_table import LOSS_FUNCTIONS, TASK_HEADS, TASKS, Scores
from lossguard.contracts import DType, Space
from lossguard.diagnostics import TraceStep
from lossguard.facts import Source, TensorFacts

OUTPUT = "transformers.utils.ModelOutput"
_MADE_BY = (".from_pretrained", ".from_config")
_OTHER_FRAMEWORKS = ("TF", "Flax")


def task(name: str) -> Scores | None:
    """What the output of a model holds, by the dotted name of its class; None where that is not known."""
    bare = name.rpartition(".")[2]
    if not name.startswith("transformers.") or bare.startswith(_OTHER_FRAMEWORKS):
        return None
    return next((scores for ending, scores in TASKS.items() if bare.endswith(ending)), None)


class PretrainedModels(Backbones):
    """Makes models for a task, and gives what calling them gives."""

    def make_pretrained(self, machine: Machine, name: str, site: Site) -> Reference | None:
        """Make a model by ``from_pretrained``, ``from_config`` or its constructor; None where it is none."""
        for ending in _MADE_BY:
            name = name.removesuffix(ending)
        return None if task(name) is None else machine.allocate("object", site, External(name))

    def run_pretrained(
        self,
        machine: Machine,
        receiver: Reference,
        name: str,
        scores: Scores,
        constructed: Arguments,
        arguments: Arguments,
        site: Site,
    ) -> Value | None:
        """Call such a model: an output with its scores, unless its head has been replaced."""
        if any(machine.heap.get((receiver.number, head)) is not None for head in TASK_HEADS):
            return None
        made_at = machine.sites.get(receiver.number, site)
        bare = name.rpartition(".")[2]
        tensor = TensorFacts(
            Space.LOGITS,
            dtype=DType.FLOAT,
            shape=_shape(scores, constructed),
            source=Source.MODEL,
            operation=bare,
            steps=(TraceStep(made_at.span, f"`{bare}` gives raw scores"),),
        )
        output = machine.allocate("object", site, External(OUTPUT))
        for field in scores.names:
            machine.heap.set((output.number, field), of(tensor))
        if "labels" in arguments.keywords:
            machine.heap.set((output.number, "loss"), of(TensorFacts(dtype=DType.FLOAT)))
        machine.heap.set((output.number, "<open>"), of(Literally(arguments.open)))
        return of(output)

    def output_item(self, machine: Machine, output: Reference, index: Value | None) -> Value | None:
        """``output["logits"]``, ``output[0]``: the loss comes first where labels were given."""
        key = index.single.value if index is not None and isinstance(index.single, Literally) else None
        if isinstance(key, str):
            return machine.heap.get((output.number, key))
        opened = machine.heap.get((output.number, "<open>"))
        if not isinstance(key, int) or opened is None or opened.single != Literally(False):
            return None
        names = [
            name
            for name in ("loss", "logits", "start_logits", "end_logits")
            if machine.heap.get((output.number, name)) is not None
        ]
        return machine.heap.get((output.number, names[key])) if 0 <= key < len(names) else None


def loss_function(machine: Objects, receiver: Reference) -> External | None:
    """What ``self.loss_function`` is in a class of the project that derives from a model of transformers."""
    class_ = receiver.type
    if not isinstance(class_, Code) or not isinstance(class_.definition, ClassCode):
        return None
    if not any(base.startswith("transformers.") for base in machine.external_bases(receiver)):
        return None
    name = class_.definition.name
    return next((External(loss) for part, loss in LOSS_FUNCTIONS.items() if part in name), None)


def _shape(scores: Scores, constructed: Arguments) -> tuple[int | None, ...] | None:
    if scores.rank is None:
        return None
    given = constructed.get(None, "num_labels")
    labels = given.single.value if given is not None and isinstance(given.single, Literally) else None
    sizes: list[int | None] = [None] * scores.rank
    if isinstance(labels, int):
        sizes[1 if scores.rank != 3 else 2] = labels
    return tuple(sizes)
