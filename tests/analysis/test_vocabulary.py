"""What a project teaches: losses and activations of its own, and of libraries that are not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from lossguard import check_paths, check_source
from lossguard.analysis.vocabulary import Vocabulary
from lossguard.config import Config
from tests.analysis.probing import program

LOSSES = {
    "mylib.losses.FocalLoss": "BCEWithLogitsLoss",
    "mylib.losses.focal": "binary_cross_entropy_with_logits",
    "mylib.losses.Smooth": "torch.nn.CrossEntropyLoss",
    "mylib.losses.smooth": "F.cross_entropy",
}
ACTIVATIONS = {
    "mylib.ops.safe_softmax": "softmax",
    "mylib.ops.SafeSoftmax": "nn.Softmax",
    "mylib.ops.squash": "Sigmoid",
    "mylib.ops.Squash": "sigmoid",
}
TAUGHT = Config(losses=LOSSES, activations=ACTIVATIONS)

MISUSED = {
    "class": ("from mylib.losses import FocalLoss", "FocalLoss(gamma=2)(torch.sigmoid(x), y)", "LG104"),
    "class, attribute": ("import mylib.losses as L", "L.FocalLoss(2.0, 0.25)(x.sigmoid(), y)", "LG104"),
    "class, alias": ("from mylib.losses import Smooth as CE", "CE()(x.softmax(1), y)", "LG101"),
    "function": ("from mylib.losses import focal", "focal(torch.sigmoid(x), y, 0.25, 2)", "LG104"),
    "function, keywords": ("import mylib", "mylib.losses.smooth(target=y, input=x.softmax(1))", "LG101"),
    "activation": ("from mylib.ops import safe_softmax", "F.cross_entropy(safe_softmax(x, 1), y)", "LG101"),
    "activation, layer": ("from mylib import ops", "F.cross_entropy(ops.SafeSoftmax(dim=1)(x), y)", "LG101"),
    "layer taught as function": ("from mylib import ops", "F.cross_entropy(ops.squash(x), y)", "LG103"),
    "function taught as layer": (
        "from mylib.ops import Squash",
        "F.cross_entropy(nn.Sequential(nn.Linear(4, 3), Squash())(x), y)",
        "LG103",
    ),
}
SILENT = {
    "what the loss expects": ("from mylib.losses import FocalLoss", "FocalLoss()(nn.Linear(4, 1)(x), y)"),
    "another module": ("from other.losses import FocalLoss", "FocalLoss()(torch.sigmoid(x), y)"),
    "another name": ("from mylib.losses import Dice", "Dice()(torch.sigmoid(x), y)"),
    "another activation": ("from mylib.ops import softmax_free", "F.cross_entropy(softmax_free(x), y)"),
    "its own options": (
        "from mylib.losses import Smooth",
        "Smooth([1, 2], 0.1, weight=3)(nn.Linear(4, 3)(x), y)",
    ),
}


def codes(imports: str, call: str, config: Config) -> list[str]:
    text = program(f"{imports}\ndef train(x, y):\n    return {call}\n")
    return [finding.code for finding in check_source(text, config=config)]


@pytest.mark.parametrize("name", MISUSED)
def test_what_is_taught_is_known(name: str) -> None:
    imports, call, code = MISUSED[name]
    assert codes(imports, call, TAUGHT) == [code]
    assert codes(imports, call, Config()) == []


@pytest.mark.parametrize("name", SILENT)
def test_what_is_not_taught_is_not(name: str) -> None:
    assert codes(*SILENT[name], TAUGHT) == []


def test_a_taught_activation_is_called_by_its_own_name() -> None:
    imports, call, _ = MISUSED["activation"]
    text = program(f"{imports}\ndef train(x, y):\n    return {call}\n")
    (finding,) = check_source(text, config=TAUGHT)
    assert "safe_softmax" in finding.trace[0].message


def test_numbers_of_torch_are_not_told_of_a_taught_loss() -> None:
    text = program(
        "from mylib.losses import Smooth\ndef train(x, y):\n    Smooth()(nn.Linear(4, 10)(x).softmax(1), y)\n"
    )
    (finding,) = check_source(text, config=TAUGHT)
    assert "cannot fall below" not in finding.message


FOCAL = """
    class FocalLoss(nn.Module):
        def forward(self, score, label):
            return helper(score, label).sum()
    class Derived(FocalLoss):
        def __init__(self, gamma):
            super().__init__()
    def safe_softmax(x, dim):
        return helper(x, dim)
    def scores(x):
        return F.cross_entropy(x.softmax(1), x.argmax(1))
"""
OWN = {
    "imported": (
        "from losses.focal import FocalLoss",
        "FocalLoss()(x.sigmoid(), y)",
        "losses.focal.FocalLoss",
    ),
    "subclass": ("from losses.focal import Derived", "Derived(2)(x.sigmoid(), y)", "losses.focal.FocalLoss"),
    "re-exported": ("from losses import FocalLoss", "FocalLoss()(x.sigmoid(), y)", "losses.focal.FocalLoss"),
    "by the re-export": ("from losses import FocalLoss", "FocalLoss()(x.sigmoid(), y)", "losses.FocalLoss"),
    "by the module": (
        "import losses.focal",
        "losses.focal.FocalLoss()(x.sigmoid(), y)",
        "losses.focal.FocalLoss",
    ),
}


@pytest.mark.parametrize("layout", ["", "src"])
@pytest.mark.parametrize("name", OWN)
def test_code_of_the_project_is_taught_by_where_it_stands(name: str, layout: str, tmp_path: Path) -> None:
    imports, call, dotted = OWN[name]
    package = tmp_path / layout / "losses"
    package.mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    (package / "__init__.py").write_text("from .focal import FocalLoss\n")
    (package / "focal.py").write_text(program(FOCAL))
    script = tmp_path / layout / "train.py"
    script.write_text(program(f"{imports}\ndef train(x, y):\n    return {call}\n"))
    taught = Config(losses={dotted: "BCEWithLogitsLoss"})
    assert [finding.code for finding in check_paths([script], taught)] == ["LG104"]
    assert check_paths([script]) == []


def test_the_body_of_a_taught_loss_is_checked_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "focal.py"
    file.write_text(program(FOCAL))
    taught = Config(losses={"focal.scores": "cross_entropy"})
    assert [finding.code for finding in check_paths([file], taught)] == ["LG101"]


@pytest.mark.parametrize(
    ("losses", "activations", "complaint"),
    [
        (
            {"a.B": "BCEWithLogitLoss"},
            {},
            "losses.'a.B': unknown loss 'BCEWithLogitLoss'; did you mean 'BCEWithLogitsLoss'?",
        ),
        (
            {"a.b": "F.cros_entropy"},
            {},
            "losses.'a.b': unknown loss 'F.cros_entropy'; did you mean 'cross_entropy'?",
        ),
        ({"B": "MSELoss"}, {}, "losses.'B': a taught name is dotted, as in 'package.module.Name'"),
        ({}, {"a.b": "sofmax"}, "activations.'a.b': unknown activation 'sofmax'; did you mean 'softmax'?"),
        ({}, {"a.B": "expm1"}, "activations.'a.B': unknown activation 'expm1'"),
        ({}, {"a..b": "softmax"}, "activations.'a..b': a taught name is dotted, as in 'package.module.Name'"),
    ],
)
def test_unknown_names_are_refused(
    losses: dict[str, str], activations: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ValueError, match=r"(losses|activations)") as error:
        Vocabulary(losses, activations)
    assert str(error.value) == complaint
