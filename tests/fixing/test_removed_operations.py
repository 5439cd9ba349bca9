"""Activations that go because the loss applies its own: before, after, and whether that is safe."""

from __future__ import annotations

import pytest

from tests.fixing.mending import SAFE, UNSAFE, Mending, Row, check_row

IN_THE_CALL = [
    Row(
        "LG101",
        "loss = F.cross_entropy(F.softmax(net(x), dim=1), y)\n",
        "loss = F.cross_entropy(net(x), y)\n",
    ),
    Row(
        "LG101",
        "loss = F.cross_entropy(torch.softmax(net(x), 1), y)\n",
        "loss = F.cross_entropy(net(x), y)\n",
    ),
    Row("LG101", "loss = F.cross_entropy(net(x).softmax(1), y)\n", "loss = F.cross_entropy(net(x), y)\n"),
    Row(
        "LG101", "loss = F.cross_entropy(net(x).softmax(dim=-1), y)\n", "loss = F.cross_entropy(net(x), y)\n"
    ),
    Row(
        "LG101",
        "loss = F.cross_entropy(input=F.softmax(input=net(x), dim=1), target=y)\n",
        "loss = F.cross_entropy(input=net(x), target=y)\n",
    ),
    Row(
        "LG101",
        "loss = nn.CrossEntropyLoss()(nn.Softmax(dim=1)(net(x)), y)\n",
        "loss = nn.CrossEntropyLoss()(net(x), y)\n",
    ),
    Row(
        "LG101",
        "loss = F.cross_entropy(F.softmax(net(x) / 2, dim=1), y)\n",
        "loss = F.cross_entropy(net(x) / 2, y)\n",
    ),
    Row(
        "LG101",
        "loss = F.cross_entropy((net(x) / 2).softmax(1), y)\n",
        "loss = F.cross_entropy(net(x) / 2, y)\n",
    ),
    Row(
        "LG101",
        "loss = F.cross_entropy(F.softmax(net(x) / 2, 1)[:8], y[:8])\n",
        "loss = F.cross_entropy((net(x) / 2)[:8], y[:8])\n",
    ),
    Row(
        "LG101",
        "loss = F.cross_entropy(\n    F.softmax(\n        net(x),\n        dim=1,\n    ),\n    y,\n)\n",
        "loss = F.cross_entropy(\n    net(x),\n    y,\n)\n",
    ),
    Row(
        "LG101",
        "from torch import softmax as squash\nloss = F.cross_entropy(squash(net(x), 1), y)\n",
        "loss = F.cross_entropy(net(x), y)\n",
    ),
    Row(
        "LG101",
        "import torch.nn.functional as fun\nloss = fun.cross_entropy(fun.softmax(net(x), dim=1), y)\n",
        "import torch.nn.functional as fun\nloss = fun.cross_entropy(net(x), y)\n",
    ),
    Row(
        "LG102",
        "loss = F.cross_entropy(F.log_softmax(net(x), dim=1), y)\n",
        "loss = F.cross_entropy(net(x), y)\n",
    ),
    Row(
        "LG103",
        "loss = F.cross_entropy(torch.sigmoid(net(x)), y)\n",
        "loss = F.cross_entropy(net(x), y)\n",
        UNSAFE,
    ),
    Row("LG103", "loss = F.cross_entropy(net(x).tanh(), y)\n", "loss = F.cross_entropy(net(x), y)\n", UNSAFE),
    Row(
        "LG104",
        "t = torch.rand(16, 4)\nloss = F.binary_cross_entropy_with_logits(torch.sigmoid(net(x)), t)\n",
        "t = torch.rand(16, 4)\nloss = F.binary_cross_entropy_with_logits(net(x), t)\n",
    ),
    Row(
        "LG104",
        "t = torch.rand(16, 4)\nloss = nn.BCEWithLogitsLoss()(net(x).sigmoid(), t)\n",
        "t = torch.rand(16, 4)\nloss = nn.BCEWithLogitsLoss()(net(x), t)\n",
    ),
    Row(
        "LG104",
        "t = torch.rand(16, 4)\nloss = nn.BCEWithLogitsLoss()(net(x).softmax(1), t)\n",
        "t = torch.rand(16, 4)\nloss = nn.BCEWithLogitsLoss()(net(x), t)\n",
        UNSAFE,
    ),
]

IN_A_VARIABLE = [
    Row(
        "LG101",
        "def s(out, t):\n    out = out.softmax(1)\n    return F.cross_entropy(out, t)\n\ns(net(x), y)\n",
        "def s(out, t):\n    return F.cross_entropy(out, t)\n\ns(net(x), y)\n",
    ),
    Row(
        "LG101",
        "p = net(x)\np = F.softmax(p, 1); loss = F.cross_entropy(p, y)\n",
        "p = net(x)\np = p; loss = F.cross_entropy(p, y)\n",
    ),
    Row(
        "LG101",
        "def step():\n"
        "    out = net(x)\n"
        "    out = F.softmax(out, dim=1)\n"
        "    return F.cross_entropy(out, y)\n",
        "def step():\n    out = net(x)\n    return F.cross_entropy(out, y)\n",
    ),
    Row(
        "LG101",
        "def step():\n"
        "    probs = F.softmax(net(x), dim=1)  # the scores\n"
        "    return F.cross_entropy(probs, y)\n",
        "def step():\n    probs = net(x)  # the scores\n    return F.cross_entropy(probs, y)\n",
    ),
    Row(
        "LG101",
        "def step():\n"
        "    probs = F.softmax(net(x), dim=1)\n"
        "    return F.cross_entropy(probs, y), probs.argmax(1)\n",
        "def step():\n    probs = net(x)\n    return F.cross_entropy(probs, y), probs.argmax(1)\n",
        UNSAFE,
    ),
    Row(
        "LG101",
        "def step():\n"
        "    probs = F.softmax(net(x), dim=1)\n"
        "    print(f'{probs}')\n"
        "    return F.cross_entropy(probs, y)\n",
        "def step():\n    probs = net(x)\n    print(f'{probs}')\n    return F.cross_entropy(probs, y)\n",
        UNSAFE,
    ),
    Row(
        "LG102",
        "for _ in range(2):\n    lsm = F.log_softmax(net(x), -1)\n    loss = F.cross_entropy(lsm, y)\n"
        "for _ in range(2):\n    lsm = F.log_softmax(net(x), -1)\n    loss = F.cross_entropy(lsm, y)\n",
        "for _ in range(2):\n    lsm = net(x)\n    loss = F.cross_entropy(lsm, y)\n"
        "for _ in range(2):\n    lsm = net(x)\n    loss = F.cross_entropy(lsm, y)\n",
    ),
]

IN_A_MODEL = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)
{setup}
    def forward(self, x):
{body}

loss = nn.CrossEntropyLoss()(Net()(x), y)
"""


def model(setup: str, *body: str) -> str:
    lines = "".join(f"        {line}\n" for line in body)
    return IN_A_MODEL.format(setup=f"        {setup}\n" if setup else "", body=lines)


IN_MODELS = [
    Row(
        "LG101",
        model("", "return F.softmax(self.fc(F.relu(x)), dim=1)"),
        model("", "return self.fc(F.relu(x))"),
        UNSAFE,
    ),
    Row(
        "LG101",
        model("self.act = nn.Softmax(dim=1)", "return self.act(self.fc(x))"),
        model("self.act = nn.Softmax(dim=1)", "return self.fc(x)"),
        UNSAFE,
    ),
    Row(
        "LG101",
        model("self.act = nn.Softmax(dim=1)", "x = self.fc(x)", "x = self.act(x)", "return x"),
        model("self.act = nn.Softmax(dim=1)", "x = self.fc(x)", "return x"),
        UNSAFE,
    ),
    Row(
        "LG101",
        model("self.act = nn.Softmax(dim=1)", "gate = self.act(x)", "return self.act(self.fc(gate * x))"),
        model("self.act = nn.Softmax(dim=1)", "gate = self.act(x)", "return self.fc(gate * x)"),
        UNSAFE,
    ),
    Row(
        "LG101",
        model("self.fc = nn.Sequential(nn.Linear(8, 4), nn.Softmax(dim=1))", "return self.fc(x)"),
        model("self.fc = nn.Sequential(nn.Linear(8, 4))", "return self.fc(x)"),
        UNSAFE,
    ),
    Row(
        "LG101",
        model(
            "self.fc = nn.Sequential(\n"
            "            nn.Linear(8, 4),  # head\n"
            "            nn.Softmax(dim=1),  # to probabilities\n"
            "        )",
            "return self.fc(x)",
        ),
        model(
            "self.fc = nn.Sequential(\n            nn.Linear(8, 4),  # head\n        )", "return self.fc(x)"
        ),
        UNSAFE,
    ),
    Row(
        "LG101",
        model(
            "self.fc = nn.Sequential(nn.Linear(8, 4), nn.Softmax(dim=1), nn.Identity())", "return self.fc(x)"
        ),
        model("self.fc = nn.Sequential(nn.Linear(8, 4), nn.Identity(), nn.Identity())", "return self.fc(x)"),
        UNSAFE,
    ),
    Row(
        "LG101",
        model(
            "layers = [nn.Linear(8, 4), nn.Softmax(1)]\n        self.fc = nn.Sequential(*layers)",
            "return self.fc(x)",
        ),
        model("layers = [nn.Linear(8, 4)]\n        self.fc = nn.Sequential(*layers)", "return self.fc(x)"),
        UNSAFE,
    ),
    Row(
        "LG101",
        model(
            "self.fc = nn.Sequential()\n"
            "        self.fc.add_module('a', nn.Linear(8, 4))\n"
            "        self.fc.add_module('b', nn.Softmax(1))",
            "return self.fc(x)",
        ),
        model(
            "self.fc = nn.Sequential()\n        self.fc.add_module('a', nn.Linear(8, 4))", "return self.fc(x)"
        ),
        UNSAFE,
    ),
    Row(
        "LG101",
        "from collections import OrderedDict\n"
        + model(
            "self.fc = nn.Sequential(OrderedDict([('a', nn.Linear(8, 4)), ('b', nn.Softmax(1))]))",
            "return self.fc(x)",
        ),
        "from collections import OrderedDict\n"
        + model("self.fc = nn.Sequential(OrderedDict([('a', nn.Linear(8, 4))]))", "return self.fc(x)"),
        UNSAFE,
    ),
]

LOOK_ALIKES = [
    Row(  # somebody has asked for it
        "LG101",
        "import argparse\nargs = argparse.ArgumentParser().parse_args()\nout = net(x)\n"
        "if args.head == 'probs':\n    out = out.softmax(1)\nloss = F.cross_entropy(out, y)\n",
        None,
    ),
    Row(
        "LG101",
        model("", "out = self.fc(x)", "return out, F.softmax(out, 1)").replace("(x), y)", "(x)[1], y)"),
        None,
    ),
    Row(
        "LG101",
        model("", "out = self.fc(x)", "return {'out': out, 'probs': out.softmax(1)}").replace(
            "(x), y)", "(x)['probs'], y)"
        ),
        None,
    ),
    Row(
        "LG101",
        "p = (F.softmax(net(x), 1) + F.softmax(net(-x), 1)) / 2\nloss = F.cross_entropy(p, y)\n",
        None,
    ),
    Row(
        "LG103",
        "p = torch.cat([net(x).sigmoid(), net(-x).sigmoid()])\nloss = F.cross_entropy(p[:16], y)\n",
        None,
    ),
    Row("LG101", "p = net(x).softmax(1).clamp(1e-6, 1)\nloss = F.cross_entropy(p, y)\n", None),
    Row("LG104", "loss = nn.BCEWithLogitsLoss()(1 - net(x).sigmoid(), torch.rand(16, 4))\n", None),
    Row("LG101", "p = net(x).softmax(1)\nloss = F.cross_entropy(p, y)\nguess = p.multinomial(1)\n", None),
    Row(  # another loss wants the probabilities
        "LG101",
        "p = net(x).softmax(1)\n"
        "loss = F.cross_entropy(p, y) + F.kl_div(net(x).log_softmax(1), p, reduction='batchmean')\n",
        None,
    ),
    Row("LG101", "p = net(x).softmax(1)\nloss = F.cross_entropy(p, y) - (p * p.log()).sum()\n", None),
    Row("LG101", "loss = F.cross_entropy(F.softmax(net(x), dim=1, dtype=torch.float64), y)\n", None),
    Row("LG101", "loss = F.cross_entropy(F.softmax(net(x), dim=1  # why\n), y)\n", None),
    Row(  # the one line calls every layer
        "LG101",
        model(
            "self.layers = nn.ModuleList([nn.Linear(8, 4), nn.Softmax(1)])",
            "for layer in self.layers:",
            "    x = layer(x)",
            "return x",
        ),
        None,
    ),
    Row(  # which of the two is used is decided elsewhere
        "LG101",
        model(
            "self.act = nn.Softmax(dim=1)\n        self.act = torch.nn.Softmax(1) if x is not None else None",
            "return self.act(self.fc(x))",
        ),
        None,
    ),
]


@pytest.mark.parametrize("row", [*IN_THE_CALL, *IN_A_VARIABLE, *IN_MODELS, *LOOK_ALIKES])
def test_activations(mending: Mending, row: Row) -> None:
    check_row(mending, row)


MODEL = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        return {}
"""
TRAIN = """\
from torch import nn

from model import Net


def step(x, y):
    return nn.CrossEntropyLoss()(Net()(x), y)
"""


def test_across_files(mending: Mending) -> None:
    mending.write({"model.py": MODEL.format("self.fc(x).softmax(1)"), "train.py": TRAIN})
    assert mending.codes("--fix", "train.py", "model.py") == ["LG101"]
    assert mending.codes("--fix", "--unsafe-fixes", ".") == []
    assert mending.read() == {"model.py": MODEL.format("self.fc(x)"), "train.py": TRAIN}


def test_a_file_that_is_not_checked_is_not_changed(mending: Mending) -> None:
    files = {"model.py": MODEL.format("self.fc(x).softmax(1)"), "train.py": TRAIN}
    mending.write(files)
    (finding,) = mending.run("train.py", "--fix", "--unsafe-fixes")
    assert finding["fix"] is None
    assert mending.read() == files


@pytest.mark.parametrize("comment", ["# noqa", "# noqa: LG101"])
def test_a_silenced_line_stays(mending: Mending, comment: str) -> None:
    files = {"model.py": MODEL.format(f"self.fc(x).softmax(1)  {comment}"), "train.py": TRAIN}
    mending.write(files)
    assert mending.codes("--fix", "--unsafe-fixes", ".") == ["LG101"]
    assert mending.read() == files


def test_what_two_losses_want_is_done_once(mending: Mending) -> None:
    twice = TRAIN + "\n\ndef validate(x, y):\n    return nn.functional.cross_entropy(Net()(x), y)\n"
    mending.write({"model.py": MODEL.format("self.fc(x).softmax(1)"), "train.py": twice})
    first, second = (finding["fix"] for finding in mending.run("."))
    assert first == second
    assert first["applicability"] == UNSAFE != SAFE
    assert mending.codes("--fix", "--unsafe-fixes", ".") == []
    assert mending.read()["model.py"] == MODEL.format("self.fc(x)")
