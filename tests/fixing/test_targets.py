"""Labels that are converted where a loss gets them: before, after, and whether that is safe."""

from __future__ import annotations

import pytest

from tests.fixing.mending import HEADER, UNSAFE, Mending, Row, check_row

ROWS = [
    Row("LG201", "loss = F.cross_entropy(net(x), F.one_hot(y, 4))\n", "loss = F.cross_entropy(net(x), y)\n"),
    Row(
        "LG201",
        "t = nn.functional.one_hot(y, num_classes=4)\nloss = F.cross_entropy(net(x), t)\n",
        "t = y\nloss = F.cross_entropy(net(x), t)\n",
    ),
    Row(
        "LG201",
        "q = net(x).log_softmax(1)\nloss = F.nll_loss(q, F.one_hot(y, 4).float())\n",
        "q = net(x).log_softmax(1)\nloss = F.nll_loss(q, y)\n",
    ),
    Row(  # the labels are needed one-hot, too
        "LG201",
        "t = F.one_hot(y, 4)\nloss = F.cross_entropy(net(x), t)\nhits = (net(x) * t).sum()\n",
        "t = F.one_hot(y, 4)\nloss = F.cross_entropy(net(x), t.argmax(dim=1))\nhits = (net(x) * t).sum()\n",
    ),
    Row(
        "LG205",
        "loss = F.cross_entropy(net(x), F.one_hot(y, 4).float())\n",
        "loss = F.cross_entropy(net(x), y)\n",
        UNSAFE,
    ),
    Row(
        "LG202",
        "t = torch.randint(0, 4, (16,), dtype=torch.int32)\nloss = F.cross_entropy(net(x), t)\n",
        "t = torch.randint(0, 4, (16,), dtype=torch.int32)\nloss = F.cross_entropy(net(x), t.long())\n",
    ),
    Row(
        "LG202",
        "loss = F.cross_entropy(net(x), target=y.int())\n",
        "loss = F.cross_entropy(net(x), target=y.long())\n",
    ),
    Row(
        "LG202",
        "loss = F.cross_entropy(net(x), y.float())\n",
        "loss = F.cross_entropy(net(x), y.long())\n",
        UNSAFE,
    ),
    Row(
        "LG203",
        "t = torch.randint(0, 2, (16, 4))\nloss = F.binary_cross_entropy_with_logits(net(x), t)\n",
        "t = torch.randint(0, 2, (16, 4))\nloss = F.binary_cross_entropy_with_logits(net(x), t.float())\n",
    ),
    Row(
        "LG203",
        "t = torch.rand(16, 4)\nloss = nn.BCELoss()(net(x).sigmoid(), t > 0.5)\n",
        "t = torch.rand(16, 4)\nloss = nn.BCELoss()(net(x).sigmoid(), (t > 0.5).float())\n",
    ),
    Row(
        "LG203",
        "t = torch.rand(16, 4)\nloss = nn.BCELoss()(net(x).sigmoid(), (t > 0.5).long())\n",
        "t = torch.rand(16, 4)\nloss = nn.BCELoss()(net(x).sigmoid(), (t > 0.5).float())\n",
    ),
    Row(
        "LG203",
        "t = torch.randint(0, 2, (16, 4))\nloss = nn.BCEWithLogitsLoss()(net(x).double(), t)\n",
        "t = torch.randint(0, 2, (16, 4))\nloss = nn.BCEWithLogitsLoss()(net(x).double(), t.double())\n",
    ),
    Row(
        "LG204",
        "t = torch.randint(0, 4, (16, 1))\nloss = F.cross_entropy(net(x), t)\n",
        "t = torch.randint(0, 4, (16, 1))\nloss = F.cross_entropy(net(x), t.squeeze(1))\n",
    ),
    Row(
        "LG204",
        "t = torch.randint(0, 4, (16, 1)).int()\nloss = F.cross_entropy(net(x), t)\n",
        "t = torch.randint(0, 4, (16, 1)).int()\nloss = F.cross_entropy(net(x), t.squeeze(1).long())\n",
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_labels(mending: Mending, row: Row) -> None:
    check_row(mending, row)


def test_what_is_not_written_out_is_left_alone(mending: Mending) -> None:
    program = f"{HEADER}loss = nn.CrossEntropyLoss()(*[net(x), y.int()])\n"
    mending.write({"train.py": program})
    mending.run("--fix", "--unsafe-fixes")
    assert mending.read() == {"train.py": program}
