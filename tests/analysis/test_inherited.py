"""Which inherited methods run what a class contributes."""

from pathlib import Path

import pytest

from lossguard.analysis.index import build
from lossguard.analysis.inherited import inherited, methods_of
from lossguard.analysis.source import from_text

BASE = """
class Base:
    def __init__(self, net=None):
        self.net = net

    def step(self, x, y):
        return self.measured(self(x), y)

    def measured(self, scores, y):
        return self.criterion(scores, y)

    def by_name(self, x, y):
        return cross_entropy(self.net(x), y)

    def apart(self, scores, y):
        return cross_entropy(scores, y)

    def save(self):
        return self.forward
"""


def used_by(own: str) -> list[str]:
    text = BASE + "\n\nclass Own(Base):\n" + own
    base, class_ = build(from_text(text, str(Path("given.py")))).units
    methods = methods_of(base.members, frozenset({"cross_entropy"}), frozenset(), frozenset({"criterion"}))
    return sorted(inherited(class_.members, [methods]))


@pytest.mark.parametrize(
    ("own", "names"),
    [
        ("    def forward(self, x):\n        return x\n", ["step"]),
        ("    def __call__(self, x):\n        return x\n", ["step"]),
        ("    def measured(self, scores, y):\n        return y\n", []),
        ("    def other(self):\n        self.net = 1\n", ["by_name"]),
        ("    def other(self):\n        self.criterion = 1\n", ["measured", "step"]),
        ("    def other(self):\n        return 1\n", []),
        ("    size = 1\n", []),
        ("    def __init__(self):\n        super().__init__()\n", []),
        ("    def __init__(self, net):\n        super().__init__(net)\n", []),
        ("    def __init__(self, net):\n        super().__init__(net=net)\n", []),
        ("    def __init__(self, *given, **kwargs):\n        super().__init__(*args, **kwargs)\n", []),
    ],
)
def test_what_uses_something_of_the_class_is_run(own: str, names: list[str]) -> None:
    assert used_by(own) == names


@pytest.mark.parametrize(
    "handed_on", ["Net()", "net=Net(3)", "local", "'softmax'", "net, (1, 2)", "net[0]", "size=3"]
)
def test_what_the_base_is_given_may_be_anything_of_the_class(handed_on: str) -> None:
    own = f"    def __init__(self, net):\n        super().__init__({handed_on})\n"
    assert used_by(own) == ["apart", "by_name", "measured", "step"]
