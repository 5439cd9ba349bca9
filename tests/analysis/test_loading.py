"""What is known of the batches of a data loader, held against those that torch makes."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from torch.utils import data
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset, random_split

from lossguard.contracts import DType, Space
from lossguard.facts import TensorFacts
from tests.analysis.probing import inputs

NAMES = {
    "torch": torch,
    "np": np,
    "data": data,
    "F": F,
    "DataLoader": DataLoader,
    "Dataset": Dataset,
    "Subset": Subset,
    "TensorDataset": TensorDataset,
    "random_split": random_split,
}
IMPORTS = """
import numpy as np
from torch.utils import data
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset, random_split
"""
DTYPES = {
    torch.float32: {DType.F32, DType.FLOAT},
    torch.float64: {DType.F64},
    torch.int64: {DType.I64},
    torch.bool: {DType.BOOL},
}
OWN = """
class Own(Dataset):
    def __init__(self, x):
        self.x = x
        self.weight = 0.5
    def __len__(self):
        return 6
    def __getitem__(self, index):
        return {sample}
"""
TENSORS = "x, y = torch.rand(6, 8), torch.zeros(6).long()\n"


def own(sample: str) -> str:
    return TENSORS + OWN.format(sample=sample) + "loader = DataLoader(Own(x), batch_size=2)\n"


def batch_of(program: str, expression: str) -> TensorFacts:
    (facts,) = inputs(f"{IMPORTS}{program}for batch in loader:\n    F.mse_loss({expression}, target)\n")
    return facts


@pytest.mark.parametrize(
    ("program", "expression"),
    [
        (TENSORS + "loader = DataLoader(TensorDataset(x, y), 2)\n", "batch[0]"),
        (TENSORS + "loader = DataLoader(TensorDataset(x, y), batch_size=2, shuffle=True)\n", "batch[1]"),
        (TENSORS + "loader = data.DataLoader(data.TensorDataset(x), 2)\n", "batch[0]"),
        (TENSORS + "loader = DataLoader(Subset(TensorDataset(x, y), [1, 2]), 2)\n", "batch[0]"),
        (TENSORS + "a, b = random_split(TensorDataset(x, y), [2, 4])\nloader = DataLoader(b)\n", "batch[1]"),
        (TENSORS + "loader = [next(iter(DataLoader(TensorDataset(x, y), 2)))]\n", "batch[1]"),
        (own("self.x[index], 1"), "batch[0]"),
        (own("self.x[index], 1"), "batch[1]"),
        (own("self.x[index], self.weight"), "batch[1]"),
        (own("[self.x[index], True]"), "batch[1]"),
        (own("{'x': self.x[index], 'y': (1, 2.0)}").replace("{{", "{").replace("}}", "}"), "batch['x']"),
        (own("{'x': self.x[index], 'y': (1, 2.0)}").replace("{{", "{").replace("}}", "}"), "batch['y'][1]"),
        (own("np.zeros((3, 2))"), "batch"),
        (own("self.x[index].softmax(0)"), "batch"),
        (own("torch.tensor(1.0), self.x[index].unsqueeze(0)"), "batch[1]"),
    ],
)
def test_batches_are_those_of_torch(program: str, expression: str) -> None:
    facts = batch_of(program, expression)
    names: dict[str, object] = dict(NAMES)
    exec(f"{program}\nbatch = next(iter(loader))\nfound = {expression}", names)
    tensor = names["found"]
    assert isinstance(tensor, Tensor)
    assert facts.shape is not None
    assert len(facts.shape) == tensor.dim()
    assert all(size in (None, real) for size, real in zip(facts.shape, tensor.shape, strict=True))
    assert facts.dtype is None or facts.dtype in DTYPES[tensor.dtype]


def test_what_sums_to_one_in_a_sample_does_in_a_batch() -> None:
    facts = batch_of(own("self.x[index].softmax(0)"), "batch")
    assert (facts.space, facts.dim) == (Space.PROBABILITIES, 1)


@pytest.mark.parametrize(
    "loader",
    [
        "DataLoader(TensorDataset(x, y), 2, collate_fn=mine)",
        "DataLoader(TensorDataset(x, y), batch_size=None)",
        "DataLoader(TensorDataset(x, y), **options)",
        "DataLoader(TensorDataset(*tensors), 2)",
        "DataLoader(given, 2)",
        "DataLoader(Nothing(), 2)",
    ],
)
def test_what_a_loader_does_in_its_own_way_is_not_known(loader: str) -> None:
    program = f"{TENSORS}class Nothing(Dataset):\n    pass\nloader = {loader}\n"
    assert batch_of(program, "batch[0]").shape is None


@pytest.mark.parametrize(
    ("dataset", "dtype"),
    [
        ("datasets.CIFAR10('here', transform=t)", DType.I64),
        ("datasets.ImageFolder('here')", DType.I64),
        ("random_split(datasets.MNIST('here'), [1, 2])[0]", DType.I64),
        ("datasets.MNIST('here', target_transform=t)", None),
        ("datasets.ImageFolder('here', t, t)", None),
        ("datasets.MNIST('here', **options)", None),
        ("datasets.VOCSegmentation('here')", None),
    ],
)
def test_labels_of_torchvision_are_class_indices(dataset: str, dtype: DType | None) -> None:
    program = f"from torchvision import datasets\nloader = DataLoader({dataset}, 2)\n"
    facts = batch_of(program, "batch[1]")
    assert facts.dtype is dtype
    assert facts.shape == ((None,) if dtype else None)
