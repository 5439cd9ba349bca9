"""No program makes the checker raise, hang or give an entry point up, however broken or hostile it is."""

from __future__ import annotations

import io
import logging
import random
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lossguard import Diagnostic, check_source
from tests.analysis.probing import HEADER

CASES = Path(__file__).parents[1] / "cases"
PROGRAMS = [
    file.read_text("utf-8")
    for file in sorted(CASES.rglob("*.py"))
    if "LG901" not in file.parts[-2] and file.stat().st_size
]
CALL = "    F.cross_entropy(x.softmax(1), y)\n"
LOSS = f"def train(x, y):\n{CALL}"


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def nothing_given_up() -> Iterator[None]:
    """Fail where the engine gives an entry point up."""
    logger, kept = logging.getLogger("lossguard"), _Kept()
    level = logger.level
    logger.addHandler(kept)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(kept)
        logger.setLevel(level)
    for record in kept.records:
        cause = record.exc_info[1] if record.exc_info else None
        raise AssertionError(f"{record.getMessage()}: {cause!r}") from cause


def check(source: str) -> list[Diagnostic]:
    """What the checker reports; nothing may be given up."""
    with nothing_given_up():
        return check_source(source)


def codes(source: str) -> list[str]:
    return [diagnostic.code for diagnostic in check(source)]


# Programs that have been tampered with


def _lines_changed(source: str, seed: int) -> str:
    choice = random.Random(seed)
    lines = source.splitlines(keepends=True)
    for _ in range(choice.randint(1, 3)):
        one, other = choice.randrange(len(lines)), choice.randrange(len(lines))
        match choice.randrange(5):
            case 0 if len(lines) > 1:
                del lines[one]
                continue
            case 1:
                lines.insert(other, lines[one])
            case 2:
                lines[one], lines[other] = lines[other], lines[one]
            case 3:
                lines[one] = " " * choice.randint(0, 8) + lines[one].lstrip()
            case _:
                lines[one] = lines[one].replace("\n", lines[other])
    return "".join(lines)


def _tokens_changed(source: str, seed: int) -> str:
    choice = random.Random(seed)
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    words = [t for t in tokens if t.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING)]
    lines = source.splitlines(keepends=True)
    for _ in range(choice.randint(1, 3)):
        token, other = choice.choice(words), choice.choice(words)
        (row, start), (end_row, end) = token.start, token.end
        if row != end_row or lines[row - 1][start:end] != token.string:
            continue
        text = choice.choice(["", other.string, token.string * 2, f"{token.string} {other.string}"])
        lines[row - 1] = lines[row - 1][:start] + text + lines[row - 1][end:]
    return "".join(lines)


def test_there_are_programs_to_tamper_with() -> None:
    assert len(PROGRAMS) >= 40


@settings(max_examples=120, deadline=None)
@given(program=st.sampled_from(PROGRAMS), seed=st.integers(0, 2**32))
def test_programs_with_changed_lines_are_checked(program: str, seed: int) -> None:
    check(_lines_changed(program, seed))


@settings(max_examples=200, deadline=None)
@given(program=st.sampled_from(PROGRAMS), seed=st.integers(0, 2**32))
def test_programs_with_changed_tokens_are_checked(program: str, seed: int) -> None:
    check(_tokens_changed(program, seed))


@settings(max_examples=100, deadline=None)
@given(program=st.sampled_from(PROGRAMS), share=st.floats(0, 1))
def test_programs_that_break_off_are_checked(program: str, share: float) -> None:
    check(program[: int(len(program) * share)])


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60))
@example(text="\ud800")
@example(text="'\ud800'")
@example(text="\0")
@example(text="\x1a")
def test_any_text_at_all_is_checked(text: str) -> None:
    check(text)
    check(f"{HEADER}{text}\n{LOSS}")


# Hostile programs

_BODY = f"{HEADER}def train(x, y, k):\n"
DEEP = {
    "parentheses": f"{HEADER}z = {'(' * 1000}1{')' * 1000}\n{LOSS}",
    "brackets": f"{HEADER}z = {'[' * 1000}{']' * 1000}\n{LOSS}",
    "signs": f"{HEADER}z = {'-' * 3000}1\n{LOSS}",
    "negations": f"{HEADER}z = {'not ' * 3000}1\n{LOSS}",
    "sum of thousands": f"{_BODY}    z = {' + '.join(['x'] * 2000)}\n    F.cross_entropy(z.softmax(1), y)\n",
    "thousands of attributes": f"{_BODY}    z = x{'.a' * 2000}\n    F.cross_entropy(z.softmax(1), y)\n",
    "blocks": _BODY + "".join(f"{' ' * (n + 4)}if k:\n" for n in range(200)) + " " * 204 + "pass\n",
}
FOUND = {
    "parentheses": f"{_BODY}    z = {'(' * 150}1{')' * 150}\n    F.cross_entropy(x.softmax(1), y)\n",
    "a long sum": f"{_BODY}    z = {' + '.join(['x'] * 500)}\n    F.cross_entropy(z.softmax(1), y)\n",
    "calls in calls": f"{_BODY}    z = {'g(' * 150}x{')' * 150}\n    F.cross_entropy(z.softmax(1), y)\n",
    "attributes": f"{_BODY}    z = x{'.a' * 500}\n    F.cross_entropy(z.softmax(1), y)\n",
    "subscripts": f"{_BODY}    z = x{'[0]' * 500}\n    F.cross_entropy(z.softmax(1), y)\n",
    "blocks": _BODY + "".join(f"{' ' * (n + 4)}if k.a{n}:\n" for n in range(90)) + " " * 94 + CALL.lstrip(),
    "conditions": f"{_BODY}    if {' and '.join(f'k.a{n}' for n in range(500))}:\n    {CALL}",
    "methods": f"{_BODY}    z = x{'.relu()' * 300}\n    F.cross_entropy(z.softmax(1), y)\n",
    "lambdas": f"{HEADER}g = {'lambda: ' * 150}1\n{LOSS}",
    "a list of ten thousand": f"{HEADER}DATA = [{', '.join(map(str, range(10_000)))}]\n{LOSS}",
    "a dictionary of thousands": f"{HEADER}DATA = {{{', '.join(f'{n}: {n}' for n in range(3_000))}}}\n{LOSS}",
    "a huge string": f"{HEADER}TEXT = '{'a' * 1_000_000}'\n{LOSS}",
    "a long docstring": HEADER + '"""' + "text\n" * 20_000 + '"""\n' + LOSS,
    "a list that doubles": _BODY + "    a = [x]\n" + "    a = a + a\n" * 60 + CALL,
    "a tuple that nests": _BODY + "    a = x, x\n" + "    a = a, a\n" * 60 + CALL,
    "a text that doubles": _BODY + "    a = 'ab'\n" + "    a = a + a\n" * 60 + CALL,
    "a number that squares": _BODY + "    a = 10\n" + "    a = a * a\n" * 60 + CALL,
    "a repeated list": f"{_BODY}    a = [x] * 10**12\n    b = 'x' * 10**12\n{CALL}",
    "arithmetic that fails": f"{_BODY}    a = 1 // 0, 1 % 0, 1 / 0, 1e308 * 1e308, 'a' % 3\n{CALL}",
    "form feeds": f"{HEADER}\f\n\f{LOSS}",
    "carriage returns": (HEADER + LOSS).replace("\n", "\r"),
    "lines of Windows": (HEADER + LOSS).replace("\n", "\r\n"),
    "a byte order mark": f"\ufeff{HEADER}{LOSS}",
    "escaped surrogates": f"{HEADER}s = '\\ud800'\nt = {{'\\udfff': F.cross_entropy}}\n{LOSS}",
    "a name that is a surrogate": f"{HEADER}getattr(F, '\\ud800')(1)\n{LOSS}",
    "separators inside a string": f"{HEADER}s = 'a\u2028b\x85c'\n{LOSS}",
    "no newline at the end": (HEADER + LOSS).rstrip("\n"),
    "mutual recursion": f"{HEADER}def a(x): return b(x) or a(b(x))\ndef b(x): return a(b(x))\na(b)\n{LOSS}",
    "every kind of argument": f"{HEADER}def f(a, *b, c=1, **d): f(*b, *a, **d, **c)\nf(*f, **f)\n{LOSS}",
}
ODD_CALLS = [
    "F.cross_entropy()",
    "F.cross_entropy(x)",
    "F.cross_entropy(*x, **y)",
    "F.cross_entropy(*x.softmax(1))",
    "F.cross_entropy(1, 'a', None, ..., 5, 6, 7, 8, 9, 10, 11)",
    "F.cross_entropy(x, y, bogus=1, reduction=x)",
    "F.cross_entropy(x.softmax(10**30), y)",
    "F.cross_entropy(x.softmax('a').permute('a', None).view(()), y)",
    "F.cross_entropy(torch.zeros(-1, 'a', None), torch.tensor([[1], [2, 3], 'a']))",
    "F.cross_entropy(torch.zeros(2, 0).view(0, -1), torch.zeros(0).view(-1, 0))",
    "F.cross_entropy(torch.tensor(), torch.tensor([[[[]]]]))",
    "nn.CrossEntropyLoss(*x, **y)(**y)",
    "nn.CrossEntropyLoss(1, 2, 3, 4, 5, 6)(x, y)",
    "F.cross_entropy(nn.Linear()(x), nn.Linear('a', [])(y))",
    "F.cross_entropy(nn.Sequential(None, 1, 'a', *x)(x), y)",
    "F.cross_entropy(nn.Sequential()(), nn.Softmax(x)(x)[..., None, ::0, 'a'])",
    "F.cross_entropy(x.squeeze(99).unsqueeze(-99).transpose(7), y)",
    "F.cross_entropy(torch.cat(x), torch.stack([]))",
    "F.cross_entropy(F.one_hot(), F.one_hot(y, 'a'))",
    "F.cross_entropy(x.sum(dim=(0, 'a')), y.sum(dim=x))",
    "F.cross_entropy(x.to(), y.to(1, 2, 3))",
    "F.cross_entropy(torch.nn.functional, torch)",
    "F.cross_entropy((x for x in x), {**x}, [*x], {*x})",
    "F.cross_entropy(x := y, (yield))",
    "F.cross_entropy(super(), super().a)",
    "F.cross_entropy(int.bogus.softmax(1), len(len, len))",
    "F.cross_entropy([].pop(), {}.get(), ().index())",
    "F.cross_entropy([x].pop('a'), [x].insert('a', x), [x].insert(None, x))",
    "F.cross_entropy({[]: 1}[[]], {{}: 1})",
    "F.cross_entropy('a'.split(''), 'a'.replace(1))",
    "F.cross_entropy(range(1, 2, 0), range('a'), zip(1, 2), enumerate())",
    "F.cross_entropy(dict([1, 2]), dict(1, 2), list(1, 2), isinstance(x))",
    "F.cross_entropy(getattr(x, []), setattr(x), hasattr())",
    "F.cross_entropy(1 < 'a', None + [], [] < x, 'a' in 1, 1 in 'a', [] in {})",
]


@pytest.mark.parametrize("name", DEEP)
def test_nesting_beyond_python_is_reported_or_passed_over(name: str) -> None:
    assert codes(DEEP[name]) in ([], ["LG901"], ["LG101"])


@pytest.mark.parametrize("name", FOUND)
def test_a_mistake_is_found_beside_what_is_hostile(name: str) -> None:
    assert codes(FOUND[name]) == ["LG101"]


def test_thousands_of_branches_end_in_silence_or_with_a_name() -> None:
    tests = "".join(f"    elif k == {n}: out = x.softmax({n})\n" for n in range(2000))
    source = f"{_BODY}    if k == -1: out = x\n{tests}    F.cross_entropy(out, y)\n"
    assert codes(source) in ([], ["LG101"])


def test_null_bytes_are_reported() -> None:
    assert codes(f"{HEADER}{LOSS}\0") == ["LG901"]


@pytest.mark.parametrize("call", ODD_CALLS)
def test_calls_that_cannot_work_are_survived(call: str) -> None:
    check(f"{HEADER}class C:\n    def m(self, x, y):\n        return {call}\n{LOSS}")
    assert "LG101" in codes(f"{HEADER}def f(x, y):\n    {call}\n{LOSS}")
