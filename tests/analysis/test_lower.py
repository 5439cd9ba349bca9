"""Every node of the intermediate representation stands where its text stands in the source."""

from __future__ import annotations

import ast
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossguard.analysis import ir
from lossguard.analysis.source import SourceError, SourceFile, read
from tests.analysis.reading import Reading

ZOO = {
    "decorators": '@app.route("/x", methods=["GET"])\n@cache\ndef f(): return x\n\n\nclass C:\n    @property\n    def p(self): return self.q\n    @p.setter\n    def p(self, v): self.q = v\n',
    "walrus": "if (n := len(a)) > 10 and (m := n * 2):\n    print(n, m)\nxs = [y := f(x), y ** 2]\n",
    "match values": 'match mode.kind:\n    case "ce" | "nll":\n        a = b\n    case "mse":\n        a = c\n    case Kind.X as k:\n        a = k\n    case -1:\n        a = d\n    case "im" "plicit":\n        a = e\n',
    "match patterns": "match p:\n    case Point(x=0, y=yy) if yy > limit(yy):\n        r = yy\n    case [first, *rest]:\n        r = rest\n    case {'k': v, **others}:\n        r = others\n    case (1, 2):\n        r = 1\n    case None | True:\n        r = 2\n    case other:\n        r = other\n",
    "async": "async def f(xs):\n    async with a as b, c() as d:\n        async for x in xs:\n            await g(x)\n    return [await y async for y in xs if await ok(y)]\n",
    "lambda": "f = lambda a, /, b=d.e, *args, c, k=[1], **kw: a(b, *args, **kw)\ng = sorted(xs, key=lambda t: (t[0], -t[1]))\n",
    "stars": "f(*a, b, *c, k=d, **e, **g)\nx, *y, (z, w) = a\nl = [*a, b, *c]\ns = {*a, b}\nd = {**a, 'k': v, **b}\nt = *a, b\n",
    "comprehensions": "a = [[y * z for z in f(y) if z] for x in xs if x if x.ok for y in x]\nb = {k: v for k, v in m.items() if k not in (n for n in o)}\nc = {x.y for x in z}\nd = sum(x for x in y)\n",
    "f-strings": "a = f'{x!r:>{width}} {y:.2f}' + g(b)\nc = f'a' 'b' f'{d[\"k\"]}'\ne = call(f'{z}', h, k=f'''{\n  q}''')\nlog(f\"{a.b}\" if c else d)\n",
    "non-ASCII": "größe = modell(größe, 'äöü', key='𝔘🎉')[naïve]; x = größe + 日本.語('漢')\ny = ('é', z, 'ß' 'ü', w)\n",
    "semicolons": "a = 1; b = f(a); c = b.d\nif a: b = g(c); d = h(b)\nfor x in y: p(x); q(x)\nx = (\n  1,\n  f(2)); y = g(x)\n",
    "tabs": "def f(x):\n\tif x:\n\t\treturn g(x,\n\t\t\th(x))\n\telse:\n\t\ty = x\n\treturn y\n",
    "mixed indentation": "if a:\n        b = c(d)\n        if e:\n         f = g\nclass C:\n  def m(self):\n       return self.x(\n1)\n",
    "line continuations": "a = b + \\\n    c(d) \\\n    .e\nwith open(x) as f, \\\n     open(y) as g:\n    z = f\nassert a, \\\n    b\n",
    "odd multi-line strings": "class C:\n    def m(self):\n        s = '''\nzero indentation\n  two ''' + t(u)\n        \"\"\"\nstray\"\"\"\n        return x, '''\n'''.join(y)\n",
    "long class header": "@register(\n    'name',\n)\nclass Net(\n    nn.Module,  # base\n    mixin(a, b).Mixin,\n    metaclass=Meta,\n    **options,\n):\n    # a comment\n\n    x: int = field(default=3)\n    y = x\n\n    def forward(self, z): return z\n",
    "one-line classes": "class A(B, c.D): pass\nclass E: x = f(1); y = g(x)\nclass F: z = (1,\n   h(2))\nclass G:\n    class H: w = i(3)\n    class J(H): ...\n    v = 1\n",
    "elif": "if a.b:\n    x = 1\nelif c(d):\n    x = 2\nelif e[f]:\n    x = g\nelse:\n    if h: x = i\n    else: x = j\n",
    "try": "try:\n    a = f()\nexcept (E, g.H) as e:\n    raise i(j) from e\nexcept:\n    raise\nelse:\n    b = a\nfinally:\n    c = k(a)\n",
    "global and nonlocal": "g = 0\ndef f():\n    global g, h\n    n = 1\n    def inner():\n        nonlocal n\n        n += g\n        del n, g.x, y[0]\n    return inner\n",
    "comparisons": "a = b < c.d <= f(e) != g is not None in h not in (i, j)\nk = not a and b or c and not (d or e)\nl = a if b else c if d else e\n",
    "annotations": "x: list[int]\ny: dict[str, 'T'] = f(a)\nself.z: Tensor = g(b)\ndef f(a: int, *b: str, c: 'X' = d, **e: Any) -> tuple[int, ...]:\n    v: Q\n    return v\n",
    "subscripts": "a[1:2, ..., None, b:c(d):-1] = e[:, 0][f]\ng = h[()]\ni = j[k,]\nl = m[*n]\no = p[::q]\nr = s[(t, u)]\nv = w[x := 1]\n",
    "empty displays": "a = ()\nb = f((), [], {}, k=())\nc = d or ()\nfor e in (): pass\ng = () if h else (i,)\ndef j(k=(), *, l=()): return ()\n",
    "parentheses": "a = ((b))\nc = (((d))(e))\nf = ((g).h)[((i))]\nj = ((k), (l))\nm = (n + (o)) * ((p))\nq = (yield_(r))\n",
    "numbers and bytes": "a = 1_000 + 0x1F + 1e-3 + 2j - 0b1 + 0o17\nb = b'x' b'y' + rb'\\d'\nc = r'\\n' u'x'\nd = ...\n",
    "yield": "def f():\n    x = yield\n    y = yield x, 1\n    z = yield from g(y)\n    await_((yield (z)))\n    return (yield)\n",
    "operators": "a = b @ c // d % e << f >> g & h | i ^ ~j ** -k\na @= b\na //= c[d]\na.b **= +e\na[0] >>= f\n",
    "imports": "import a, b.c, d.e as f\nfrom . import g\nfrom ..h.i import j as k, l\nfrom m import (\n    n,\n    o as p,\n)\nfrom q import *\n",
    "with": "with (\n    a(b) as c,\n    d as (e, f),\n    g,\n):\n    h = c\nwith (i): j = k\nwith (l, m): n = o\n",
    "while and for": "while (x := f()) is not None:\n    if x: break\n    continue\nelse:\n    y = x\nfor a, (b, *c) in d, e:\n    pass\nelse: f = g\n",
    "form feed and comments": "# coding: utf-8\n\x0c\nx = f(y)  # é\n\x0cclass C:\n    \x0c\n    z = g(h)\n",
    "nested definitions": "def a(b=c):\n    @d\n    class E(F, g=h):\n        i = j\n        @k.l\n        async def m(self, *, n=o): yield p\n    def q(): return lambda: r\n    return E\n",
}
NEWER = {
    "exception groups": ((3, 11), "try:\n    a = b()\nexcept* (C, D) as e:\n    f = g(e)\n"),
    "type parameters": (
        (3, 12),
        "type A[T] = list[T]\ndef f[T: (int, str), *U, **P](x: T = y) -> T:\n    return g(x)\nclass C[T](B[T], metaclass=M):\n    z = h(i)\n    def m[V](self, v: V = w): return self.z(v)\n",
    ),
    "nested quotes": ((3, 12), "a = f'{b['c']} {f'{d}'}' + e(g)\n"),
    "type parameter defaults": ((3, 13), "class C[T = int](B): x = f(T)\ndef g[T = str](h=i): return h\n"),
}


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


def test_calls_are_underlined_from_their_function_to_the_closing_parenthesis() -> None:
    reading = Reading("x = a.b(c)(d, e=f(g))[h(i)]\n")
    assert sorted(reading.expressions(ir.Call)) == ["a.b(c)", "a.b(c)(d, e=f(g))", "f(g)", "h(i)"]


def test_a_call_with_other_scripts_on_its_line_is_underlined_exactly() -> None:
    reading = Reading("größe = '日本語'; verlust = kriterium(ausgabe_ä, ziel)\n")
    call = next(node for node, _ in reading.nodes() if isinstance(node, ir.Call))
    assert call.at == ir.Range(1, 26, 1, 52)
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
    pieces = Reading("def f():\n    def g(): yield 1\n    return g\ndef h(): return (lambda: (yield))\n").pieces
    assert [piece.is_generator for piece in pieces if isinstance(piece, ir.Function)] == [False, False]
    (generator,) = Reading("def f():\n    def g(): return 1\n    yield g\n").pieces
    assert isinstance(generator, ir.Function)
    assert generator.is_generator


def test_what_libcst_cannot_parse_is_a_source_error_and_no_crash() -> None:
    deep = "x = " + "(" * 120 + "1" + ")" * 120 + "\n"
    try:
        assert Reading(deep).mismatches() == []
    except SourceError as error:
        assert "cannot be parsed" in error.message


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


@pytest.mark.parametrize("package", ["click", "libcst"])
def test_installed_packages_are_read_without_a_mismatch(package: str) -> None:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    files = [f for f in sorted(Path(spec.origin).parent.rglob("*.py")) if "tests" not in f.parts and f.stat().st_size < 150_000]
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
    _NAMES, st.sampled_from(["1", "'é'", "()", "[]", "{}", "None", "...", "f'{a}'", "'x' 'y'", "b'q'", "(yield)"])
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
        st.tuples(inner, st.sampled_from(["+", "@", "//", "<", "is not", "and", "or", "not in"]), inner, space).map(
            lambda t: f"(({t[0]}){t[3]} {t[1]} ({t[2]}))"
        ),
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
