"""What a silent misuse costs: one small network, trained right and with each mistake, on five seeds.

Prints a table; ``--figure FILE`` draws how loss and accuracy went. Right is what stands first for a data set.
"""

import argparse
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.nn import functional as F

import lossguard

SEEDS, EPOCHS, BATCH = 5, 20, 128
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD": lambda parameters: torch.optim.SGD(parameters, lr=0.2, fused=True),
    "Adam": lambda parameters: torch.optim.Adam(parameters, lr=0.005, fused=True),
}
COLOURS = ("tab:red", "tab:green", "tab:orange", "tab:purple", "tab:blue", "tab:brown")
FLOOR = math.log(1 + (10 - 1) / math.e)  # of cross-entropy after softmax, with ten classes


def cross_entropy(scores: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(scores, labels)


def softmax_before_cross_entropy(scores: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(scores.softmax(dim=1), labels)  # noqa: LG101


def log_softmax_before_cross_entropy(scores: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(scores.log_softmax(dim=1), labels)  # noqa: LG102


def sigmoid_before_cross_entropy(scores: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(scores.sigmoid(), labels)  # noqa: LG103


def nll_of_raw_scores(scores: Tensor, labels: Tensor) -> Tensor:
    return F.nll_loss(scores, labels)  # noqa: LG106


def nll_of_probabilities(scores: Tensor, labels: Tensor) -> Tensor:
    return F.nll_loss(scores.softmax(dim=1), labels)  # noqa: LG106


def log_softmax_over_the_batch(scores: Tensor, labels: Tensor) -> Tensor:
    return F.nll_loss(scores.log_softmax(dim=0), labels)


def bce_with_logits(scores: Tensor, labels: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(scores, column(labels))


def sigmoid_before_bce_with_logits(scores: Tensor, labels: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(scores.sigmoid(), column(labels))  # noqa: LG104


def swapped_arguments(scores: Tensor, labels: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(column(labels), scores)  # noqa: LG301


def cross_entropy_of_one_logit(scores: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(scores, column(labels))


def labels_of_0_and_1_in_soft_margin(scores: Tensor, labels: Tensor) -> Tensor:
    return F.soft_margin_loss(scores, column(labels))


def squared_error_that_broadcasts(scores: Tensor, labels: Tensor) -> Tensor:
    return F.mse_loss(scores.sigmoid(), labels.float())


def column(labels: Tensor) -> Tensor:
    return labels.float().unsqueeze(1)


Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Task:
    """A data set with the losses that are tried on it, the right one first; frame: what of them is drawn."""

    name: str
    load: Callable[..., Any]
    outputs: int
    frame: tuple[float, float]
    losses: tuple[Loss, ...]

    def split(self, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        inputs, labels = self.load(return_X_y=True)
        parts = train_test_split(inputs, labels, test_size=0.3, stratify=labels, random_state=seed)
        scale = StandardScaler().fit(parts[0])
        train, test = (torch.tensor(scale.transform(part), dtype=torch.float32) for part in parts[:2])
        return train, test, torch.tensor(parts[2]), torch.tensor(parts[3])

    def predicted(self, scores: Tensor) -> Tensor:
        return scores.argmax(dim=1) if self.outputs > 1 else (scores.squeeze(1) > 0).long()


TASKS = (
    Task(
        "digits",
        load_digits,
        10,
        (-1.05, 3.05),
        (
            cross_entropy,
            softmax_before_cross_entropy,
            log_softmax_before_cross_entropy,
            sigmoid_before_cross_entropy,
            nll_of_raw_scores,
            nll_of_probabilities,
            log_softmax_over_the_batch,
        ),
    ),
    Task(
        "breast cancer",
        load_breast_cancer,
        1,
        (-0.55, 1.05),
        (
            bce_with_logits,
            sigmoid_before_bce_with_logits,
            swapped_arguments,
            cross_entropy_of_one_logit,
            labels_of_0_and_1_in_soft_margin,
            squared_error_that_broadcasts,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Course:
    """How the runs of one loss went: (seed, epoch) each, and what the guard tells at the first batch."""

    loss: Tensor
    accuracy: Tensor
    code: str


def trained(task: Task, compute: Loss, optimizer: str) -> Course:
    runs = [list(_epochs(task, compute, optimizer, seed)) for seed in range(SEEDS)]
    both = torch.tensor(runs)
    return Course(both[..., 0], both[..., 1], _told(task, compute))


def _epochs(task: Task, compute: Loss, optimizer: str, seed: int) -> Iterator[tuple[float, float]]:
    inputs, test_inputs, labels, test_labels = task.split(seed)
    torch.manual_seed(seed)
    model = _network(inputs.shape[1], task.outputs)
    steps = OPTIMIZERS[optimizer](model.parameters())
    for _ in range(EPOCHS):
        total = 0.0
        for batch in torch.randperm(len(inputs)).split(BATCH):
            loss = compute(model(inputs[batch]), labels[batch])
            steps.zero_grad()
            loss.backward()
            steps.step()
            total += loss.item() * len(batch)
        with torch.no_grad():
            right = task.predicted(model(test_inputs)) == test_labels
        yield total / len(inputs), right.float().mean().item()


def _network(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, 32), nn.ReLU(), nn.Linear(32, outputs))


def _told(task: Task, compute: Loss) -> str:
    inputs, _, labels, _ = task.split(seed=0)
    found: list[str] = []
    with lossguard.watch(on_violation=lambda finding: found.append(finding.code)):
        compute(_network(inputs.shape[1], task.outputs)(inputs[:BATCH]), labels[:BATCH])
    return ", ".join(found)


def table(courses: dict[tuple[str, str], dict[Loss, Course]]) -> Iterator[str]:
    yield "| | the guard | loss, SGD | accuracy, SGD | loss, Adam | accuracy, Adam |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    for task in TASKS:
        for compute in task.losses:
            cells = [
                f"{task.name}: {_name(task, compute)}",
                courses[task.name, "SGD"][compute].code or "silent",
            ]
            for optimizer in OPTIMIZERS:
                course = courses[task.name, optimizer][compute]
                loss, accuracy = course.loss[:, -1], 100 * course.accuracy[:, -1]
                cells.append(f"{_number(loss.mean())} ± {_number(loss.std())}")
                cells.append(f"{accuracy.mean():.1f} ± {accuracy.std():.1f}")
            yield f"| {' | '.join(cells)} |"


def _name(task: Task, compute: Loss) -> str:
    words = compute.__name__.replace("cross_entropy", "cross-entropy").replace("log_softmax", "log-softmax")
    name = words.replace("_", " ").replace("bce", "BCE").replace("nll", "NLL")
    return f"**{name}**" if compute is task.losses[0] else name


def _number(value: Tensor) -> str:
    return f"{value:.2f}" if abs(value) < 10_000 else f"{value:.0e}"


def figure(courses: dict[tuple[str, str], dict[Loss, Course]]) -> Figure:
    mpl.rcParams.update(
        {"font.size": 9, "axes.titlesize": 9, "axes.spines.top": False, "axes.spines.right": False}
    )
    drawn = Figure(figsize=(10, 6.4), facecolor="white", layout="constrained")
    rows = drawn.subplots(len(TASKS), 3, sharex=True)
    for task, (loss, *accuracies) in zip(TASKS, rows, strict=True):
        _draw(loss, task, courses[task.name, "SGD"], "loss")
        loss.set(title=f"{task.name}: training loss, SGD", ylim=task.frame)
        for axes, optimizer in zip(accuracies, OPTIMIZERS, strict=True):
            _draw(axes, task, courses[task.name, optimizer], "accuracy")
            axes.set(title=f"{task.name}: test accuracy, {optimizer}", ylim=(0, 1.02))
        if task is TASKS[0]:
            loss.axhline(FLOOR, color="black", linestyle=":", linewidth=1)
            loss.annotate(
                f"floor {FLOOR:.4f}",
                (EPOCHS, FLOOR),
                ha="right",
                va="top",
                xytext=(0, -2),
                textcoords="offset points",
            )
        accuracies[-1].legend(fontsize=7.5, loc="lower right", frameon=True, framealpha=0.9)
    for axes in rows[-1]:
        axes.set(xlabel="epoch", xticks=range(0, EPOCHS + 1, 5))
    return drawn


def _draw(axes: Axes, task: Task, courses: dict[Loss, Course], what: str) -> None:
    epochs = range(1, EPOCHS + 1)
    for n, (compute, course) in enumerate(courses.items()):
        values: Tensor = getattr(course, what)
        right = compute is task.losses[0]
        label = "right" if right else f"{course.code} {_name(task, compute)}"
        style = {"color": "black", "linewidth": 2.2} if right else {"color": COLOURS[n - 1], "linewidth": 1.3}
        axes.plot(
            epochs,
            values.mean(dim=0),
            label=label,
            linestyle="--" if course.code == "LG102" else "-",
            **style,
        )
        low, high = values.min(dim=0).values, values.max(dim=0).values
        axes.fill_between(epochs, low, high, color=style["color"], alpha=0.15, linewidth=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figure", type=Path, help="the picture to draw")
    target = parser.parse_args().figure
    warnings.filterwarnings("ignore", "Using a target size")  # all that torch says of a broadcast
    torch.set_num_threads(1)
    courses = {
        (task.name, optimizer): {compute: trained(task, compute, optimizer) for compute in task.losses}
        for task in TASKS
        for optimizer in OPTIMIZERS
    }
    print(*table(courses), sep="\n")
    if target is not None:
        figure(courses).savefig(target, dpi=100)


if __name__ == "__main__":
    main()
