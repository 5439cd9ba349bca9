"""Sixteen silent misuses as small programs, each with what is right: two that differ in a line or two.

Of the lines marked ``# wrong`` and ``# right`` a program has the ones or the others. What a naive checker
would report stands in the right one as well: a softmax for prediction, a sigmoid as a gate.
"""

from __future__ import annotations

from collections.abc import Mapping

_BEFORE = """\
import torch
from torch import nn
from torch.nn import functional as F

"""
_AFTER = """

model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def step():
    optimizer.zero_grad()
    loss = criterion(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss


for _ in range(3):
    step()
"""
_CLASSES = """
criterion = nn.CrossEntropyLoss()
inputs, targets = torch.randn(32, 8), torch.arange(32) % 3
"""
_BINARY = """
criterion = nn.BCEWithLogitsLoss()
inputs, targets = torch.randn(32, 8), (torch.arange(32) % 2).float().unsqueeze(1)
"""
_NLL = """
criterion = nn.NLLLoss()
inputs, targets = torch.randn(32, 8), torch.arange(32) % 3
"""


def _net(outputs: int, *, init: str = "", forward: str, rest: str = "") -> str:
    return f"""
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(8, 16)
        self.out = nn.Linear(16, {outputs})
{init}
    def forward(self, x):
        hidden = self.hidden(x).relu()
{forward}
{rest}"""


_PAIRS: Mapping[str, str] = {
    "softmax layer": _net(
        3,
        init="        self.softmax = nn.Softmax(dim=1)\n",
        forward="        return self.softmax(self.out(hidden))  # wrong\n"
        "        return self.out(hidden)  # right\n",
        rest="    def predict(self, x):\n        return self.softmax(self(x))\n",
    )
    + _CLASSES,
    "softmax in a helper": """
def head(layer, x, probabilities):
    scores = layer(x)
    return F.softmax(scores, dim=1) if probabilities else scores

"""
    + _net(
        3,
        forward="        return head(self.out, hidden, True)  # wrong\n"
        "        return head(self.out, hidden, False)  # right\n",
    )
    + _CLASSES,
    "softmax in a tuple": _net(
        3,
        forward="        scores = self.out(hidden)\n        both = scores, scores.softmax(dim=1)\n"
        "        return both[1]  # wrong\n        return both[0]  # right\n",
    )
    + _CLASSES,
    "softmax in a subclass": _net(3, forward="        return self.out(hidden)\n")
    + """
class Probable(Net):
    def forward(self, x):
        return torch.softmax(super().forward(x), dim=1)


print(Probable()(torch.randn(2, 8)).shape)
Net = Probable  # wrong
"""
    + _CLASSES,
    "sigmoid before cross-entropy": _net(
        3,
        forward="        hidden = hidden * torch.sigmoid(hidden)\n"
        "        return torch.sigmoid(self.out(hidden))  # wrong\n        return self.out(hidden)  # right\n",
    )
    + _CLASSES,
    "sigmoid before BCE with logits": _net(
        1,
        init="        self.gate = nn.Sequential(nn.Linear(16, 16), nn.Sigmoid())\n",
        forward="        hidden = hidden * self.gate(hidden)\n"
        "        return self.out(hidden).sigmoid()  # wrong\n        return self.out(hidden)  # right\n",
    )
    + _BINARY,
    "softmax before multi-label": _net(
        3,
        forward="        weights = F.softmax(hidden, dim=1)\n"
        "        return F.softmax(self.out(hidden * weights), dim=1)  # wrong\n"
        "        return self.out(hidden * weights)  # right\n",
    )
    + """
criterion = nn.MultiLabelSoftMarginLoss()
inputs, targets = torch.randn(32, 8), torch.eye(3).repeat(11, 1)[:32]
""",
    "BCE of scores": _net(
        1,
        forward="        scores = self.out(hidden)\n        chance = scores.sigmoid()\n"
        "        return scores / 99 + 0.5  # wrong\n        return chance  # right\n",
    )
    + """
criterion = nn.BCELoss()
inputs, targets = torch.randn(32, 8), (torch.arange(32) % 2).float().unsqueeze(1)
""",
    "NLL of scores": _net(
        3,
        forward="        scores = self.out(hidden)\n        known = F.log_softmax(scores, dim=1)\n"
        "        return scores  # wrong\n        return known  # right\n",
    )
    + _NLL,
    "NLL of probabilities": _net(
        3,
        forward="        return self.out(hidden).softmax(dim=1)  # wrong\n"
        "        return self.out(hidden).softmax(dim=1).log()  # right\n",
    )
    + _NLL,
    "softmax over the batch": _net(
        3,
        forward="        return F.log_softmax(self.out(hidden), dim=0)  # wrong\n"
        "        return F.log_softmax(self.out(hidden), dim=1)  # right\n",
    )
    + _NLL,
    "KL divergence of probabilities": _net(
        3,
        forward="        return F.softmax(self.out(hidden), dim=1)  # wrong\n"
        "        return F.log_softmax(self.out(hidden), dim=1)  # right\n",
    )
    + """
criterion = nn.KLDivLoss(reduction="batchmean")
inputs, targets = torch.randn(32, 8), torch.softmax(torch.randn(32, 3), dim=1)
""",
    "labels of 0 and 1 in a margin": _net(1, forward="        return self.out(hidden)\n")
    + """
criterion = nn.SoftMarginLoss()
inputs, labels = torch.randn(32, 8), (torch.arange(32) % 2).float().unsqueeze(1)
targets = labels  # wrong
targets = 2 * labels - 1  # right
""",
    "swapped arguments": _net(1, forward="        return self.out(hidden)\n")
    + """
inputs, targets = torch.randn(32, 8), (torch.arange(32) % 2).float().unsqueeze(1)


def criterion(scores, labels):
    return F.binary_cross_entropy_with_logits(labels, scores)  # wrong
    return F.binary_cross_entropy_with_logits(scores, labels)  # right
""",
    "one logit in cross-entropy": _net(
        2,
        forward="        return self.out(hidden)[:, :1]  # wrong\n        return self.out(hidden)  # right\n",
    )
    + """
criterion = nn.CrossEntropyLoss()
inputs, targets = torch.randn(32, 8), torch.zeros(32, dtype=torch.int64)
""",
    "column against row": _net(
        1,
        forward="        return self.out(hidden)  # wrong\n"
        "        return self.out(hidden).squeeze(1)  # right\n",
    )
    + """
criterion = nn.MSELoss()
inputs, targets = torch.randn(32, 8), torch.randn(32)
""",
}


def programs(wrong: bool) -> dict[str, str]:
    """The wrong or the right program of each pair, by its name."""
    kept, dropped = ("# wrong", "# right") if wrong else ("# right", "# wrong")
    return {
        name: "".join(
            f"{line.removesuffix(kept).rstrip()}\n"
            for line in f"{_BEFORE}{body}{_AFTER}".splitlines()
            if not line.endswith(dropped)
        )
        for name, body in _PAIRS.items()
    }
