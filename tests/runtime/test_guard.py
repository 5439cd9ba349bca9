"""A guarded criterion is what it was: its class, state, pickle and copies, and what torch makes of it."""

from __future__ import annotations

import copy
import inspect
import io
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn import functional

import lossguard
from lossguard import LossGuardError, guard, unguard
from tests.runtime.semantics import C, N, classes, log_softmax, scores, softmax


def weighted() -> nn.CrossEntropyLoss:
    return nn.CrossEntropyLoss(weight=torch.ones(C), label_smoothing=0.1)


def raised(criterion: object, *args: object, **kwargs: object) -> str:
    assert callable(criterion)
    with pytest.raises(LossGuardError) as caught:
        criterion(*args, **kwargs)
    return caught.value.code


def test_the_same_object_comes_back() -> None:
    criterion = weighted()
    keys, shown = list(criterion.state_dict()), repr(criterion)
    attributes = dict(vars(criterion))
    guarded = guard(criterion)
    assert guarded is criterion
    assert isinstance(guarded, nn.CrossEntropyLoss)
    assert list(guarded.state_dict()) == keys
    assert repr(guarded) == shown
    assert vars(guarded) == attributes
    assert type(guarded).__name__ == "CrossEntropyLoss"
    assert type(guarded).__module__ == "torch.nn.modules.loss"
    assert inspect.signature(guarded.forward) == inspect.signature(weighted().forward)


def test_a_right_call_gives_what_it_gave() -> None:
    logits, labels = scores(), classes()
    assert torch.equal(guard(weighted())(logits, labels), weighted()(logits, labels))
    assert torch.equal(guard(weighted())(input=logits, target=labels), weighted()(logits, labels))


@pytest.mark.parametrize(
    "call",
    [
        lambda criterion: criterion(softmax(), classes()),
        lambda criterion: criterion.forward(softmax(), classes()),
        lambda criterion: criterion(target=classes(), input=softmax()),
    ],
)
def test_every_way_of_calling_is_covered(call: Callable[[nn.Module], Tensor]) -> None:
    assert raised(call, guard(nn.CrossEntropyLoss())) == "LG101"


def test_guarding_twice_changes_nothing() -> None:
    criterion = guard(nn.CrossEntropyLoss())
    kind = type(criterion)
    assert type(guard(criterion, on_violation="log")) is kind
    assert guard(function := guard(functional.cross_entropy)) is function


def test_unguard_undoes_it() -> None:
    criterion = unguard(guard(nn.CrossEntropyLoss()))
    assert type(criterion) is nn.CrossEntropyLoss
    criterion(softmax(), classes())
    assert unguard(guard(functional.cross_entropy)) is functional.cross_entropy
    assert unguard(criterion) is criterion
    part = unguard(guard(partial(functional.cross_entropy, reduction="sum")))
    assert part.func is functional.cross_entropy


def test_a_pickle_loads_without_lossguard(tmp_path: Path) -> None:
    criterion = guard(weighted())
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert type(pickle.loads(pickle.dumps(criterion, protocol))) is nn.CrossEntropyLoss
    file = tmp_path / "criterion.pickle"
    file.write_bytes(pickle.dumps((criterion, guard(functional.cross_entropy))))
    script = (
        "import pickle, sys\n"
        f"criterion, function = pickle.load(open({str(file)!r}, 'rb'))\n"
        "assert criterion.weight.tolist() == [1] * 5 and criterion.label_smoothing == 0.1\n"
        "assert function.func.__name__ == 'cross_entropy'\n"
        "assert not any(name.startswith('lossguard') for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path)


def test_torch_saves_and_loads_it() -> None:
    buffer = io.BytesIO()
    torch.save(guard(weighted()), buffer)
    buffer.seek(0)
    assert type(torch.load(buffer, weights_only=False)) is nn.CrossEntropyLoss


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy])
def test_copies_are_guarded_and_stand_alone(twin: object) -> None:
    assert callable(twin)
    criterion = guard(weighted())
    other = twin(criterion)
    assert isinstance(other, nn.CrossEntropyLoss)
    assert raised(other, softmax(), classes()) == "LG101"
    unguard(other)
    other(softmax(), classes())
    assert raised(criterion, softmax(), classes()) == "LG101"
    assert (other.weight is criterion.weight) == (twin is copy.copy)


def test_moving_and_casting_work_and_are_looked_at() -> None:
    criterion = guard(weighted())
    criterion(scores(), classes())
    assert criterion.to(torch.float64) is criterion
    assert raised(criterion, scores(), classes()) == "LG407"
    criterion.weight = torch.ones(C + 1)
    assert raised(criterion, scores(), classes()) == "LG407"
    criterion.weight = torch.ones(C)
    criterion(scores(), classes())
    assert raised(criterion.to("meta"), scores(), classes()) == "LG404"


class Doubled(nn.CrossEntropyLoss):
    """Passes on what torch does not expect from its own caller."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:  # noqa: A002
        return 2 * super().forward(input.log(), target)


class Renamed(nn.CrossEntropyLoss):
    """Overrides nothing."""


def test_of_a_subclass_counts_what_it_passes_on() -> None:
    guarded = guard(Doubled(ignore_index=3))
    assert type(guarded).__name__ == "Doubled"
    assert isinstance(guarded, Doubled)
    assert raised(guarded, softmax(), classes()) == "LG102"
    assert raised(guard(Renamed()), softmax(), classes()) == "LG101"
    assert type(pickle.loads(pickle.dumps(guarded))) is Doubled
    assert type(unguard(guarded)) is Doubled


class Task(nn.Module):
    """A model that holds its losses."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(4, C)
        self.losses = nn.ModuleList([nn.CrossEntropyLoss(), nn.NLLLoss()])


def test_the_losses_inside_a_module_are_guarded() -> None:
    task = guard(Task())
    assert type(task) is Task
    assert raised(task.losses[0], softmax(), classes()) == "LG101"
    assert raised(task.losses[1], scores(), classes()) == "LG106"
    assert type(unguard(task).losses[0]) is nn.CrossEntropyLoss


def test_functions_give_a_guarded_callable() -> None:
    guarded = guard(functional.cross_entropy)
    assert guarded.__name__ == "cross_entropy"
    assert raised(guarded, softmax(), classes()) == "LG101"
    assert raised(guarded, softmax(), target=classes(), reduction="sum") == "LG101"
    assert torch.equal(guarded(logits := scores(), classes()), functional.cross_entropy(logits, classes()))
    assert raised(guard(torch.kl_div), softmax(), softmax().detach()) == "LG107"
    assert copy.deepcopy(guarded) is guarded


def test_partials_are_guarded() -> None:
    guarded = guard(partial(functional.cross_entropy, weight=torch.ones(C + 1)))
    assert isinstance(guarded, partial)
    assert raised(guarded, scores(), classes()) == "LG407"
    assert guard(guarded).func is guarded.func


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_the_guard_vanishes_from_a_compiled_graph(backend: str) -> None:
    torch._dynamo.reset()
    criterion, bare = guard(nn.CrossEntropyLoss()), nn.CrossEntropyLoss()
    step = torch.compile(lambda x, y: criterion(x, y) + 0, fullgraph=True, backend=backend)
    logits, labels = scores().detach(), classes()
    torch.testing.assert_close(step(logits, labels), bare(logits, labels))
    function = guard(functional.cross_entropy)
    torch.testing.assert_close(
        torch.compile(lambda x, y: function(x, y) + 0, fullgraph=True, backend=backend)(logits, labels),
        bare(logits, labels),
    )


def test_the_guard_steps_aside_for_function_transforms() -> None:
    criterion = guard(nn.CrossEntropyLoss())
    logits, labels = torch.randn(3, N, C), classes(3, N)
    expected = torch.stack([functional.cross_entropy(*pair) for pair in zip(logits, labels, strict=True)])
    torch.testing.assert_close(torch.func.vmap(criterion)(logits, labels), expected)
    torch.testing.assert_close(torch.func.vmap(criterion)(logits[0], labels[0]).mean(), expected[0])
    slope = torch.func.grad(criterion)(logits[0], labels[0])
    assert slope.shape == (N, C)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_torchscript_and_tracing_see_the_bare_loss() -> None:
    criterion, logits, labels = guard(weighted()), scores().detach(), classes()
    scripted = torch.jit.script(criterion)
    torch.testing.assert_close(scripted(logits, labels), weighted()(logits, labels))
    traced = torch.jit.trace(criterion, (logits, labels))  # type: ignore[no-untyped-call]
    torch.testing.assert_close(traced(logits, labels), weighted()(logits, labels))
    exported = torch.export.export(criterion, (logits, labels)).module()
    torch.testing.assert_close(exported(logits, labels), weighted()(logits, labels))


def test_the_loss_is_seen_before_torch_raises() -> None:
    assert raised(guard(nn.CrossEntropyLoss()), scores(), classes() + 1) == "LG401"
    assert raised(guard(nn.NLLLoss()), log_softmax(), classes().int()) == "LG202"


def test_public_names_are_those_of_the_contract() -> None:
    assert issubclass(lossguard.LossGuardError, ValueError)
    assert issubclass(lossguard.LossGuardWarning, UserWarning)
    with pytest.raises(AttributeError, match="no attribute 'gaurd'"):
        lossguard.gaurd  # noqa: B018


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_the_guard_steps_aside_for_tensors_without_a_plain_shape() -> None:
    function = guard(functional.mse_loss)
    criterion = guard(nn.CrossEntropyLoss())
    graph = make_fx(lambda x, y: criterion(x, y) + 0, tracing_mode="symbolic")(torch.randn(N, C), classes())
    assert [node.name for node in graph.graph.nodes if "softmax" in node.name] == ["_log_softmax"]
    with FakeTensorMode():
        assert function(torch.randn(N), torch.randn(N)).shape == ()
    nested = torch.nested.nested_tensor([torch.randn(3), torch.randn(2)], layout=torch.strided)
    with pytest.raises(RuntimeError, match=r"(?i)nested"):
        function(nested, nested)


def test_data_parallel_replicas_are_guarded() -> None:
    replica = guard(nn.CrossEntropyLoss())._replicate_for_data_parallel()  # type: ignore[no-untyped-call]
    assert raised(replica, softmax(), classes()) == "LG101"
