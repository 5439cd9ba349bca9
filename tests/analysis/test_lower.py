"""Every node of the intermediate representation stands where its text stands in the source."""

from __future__ import annotations

import ast
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossguard.analysis import index, ir, lower
from lossguard.analysis.places import Range
from lossguard.analysis.source import SourceError, SourceFile, from_text, read
from tests.analysis.reading import Reading
from tests.analysis.zoo import NEWER, ZOO


@pytest.mark.parametrize("name", ZOO)
def test_nodes_stand_where_their_text_stands(name: str) -> None:
    reading = Reading(ZOO[name])
    assert reading.mismatches() == []
    assert reading.pieces


@pytest.mark.parametrize("name", NEWER)
def test_newer_syntax_stands_where_its_text_stands(name: str) -> None:
    version, text = NEWER[name]
    if sys.version_info < version:
        pytest.skip(f"Python {version[0]}.{version[1]} syntax")
    reading = Reading(text)
    assert reading.mismatches() == []
    assert reading.pieces


@pytest.mark.parametrize("name", [name for name in ZOO if name != "form feed and comments"])
def test_places_do_not_depend_on_how_deep_a_program_is_indented(name: str) -> None:
    if "'''" in ZOO[name] or '"""' in ZOO[name] or "import *" in ZOO[name]:
        pytest.skip("indenting it would change what it says")
    body = "".join(f"        {line}\n" if line else "\n" for line in ZOO[name].splitlines())
    reading = Reading(f"class Outer:\n    async def method(self):\n{body}")
    assert reading.mismatches() == []
    names = Reading(ZOO[name]).expressions(ir.Call)
    inner = [" ".join(text.split()) for text in reading.expressions(ir.Call)]
    assert sorted(inner) == sorted(" ".join(text.split()) for text in names)


PACKAGE = sorted((Path(__file__).parents[2] / "lossguard").rglob("*.py"))
ODD = {
    "on one line": "class A: x = f(1); y: int = g(2)\nclass B: z = 1\n",
    "blanks that do not count": " \fclass A:\n \f  def m(self): return f(1)\n\t \fx = g(2)\n",
    "scripts": "class Größe: größe = f('日本'); y = g(größe)\n",
    "decorated": "class A:\n\t@f(1)\n\t@g\n\tasync def m(self): return h(2)\n",
    "nested": "if a:\n    class B(f(1)):\n        def m(self):\n            self.x = g(2)\n",
}


@pytest.mark.parametrize("text", [*ODD.values(), *(path.read_text(encoding="utf-8") for path in PACKAGE)])
def test_what_has_been_forgotten_is_lowered_alike(text: str) -> None:
    remembered, forgotten = (index.build(from_text(text, "text.py")) for _ in range(2))
    forgotten.forget()
    pairs = list(zip(_units(remembered), _units(forgotten), strict=True))
    for one, other in pairs:
        assert one.identifiers == other.identifiers
        assert one.assigned_attributes == other.assigned_attributes
        if one.kind == "class":
            assert lower.lower_class_header(one) == lower.lower_class_header(other)
        else:
            assert lower.lower_unit(one) == lower.lower_unit(other)
        if one.decorated and one.kind == "function":
            function = lower.lower_unit(one)[0]
            assert isinstance(function, ir.Function)
            assert lower.lower_decorators(other) == function.decorators
    assert pairs
    assert remembered.reaching(frozenset("f")) == forgotten.reaching(frozenset("f"))


def _units(module: index.ModuleIndex) -> Iterator[index.Unit]:
    waiting = [*module.units, *module.definitions.values()]
    while waiting:
        unit = waiting.pop()
        yield unit
        waiting.extend(unit.members)


def test_calls_are_underlined_from_their_function_to_the_closing_parenthesis() -> None:
    reading = Reading("x = a.b(c)(d, e=f(g))[h(i)]\n")
    assert sorted(reading.expressions(ir.Call)) == ["a.b(c)", "a.b(c)(d, e=f(g))", "f(g)", "h(i)"]


def test_a_call_with_other_scripts_on_its_line_is_underlined_exactly() -> None:
    reading = Reading("größe = '日本語'; verlust = kriterium(ausgabe_ä, ziel)\n")
    call = next(node for node, _ in reading.nodes() if isinstance(node, ir.Call))
    assert call.at == Range(1, 26, 1, 52)
    assert reading.expressions(ir.Call) == ["kriterium(ausgabe_ä, ziel)"]


def test_an_elif_is_a_branch_in_the_else_of_the_one_before() -> None:
    (outer,) = Reading(ZOO["elif"]).pieces
    assert isinstance(outer, ir.If)
    depth = 0
    while len(outer.orelse) == 1 and isinstance(outer.orelse[0], ir.If):
        outer, depth = outer.orelse[0], depth + 1
    assert depth == 3
    assert [type(statement) for statement in (*outer.body, *outer.orelse)] == [ir.Assign, ir.Assign]


def test_members_of_a_class_on_one_line_are_lowered_each_by_itself() -> None:
    pieces = Reading("class E(B): x = f(1); y = g(x)\n").pieces
    assert [type(piece).__name__ for piece in pieces] == ["ClassHeader", "Assign", "Assign"]


def test_parameters_keep_their_kinds() -> None:
    (function,) = Reading("def f(a, /, b, c=1, *d, e, g=2, **h): pass\n").pieces
    assert isinstance(function, ir.Function)
    assert [(p.name, p.star, p.keyword_only, p.default is not None) for p in function.parameters] == [
        ("a", "", False, False),
        ("b", "", False, False),
        ("c", "", False, True),
        ("d", "*", False, False),
        ("e", "", True, False),
        ("g", "", True, True),
        ("h", "**", False, False),
    ]


def test_only_functions_that_yield_themselves_are_generators() -> None:
    pieces = Reading(
        "def f():\n    def g(): yield 1\n    return g\ndef h(): return (lambda: (yield))\n"
    ).pieces
    assert [piece.is_generator for piece in pieces if isinstance(piece, ir.Function)] == [False, False]
    (generator,) = Reading("def f():\n    def g(): return 1\n    yield g\n").pieces
    assert isinstance(generator, ir.Function)
    assert generator.is_generator


def test_a_name_in_brackets_may_be_declared() -> None:
    (piece,) = Reading("(name): int = value\n").pieces
    assert isinstance(piece, ir.Assign)
    assert [target.name for target in piece.targets if isinstance(target, ir.Name)] == ["name"]


# Real code


def _read(file: Path) -> SourceFile | None:
    try:
        return read(file)
    except SourceError:
        return None


def _sweep(files: list[Path]) -> tuple[int, list[str]]:
    read_files, wrong = 0, []
    for file in files:
        source = _read(file)
        if source is None:
            continue
        try:
            reading = Reading(source.text, str(file))
        except SourceError as error:
            wrong.append(f"{file.name}: {error.message}")
            continue
        read_files += 1
        wrong.extend(f"{file.name}: {problem}" for problem in reading.mismatches())
    return read_files, wrong


@pytest.mark.parametrize("package", ["pathspec", "libcst"])
def test_installed_packages_are_read_without_a_mismatch(package: str) -> None:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    files = [
        f
        for f in sorted(Path(spec.origin).parent.rglob("*.py"))
        if "tests" not in f.parts and f.stat().st_size < 150_000
    ]
    count, wrong = _sweep(files)
    assert wrong == []
    assert count >= 15


def test_the_standard_library_is_read_without_a_mismatch() -> None:
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    count, wrong = _sweep([file for file in files[::3] if file.stat().st_size < 50_000])
    assert wrong == []
    assert count >= 40


# Programs made at random

_NAMES = st.sampled_from(["a", "bb", "größe", "_c", "x1"])
_ATOMS = st.one_of(
    _NAMES,
    st.sampled_from(["1", "'é'", "()", "[]", "{}", "None", "...", "f'{a}'", "'x' 'y'", "b'q'", "(yield)"]),
)


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    space = st.sampled_from(["", " ", "\n", " \\\n "])
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.lists(inner, max_size=3)).map(lambda t: f"({t[0]})({', '.join(t[1])})"),
        st.tuples(_NAMES, inner, inner).map(lambda t: f"{t[0]}(*({t[1]}), k=({t[2]}))"),
        st.tuples(inner, _NAMES, space).map(lambda t: f"(({t[0]}){t[2]}.{t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]})[({t[1]})]"),
        st.tuples(_NAMES, inner, inner).map(lambda t: f"{t[0]}[({t[1]}):, ::({t[2]})]"),
        st.tuples(
            inner, st.sampled_from(["+", "@", "//", "<", "is not", "and", "or", "not in"]), inner, space
        ).map(lambda t: f"(({t[0]}){t[3]} {t[1]} ({t[2]}))"),
        st.lists(inner, min_size=2, max_size=3).map(lambda items: f"({', '.join(items)})"),
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(f'*({i})' for i in items)}]"),
        pair.map(lambda t: f"{{({t[0]}): ({t[1]}), **({t[0]})}}"),
        st.tuples(inner, inner, inner).map(lambda t: f"(({t[0]}) if ({t[1]}) else ({t[2]}))"),
        pair.map(lambda t: f"(lambda p, q=({t[0]}): ({t[1]}))"),
        inner.map(lambda t: f"(- ({t}))"),
        inner.map(lambda t: f"(not ({t}))"),
        inner.map(lambda t: f"(w := ({t}))"),
    )


_EXPRESSIONS = st.recursive(_ATOMS, _wider, max_leaves=12)
_SMALL = st.one_of(
    _EXPRESSIONS,
    st.tuples(_NAMES, _EXPRESSIONS).map(lambda t: f"{t[0]} = {t[1]}"),
    st.tuples(_NAMES, _EXPRESSIONS).map(lambda t: f"{t[0]}, *{t[0]} = ({t[1]})"),
    st.tuples(_NAMES, _EXPRESSIONS).map(lambda t: f"{t[0]}: {t[0]} = ({t[1]})"),
    _EXPRESSIONS.map(lambda e: f"return ({e})"),
    _EXPRESSIONS.map(lambda e: f"assert ({e}), ({e})"),
)


def _indented(block: str) -> str:
    return "".join(f"    {line}" for line in block.splitlines(keepends=True))


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map("".join)
    headed = st.tuples(_EXPRESSIONS, body, body)
    return st.one_of(
        headed.map(lambda t: f"if ({t[0]}):\n{_indented(t[1])}elif ({t[0]}):\n{_indented(t[2])}"),
        headed.map(lambda t: f"for i, j in ({t[0]}):\n{_indented(t[1])}else:\n{_indented(t[2])}"),
        headed.map(lambda t: f"with ({t[0]}) as h:\n{_indented(t[1])}"),
        headed.map(lambda t: f"try:\n{_indented(t[1])}except ({t[0]}):\n{_indented(t[2])}"),
        headed.map(lambda t: f"@a.b\ndef f(x, *y, z=({t[0]})):\n{_indented(t[1])}"),
        headed.map(lambda t: f"match ({t[0]}):\n    case 'é' if ({t[0]}):\n{_indented(_indented(t[1]))}"),
    )


_LINES = st.lists(_SMALL, min_size=1, max_size=3).map(lambda parts: "; ".join(parts) + "\n")
_BLOCKS = st.recursive(_LINES, _compound, max_leaves=6)


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


@settings(max_examples=100, deadline=None)
@given(block=_BLOCKS)
def test_random_programs_are_read_without_a_mismatch(block: str) -> None:
    program = f"class C(B):\n    def m(self):\n{_indented(_indented(block))}\n    x = y\n"
    if not _parses(program):
        return
    reading = Reading(program)
    assert reading.mismatches() == []
    assert reading.expressions(ir.Name)[-2:] == ["x", "y"]
