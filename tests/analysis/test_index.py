"""What the index says of a module: its units, definitions, imports, and the names that lead to a loss."""

from __future__ import annotations

from itertools import pairwise
from textwrap import dedent

import pytest

from lossguard.analysis import index
from lossguard.analysis.places import Range
from lossguard.analysis.source import SourceError, from_text

LOSSES = frozenset({"CrossEntropyLoss", "cross_entropy"})


def build(text: str) -> index.ModuleIndex:
    return index.build(from_text(dedent(text), "<program>"))


def reaching(text: str) -> frozenset[str]:
    return build(text).reaching(LOSSES)


# Units


def test_units_follow_each_other_and_keep_their_decorators() -> None:
    units = build("""\
        import a
        @b
        @c(
            d)
        def f():
            return 1

        @e
        class G(
            H,
        ):
            x = 1
        y = (2,
             3)
        """).units
    assert [(u.kind, u.name, u.lines) for u in units] == [
        ("statement", "", (1, 1)),
        ("function", "f", (2, 6)),
        ("class", "G", (8, 12)),
        ("statement", "", (13, 14)),
    ]
    assert units[1].text() == "@b\n@c(\n    d)\ndef f():\n    return 1\n"
    assert units[2].header_end == 11
    assert [unit.decorated for unit in units] == [False, True, True, False]


def test_statements_that_share_a_line_are_one_unit() -> None:
    units = build("a = 1; b = 2\nc = (3,\n  4); d = 5\ne = 6\n").units
    assert [(unit.lines, len(unit.anchors())) for unit in units] == [((1, 1), 2), ((2, 3), 2), ((4, 4), 1)]


def test_members_of_a_class_are_units_without_what_stands_before_them() -> None:
    wide, narrow = build("class A(B):\n    x = 1\n    def f(self): pass\nclass C(D): y = 2; z = 3\n").units
    assert [(m.kind, m.name, m.text()) for m in wide.members] == [
        ("statement", "", "    x = 1\n"),
        ("function", "f", "    def f(self): pass\n"),
    ]
    assert [m.text() for m in narrow.members] == ["y = 2; z = 3\n"]


def test_a_setter_is_told_from_its_property() -> None:
    (unit,) = build("""\
        class A:
            @property
            def x(self): return self._x
            @x.setter
            def x(self, value): self._x = value
            @x.deleter
            def x(self): del self._x
            @other.getter
            def x(self): return 1
        """).units
    assert [member.is_setter for member in unit.members] == [False, True, True, False]


def test_attributes_that_a_method_assigns_are_known_however_they_are_assigned() -> None:
    (unit,) = build("""\
        class A:
            def f(self):
                self.a = self.b.c = 1
                self.d, (self.e, *self.g) = x
                with h as self.i: self.j += self.k
                for self.l in m: print(self.n)
                self.o: int = 2
            def p(self): return self.q
        """).units
    first, second = unit.members
    assert first.assigned_attributes == frozenset("acdegijlo")
    assert second.assigned_attributes == frozenset()


MENTIONING = {
    "a function": ("def f():\n    return criterion(x)", "criterion"),
    "a method": ("class A:\n    def f(self):\n        return self.criterion(x)", "criterion"),
    "the header of a class": ("class A(Base, metaclass=Meta):\n    pass", "Meta"),
    "a class on one line": ("class A(Base): criterion = 1", "criterion"),
    "a class within a class": ("class A:\n    class B:\n        criterion = 1", "criterion"),
    "a word in quotes": ("x = getattr(nn, 'CrossEntropyLoss')", "CrossEntropyLoss"),
    "a name in another spelling": ("x = ｃriterion", "criterion"),
    "a word that is spelled out": ("x = getattr(nn, '\\x63riterion')", "criterion"),
    "no comment": ("x = 1  # criterion", None),
    "no text": ("def f():\n    'the criterion of all'", None),
    "no part of a name": ("x = criterion_of", None),
}


@pytest.mark.parametrize("forgotten", [False, True])
@pytest.mark.parametrize(("text", "mentioned"), MENTIONING.values(), ids=MENTIONING)
def test_what_a_unit_mentions(text: str, mentioned: str | None, forgotten: bool) -> None:
    module = build(text)
    if forgotten:
        module.forget()
    (unit,) = module.units
    assert unit.mentions({mentioned or "criterion"}) is (mentioned is not None)
    assert unit.mentions({mentioned or "criterion"}) is bool(unit.identifiers & {mentioned or "criterion"})


def test_identifiers_are_every_name_attribute_and_word_that_a_unit_mentions() -> None:
    (unit,) = build("def f(a=b.c): return getattr(d, 'word')[\"two words\"](e=1)\n").units
    assert {"b", "c", "getattr", "d", "word"} <= unit.identifiers
    assert "two words" not in unit.identifiers


# Places


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = ä(é, b)", [(1, 1, 2), (1, 5, 12), (1, 5, 6), (1, 7, 8), (1, 10, 11)]),
        ("s = '漢字'; y = z", [(1, 5, 9), (1, 1, 2)]),
        (
            "x = '🎉' + y",
            [(1, 1, 2), (1, 5, 12), (1, 5, 8), (1, 11, 12)],
        ),
    ],
)
def test_columns_count_code_points(text: str, expected: list[tuple[int, int, int]]) -> None:
    anchors = build(text + "\n").units[0].anchors()[0]
    found = [(at.line, at.column, at.end_column) for at in anchors.expressions]
    assert sorted(found) == sorted(expected)


def test_a_range_over_several_lines_ends_on_the_last_one() -> None:
    anchors = build("x = f(\n  a,\n  é)\n").units[0].anchors()[0]
    assert anchors.at == Range(1, 1, 3, 5)
    assert Range(1, 5, 3, 5) in anchors.expressions
    assert Range(3, 3, 3, 4) in anchors.expressions


def test_there_is_one_set_of_anchors_for_every_statement_of_a_unit() -> None:
    (unit,) = build("""\
        def f():
            if a:
                b = 1
            elif c: d
            else:
                for e in g: pass
            try: h
            except I: j
            finally: k
            match l:
                case 1: m
        """).units
    assert [anchors.at.line for anchors in unit.anchors()] == [1, 2, 3, 4, 4, 6, 6, 7, 7, 8, 9, 10, 11]


# Names


def test_definitions_under_a_condition_count_and_the_first_one_wins() -> None:
    module = build("""\
        try:
            from fast import f
            def g(): return 1
        except ImportError:
            def g(): return 2
        if x:
            class A: pass
        else:
            class A(B): pass
            h = 1
        with y:
            def k():
                def inner(): pass
        """)
    assert {name: unit.lines[0] for name, unit in module.definitions.items()} == {"g": 3, "A": 7, "k": 12}
    assert module.imports["f"].module == "fast"
    assert module.assigned == {"h"}


def test_imports_are_kept_by_the_name_that_they_bind() -> None:
    module = build("""\
        import a.b, c.d as e
        from .f import g as h, i
        from ... import j
        from k.l import *
        def m():
            import n
        """)
    found = {name: (i.module, i.level, i.attribute) for name, i in module.imports.items()}
    assert found == {
        "a": ("a", 0, None),
        "e": ("c.d", 0, None),
        "h": ("f", 1, "g"),
        "i": ("f", 1, "i"),
        "j": ("", 3, "j"),
    }
    assert [(star.module, star.attribute) for star in module.stars] == [("k.l", "*")]


def test_every_way_of_binding_a_global_counts() -> None:
    module = build("""\
        a = b = 1
        c, (d, *e) = x
        f: int = 2
        g += 3
        for h in y: pass
        with z as i: pass
        (j := 4)
        k[0] = l.m = 5
        """)
    assert module.assigned == frozenset("abcdefghij")


# What leads to a loss


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("from torch.nn import CrossEntropyLoss as Loss", {"Loss"}),
        ("criterion = nn.CrossEntropyLoss()", {"criterion"}),
        ("class A:\n  def __init__(self): self.criterion = nn.CrossEntropyLoss()", {"A", "criterion"}),
        ("def make(): return nn.CrossEntropyLoss()\ncriterion = make()", {"make", "criterion"}),
        ("class Own(nn.CrossEntropyLoss): pass\nloss = Own()", {"Own", "loss"}),
        ("LOSSES = {'ce': nn.CrossEntropyLoss}\nchosen = LOSSES['ce']", {"LOSSES", "chosen"}),
        ("def train(x, loss=F.cross_entropy): loss(x)", {"train", "loss"}),
        ("ce = F.cross_entropy\nalso = ce", {"ce", "also"}),
        ("run(criterion=nn.CrossEntropyLoss())", {"criterion"}),
        ("for each in (F.cross_entropy,): pass", {"each"}),
        ("f = partial(F.cross_entropy, reduction='sum')", {"f"}),
        ("x = [loss for loss in [F.cross_entropy]]", {"loss", "x"}),
    ],
)
def test_a_loss_travels_by_being_assigned_imported_or_made(text: str, names: set[str]) -> None:
    assert names <= reaching(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("total = F.cross_entropy(a, b)", "total"),
        ("def train(x):\n  value = F.cross_entropy(x, x)\n  return value\nhistory = [1]", "history"),
        ("def plain(x): return x\ndef train(x): return F.cross_entropy(x, x)", "plain"),
        ("name = 'cross entropy'", "name"),
    ],
)
def test_what_calling_a_loss_gives_is_no_loss(text: str, name: str) -> None:
    assert name not in reaching(text)


def test_what_reaches_a_loss_grows_with_the_program() -> None:
    parts = ["a = F.cross_entropy\n", "b = a\n", "def c(): return b\n", "d = c()\n", "e = 1\n"]
    found = [reaching("".join(parts[:number])) for number in range(len(parts) + 1)]
    assert all(before <= after for before, after in pairwise(found))
    assert {"a", "b", "c", "d"} <= found[-1]
    assert "e" not in found[-1]


# What is not Python


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("x = (\n", 1, 5), ("x = 1\ny = = 2\n", 2, 5), ("def f(:\n", 1, 7), ("if a:\nb\n", 2, 1)],
)
def test_what_is_not_python_is_reported_where_it_ends_to_be(text: str, line: int, column: int) -> None:
    with pytest.raises(SourceError) as caught:
        build(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_what_is_nested_too_deeply_is_a_source_error() -> None:
    with pytest.raises(SourceError, match="cannot be parsed"):
        build("(" * 2000 + ")" * 2000)
