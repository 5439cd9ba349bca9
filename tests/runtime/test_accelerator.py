"""The guard on a GPU; skipped where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn

from lossguard import LossGuardError, guard
from tests.runtime.semantics import C, N, classes

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


@contextmanager
def no_waiting() -> Iterator[None]:
    """Raise an error wherever the host waits for the device."""
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


def given() -> tuple[Tensor, Tensor]:
    return torch.randn(N, C, device="cuda", requires_grad=True), classes().cuda()


def test_no_call_waits() -> None:
    batches = [given() for _ in range(20)]
    criterion = guard(nn.CrossEntropyLoss(), first=5, every=4)
    criterion(*given()).backward()
    torch.cuda.synchronize()
    with no_waiting():
        for scores, labels in batches:
            criterion(scores, labels).backward()


def test_a_wrong_label_is_told_and_the_device_stays_usable() -> None:
    criterion = guard(nn.CrossEntropyLoss())
    scores, labels = given()
    wrong = labels.clone()
    wrong[3] = 7
    criterion(scores, wrong).backward()
    torch.cuda.synchronize()
    with pytest.raises(LossGuardError, match="is 7, but") as caught:
        criterion(scores, labels)
    assert caught.value.code == "LG401"
    assert float(torch.ones(3, device="cuda").sum()) == 3


def test_a_loss_is_captured_as_a_graph() -> None:
    criterion, (scores, labels) = guard(nn.CrossEntropyLoss()), given()
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            criterion(scores, labels).backward()
    torch.cuda.current_stream().wait_stream(stream)
    scores.grad = None
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = criterion(scores, labels)
        loss.backward()
    graph.replay()
    torch.testing.assert_close(loss, nn.functional.cross_entropy(scores, labels))
