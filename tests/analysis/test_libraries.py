"""What libraries on top of torch do, as data: the tables against each other and against torch."""

from __future__ import annotations

import inspect
import threading
from importlib import import_module
from pathlib import Path

import pytest

from lossguard import check_source
from lossguard.analysis import library_table, model_table
from lossguard.analysis.backbones import canonical, known
from lossguard.analysis.domain import constant
from lossguard.analysis.einops import parsed, rearranged
from lossguard.analysis.frameworks import CALLBACKS, MEETINGS
from lossguard.analysis.interpreter.machine import Arguments
from lossguard.analysis.layer_table import AFFINE
from lossguard.analysis.model_table import Model
from lossguard.analysis.pretrained import task
from lossguard.analysis.switches import decided
from lossguard.analysis.vocabulary import Vocabulary
from lossguard.contracts import BY_FUNCTION, BY_MODULE, REQUIRED, Contract, Space, libraries
from lossguard.facts import UNKNOWN_OPTION, TensorFacts
from lossguard.rules import all_rules

LOSSES = {**libraries.BY_CLASS, **libraries.BY_FUNCTION}
NET = "monai.losses.DiceLoss"


@pytest.mark.parametrize("dotted", sorted(LOSSES))
def test_contracts_of_libraries_are_consistent(dotted: str) -> None:
    contract = LOSSES[dotted]
    assert {contract.input, contract.target} <= {parameter.key for parameter in contract.call}
    assert dotted.endswith(f".{contract.name}")
    keys = {parameter.key for parameter in (*contract.constructor, *contract.functional)}
    for demand in (contract, *(variant.demand for variant in contract.variants)):
        assert not demand.expects & demand.misuse.keys()
        assert set(demand.misuse.values()) <= {rule.code for rule in all_rules()}
    for variant in contract.variants:
        assert variant.options.keys() <= keys
        assert not variant.demand.variants
    if contract.variants:
        assert not contract.expects
        assert not contract.misuse


MADE = {
    Space.LOGITS: "nn.Linear(4, 3)(x)",
    Space.PROBABILITIES: "nn.Linear(4, 3)(x).softmax(-1)",
    Space.LOG_PROBABILITIES: "nn.Linear(4, 3)(x).log_softmax(-1)",
    Space.UNIT_INTERVAL: "nn.Linear(4, 3)(x).sigmoid()",
}


def _call(dotted: str, space: Space) -> str:
    """A call of a loss with an input in a space, and with nothing that it does not require."""
    contract = LOSSES[dotted]
    required = [p for p in contract.constructor if p.default is REQUIRED and not p.keyword_only]
    made = f"{dotted}({', '.join(f'{p.name}=1' for p in required)})"
    of_class = dotted in libraries.BY_CLASS
    parameters = contract.call if of_class else contract.functional
    values = {contract.input: MADE[space], contract.target: "y"}
    given = [f"{p.name}={values.get(p.key, 'z')}" for p in parameters if p.default is REQUIRED]
    return f"{made if of_class else dotted}({', '.join(given)})"


ONE_HOME = sorted({(d.partition(".")[0], d.rpartition(".")[2]): d for d in sorted(LOSSES)}.values())


@pytest.mark.parametrize("dotted", ONE_HOME)
def test_a_loss_is_given_what_it_demands_and_what_it_does_not(dotted: str) -> None:
    contract = decided(LOSSES[dotted], {})
    imported = f"import torch.nn as nn\nimport {dotted.rpartition('.')[0]}\n"
    for space in MADE:
        program = f"{imported}def train(x, y, z):\n    return {_call(dotted, space)}\n"
        expected = [contract.misuse[space]] if space in contract.misuse else []
        assert [each.code for each in check_source(program)] == expected, program


def test_no_loss_of_a_library_stands_under_a_name_of_torch() -> None:
    assert LOSSES.keys().isdisjoint({*BY_MODULE, *BY_FUNCTION})


def _expects(dotted: str, **options: object) -> frozenset[Space]:
    contract = decided(LOSSES[dotted], options)
    return frozenset() if contract.variants else contract.expects


PROBABILITIES = frozenset({Space.PROBABILITIES, Space.UNIT_INTERVAL})
LOGITS = frozenset({Space.LOGITS})


@pytest.mark.parametrize(
    ("dotted", "options", "expected"),
    [
        (NET, {}, PROBABILITIES),
        (NET, {"sigmoid": True}, LOGITS),
        (NET, {"softmax": True}, LOGITS),
        (NET, {"sigmoid": False, "softmax": True}, LOGITS),
        (NET, {"other_act": UNKNOWN_OPTION}, frozenset()),
        (NET, {"sigmoid": UNKNOWN_OPTION}, frozenset()),
        (NET, {"sigmoid": True, "softmax": UNKNOWN_OPTION}, LOGITS),
        ("monai.losses.DiceCELoss", {}, frozenset()),
        ("monai.losses.FocalLoss", {}, LOGITS),
        ("segmentation_models_pytorch.losses.DiceLoss", {"mode": "binary"}, LOGITS),
        ("segmentation_models_pytorch.losses.DiceLoss", {"mode": UNKNOWN_OPTION}, frozenset()),
        ("segmentation_models_pytorch.losses.DiceLoss", {"from_logits": False}, PROBABILITIES),
        ("segmentation_models_pytorch.losses.DiceLoss", {}, frozenset()),
        ("segmentation_models_pytorch.utils.losses.DiceLoss", {}, PROBABILITIES),
        ("speechbrain.nnet.losses.bce_loss", {}, LOGITS),
        ("speechbrain.nnet.losses.nll_loss", {}, frozenset({Space.LOG_PROBABILITIES})),
    ],
)
def test_options_decide_what_a_loss_demands(
    dotted: str, options: dict[str, object], expected: frozenset[Space]
) -> None:
    assert _expects(dotted, **options) == expected


def test_a_loss_of_torch_has_no_options_that_decide() -> None:
    contract: Contract = BY_MODULE["torch.nn.CrossEntropyLoss"]
    assert decided(contract, {"weight": UNKNOWN_OPTION}) is contract


def test_what_a_library_calls_a_loss_is_one_only_where_the_library_stands() -> None:
    vocabulary = Vocabulary()
    assert "DiceLoss" in vocabulary.seeds("from monai.losses import DiceLoss\nloss = DiceLoss()")
    assert "DiceLoss" not in vocabulary.seeds("class DiceLoss: ...  # not monai; CrossEntropyLoss")
    assert vocabulary.seeds("import monai\nclass DiceLoss: ...\nloss = DiceLoss()") == frozenset()
    assert vocabulary.seeds("class DiceLoss: ...") == frozenset()
    assert "NeuralNetClassifier" in vocabulary.seeds("import skorch\nnet = skorch.NeuralNetClassifier(Net)")


MODELS: list[Model] = [
    *model_table.TORCHVISION.values(),
    *model_table.TORCHVISION_CLASSES.values(),
    *model_table.SEGMENTATION.values(),
    *model_table.TIMM.values(),
    *model_table.MONAI.values(),
    model_table.EFFICIENTNET,
    model_table.PRETRAINED,
    model_table.SEGMENTATION_MODELS,
]


def test_heads_are_made_of_layers_of_torch_and_one_of_them_has_the_classes() -> None:
    nn = pytest.importorskip("torch.nn")
    for head in {head for model in MODELS for head in model.heads}:
        assert set(head.layers) & AFFINE.keys()
        assert all(hasattr(nn, layer) for layer in head.layers)


def test_classes_that_are_like_layers_of_torch_are_like_layers_that_there_are() -> None:
    nn = pytest.importorskip("torch.nn")
    layers = {*library_table.LAYERS.values()}
    layers |= {layer for cases in library_table.CHOSEN_LAYERS.values() for _, layer in cases}
    layers |= {layer for names in model_table.ACTIVATIONS.values() for layer in names}
    assert {layer for layer in layers if not hasattr(nn, layer)} == set()


def test_criteria_that_frameworks_choose_are_losses_of_torch() -> None:
    defaults = {meeting.default for meeting in MEETINGS.values()} - {None}
    logs = {name for meeting in MEETINGS.values() for name in meeting.logs}
    assert defaults | logs <= BY_MODULE.keys()


@pytest.mark.parametrize(
    ("name", "arguments", "head"),
    [
        ("torchvision.models.resnet18", (), "fc"),
        ("torchvision.models.resnet.wide_resnet50_2", (), "fc"),
        ("torchvision.models.get_model", ("vgg16",), "classifier"),
        ("torchvision.models.quantization.mobilenet_v2", (), "classifier"),
        ("torchvision.models.ResNet", (), "fc"),
        ("torch.hub.load", ("pytorch/vision:v0.10.0", "densenet121"), "classifier"),
        ("timm.create_model", ("resnet50d",), "fc"),
        ("timm.create_model", ("timm/vit_base_patch16_224.augreg",), "head"),
        ("timm.models.efficientnet_b0", (), "classifier"),
        ("efficientnet_pytorch.EfficientNet.from_name", ("efficientnet-b0",), "_fc"),
        ("pretrainedmodels.__dict__", (), "last_linear"),
    ],
)
def test_models_are_known_by_the_name_under_which_they_are_made(
    name: str, arguments: tuple[str, ...], head: str
) -> None:
    model = known(canonical(name, Arguments(tuple(constant(each) for each in arguments))))
    assert model is not None
    assert model.heads[0].path[0] == head


@pytest.mark.parametrize(
    "name",
    [
        "torchvision.models.detection.fasterrcnn_resnet50_fpn",
        "torchvision.models.ResNet18_Weights.verify",
        "torchvision.models.inception.InceptionA",
        "torchvision.models.resnet.Bottleneck",
        "torchvision.ops.nms",
        "torch.hub.load",
        "timm.optim.create_optimizer",
        "timm.models.layers.trunc_normal_",
        "pretrainedmodels.utils.LoadImage",
        "segmentation_models_pytorch.losses.DiceLoss",
        "monai.networks.nets.ViT",
    ],
)
def test_what_is_no_model_is_not_taken_for_one(name: str) -> None:
    assert known(canonical(name, Arguments())) is None


def test_tasks_of_transformers_are_known_by_the_end_of_the_name() -> None:
    scores = task("transformers.models.bert.modeling_bert.BertForTokenClassification")
    assert scores is not None
    assert scores.rank == 3
    assert task("transformers.BertModel") is None
    assert task("transformers.TFBertForSequenceClassification") is None
    assert task("mine.BertForSequenceClassification") is None


@pytest.mark.parametrize(
    ("pattern", "shape", "expected", "dim"),
    [
        ("b c h w -> (b h w) c", (2, 5, 3, 4), (24, 5), 1),
        ("b c h w -> b (h w) c", (2, 5, 3, 4), (2, 12, 5), 2),
        ("b c h w -> b h w c", (2, 5, None, 4), (2, None, 4, 5), 3),
        ("b c h w -> b (c h w)", (2, 5, 3, None), (2, None), None),
        ("b c h w -> b 1 c h w", (2, 5, 3, 4), (2, 1, 5, 3, 4), 2),
        ("b c h w -> (b h w) c", None, (None, None), 1),
    ],
)
def test_patterns_say_where_dimensions_go(
    pattern: str,
    shape: tuple[int | None, ...] | None,
    expected: tuple[int | None, ...],
    dim: int | None,
) -> None:
    moves = parsed(pattern)
    assert moves is not None
    assert moves.shape(shape, {}) == expected
    assert rearranged(TensorFacts(dim=1, shape=shape), moves) == (dim, None)


def test_lengths_that_the_program_gives_split_a_dimension() -> None:
    moves = parsed("b (h w) c -> b c h w")
    assert moves is not None
    assert moves.shape((2, 12, 5), {"h": 3, "w": 4}) == (2, 5, 3, 4)
    assert parsed("b ... c -> b c") is None
    assert parsed("b c") is None


def test_what_calls_back_is_known_by_its_row_in_its_own_source_too() -> None:
    vocabulary = Vocabulary()
    file = Path("/home/me/nni/nas/experiment/experiment.py")
    assert vocabulary.taught(file, "NasExperiment") == "nni.nas.experiment.experiment.NasExperiment"
    assert vocabulary.taught(Path("/home/me/experiment.py"), "NasExperiment") is None
    assert vocabulary.taught(Path("/home/me/threading.py"), "Thread") is None


@pytest.mark.parametrize("name", ["torch.multiprocessing.spawn", "torch.multiprocessing.start_processes"])
def test_parameters_of_a_callback_are_those_of_torch(name: str) -> None:
    pytest.importorskip("torch.multiprocessing")
    module, _, function = name.rpartition(".")
    parameters = list(inspect.signature(getattr(import_module(module), function)).parameters)
    row = CALLBACKS[name]
    for place in (row.function, row.positional):
        assert place is not None
        assert place.position is not None
        assert parameters[place.position] == place.name


@pytest.mark.parametrize(("kind", "name"), [(threading.Thread, "threading.Thread")])
def test_parameters_of_a_callback_are_those_of_python(kind: type, name: str) -> None:
    parameters = list(inspect.signature(kind).parameters)
    row = CALLBACKS[name]
    for place in (row.function, row.positional, row.keywords):
        assert place is not None
        assert place.position is not None
        assert parameters[place.position] == place.name
