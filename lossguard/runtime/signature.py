"""What metadata and the graph say of a loss call, as a key: calls alike in it are judged alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from lossguard.runtime.glance import Features, alike
from lossguard.runtime.provenance import Provenance, settled, traced

Signature = tuple[object, ...]

_PLAIN = (int, float, bool, str, type(None))
_EXACT = (Tensor, nn.Parameter)
_grad_enabled = torch.is_grad_enabled


class Signer:
    """Writes signatures of the calls of one loss.

    minds_layers: whether the output of a layer, raw scores, breaks the contract of the loss.
    takes_pairs: whether it takes two tensors, and options. Where a third may be a tensor or a number, as the
        variance of ``gaussian_nll_loss``, one of these is never compared with the other.
    """

    __slots__ = ("_minds_layers", "_settled", "_takes_pairs", "_usual")

    def __init__(self, *, minds_layers: bool, takes_pairs: bool) -> None:
        self._minds_layers = minds_layers
        self._takes_pairs = takes_pairs
        self._usual: tuple[object, Mapping[str, object]] | None = None
        self._settled: dict[type, Provenance] = {}

    def call(self, args: Sequence[object], kwargs: Mapping[str, object]) -> Signature | None:
        """Write down a call; None for tensors that have no plain shape.

        A module calls its function with the same options every time: to compare them at once is cheap.
        """
        if len(args) == 2 and not kwargs:
            return self.pair(*args) or self.any(args, kwargs)
        if len(args) > 1 and (args[2:], kwargs) == self._usual:
            pair = self.pair(*args[:2])
            return self.any(args, kwargs) if pair is None else (pair, True)
        is_plain = all(type(value) in _PLAIN for value in (*args[2:], *kwargs.values()))
        if self._usual is None and self._takes_pairs and is_plain:
            self._usual = args[2:], dict(kwargs)
        return self.any(args, kwargs)

    def features(self, args: Sequence[object], kwargs: Mapping[str, object]) -> Features | None:
        """Give what a call like this one is recognised by; None where that takes its whole signature."""
        if len(args) < 2 or not isinstance(args[0], Tensor) or not isinstance(args[1], Tensor):
            return None
        scores, target, rest = args[0], args[1], (tuple(args[2:]), dict(kwargs))
        node = scores.grad_fn
        if self.pair(scores, target) is None or rest not in (((), {}), self._usual):
            return None
        fixed = node is None or type(node) in self._settled
        if not fixed:
            return None
        return Features(type(node), alike(scores, target), scores.shape == target.shape, rest)

    def pair(self, scores: object, target: object) -> Signature | None:
        """Write down a call with two plain tensors and nothing else; None where that takes more."""
        if type(scores) is not Tensor or type(target) is not Tensor or target.requires_grad:
            return None
        node = scores.grad_fn
        if node is None:
            origin: object = (scores.requires_grad, _grad_enabled())
        elif (origin := self._settled.get(type(node))) is None:
            origin = self._trace(scores)
        on_cpu = scores.is_cpu and target.is_cpu
        return (
            scores.dtype,
            scores.shape,
            target.dtype,
            target.shape,
            on_cpu or (scores.device, target.device),
            origin,
        )

    def _trace(self, scores: Tensor) -> Provenance:
        node = scores.grad_fn
        origin = traced(node, layers=self._minds_layers)
        if settled(node, layers=self._minds_layers) is not None:
            self._settled[type(node)] = origin
        return origin

    def any(self, args: Sequence[object], kwargs: Mapping[str, object]) -> Signature | None:
        """Write down any call; None for tensors that have no plain shape."""
        values = (*args, *kwargs.values()) if kwargs else args
        parts: list[object] = [tuple(kwargs), _grad_enabled()]
        try:
            for value in values:
                if not isinstance(value, Tensor):
                    parts.append(value if type(value) in _PLAIN else type(value))
                    continue
                if type(value) not in _EXACT and not _has_plain_shape(value):
                    return None
                node = value.grad_fn
                parts += (
                    value.dtype,
                    value.shape,
                    value.is_cpu or value.device,
                    value.requires_grad if node is None else traced(node, layers=self._minds_layers),
                )
        except RuntimeError:  # nested tensors have no shape
            return None
        return tuple(parts)


def _has_plain_shape(tensor: Tensor) -> bool:
    return not tensor.is_nested and all(type(size) is int for size in tensor.shape)
