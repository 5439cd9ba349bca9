"""Modes in force at a loss call: gradients that are not recorded, autocast, and what asks for a gradient."""

from __future__ import annotations

from dataclasses import replace
from textwrap import indent

import pytest

from lossguard import check_source
from lossguard.contracts import Space
from lossguard.facts import TensorFacts
from tests.analysis.probing import calls, program
from tests.loss_calls import call, code

LOSS = "F.mse_loss(nn.Linear(2, 2)(x), y)"


def unrecorded(body: str) -> str | None:
    """The manager under which the program's only loss is computed, as the analysis knows it."""
    (found,) = calls(body)
    return None if found.unrecorded is None else found.unrecorded.operation


def autocast(body: str) -> bool | None:
    (found,) = calls(body)
    return found.autocast


def under(*managers: str) -> str:
    return f"def f(x, y, unknown):\n    with {', '.join(managers)}:\n        {LOSS}\n"


@pytest.mark.parametrize(
    ("managers", "expected"),
    [
        (["torch.no_grad()"], "no_grad"),
        (["torch.autograd.no_grad()"], "no_grad"),
        (["torch.inference_mode()"], "inference_mode"),
        (["torch.inference_mode(mode=False)"], None),
        (["torch.inference_mode(unknown)"], None),
        (["torch.set_grad_enabled(False)"], "set_grad_enabled"),
        (["torch.set_grad_enabled(mode=True)"], None),
        (["torch.set_grad_enabled(unknown)"], None),
        (["torch.no_grad()", "torch.enable_grad()"], None),
        (["torch.enable_grad()", "torch.no_grad()"], "no_grad"),
        (["torch.no_grad() if unknown else torch.inference_mode()"], "no_grad"),
        (["torch.no_grad() if unknown else torch.enable_grad()"], None),
        (["torch.no_grad()", "unknown"], None),
        (["unknown", "torch.no_grad()"], "no_grad"),
        (["torch.no_grad()", "torch.autocast('cuda')"], "no_grad"),
        (["torch.no_grad()", "torch.profiler.record_function('loss')"], "no_grad"),
        (["unknown.no_grad()"], None),
    ],
)
def test_gradients_are_recorded_unless_a_manager_says_no(managers: list[str], expected: str | None) -> None:
    assert unrecorded(under(*managers)) == expected


@pytest.mark.parametrize(
    ("managers", "expected"),
    [
        (["torch.autocast('cuda')"], True),
        (["torch.autocast('cuda', torch.float16, False)"], False),
        (["torch.autocast('cuda', enabled=unknown)"], None),
        (["torch.autocast(unknown)"], None),
        (["torch.autocast(*unknown)"], None),
        (["torch.autocast('cpu')"], None),
        (["torch.autocast('cuda')", "torch.autocast('cpu')"], True),
        (["torch.autocast('cuda')", "torch.cuda.amp.autocast(False)"], False),
        (["torch.cuda.amp.autocast(enabled=True)"], True),
        (["torch.cpu.amp.autocast()"], None),
        (["torch.autocast('cuda') if unknown else torch.cuda.amp.autocast()"], True),
        (["torch.autocast('cuda') if unknown else torch.autocast('cuda', enabled=False)"], None),
        (["torch.autocast('cuda')", "unknown()"], None),
    ],
)
def test_autocast_is_on_only_where_that_is_sure(managers: list[str], expected: bool | None) -> None:
    assert autocast(under(*managers)) is expected


def test_a_mode_ends_with_its_block() -> None:
    block = f"def f(x, y):\n    with torch.no_grad(), torch.autocast('cuda'):\n        pass\n    {LOSS}\n"
    assert (unrecorded(block), autocast(block)) == (None, None)


def test_a_mode_holds_in_what_is_called_and_not_in_what_is_defined() -> None:
    called = f"def g(x, y):\n    {LOSS}\ndef f(x, y):\n    with torch.no_grad():\n        g(x, y)\n"
    defined = f"with torch.no_grad():\n    class Net:\n        def forward(self, x, y):\n            {LOSS}\n"
    assert {each.unrecorded is not None for each in calls(called)} == {True}
    assert unrecorded(defined) is None


@pytest.mark.parametrize("decorator", ["torch.no_grad()", "torch.no_grad", "torch.inference_mode()"])
@pytest.mark.parametrize("wrapper", ["", "@staticmethod\n"])
def test_a_decorator_holds_in_the_body(decorator: str, wrapper: str) -> None:
    method = f"{wrapper}@{decorator}\ndef f(x, y):\n    {LOSS}\n"
    assert unrecorded(f"class C:\n{indent(method, '    ')}" if wrapper else method)


@pytest.mark.parametrize(
    "decorator", ["torch.enable_grad()", "torch.compile", "unknown", "torch.set_grad_enabled(1)"]
)
def test_other_decorators_leave_recording_on(decorator: str) -> None:
    assert unrecorded(f"@{decorator}\ndef f(x, y):\n    {LOSS}\n") is None


def test_a_switch_holds_to_the_end_of_the_function_and_no_longer() -> None:
    switch = "def f(x, y):\n    torch.set_grad_enabled(False)\n    {}\n"
    assert unrecorded(switch.format(LOSS)) == "set_grad_enabled"
    assert unrecorded(f"torch.set_grad_enabled(False)\ndef f(x, y):\n    {LOSS}\n") is None
    assert unrecorded(switch.format(f"torch.set_grad_enabled(True)\n    {LOSS}")) is None


def test_a_switch_on_one_branch_is_not_sure() -> None:
    body = f"def f(x, y, frozen):\n    if frozen:\n        torch.set_grad_enabled(False)\n    {LOSS}\n"
    assert unrecorded(body) is None


@pytest.mark.parametrize(
    ("backward", "alone"),
    [
        ("loss.backward()", True),
        ("(0.5 * loss / steps).mean().backward()", True),
        ("scaler.scale(loss).backward()", True),
        ("fabric.backward(loss)", True),
        ("torch.autograd.backward(loss)", True),
        ("torch.autograd.grad(loss, parameters)", True),
        ("sum([loss]).backward()", True),
        ("(loss + penalty).backward()", False),
        ("(loss + F.l1_loss(x, y)).backward()", False),
        ("loss.detach().backward()", None),
        ("print(loss.item())", None),
        ("other.backward()", None),
    ],
)
def test_what_asks_for_a_gradient_of_a_loss(backward: str, alone: bool | None) -> None:
    names = "x, y, steps, scaler, fabric, parameters, penalty, other"
    body = f"def f({names}):\n    loss = {LOSS}\n    {backward}\n"
    first = min(calls(body), key=lambda each: each.span)
    assert (None if first.training is None else first.training.alone) is alone


def test_each_call_of_a_function_is_trained_on_or_not_by_itself() -> None:
    body = f"""
def loss(x, y):
    return {LOSS}
def f(x, y):
    loss(x, y).backward()
    with torch.no_grad():
        print(loss(x, y))
"""
    found = {(each.training is not None, each.unrecorded is not None) for each in calls(body)}
    assert found == {(True, False), (False, True)}


def test_messages_say_where_the_gradient_ends_and_where_it_is_asked_for() -> None:
    source = program(
        """
        net = nn.Linear(2, 2)
        def f(loader):
            for x, y in loader:
                hard = net(x).argmax(1).float()
                F.mse_loss(hard, y).backward()
                with torch.no_grad():
                    out = net(x)
                    loss = F.nll_loss(out.log_softmax(1), y)
                loss.backward()
        """
    )
    hard, silent = (each for each in check_source(source, "train.py") if each.code == "LG305")
    assert hard.message == (
        "`F.mse_loss` gets values that no gradient flows through: `hard` comes from `argmax` at train.py:8; "
        "`F.mse_loss(hard, y).backward()` at train.py:9 cannot train the model"
    )
    assert [step.span.line for step in hard.trace] == [8, 9]
    assert silent.message == (
        "`F.nll_loss` is called under `no_grad` at train.py:10, where torch records no gradient; "
        "`loss.backward()` at train.py:13 cannot train the model"
    )
    assert silent.help == "compute what is trained on outside of `no_grad`"


@pytest.mark.parametrize(
    ("autocast", "device", "expected"),
    [(True, "cuda:1", "LG308"), (True, None, "LG308"), (True, "cpu", None), (False, "cuda:0", None)],
)
def test_autocast_is_refused_on_cuda_only(autocast: bool, device: str | None, expected: str | None) -> None:
    facts = call("BCELoss", TensorFacts(Space.UNIT_INTERVAL, device=device))
    assert code(replace(facts, autocast=autocast)) == expected
