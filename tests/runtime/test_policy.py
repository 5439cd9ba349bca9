"""What the guard does with a violation, how often it reads values, which codes it applies."""

from __future__ import annotations

import logging
import pickle
import re
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn
from torch.nn import functional

from lossguard import Diagnostic, LossGuardError, LossGuardWarning, guard
from lossguard.diagnostics import Severity
from tests.runtime.semantics import N, classes, log_softmax, one_hot, scores, softmax


def test_the_error_says_what_where_and_what_to_do() -> None:
    criterion = guard(nn.CrossEntropyLoss())
    out, labels = softmax(), classes()
    with pytest.raises(LossGuardError) as caught:
        criterion(out, labels)
    error = caught.value
    assert error.code == error.diagnostic.code == "LG101"
    assert error.diagnostic.message == (
        "`criterion` (CrossEntropyLoss) gets probabilities: `out` comes from `softmax`; "
        "with 5 classes this loss cannot fall below 0.9048"
    )
    span = error.diagnostic.span
    line = Path(__file__).read_text().splitlines()[span.line - 1]
    assert Path(span.path).resolve() == Path(__file__).resolve()
    assert line[span.column - 1 : span.end_column - 1] == "out"
    assert re.search(
        r"test_policy\.py:\d+:19; input f32\[8, 5\], target i64\[8\]\nhelp: return the", str(error)
    )


def test_the_error_survives_a_pickle() -> None:
    with pytest.raises(LossGuardError) as caught:
        guard(nn.CrossEntropyLoss())(softmax(), classes())
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.code, again.diagnostic, str(again)) == ("LG101", caught.value.diagnostic, str(caught.value))


def wrong_call() -> None:
    guard(nn.CrossEntropyLoss())(softmax(), classes())


def test_the_error_comes_out_of_another_process() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        error = pool.submit(wrong_call).exception(timeout=120)
    assert isinstance(error, LossGuardError)
    assert (error.code, error.diagnostic.code) == ("LG101", "LG101")
    assert "`softmax()` comes from `softmax`" in str(error)


def test_words_over_several_lines_and_beyond_ascii() -> None:
    ärger = softmax()  # noqa: PLC2401
    with pytest.raises(LossGuardError) as caught:
        ("é", guard(nn.CrossEntropyLoss())(
            ärger, classes(N)))  # fmt: skip
    assert "`ärger` comes from `softmax`" in str(caught.value)
    assert caught.value.diagnostic.span.column == 13


def test_without_words_the_parameters_are_named() -> None:
    batch = (softmax(), classes())
    with pytest.raises(LossGuardError, match="`input` comes from `softmax`"):
        guard(nn.CrossEntropyLoss())(*batch)


def test_warn() -> None:
    criterion = guard(nn.CrossEntropyLoss(), on_violation="warn")
    with pytest.warns(LossGuardWarning, match="LG101") as caught:
        assert criterion(softmax(), classes()).isfinite()
    assert Path(caught[0].filename).name == "test_policy.py"
    assert isinstance(caught[0].message, LossGuardWarning)
    assert caught[0].message.diagnostic.code == "LG101"


def test_warnings_come_once_for_each_code_and_call_site() -> None:
    criterion = guard(nn.CrossEntropyLoss(), on_violation="warn")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for given in (softmax(), softmax(4, 5), log_softmax(), softmax()):
            criterion(given, classes(len(given)))
        for given in (softmax(), softmax()):
            criterion(given, classes())
    assert [str(each.message)[:5] for each in caught] == ["LG101", "LG102", "LG101"]
    first, other, elsewhere = (each.lineno for each in caught)
    assert first == other < elsewhere


def test_log_says_it_once_for_a_signature(caplog: pytest.LogCaptureFixture) -> None:
    criterion = guard(nn.CrossEntropyLoss(), on_violation="log")
    with caplog.at_level(logging.INFO, logger="lossguard"):
        for _ in range(3):
            criterion(softmax(), classes())
        criterion(log_softmax(), classes())
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert caplog.records[0].message.startswith("LG101")


def test_a_callable_is_handed_each_violation() -> None:
    found: list[Diagnostic] = []
    criterion = guard(nn.CrossEntropyLoss(), on_violation=found.append)
    for _ in range(3):
        criterion(log_softmax(), classes())
    assert [(each.code, each.severity) for each in found] == [("LG102", Severity.WARNING)] * 3


@pytest.mark.parametrize(("value", "expected"), [("off", None), ("WARN", "warn"), ("raise", "raise")])
def test_the_environment_overrides(value: str, expected: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Diagnostic] = []
    early = guard(nn.CrossEntropyLoss(), on_violation=found.append)
    monkeypatch.setenv("LOSSGUARD", value)
    for criterion in (early, guard(nn.CrossEntropyLoss(), on_violation=found.append)):
        if expected == "raise":
            with pytest.raises(LossGuardError):
                criterion(softmax(), classes())
        elif expected == "warn":
            with pytest.warns(LossGuardWarning):
                criterion(softmax(), classes())
        else:
            criterion(softmax(), classes())
    assert found == []


def test_off_leaves_everything_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOSSGUARD", "off")
    assert type(guard(nn.CrossEntropyLoss())) is nn.CrossEntropyLoss
    assert guard(functional.cross_entropy) is functional.cross_entropy


@pytest.mark.parametrize(
    ("select", "ignore", "found"),
    [
        (None, None, "LG101"),
        ("LG1", None, "LG101"),
        ("LG2,LG4", None, None),
        (["LG101"], None, "LG101"),
        (None, "LG101", None),
        ("ALL", ["lg1"], None),
        ((), None, None),
    ],
)
def test_codes_are_selected(select: Any, ignore: Any, found: str | None) -> None:
    codes: list[str] = []
    criterion = guard(
        nn.CrossEntropyLoss(), on_violation=lambda d: codes.append(d.code), select=select, ignore=ignore
    )
    criterion(softmax(), classes())
    assert codes == ([] if found is None else [found])


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"on_violation": "rise"}, ValueError, "on_violation is 'rise': give 'raise', 'warn' or 'log'"),
        ({"on_violation": 3}, TypeError, "on_violation is 3"),
        ({"first": -1}, ValueError, "first is -1: give 0 or more"),
        ({"first": True}, TypeError, "first is True"),
        ({"every": 0}, ValueError, "every is 0: give 1 or more"),
        ({"every": 1.5}, TypeError, "every is 1.5"),
        ({"select": "LG110x"}, ValueError, "select holds 'LG110x', which is no rule; is LG1"),
        ({"ignore": [7]}, TypeError, "ignore holds 7"),
        ({"select": 7}, TypeError, "select is 7"),
    ],
)
def test_wrong_options_are_told_at_once(options: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        guard(nn.CrossEntropyLoss(), **options)


def test_a_wrong_environment_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOSSGUARD", "on")
    with pytest.raises(ValueError, match="LOSSGUARD is 'on': set it to 'off', 'warn' or 'raise'"):
        guard(nn.CrossEntropyLoss())


def my_loss(out: Tensor, labels: Tensor) -> Tensor:
    return functional.cross_entropy(out, labels)


@pytest.mark.parametrize(
    ("criterion", "text"),
    [
        (nn.CrossEntropyLoss, "CrossEntropyLoss is no loss function of torch; give an instance of it"),
        (nn.Linear(2, 2), "Linear is no loss of torch.nn, and holds none"),
        (my_loss, "my_loss is no loss function of torch; guard the torch loss inside it"),
        (torch.softmax, "softmax is no loss function"),
        ("cross_entropy", "'cross_entropy' is no loss function"),
        (None, "None is no loss function"),
    ],
)
def test_what_is_no_loss_is_told_at_once(criterion: object, text: str) -> None:
    with pytest.raises(TypeError, match=re.escape(text)):
        guard(criterion)


def test_values_are_read_on_schedule() -> None:
    found: list[str] = []
    criterion = guard(
        nn.CrossEntropyLoss(ignore_index=-1),
        on_violation=lambda diagnostic: found.append(diagnostic.code),
        first=2,
        every=5,
    )
    bad = torch.full((N,), -1)
    logits = scores()
    seen = []
    for call in range(12):
        criterion(logits, bad)
        seen += [call] if found else []
        found.clear()
    assert seen == [0, 1, 5, 10]


def test_metadata_is_read_at_every_call() -> None:
    criterion = guard(nn.CrossEntropyLoss(), first=0, every=10**9)
    for _ in range(3):
        criterion(scores(), classes())
    for wrong in (softmax(), scores(7, 5)):
        with pytest.raises(LossGuardError):
            criterion(wrong, classes())
    with pytest.raises(LossGuardError, match="LG201"):
        criterion(scores(), one_hot())
