"""What would mend a broken contract, as data: rules name it, ``fixes`` knows how a text changes for it."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class RemoveOperation(Struct, frozen=True):
    """Take away the operation that put an argument's values into their space.

    parameter: the argument of the loss call.
    reshapes: the result has another shape, so nothing may stand between the operation and the loss.
    safe: right without asking where the loss is all that the result is used for.
    """

    parameter: str
    reshapes: bool = False
    safe: bool = True


class UseLogSoftmax(Struct, frozen=True):
    """Put log_softmax in the place of the softmax that made an argument.

    parameter: the argument of the loss call.
    """

    parameter: str


class Convert(Struct, frozen=True):
    """Call a method of an argument where it is given to the loss.

    method: with its brackets, ``long()``.
    instead_of: methods that the argument may end with, and that this one takes the place of.
    everywhere: it is wrong for an argument that is right, so every way of reaching the call needs it.
    """

    parameter: str
    method: str
    instead_of: frozenset[str] = frozenset()
    everywhere: bool = True
    safe: bool = True


class UseLoss(Struct, frozen=True):
    """Call another loss, which takes the same arguments.

    name, function: the class and the function of the other one.
    """

    name: str
    function: str


class SwapArguments(Struct, frozen=True):
    """Let two arguments change places."""

    one: str
    other: str
    safe: bool = True


class ConstructFirst(Struct, frozen=True):
    """Construct the loss without arguments, and call it with these."""


class SetOption(Struct, frozen=True):
    """Give the loss an option, where it is constructed or its function called.

    value: as Python writes it.
    instead_of: the options that say the same, or that are not meant any more.
    """

    name: str
    value: str
    instead_of: frozenset[str] = frozenset()
    safe: bool = True


Remedy: TypeAlias = (
    RemoveOperation | UseLogSoftmax | Convert | UseLoss | SwapArguments | ConstructFirst | SetOption
)
