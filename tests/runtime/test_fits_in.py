"""The guard in training as it is done: mixed precision, accumulation, checkpoints, compilation, processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, fx, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from lossguard import guard, watch
from tests.runtime.semantics import C, N, binary, classes, code, scores

SCRIPT = Path(__file__).parent / "parallel_training.py"
PATIENCE = "180"
NEEDS_STREAMS = pytest.mark.skipif(
    not hasattr(torch.cpu.Stream, "record_event"), reason="FSDP2 of this torch does not run on the CPU"
)


def net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, C))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_mixed_precision(dtype: torch.dtype) -> None:
    model, inputs = net(), torch.randn(N, 4)
    weighted = guard(nn.CrossEntropyLoss(weight=torch.ones(C)))
    with torch.autocast("cpu", dtype):
        out = model(inputs)
        assert out.dtype is dtype
        weighted(out, classes()).backward()
        guard(nn.BCEWithLogitsLoss())(out, binary())
        guard(nn.MSELoss())(out.float(), binary())
        assert code(lambda: weighted(out.softmax(1), classes())) == "LG101"


def test_scaled_and_accumulated_gradients_are_those_of_the_bare_loss() -> None:
    torch.manual_seed(0)
    model, batches = net(), [torch.randn(N, 4) for _ in range(4)]
    found = []
    for criterion in (nn.CrossEntropyLoss(), guard(nn.CrossEntropyLoss())):
        model.zero_grad()
        scaler = torch.amp.GradScaler("cpu")
        for batch in batches:
            scaler.scale(criterion(model(batch), classes()) / len(batches)).backward()
        found.append(
            [parameter.grad.clone() for parameter in model.parameters() if parameter.grad is not None]
        )
    torch.testing.assert_close(*found, rtol=0, atol=0)


@pytest.mark.parametrize("reentrant", [False, True])
def test_activation_checkpoints(reentrant: bool) -> None:
    model = nn.Sequential(net(), nn.Softmax(dim=1))
    inputs = torch.randn(N, 4).requires_grad_()
    criterion = guard(nn.CrossEntropyLoss())
    out = checkpoint(model, inputs, use_reentrant=reentrant)
    assert code(lambda: criterion(out, classes())) == "LG101"
    right = checkpoint(model[0], inputs, use_reentrant=reentrant)
    checkpoint(criterion, right, classes(), use_reentrant=False).backward()


def _backends() -> list[str]:
    return ["eager", "aot_eager", "inductor"] if which("g++") or which("c++") else ["eager", "aot_eager"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # inductor's own
@pytest.mark.parametrize("backend", _backends())
def test_a_compiled_step_is_that_of_the_bare_loss(backend: str) -> None:
    torch._dynamo.reset()
    model, inputs, labels = net(), torch.randn(N, 4), classes()
    criterion, bare = guard(nn.CrossEntropyLoss()), nn.CrossEntropyLoss()
    step = torch.compile(lambda x, y: criterion(model(x), y), fullgraph=True, backend=backend)
    for _ in range(3):
        loss = step(inputs, labels)
        torch.testing.assert_close(loss, bare(model(inputs), labels))
        loss.backward()
    with watch():
        torch.testing.assert_close(step(inputs, labels), bare(model(inputs), labels))


def test_the_output_of_a_compiled_model_is_told_by_its_values() -> None:
    torch._dynamo.reset()
    model = torch.compile(nn.Sequential(net(), nn.Softmax(dim=1)), backend="aot_eager")
    assert code(lambda: guard(nn.CrossEntropyLoss())(model(torch.randn(N, 4)), classes())) == "LG101"


def test_a_graph_has_no_node_more() -> None:
    def nodes(criterion: nn.Module) -> list[str]:
        torch._dynamo.reset()
        found: list[str] = []

        def backend(graph: fx.GraphModule, _: object) -> Callable[..., object]:
            found.extend(str(node.target) for node in graph.graph.nodes)
            return graph.forward

        torch.compile(lambda x, y: criterion(x, y) + 0, fullgraph=True, backend=backend)(
            scores().detach(), classes()
        )
        return found

    assert nodes(guard(nn.CrossEntropyLoss())) == nodes(nn.CrossEntropyLoss())


def test_transforms_and_tracers_pass_through() -> None:
    criterion = guard(nn.CrossEntropyLoss())
    logits, labels = scores().detach(), classes()
    expected = functional.cross_entropy(logits, labels)
    torch.testing.assert_close(torch.func.functional_call(criterion, {}, (logits, labels)), expected)
    graph = fx.symbolic_trace(criterion)
    assert [node.op for node in graph.graph.nodes] == [
        "placeholder",
        "placeholder",
        "call_function",
        "output",
    ]
    torch.testing.assert_close(graph(logits, labels), expected)
    model = net()
    parameters = {name: value.detach() for name, value in model.named_parameters()}

    def loss(values: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        found: Tensor = criterion(torch.func.functional_call(model, values, (x,)), y)
        return found

    slopes = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(
        parameters, torch.randn(N, 4), labels
    )
    assert slopes["0.weight"].shape == (N, 8, 4)


def _together(way: str, bad: int, tmp_path: Path) -> tuple[list[int], list[str]]:
    processes = [
        subprocess.Popen(
            [sys.executable, SCRIPT, str(rank), way, str(tmp_path / "meeting"), str(bad), PATIENCE],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"PYTHONPATH": str(SCRIPT.parents[2]), "PATH": "/usr/bin:/bin"},
        )
        for rank in range(2)
    ]
    try:
        texts = [process.communicate(timeout=2 * int(PATIENCE))[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert not [text for text in texts if "Timeout (" in text], texts
    return [process.returncode for process in processes], texts


@pytest.mark.skipif(not torch.distributed.is_available(), reason="torch was built without distributed")
@pytest.mark.parametrize("way", ["ddp", pytest.param("fsdp", marks=NEEDS_STREAMS)])
def test_processes_train_together(way: str, tmp_path: Path) -> None:
    returned, texts = _together(way, -1, tmp_path)
    assert returned == [0, 0], texts
    assert [f"rank {rank} done, LG101" in text for rank, text in enumerate(texts)] == [True, True]


@pytest.mark.skipif(not torch.distributed.is_available(), reason="torch was built without distributed")
def test_a_violation_on_one_rank_ends_all_with_one_message(tmp_path: Path) -> None:
    returned, texts = _together("ddp", 1, tmp_path)
    assert 0 not in returned
    told = [line for text in texts for line in text.splitlines() if "LossGuardError: LG" in line]
    assert len(told) == 1
    assert "LG401 `labels`[3] is 7, but `criterion` (CrossEntropyLoss) has 5 classes, 0 to 4" in told[0]
    assert "on rank 1; input f32[8, 5], target i64[8]" in texts[1]
