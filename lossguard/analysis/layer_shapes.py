"""The shapes that layers give: channels and features, kernels in space, states of recurrent layers."""

from __future__ import annotations

from collections.abc import Sequence

from lossguard.analysis.domain import Literally, Value
from lossguard.analysis.interpreter.machine import Arguments, Machine
from lossguard.analysis.shapes import Sizes
from lossguard.analysis.sizes import flag, in_space, number, windowed


def affine(
    machine: Machine, bare: str, constructed: Arguments, before: Sizes, position: int, name: str, spatial: int
) -> tuple[Sizes, int | None]:
    """The shape of an affine layer's output, and the dimension in which its features lie.

    What a convolution gets is taken for a batch, unless its rank is known.

    position, name: those of the number of features among the constructor's parameters.
    """
    features = _given(constructed, position, name)
    if not spatial:
        return (None, -1) if not before else ((*before[:-1], features), len(before) - 1)
    if before is None:
        return (None, features, *(None,) * spatial), 1
    channel = len(before) - spatial - 1
    if channel not in (0, 1):
        return None, None
    sizes = before[-spatial:]
    if constructed.open:
        inner: list[int | None] = [None] * spatial
    elif "Transpose" in bare:
        inner = _spread(machine, constructed, position + 1, sizes)
    else:
        inner = _covered(machine, constructed, position + 1, sizes)
    return (*before[:channel], features, *inner), channel


def _given(constructed: Arguments, position: int, name: str) -> int | None:
    value = constructed.get(position, name)
    return None if value is None else number(value.single)


def _covered(
    machine: Machine, constructed: Arguments, position: int, sizes: Sequence[int | None]
) -> list[int | None]:
    """What a convolution leaves of the sizes; its kernel stands at ``position``."""
    padding = constructed.get(position + 2, "padding")
    if padding is not None and padding.single == Literally("same"):
        return list(sizes)
    windows = _windows(
        machine, constructed, len(sizes), {"kernel_size": position, "stride": position + 1}, position + 3
    )
    paddings = _number_each(machine, padding, len(sizes))
    return [
        windowed(size, kernel, stride, padding, dilation)
        for size, (kernel, stride, dilation), padding in zip(sizes, windows, paddings, strict=True)
    ]


def _spread(
    machine: Machine, constructed: Arguments, position: int, sizes: Sequence[int | None]
) -> list[int | None]:
    """What a transposed convolution makes of the sizes."""
    windows = _windows(
        machine, constructed, len(sizes), {"kernel_size": position, "stride": position + 1}, position + 6
    )
    paddings = _number_each(machine, constructed.get(position + 2, "padding"), len(sizes))
    extras = _number_each(machine, constructed.get(position + 3, "output_padding"), len(sizes))
    return [
        _enlarged(size, kernel, stride, dilation, padding, extra)
        for size, (kernel, stride, dilation), padding, extra in zip(
            sizes, windows, paddings, extras, strict=True
        )
    ]


def _enlarged(*numbers: int | None) -> int | None:
    if None in numbers:
        return None
    size, kernel, stride, dilation, padding, extra = (n for n in numbers if n is not None)
    return (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1


def _windows(
    machine: Machine, constructed: Arguments, spatial: int, places: dict[str, int], dilation: int
) -> list[tuple[int | None, int | None, int | None]]:
    kernels = in_space(machine, constructed.get(places["kernel_size"], "kernel_size"), spatial, None)
    strides = in_space(machine, constructed.get(places["stride"], "stride"), spatial, 1)
    dilations = in_space(machine, constructed.get(dilation, "dilation"), spatial, 1)
    return list(zip(kernels, strides, dilations, strict=True))


def _number_each(machine: Machine, value: Value | None, spatial: int) -> list[int | None]:
    if value is not None and value.single == Literally("valid"):
        return [0] * spatial
    return in_space(machine, value, spatial, 0)


def embedded(bare: str, constructed: Arguments, before: Sizes) -> Sizes:
    """The shape that ``Embedding`` and ``EmbeddingBag`` give."""
    size = _given(constructed, 1, "embedding_dim")
    if bare == "EmbeddingBag":
        return (None, size)
    return None if before is None else (*before, size)


def recurrent(bare: str, constructed: Arguments, before: Sizes) -> tuple[Sizes, Sizes]:
    """The shapes of the output and of the hidden state of ``LSTM``, ``GRU`` and ``RNN``."""
    shift = int(bare == "RNN")  # its fourth parameter is ``nonlinearity``
    both = flag(constructed.get(6 + shift, "bidirectional"), False)
    first = flag(constructed.get(4 + shift, "batch_first"), False)
    if before is None or len(before) not in (2, 3) or both is None or first is None or constructed.open:
        return None, None
    projected = constructed.get(8, "proj_size")
    hidden = _given(constructed, 1, "hidden_size") if projected is None else None
    layers = constructed.get(2, "num_layers")
    depth = 1 if layers is None else number(layers.single)
    batch = before[0 if first else 1 : 1 if first else 2] if len(before) == 3 else ()
    return (*before[:-1], _times(hidden, 1 + both)), (_times(depth, 1 + both), *batch, hidden)


def _times(size: int | None, number_of: int) -> int | None:
    return None if size is None else size * number_of
