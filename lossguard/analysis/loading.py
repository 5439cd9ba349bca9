"""Data sets and data loaders of torch: what a loop over a loader gives.

A loader stacks the samples of its data set, by ``torch.utils.data.default_collate``: tensors get one more
dimension in front, Python's integers become a tensor of 64 bits, and its floats one of 64 bits, too.
"""

from __future__ import annotations

from lossguard.analysis import arrays, combining, moves
from lossguard.analysis.domain import (
    INDEX,
    NONE,
    Atom,
    Code,
    Entries,
    External,
    Items,
    Literally,
    Reference,
    Symbol,
    Unknown,
    Value,
    of,
)
from lossguard.analysis.interpreter import containers
from lossguard.analysis.interpreter.budget import LimitReached
from lossguard.analysis.interpreter.machine import Arguments, Machine, Site
from lossguard.analysis.interpreter.objects import Objects
from lossguard.analysis.interpreter.records import FunctionCode
from lossguard.analysis.operators import OPERATORS
from lossguard.contracts import DType, Space
from lossguard.facts import Source, TensorFacts


def _in_torch(module: str, *names: str) -> frozenset[str]:
    return frozenset(f"torch.utils.data.{place}{name}" for name in names for place in ("", f"{module}."))


LOADERS = _in_torch("dataloader", "DataLoader")
_TENSORS = _in_torch("dataset", "TensorDataset")
_PARTS = _in_torch("dataset", "Subset")
SPLITS = _in_torch("dataset", "random_split")
_LABELLED = frozenset(
    f"torchvision.datasets.{name}"
    for name in (
        *("MNIST", "FashionMNIST", "KMNIST", "QMNIST", "EMNIST", "CIFAR10", "CIFAR100", "SVHN", "STL10"),
        *("ImageFolder", "DatasetFolder", "ImageNet", "GTSRB", "FGVCAircraft", "Food101", "Flowers102"),
    )
)
MADE = LOADERS | _TENSORS | _PARTS | _LABELLED
_TRANSFORM = 2
"""Where the first of these may be given a function that changes labels; others are given it further on."""
SAMPLE_STEPS = 300
"""What making a sample may take."""
_DEPTH = 3
"""How deep a sample is looked into."""


def split(machine: Machine, arguments: Arguments, site: Site) -> Value:
    """The parts of a data set, by ``random_split``: each has samples like those of the whole."""
    whole = Arguments(tuple(value for value in (arguments.get(0, "dataset"),) if value is not None))
    lengths = arguments.get(1, "lengths")
    items = Items((), exact=False) if lengths is None else containers.iterate(machine, lengths, site)
    parts = [machine.allocate("object", site, External("torch.utils.data.Subset")) for _ in items.values]
    for part in parts:
        machine.constructed[part.number] = whole, site
    return machine.new_list(Items(tuple(map(of, parts)), items.exact), site)


def batches(machine: Machine, loader: Reference) -> Items | None:
    """What a loop over a data loader gives; None where it is none, or makes its batches in its own way."""
    constructed = _constructed(machine, loader, LOADERS)
    if constructed is None:
        return None
    arguments, site = constructed
    own = arguments.get(6, "collate_fn"), arguments.get(1, "batch_size")
    dataset = arguments.get(0, "dataset")
    if arguments.open or own[0] not in (None, NONE) or own[1] == NONE or dataset is None:
        return None
    batch = _batch(machine, dataset, site)
    return None if batch is None else Items((batch,), exact=False)


def _batch(machine: Machine, dataset: Value, site: Site) -> Value | None:
    """A batch of a data set, if its samples are quickly made; what making one does is of no interest."""
    if machine.budget.peeking:
        return None
    machine.heap.branch()
    try:
        with machine.demand.suspended(), machine.budget.peek(SAMPLE_STEPS):
            sample = _sample(machine, dataset, site)
            return None if sample is None else _collated(machine, sample)
    except LimitReached:
        return None
    finally:
        machine.heap.leave()


def dataset_of(machine: Machine, loader: Reference) -> Value | None:
    """The data set of a data loader."""
    constructed = _constructed(machine, loader, LOADERS)
    return None if constructed is None else constructed[0].get(0, "dataset")


def _constructed(machine: Machine, made: Reference, names: frozenset[str]) -> tuple[Arguments, Site] | None:
    is_one = isinstance(made.type, External) and made.type.name in names
    return machine.constructed.get(made.number) if is_one else None


def _sample(machine: Machine, dataset: Value, site: Site) -> Value | None:
    """A sample of a data set; None where nothing is known of it."""
    assert isinstance(machine, Objects)
    atom = dataset.under(machine.path).single
    if not isinstance(atom, Reference):
        return None
    if (whole := _constructed(machine, atom, _PARTS)) is not None:
        given = whole[0].get(0, "dataset")
        return None if given is None else _sample(machine, given, site)
    if (tensors := _constructed(machine, atom, _TENSORS)) is not None:
        return None if tensors[0].open else of(Items(tuple(map(_row, tensors[0].positional))))
    if (labelled := _constructed(machine, atom, _LABELLED)) is not None:
        may_change = labelled[0].open or labelled[0].get(_TRANSFORM, "target_transform") not in (None, NONE)
        label = machine.unknown("label", site) if may_change else of(_scalar(DType.I64, Space.CLASS_INDICES))
        return of(Items((machine.unknown("image", site), label)))
    method = machine.find_method(atom.type, "__getitem__") if isinstance(atom.type, Code) else None
    if not isinstance(method, FunctionCode):
        return None
    index = machine.unknown(INDEX, site, "the index of a sample")
    return machine.call_function(method, Arguments((dataset, index)), site)


def _row(tensor: Value) -> Value:
    return tensor.map(lambda atom: moves.element(atom) if isinstance(atom, TensorFacts) else atom)


def _scalar(dtype: DType, space: Space = Space.UNKNOWN) -> TensorFacts:
    return TensorFacts(space, dtype=dtype, shape=(), source=Source.DATA)


def _collated(machine: Machine, sample: Value, depth: int = 0) -> Value:
    """The batch of samples like this one."""

    def batch(atom: Atom) -> Atom:
        held = containers.content(machine, atom) if isinstance(atom, Reference) else atom
        sizes = arrays.shape(machine, atom)
        if sizes is not None:
            held = TensorFacts(shape=sizes, source=Source.DATA)
        match held:
            case TensorFacts():
                return combining.joined(OPERATORS["stack"], [held], exact=False, dim=0).replace(reason="")
            case Literally(bool() | int() | float() as number):
                dtype = {bool: DType.BOOL, int: DType.I64, float: DType.F64}[type(number)]
                return _scalar(dtype).replace(shape=(None,))
            case Items() if held.exact and depth < _DEPTH:
                return Items(tuple(_collated(machine, each, depth + 1) for each in held.values))
            case Entries() if held.exact and depth < _DEPTH:
                entries = {key: _collated(machine, each, depth + 1) for key, each in held.values.items()}
                return Entries(entries)
        return Unknown(Symbol("batch", (machine.next_number(),)), "what a data loader gives")

    return sample.map(batch)
