"""What is imported and leads to no loss is not looked into, but where a loss call misses it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from lossguard import calls_in
from lossguard.assessment import LossVerdict

PREAMBLE = """
import torch
import torch.nn as nn
import torch.nn.functional as F

criterion = nn.CrossEntropyLoss()
"""


def calls_of(folder: Path, main: str, **others: str) -> list[LossVerdict]:
    """The loss calls of a file beside others."""
    (folder / "pyproject.toml").touch()
    for name, text in others.items():
        (folder / f"{name}.py").write_text("import torch\nimport torch.nn as nn\n" + dedent(text))
    file = folder / "main.py"
    file.write_text(PREAMBLE + dedent(main))
    return calls_in([file])


def codes(folder: Path, main: str, **others: str) -> list[str]:
    return [each.code for call in calls_of(folder, main, **others) for each in call.diagnostics]


TOOLS = """
    class Meter:
        def __init__(self, name):
            self.name = name

        def update(self, value):
            self.value = value

    def tidy(x):
        return x

    def squashed(x):
        return torch.softmax(x, -1)
"""


NET = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(4, 2)

        def forward(self, x):
            return self.head(x)
"""


def test_what_no_loss_misses_is_not_looked_into(tmp_path: Path, ran: list[str]) -> None:
    main = """
        from tools import Meter, tidy

        def train(x, y):
            meter = Meter("loss")
            scores = nn.Linear(4, 2)(tidy(x))
            meter.update(scores)
            return criterion(scores, y)
    """
    assert [call.verdict.value for call in calls_of(tmp_path, main, tools=TOOLS)] == ["satisfied"]
    assert ran == ["train"]


def test_a_decorator_that_no_loss_misses_is_not_looked_into(tmp_path: Path, ran: list[str]) -> None:
    main = """
        from tools import tidy

        @tidy
        def train(x, y):
            return criterion(nn.Linear(4, 2)(x), y)
    """
    assert [call.verdict.value for call in calls_of(tmp_path, main, tools=TOOLS)] == ["satisfied"]
    assert ran == ["train"]


NEEDED = {
    "what a function gives": (
        """
        from tools import squashed

        def train(x, y):
            return criterion(squashed(nn.Linear(4, 2)(x)), y)
        """,
        {"tools": TOOLS},
    ),
    "what a function that is handed on gives": (
        """
        from package import squashed

        def train(x, y):
            return criterion(squashed(nn.Linear(4, 2)(x)), y)
        """,
        {"tools": TOOLS, "package": "from tools import squashed"},
    ),
    "a model": (
        """
        from models import Net

        def train(x, y):
            return criterion(Net()(x), y)
        """,
        {
            "models": """
            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.head = nn.Sequential(nn.Linear(4, 2), nn.Softmax(-1))

                def forward(self, x):
                    return self.head(x)
            """
        },
    ),
    "what the base of a class does": (
        """
        from models import Base

        class Net(Base):
            def forward(self, x):
                return self.head(x)

        def train(x, y):
            return criterion(Net()(x), y)
        """,
        {
            "models": """
            class Base(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.head = nn.Sequential(nn.Linear(4, 2), nn.Softmax(-1))
            """
        },
    ),
    "a model that is moved": (
        """
        from models import Net

        def train(x, y):
            net = Net().to("cpu").double()
            return criterion(net(x), y)
        """,
        {
            "models": """
            class Net(nn.Module):
                def forward(self, x):
                    return x.softmax(-1)
            """
        },
    ),
    "what an attribute of a base gives": (
        """
        from models import Base

        class Task(Base):
            def scores(self, x):
                return self.parts.head(x)

        def train(x, y):
            return criterion(Task(nn.Softmax(-1)).scores(x), y)
        """,
        {
            "models": """
            class Parts:
                def __init__(self, head):
                    self.head = head

            class Base:
                def __init__(self, head):
                    self.parts = Parts(head)
            """
        },
    ),
    "the forward of a base": (
        """
        from models import Base

        class Net(Base):
            def __init__(self):
                super().__init__()
                self.head = nn.Linear(4, 2)

        def train(x, y):
            return criterion(Net()(x), y)
        """,
        {
            "models": """
            class Base(nn.Module):
                def forward(self, x):
                    return self.head(x).softmax(-1)
            """
        },
    ),
    "what is done to an object": (
        """
        from tools import replace_head

        def train(x, y):
            net = nn.Module()
            net.head = nn.Linear(4, 2)
            replace_head(net)
            return criterion(net.head(x), y)
        """,
        {"tools": "def replace_head(net):\n    net.head = nn.Softmax(-1)"},
    ),
    "an attribute of a class": (
        """
        from config import Config

        def train(x, y):
            return nn.NLLLoss()(nn.Sequential(*Config.layers)(x), y)
        """,
        {"config": "class Config:\n    layers = [nn.Linear(4, 2), nn.Softmax(-1)]"},
    ),
    "who is given a loss": (
        """
        from training import Trainer

        class Net(nn.Module):
            def forward(self, x):
                return x.softmax(-1)

        def train(data):
            Trainer(Net(), criterion).fit(data)
        """,
        {
            "training": """
            class Trainer:
                def __init__(self, net, measure):
                    self.net, self.measure = net, measure

                def fit(self, data):
                    for x, y in data:
                        self.measure(self.net(x), y).backward()
            """
        },
    ),
    "who is given a loss later": (
        """
        from training import Trainer

        class Net(nn.Module):
            def forward(self, x):
                return x.softmax(-1)

        def train(data):
            trainer = Trainer(Net())
            trainer.fit(criterion, data)
        """,
        {
            "training": """
            class Trainer:
                def __init__(self, net):
                    self.net = net

                def fit(self, measure, data):
                    for x, y in data:
                        measure(self.net(x), y).backward()
            """
        },
    ),
    "who calls a closure that meets a loss": (
        """
        from training import repeat

        def train(x, y):
            scores = nn.Linear(4, 2)(x).softmax(-1)

            def step():
                return criterion(scores, y)

            repeat(step)
        """,
        {"training": "def repeat(step):\n    for _ in range(3):\n        step()"},
    ),
    "who calls a method that meets a loss": (
        """
        from training import repeat

        class Task:
            def step(self, scores, y):
                return criterion(scores, y)

        def train(x, y):
            repeat(Task().step, nn.Linear(4, 2)(x).softmax(-1), y)
        """,
        {"training": "def repeat(step, *given):\n    for _ in range(3):\n        step(*given)"},
    ),
    "a function that meets the loss": (
        """
        from training import loss_of

        def train(x, y):
            return loss_of(nn.Linear(4, 2)(x).softmax(-1), y)
        """,
        {"training": "def loss_of(scores, y):\n    return nn.functional.cross_entropy(scores, y)"},
    ),
    "who calls a function of another file that meets a loss": (
        """
        from steps import step
        from training import Trainer

        class Net(nn.Module):
            def forward(self, x):
                return x.softmax(-1)

        def train(data):
            Trainer(step, Net()).fit(data)
        """,
        {
            "steps": "def step(net, x, y):\n    return nn.functional.cross_entropy(net(x), y)",
            "training": """
            class Trainer:
                def __init__(self, step, net):
                    self.step, self.net = step, net

                def fit(self, data):
                    for x, y in data:
                        self.step(self.net, x, y)
            """,
        },
    ),
    "a base whose framework trains on what a method returns": (
        """
        from models import Base

        class Task(Base):
            def training_step(self, batch, number):
                x, y = batch
                return criterion(nn.Linear(4, 2)(x).argmax(1).float(), y)
        """,
        {"models": "from pytorch_lightning import LightningModule\nclass Base(LightningModule):\n    pass"},
    ),
    "what a module that leads to a loss imports": (
        """
        from training import loss_of

        def train(x, y):
            return loss_of(nn.Linear(4, 2)(x), y)
        """,
        {
            "tools": TOOLS,
            "training": """
            from tools import squashed

            def loss_of(scores, y):
                return nn.functional.cross_entropy(squashed(scores), y)
            """,
        },
    ),
    "where the target of swapped arguments comes from": (
        """
        from models import Net

        def train(x):
            y = torch.randint(0, 2, (4,)).float()
            return F.binary_cross_entropy(y, F.sigmoid(Net()(x).flatten()))
        """,
        {"models": NET},
    ),
}


@pytest.mark.parametrize("name", NEEDED)
def test_what_a_loss_misses_is_looked_into(name: str, tmp_path: Path) -> None:
    main, others = NEEDED[name]
    calls_of(tmp_path, main, **others)
    found = [each.code for call in calls_in([tmp_path]) for each in call.diagnostics]
    assert set(found) & {"LG101", "LG106", "LG301", "LG305"}


def test_what_is_calculated_from_what_is_missed_is_missed(tmp_path: Path) -> None:
    main = """
        from models import Net

        def train(x, y):
            return criterion(-Net()(x), y)
    """
    assert [call.verdict.value for call in calls_of(tmp_path, main, models=NET)] == ["satisfied"]


SPARED = {
    "what takes the place of what seems wrong": (
        """
        from tools import without_softmax

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.head = nn.Softmax(-1)
                without_softmax(net=self)

            def forward(self, x):
                return self.head(nn.Linear(4, 2)(x))

        def train(x, y):
            return criterion(Net()(x), y)
        """,
        "def without_softmax(net):\n    net.head = nn.Identity()",
    ),
    "a decorator that mends what seems wrong": (
        """
        from tools import as_logits

        class Net(nn.Module):
            @as_logits
            def forward(self, x):
                return torch.softmax(nn.Linear(4, 2)(x), -1)

        def train(x, y):
            return criterion(Net()(x), y)
        """,
        """
        def as_logits(function):
            def wrapper(*given):
                return nn.Linear(2, 2)(function(*given))
            return wrapper
        """,
    ),
    "a condition that keeps what seems wrong away": (
        """
        from tools import squashes

        def train(x, y):
            scores = nn.Linear(4, 2)(x)
            if squashes():
                scores = scores.softmax(-1)
            return criterion(scores, y)
        """,
        "def squashes():\n    return False",
    ),
    "a base that does not call what seems wrong": (
        """
        from tools import Base

        class Net(Base):
            def forward(self, x):
                return torch.softmax(nn.Linear(4, 2)(x), -1)

        def train(x, y):
            return criterion(Net()(x), y)
        """,
        """
        class Base(nn.Module):
            def __call__(self, x):
                return nn.Linear(2, 2)(self.forward(x))
        """,
    ),
}


@pytest.mark.parametrize("name", SPARED)
def test_nothing_is_reported_before_all_is_looked_into(name: str, tmp_path: Path) -> None:
    main, tools = SPARED[name]
    assert codes(tmp_path, main, tools=tools) == []


def test_one_name_in_two_packages_is_not_mistaken(tmp_path: Path) -> None:
    for package, body in (("one", "return x"), ("two", "return x.softmax(-1)")):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
        (tmp_path / package / "tools.py").write_text(f"def changed(x, measure):\n    {body}\n")
        text = """
            import torch.nn as nn
            from .tools import changed

            def loss_of(x, y):
                measure = nn.CrossEntropyLoss()
                return measure(changed(nn.Linear(4, 2)(x), measure), y)
        """
        (tmp_path / package / "training.py").write_text(dedent(text))
    main = """
        import one.training
        import two.training

        def train(x, y):
            return two.training.loss_of(x, y) + one.training.loss_of(x, y)
    """
    calls_of(tmp_path, main)
    found = {call.span.path: call.diagnostics for call in calls_in([tmp_path])}
    assert {Path(path).parent.name for path, each in found.items() if each} == {"two"}
