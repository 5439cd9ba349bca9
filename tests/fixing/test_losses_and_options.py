"""Losses that are named, constructed or called otherwise: before, after, and whether that is safe."""

from __future__ import annotations

import pytest

from tests.fixing.mending import UNSAFE, Mending, Row, check_row

T = "t = torch.rand(16, 4)\n"
OTHER_LOSSES = [
    Row(
        "LG105",
        f"{T}loss = nn.BCELoss()(net(x), t)\n",
        f"{T}loss = nn.BCEWithLogitsLoss()(net(x), t)\n",
        UNSAFE,
    ),
    Row(
        "LG105",
        f"{T}criterion = torch.nn.BCELoss(reduction='sum')\nloss = criterion(net(x), t)\n",
        f"{T}criterion = torch.nn.BCEWithLogitsLoss(reduction='sum')\nloss = criterion(net(x), t)\n",
        UNSAFE,
    ),
    Row(
        "LG105",
        f"{T}loss = F.binary_cross_entropy(net(x), t)\n",
        f"{T}loss = F.binary_cross_entropy_with_logits(net(x), t)\n",
        UNSAFE,
    ),
    Row(
        "LG105",
        f"from torch.nn import BCELoss\n{T}loss = BCELoss()(net(x), t)\n",
        f"from torch.nn import BCEWithLogitsLoss\n{T}loss = BCEWithLogitsLoss()(net(x), t)\n",
        UNSAFE,
    ),
    Row(
        "LG105",
        "from torch.nn import (\n"
        "    BCELoss,\n"
        "    ReLU,\n"
        ")\n"
        f"{T}ok = BCELoss()\n"
        "a = ok(net(x).sigmoid(), t)\n"
        "loss = BCELoss()(net(x), t)\n",
        "from torch.nn import (\n"
        "    BCELoss, BCEWithLogitsLoss,\n"
        "    ReLU,\n"
        ")\n"
        f"{T}ok = BCELoss()\n"
        "a = ok(net(x).sigmoid(), t)\n"
        "loss = BCEWithLogitsLoss()(net(x), t)\n",
        UNSAFE,
    ),
    Row(
        "LG105",
        f"from torch.nn import BCELoss as Loss\n{T}loss = Loss()(net(x), t)\n",
        f"from torch.nn import BCEWithLogitsLoss\n{T}loss = BCEWithLogitsLoss()(net(x), t)\n",
        UNSAFE,
    ),
    Row(
        "LG105",
        f"from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits\n"
        f"{T}loss = binary_cross_entropy(net(x), t)\n",
        f"from torch.nn.functional import binary_cross_entropy_with_logits\n"
        f"{T}loss = binary_cross_entropy_with_logits(net(x), t)\n",
        UNSAFE,
    ),
    Row("LG106", "loss = nn.NLLLoss()(net(x), y)\n", "loss = nn.CrossEntropyLoss()(net(x), y)\n", UNSAFE),
    Row("LG106", "loss = F.nll_loss(net(x), y)\n", "loss = F.cross_entropy(net(x), y)\n", UNSAFE),
    Row(  # the same loss gets probabilities elsewhere
        "LG105", f"{T}bce = nn.BCELoss()\nloss = bce(net(x), t) + bce(net(x).sigmoid(), t)\n", None
    ),
    Row("LG105", f"{T}loss = nn.BCELoss()(net(x).tanh(), t)\n", None),
    Row("LG105", f"class Mine(nn.BCELoss):\n    pass\n\n{T}loss = Mine()(net(x), t)\n", None),
    Row(  # the name means something else here
        "LG105",
        f"from torch.nn import BCELoss\nBCEWithLogitsLoss = None\n{T}loss = BCELoss()(net(x), t)\n",
        None,
    ),
    Row("LG106", "loss = F.nll_loss(net(x).sigmoid(), y)\n", None),
]
P = "p = net(x).detach().softmax(1)\n"
LOGARITHMS = [
    Row(
        "LG106",
        "loss = F.nll_loss(F.softmax(net(x), dim=1), y)\n",
        "loss = F.nll_loss(F.log_softmax(net(x), dim=1), y)\n",
    ),
    Row(
        "LG106", "loss = F.nll_loss(net(x).softmax(1), y)\n", "loss = F.nll_loss(net(x).log_softmax(1), y)\n"
    ),
    Row(
        "LG106",
        "from torch.nn.functional import softmax\nloss = F.nll_loss(softmax(net(x), 1), y)\n",
        "from torch.nn.functional import log_softmax\nloss = F.nll_loss(log_softmax(net(x), 1), y)\n",
    ),
    Row(
        "LG106",
        "model = nn.Sequential(net, nn.Softmax(dim=1))\nloss = F.nll_loss(model(x), y)\n",
        "model = nn.Sequential(net, nn.LogSoftmax(dim=1))\nloss = F.nll_loss(model(x), y)\n",
        UNSAFE,
    ),
    Row(  # the layer may be called elsewhere, too
        "LG106",
        "act = nn.Softmax(dim=1)\nloss = F.nll_loss(act(net(x)), y)\n",
        None,
    ),
    Row("LG106", "loss = F.nll_loss(nn.Softmax2d()(net(x)[..., None, None]), y[:, None, None])\n", None),
    Row(
        "LG106",
        "loss = F.nll_loss(nn.Softmax(dim=1)(net(x)), y)\n",
        "loss = F.nll_loss(nn.LogSoftmax(dim=1)(net(x)), y)\n",
    ),
    Row(
        "LG107",
        f"{P}loss = F.kl_div(net(x).softmax(1), p, reduction='batchmean')\n",
        f"{P}loss = F.kl_div(net(x).log_softmax(1), p, reduction='batchmean')\n",
    ),
    Row(
        "LG107",
        f"{P}loss = F.kl_div(net(x), p, reduction='batchmean')\n",
        f"{P}loss = F.kl_div(net(x).log_softmax(1), p, reduction='batchmean')\n",
        UNSAFE,
    ),
    Row(
        "LG110",
        "def step(frames, labels, a, b):\n    return F.ctc_loss(net(frames), labels, a, b)\n",
        "def step(frames, labels, a, b):\n    return F.ctc_loss(net(frames).log_softmax(-1), labels, a, b)\n",
    ),
    Row(
        "LG110",
        "def step(frames, labels, a, b):\n    return F.ctc_loss(net(frames).softmax(2), labels, a, b)\n",
        "def step(frames, labels, a, b):\n    return F.ctc_loss(net(frames).log_softmax(2), labels, a, b)\n",
    ),
    Row(
        "LG106",
        "p = net(x).softmax(1)\nloss = F.nll_loss(p, y) + F.nll_loss(p.log(), y)\n",
        None,
    ),
]
CALLS = [
    Row("LG301", "loss = F.cross_entropy(y, net(x))\n", "loss = F.cross_entropy(net(x), y)\n"),
    Row(
        "LG301",
        "loss = nn.CrossEntropyLoss()(target=net(x), input=y)\n",
        "loss = nn.CrossEntropyLoss()(target=y, input=net(x))\n",
    ),
    Row(
        "LG301",
        f"{P}loss = F.kl_div(p, net(x).log_softmax(1), reduction='batchmean')\n",
        f"{P}loss = F.kl_div(net(x).log_softmax(1), p, reduction='batchmean')\n",
        UNSAFE,
    ),
    Row(  # a wrapper that others call the right way round
        "LG301",
        "def ce(a, b):\n    return F.cross_entropy(a, b)\n\n\nloss = ce(y, net(x)) + ce(net(x), y)\n",
        None,
    ),
    Row(
        "LG302",
        "loss = nn.CrossEntropyLoss(net(x), y)\nloss.backward()\n",
        "loss = nn.CrossEntropyLoss()(net(x), y)\nloss.backward()\n",
    ),
    Row(
        "LG302",
        "from torch.nn import MSELoss as L2\nt = torch.rand(16, 4)\nloss = L2(net(x), t)\n",
        "from torch.nn import MSELoss as L2\nt = torch.rand(16, 4)\nloss = L2()(net(x), t)\n",
    ),
    Row(
        "LG302",
        "def my_loss():\n    loss = nn.CrossEntropyLoss(net(x), y)\n    return loss\n",
        "def my_loss():\n    loss = nn.CrossEntropyLoss()(net(x), y)\n    return loss\n",
    ),
    Row("LG302", "loss = nn.CrossEntropyLoss(net(x), y, reduction='sum')\n", None),
    Row("LG302", "criterion = nn.CrossEntropyLoss(net(x), y)\nloss = criterion(net(x), y)\n", None),
]
Q = "p = net(x).detach().softmax(1)\nq = net(x).log_softmax(1)\n"
OPTIONS = [
    Row("LG307", f"{Q}loss = F.kl_div(q, p)\n", f'{Q}loss = F.kl_div(q, p, reduction="batchmean")\n', UNSAFE),
    Row(
        "LG307",
        f"{Q}loss = F.kl_div(q, p)\nloss.backward()\n",
        f'{Q}loss = F.kl_div(q, p, reduction="batchmean")\nloss.backward()\n',
    ),
    Row(
        "LG307",
        f"{Q}loss = F.kl_div(q, p, reduction='mean',)\nloss.backward()\n",
        f"{Q}loss = F.kl_div(q, p, reduction='batchmean',)\nloss.backward()\n",
    ),
    Row(
        "LG307",
        f"{Q}kl = nn.KLDivLoss()\nloss = kl(q, p)\n(loss + net(x).sum()).backward()\n",
        f'{Q}kl = nn.KLDivLoss(reduction="batchmean")\nloss = kl(q, p)\n(loss + net(x).sum()).backward()\n',
        UNSAFE,
    ),
    Row("LG307", f"{Q}how = 'mean'\nloss = F.kl_div(q, p, reduction=how)\n", None),
    Row("LG307", f"{Q}loss = torch.kl_div(q, p, 1)\n", None),
    Row(
        "LG207",
        f"{Q}loss = F.kl_div(q, p.log(), reduction='batchmean')\n",
        f"{Q}loss = F.kl_div(q, p.log(), reduction='batchmean', log_target=True)\n",
    ),
    Row(  # the same criterion gets probabilities elsewhere
        "LG207", f"{Q}kl = nn.KLDivLoss(reduction='sum')\nloss = kl(q, p.log()) + kl(q, p)\n", None
    ),
    Row("LG309", "criterion = nn.MSELoss(size_average=False)\n", 'criterion = nn.MSELoss(reduction="sum")\n'),
    Row(
        "LG309",
        "criterion = nn.CrossEntropyLoss(size_average=True, ignore_index=0, reduce=False)\n",
        'criterion = nn.CrossEntropyLoss(reduction="none", ignore_index=0)\n',
    ),
    Row("LG309", "criterion = nn.MSELoss(None, False)\n", None),
    Row("LG309", "criterion = nn.CrossEntropyLoss(weight=[1.0, 2.0, 3.0, 4.0])\n", None),
]


@pytest.mark.parametrize("row", [*OTHER_LOSSES, *LOGARITHMS, *CALLS, *OPTIONS])
def test_losses(mending: Mending, row: Row) -> None:
    check_row(mending, row)
