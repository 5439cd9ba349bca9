"""What losses of many libraries demand alike: what their input must be, by what they apply to it."""

from __future__ import annotations

from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from lossguard.contracts.classification import BCE_WITH_LOGITS, BINARY_CROSS_ENTROPY, CROSS_ENTROPY, CTC, NLL
from lossguard.contracts.regression import KL_DIV
from lossguard.contracts.schema import Contract, Parameter, Shapes, Space, Variant


def _input_only(contract: Contract) -> Contract:
    """What a loss of torch demands of its input, and nothing of its target or its shapes."""
    return replace(
        contract,
        shapes=Shapes.UNSTATED,
        targets=frozenset(),
        index_dtypes=frozenset(),
        value_dtypes=frozenset(),
    )


APPLIES_LOG_SOFTMAX = _input_only(CROSS_ENTROPY)
"""Cross-entropy in all but its target."""

APPLIES_SOFTMAX = replace(
    APPLIES_LOG_SOFTMAX,
    misuse=MappingProxyType(
        {space: code for space, code in CROSS_ENTROPY.misuse.items() if space is not Space.LOG_PROBABILITIES}
    ),
)
"""Softmax, but no logarithm: overlaps such as Dice."""

APPLIES_SIGMOID = _input_only(BCE_WITH_LOGITS)
"""The sigmoid, with or without a logarithm: binary cross-entropy, binary focal losses, overlaps of masks."""

TAKES_PROBABILITIES = _input_only(BINARY_CROSS_ENTROPY)
"""Nothing: the input is probabilities already."""

TAKES_LOG_PROBABILITIES = _input_only(NLL)
"""Nothing: the input is log-probabilities already."""

TAKES_LOG_PROBABILITIES_OF_SEQUENCES = _input_only(CTC)
"""Log-probabilities of labels over time."""

COMPARES_LOG_PROBABILITIES = _input_only(KL_DIV)
"""Log-probabilities, held against a distribution."""

DEMANDS_NOTHING = replace(APPLIES_LOG_SOFTMAX, expects=frozenset(), misuse=MappingProxyType({}))
"""Anything will do, or what it must be is not known."""


CLASS_WEIGHT = (Parameter("weight", None, role="class_weight"),)
"""A weight that need not be a tensor of one value a class."""


class Library(Struct, frozen=True):
    """The losses of one library.

    homes: the modules under which a program imports them.
    """

    homes: tuple[str, ...]
    classes: tuple[Contract, ...] = ()
    functions: tuple[Contract, ...] = ()


def loss(
    name: str,
    demand: Contract,
    call: tuple[Parameter, ...],
    options: tuple[Parameter, ...] = (),
    *,
    variants: tuple[Variant, ...] = (),
) -> Contract:
    """Write the contract of a library's loss; its call takes the input first, and the target second.

    name: the class, or the function where there is no class.
    options: what the constructor takes; a function takes it behind the parameters of the call.
    """
    return replace(
        demand,
        name=name,
        module=None,
        function=None,
        constructor=options,
        call=call,
        functional=call + options,
        input=call[0].key,
        target=call[1].key,
        variants=variants,
    )


def when(demand: Contract, **options: object) -> Variant:
    """State that a loss demands this where its options have these values."""
    return Variant(MappingProxyType(options), demand)
