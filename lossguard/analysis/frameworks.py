"""What frameworks on top of torch do with models and criteria: data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec import Struct

NOT_MODULES: tuple[str, ...] = (
    "builtins.",
    "abc.",
    "enum.",
    "typing.",
    "types.",
    "argparse.",
    "collections.",
    "dataclasses.",
    "torch.utils.data.",
    "torch.optim.",
    "torch.autograd.",
    "unittest.",
)
"""Where base classes come from that make no module of a class."""

TRAINED_ON: Mapping[str, str] = MappingProxyType(
    {"training_step": ".LightningModule", "compute_loss": ".Trainer"},
)
"""Methods that return the loss a framework trains on, with the base class that makes them so."""


class Place(Struct, frozen=True):
    """A parameter, by position (None where it takes keywords only) and name."""

    position: int | None
    name: str


class Meeting(Struct, frozen=True):
    """A call in which a model and a criterion meet: the framework trains the one with the other.

    default: the dotted name of the criterion where none is given; None where the framework finds one itself.
    bypassed: parameters that, where given, change what reaches the criterion.
    makes: model and criterion may be classes, which the framework makes with its own arguments that begin
        with the parameter's name (``module__hidden``).
    logs: criteria of which the framework knows that they take log-probabilities: it takes the logarithm.
    """

    model: Place
    criterion: Place
    default: str | None = None
    bypassed: frozenset[str] = frozenset()
    makes: bool = False
    logs: frozenset[str] = frozenset()


def _skorch(default: str | None, logs: Iterable[str] = ()) -> Meeting:
    return Meeting(Place(0, "module"), Place(1, "criterion"), default, makes=True, logs=frozenset(logs))


_IGNITE = Meeting(Place(0, "model"), Place(2, "loss_fn"), bypassed=frozenset({"model_transform", "model_fn"}))
_LEARNER = Meeting(Place(1, "model"), Place(2, "loss_func"))
MEETINGS: Mapping[str, Meeting] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                f"ignite.engine.{function}"
                for function in ("create_supervised_trainer", "supervised_training_step")
            ),
            _IGNITE,
        ),
        **{
            f"skorch{module}.{name}": meeting
            for name, module_name, meeting in (
                ("NeuralNet", "net", _skorch(None)),
                ("NeuralNetClassifier", "classifier", _skorch("torch.nn.NLLLoss", ["torch.nn.NLLLoss"])),
                ("NeuralNetBinaryClassifier", "classifier", _skorch("torch.nn.BCEWithLogitsLoss")),
                ("NeuralNetRegressor", "regressor", _skorch("torch.nn.MSELoss")),
            )
            for module in ("", f".{module_name}")
        },
        **{
            f"fastai.{module}.Learner": _LEARNER
            for module in ("learner", "basics", "vision.all", "tabular.all", "text.all")
        },
        "poutyne.Model": Meeting(Place(0, "network"), Place(2, "loss_function")),
        "torchbearer.Trial": Meeting(Place(0, "model"), Place(2, "criterion")),
    }
)
"""Functions and classes in whose call a model and a criterion meet."""

MEETING_METHODS: Mapping[str, Mapping[str, Meeting]] = MappingProxyType(
    {
        f"catalyst.{module}.SupervisedRunner": MappingProxyType(
            {"train": Meeting(Place(None, "model"), Place(None, "criterion"))}
        )
        for module in ("dl", "runners", "runners.supervised")
    }
)
"""Methods in whose call they do, by the class."""


class Callback(Struct, frozen=True):
    """A call in which a library calls back a function that it is given.

    function: the parameter that takes the function, or an object with a ``method`` that is called instead.
    leading: how many arguments of its own the library puts first, such as the rank of a process.
    passed: the parameters of the same call that are passed on.
    positional, keywords: the parameters that take more arguments, as a tuple and as a dictionary.
    rest: whatever stands behind the function is passed on.
    """

    function: Place
    leading: int = 0
    passed: tuple[Place, ...] = ()
    positional: Place | None = None
    keywords: Place | None = None
    rest: bool = False
    method: str | None = None


_SPAWNED = Callback(Place(0, "fn"), leading=1, positional=Place(1, "args"))
_TARGET = Callback(Place(1, "target"), positional=Place(3, "args"), keywords=Place(4, "kwargs"))
_LAUNCHED = Callback(Place(0, "function"), positional=Place(1, "args"))
CALLBACKS: Mapping[str, Callback] = MappingProxyType(
    {
        "torch.multiprocessing.spawn": _SPAWNED,
        "torch.multiprocessing.spawn.spawn": _SPAWNED,
        "torch.multiprocessing.start_processes": _SPAWNED,
        "torch_xla.distributed.xla_multiprocessing.spawn": _SPAWNED,
        "torch.multiprocessing.Process": _TARGET,
        "multiprocessing.Process": _TARGET,
        "multiprocessing.context.Process": _TARGET,
        "threading.Thread": _TARGET,
        "accelerate.notebook_launcher": _LAUNCHED,
        "accelerate.debug_launcher": _LAUNCHED,
        "accelerate.launchers.notebook_launcher": _LAUNCHED,
        "ignite.distributed.spawn": Callback(
            Place(1, "fn"), leading=1, positional=Place(2, "args"), keywords=Place(3, "kwargs_dict")
        ),
        **dict.fromkeys(
            ("nni.nas.experiment.NasExperiment", "nni.nas.experiment.experiment.NasExperiment"),
            Callback(Place(1, "evaluator"), passed=(Place(0, "model_space"),), method="evaluate"),
        ),
    }
)
"""Functions and classes that call back."""

CALLBACK_METHODS: Mapping[str, Mapping[str, Callback]] = MappingProxyType(
    {
        f"ignite.distributed.{module}Parallel": MappingProxyType(
            {"run": Callback(Place(0, "func"), leading=1, rest=True)}
        )
        for module in ("", "launcher.")
    }
)
"""Methods that do, by the class."""


class Hook(Struct, frozen=True):
    """A method of a model that a trainer calls with a batch and its number.

    trains: the loss that it returns is trained on; where not, the model is in evaluation mode.
    """

    name: str
    trains: bool = False


_VALIDATION, _TEST = Hook("validation_step"), Hook("test_step")
_LIGHTNING_TRAINER: Mapping[str, tuple[Hook, ...]] = MappingProxyType(
    {
        "fit": (Hook("training_step", trains=True), _VALIDATION),
        "validate": (_VALIDATION,),
        "test": (_TEST,),
    }
)
HOOKS: Mapping[str, Mapping[str, tuple[Hook, ...]]] = MappingProxyType(
    {
        f"{package}.{name}": _LIGHTNING_TRAINER
        for package in ("lightning", "lightning.pytorch", "pytorch_lightning")
        for name in ("Trainer", "trainer.Trainer", "trainer.trainer.Trainer")
    }
)
"""Methods that call hooks of their first argument, ``model``, by the class of the trainer."""


TRAINER_MODEL = Place(0, "model")
"""The model that a trainer with hooks of its own is made with, and has under the same name."""

_COMPUTING = MappingProxyType({"train": Hook("compute_loss", trains=True), "evaluate": Hook("compute_loss")})
OWN_HOOKS: Mapping[str, Mapping[str, Hook]] = MappingProxyType(
    {
        f"transformers.{name}": _COMPUTING
        for name in ("Trainer", "trainer.Trainer", "Seq2SeqTrainer", "trainer_seq2seq.Seq2SeqTrainer")
    }
)
"""Methods that call a hook of the trainer itself with its model and a batch, by the class of the trainer."""


def is_module_base(base: str) -> bool:
    """Whether a class outside the project may make a ``torch.nn.Module`` of what derives from it."""
    return not base.startswith(NOT_MODULES)
