"""The laws of abstract values, held against a brute-force meaning: what is possible in every world."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossguard.analysis.domain import (
    ALWAYS,
    MAX_ALTERNATIVES,
    Atom,
    Guard,
    Items,
    Literal,
    Literally,
    Store,
    Symbol,
    Unknown,
    Value,
    choose,
    combine,
    constant,
    contradictory,
    of,
    simplify,
)

P, Q = Symbol("flag", ("p",)), Symbol("flag", ("q",))
MODE, LOSS = Symbol("parameter", ("mode",)), Symbol("parameter", ("loss",))
SYMBOLS = (P, Q, *(Symbol("==", (s, v)) for s in (MODE, LOSS) for v in ("a", "b")))


class World(NamedTuple):
    """One run of the program: what every condition turns out to be."""

    p: bool
    q: bool
    mode: str
    loss: str

    def holds(self, literal: Literal) -> bool:
        """Whether a condition is met."""
        symbol = literal.symbol
        if symbol.kind == "==":
            subject, value = symbol.parts
            return ((self.mode if subject == MODE else self.loss) == value) is literal.holds
        return (self.p if symbol == P else self.q) is literal.holds

    def meets(self, guard: Guard) -> bool:
        """Whether every condition is met."""
        return all(self.holds(literal) for literal in guard)


WORLDS = [World(*w) for w in product((True, False), (True, False), "abc", "abc")]
ATOMS: list[Atom] = [*(Literally(v) for v in (0, 1, "x")), Unknown(Symbol("one")), Unknown(Symbol("two"))]


def possible(value: Value, world: World) -> list[Atom]:
    """The atoms whose guards the world meets, each once."""
    found: list[Atom] = []
    for guard, atom in value.alternatives:
        if world.meets(guard) and atom not in found:
            found.append(atom)
    return found


def same(left: Sequence[Atom], right: Sequence[Atom]) -> bool:
    """Whether two lists hold the same atoms in whatever order."""
    return len(left) == len(right) and all(atom in right for atom in left)


def given_up(value: Value) -> bool:
    """Whether a bound was hit."""
    return isinstance(value.single, Unknown) and value.single.reason == "too many alternatives"


literals = st.builds(Literal, st.sampled_from(SYMBOLS), st.booleans())
guards = st.frozensets(literals, max_size=3).filter(lambda g: any(w.meets(g) for w in WORLDS))
atoms = st.sampled_from(ATOMS)


@st.composite
def partitions(draw: st.DrawFn, depth: int = 3) -> list[Guard]:
    """Guards that exclude each other and cover every world, as branches of a program make them."""

    def split(guard: Guard, depth: int) -> list[Guard]:
        if depth == 0 or draw(st.booleans()):
            return [guard]
        symbol = draw(st.sampled_from(SYMBOLS))
        sides = [guard | {Literal(symbol, holds)} for holds in (True, False)]
        if any(not any(w.meets(side) for w in WORLDS) for side in sides):
            return [guard]
        return [g for side in sides for g in split(side, depth - 1)]

    return split(ALWAYS, depth)


@st.composite
def values(draw: st.DrawFn, depth: int = 3) -> Value:
    """A value as the engine keeps it: one atom in every world."""
    return Value(tuple((guard, draw(atoms)) for guard in draw(partitions(depth))))


# Guards


@given(left=guards, right=guards)
def test_guards_contradict_each_other_where_no_world_meets_both(left: Guard, right: Guard) -> None:
    together = any(world.meets(left) and world.meets(right) for world in WORLDS)
    assert contradictory(left, right) is not together
    assert contradictory(left, right) is contradictory(right, left)


def test_two_values_of_the_same_subject_exclude_each_other() -> None:
    is_a, is_b, other = (Literal(s, True) for s in (SYMBOLS[2], SYMBOLS[3], SYMBOLS[5]))
    assert contradictory(frozenset({is_a}), frozenset({is_b}))
    assert not contradictory(frozenset({is_a}), frozenset({other}))
    assert not contradictory(frozenset({is_a.negated()}), frozenset({is_b.negated()}))
    assert is_a.negated().negated() == is_a


# Alternatives


@given(alternatives=st.lists(st.tuples(guards, atoms), min_size=1, max_size=12))
def test_simplifying_changes_nothing_in_any_world(alternatives: list[tuple[Guard, Atom]]) -> None:
    simple = simplify(alternatives)
    if given_up(simple):
        assert len(alternatives) > MAX_ALTERNATIVES
        return
    assert len(simple.alternatives) <= min(len(alternatives), MAX_ALTERNATIVES)
    for world in WORLDS:
        assert same(possible(simple, world), possible(Value(tuple(alternatives)), world))


@given(alternatives=st.lists(st.tuples(guards, atoms), min_size=1, max_size=8))
def test_simplifying_twice_simplifies_no_further(alternatives: list[tuple[Guard, Atom]]) -> None:
    simple = simplify(alternatives)
    assert simplify(simple.alternatives) == simple


@given(guard=guards, more=guards, atom=atoms)
def test_a_narrower_case_of_the_same_atom_is_absorbed(guard: Guard, more: Guard, atom: Atom) -> None:
    assert simplify([(guard, atom), (guard | more, atom)]) == Value(((guard, atom),))
    assert simplify([(guard | more, atom), (guard, atom)]) == Value(((guard, atom),))


@given(guard=guards, symbol=st.sampled_from(SYMBOLS), atom=atoms)
def test_complementary_cases_of_the_same_atom_need_no_condition(
    guard: Guard, symbol: Symbol, atom: Atom
) -> None:
    free = frozenset(literal for literal in guard if literal.symbol != symbol)
    cases = [(free | {Literal(symbol, holds)}, atom) for holds in (True, False)]
    assert simplify(cases) == Value(((free, atom),))


def test_no_alternative_at_all_is_unknown() -> None:
    assert isinstance(simplify([]).single, Unknown)


def test_constants_of_different_types_stay_apart() -> None:
    yes = frozenset({Literal(P, True)})
    no = frozenset({Literal(P, False)})
    value = choose([(yes, constant(1)), (no, constant(True))])
    assert [repr(atom.value) for atom in value.atoms if isinstance(atom, Literally)] == ["1", "True"]
    assert Literally(0) != Literally(False)
    assert Literally(1) != Literally(1.0)
    assert Literally("a") == Literally("a")
    assert hash(Literally("a")) == hash(Literally("a"))


# Joins


@given(data=st.data(), partition=partitions())
def test_choosing_gives_each_world_the_value_of_its_case(data: st.DataObject, partition: list[Guard]) -> None:
    cases = [(guard, data.draw(values())) for guard in partition]
    chosen = choose(cases)
    if given_up(chosen):
        return
    for world in WORLDS:
        (value,) = [value for guard, value in cases if world.meets(guard)]
        assert same(possible(chosen, world), possible(value, world))


@given(data=st.data(), partition=partitions())
def test_the_order_of_the_cases_does_not_matter(data: st.DataObject, partition: list[Guard]) -> None:
    cases = [(guard, data.draw(values(2))) for guard in partition]
    forwards, backwards = choose(cases), choose(cases[::-1])
    if given_up(forwards) or given_up(backwards):
        return
    for world in WORLDS:
        assert same(possible(forwards, world), possible(backwards, world))


@given(partition=partitions(), value=values())
def test_choosing_between_equal_values_is_that_value(partition: list[Guard], value: Value) -> None:
    assert choose((guard, value) for guard in partition) == (
        value if len(partition) > 1 else value.guarded(partition[0])
    )


@given(value=values(), guard=guards)
def test_what_remains_under_a_guard_is_what_its_worlds_allow(value: Value, guard: Guard) -> None:
    for narrowed in (value.under(guard), value.guarded(guard), value.under(guard).under(guard)):
        for world in WORLDS:
            if world.meets(guard):
                assert same(possible(narrowed, world), possible(value, world))


@given(value=values(), guard=guards)
def test_a_guarded_value_is_possible_nowhere_else(value: Value, guard: Guard) -> None:
    for world in WORLDS:
        if not world.meets(guard):
            assert possible(value.guarded(guard), world) == []


@given(value=values(), guard=guards)
def test_a_guard_that_is_granted_is_left_out(value: Value, guard: Guard) -> None:
    under = value.under(guard)
    if len(under.alternatives) > 1:
        assert all(g.isdisjoint(guard) for g, _ in under.alternatives)


def _pair(*operands: Atom) -> Value:
    return constant(repr(operands))


@given(left=values(), right=values())
def test_combining_meets_every_pair_of_atoms_that_a_world_allows(left: Value, right: Value) -> None:
    combined = combine(_pair, [left, right])
    if given_up(combined):
        return
    for world in WORLDS:
        pairs = product(possible(left, world), possible(right, world))
        assert same(possible(combined, world), [Literally(repr(pair)) for pair in pairs])


@given(left=values(), right=values(), result=st.lists(atoms, min_size=25, max_size=25))
def test_combining_through_a_bound_gives_no_wrong_atom(left: Value, right: Value, result: list[Atom]) -> None:
    table = {pair: result[n] for n, pair in enumerate(product(ATOMS, ATOMS))}
    combined = combine(lambda a, b: of(table[a, b]), [left, right])
    if given_up(combined):
        return
    for world in WORLDS:
        for pair in product(possible(left, world), possible(right, world)):
            assert table[pair[0], pair[1]] in possible(combined, world)


def test_more_combinations_than_are_looked_at_decide_nothing() -> None:
    symbols = [Symbol("flag", (n,)) for n in range(6)]

    def ladder(own: list[Symbol]) -> Value:
        """Four alternatives: 0 to 3."""
        first, second, third = (Literal(s, True) for s in own)
        no = [literal.negated() for literal in (first, second, third)]
        rungs = [{first}, {no[0], second}, {no[0], no[1], third}, set(no)]
        return Value(tuple((frozenset(rung), Literally(n)) for n, rung in enumerate(rungs)))

    last = (Literally(3), Literally(3))
    combined = combine(
        lambda a, b: constant("last" if (a, b) == last else "other"),
        [ladder(symbols[:3]), ladder(symbols[3:])],
    )
    assert given_up(combined) or Literally("last") in list(combined.atoms)


def test_too_many_alternatives_are_unknown() -> None:
    cases = [
        (frozenset({Literal(Symbol("==", (MODE, n)), True)}), constant(n)) for n in range(MAX_ALTERNATIVES)
    ]
    assert len(choose(cases).alternatives) == MAX_ALTERNATIVES
    more = (frozenset({Literal(Symbol("==", (MODE, "more")), True)}), constant("more"))
    assert given_up(choose([*cases, more]))


@given(value=values())
def test_mapping_applies_to_the_atom_of_every_world(value: Value) -> None:
    mapped = value.map(lambda atom: Literally(repr(atom)))
    for world in WORLDS:
        assert same(possible(mapped, world), [Literally(repr(atom)) for atom in possible(value, world)])


# Stores

KEYS: tuple[Hashable, ...] = ("x", "y", (3, "items"))


class Write(NamedTuple):
    """``key = atom``."""

    key: Hashable
    atom: Atom


class Copy(NamedTuple):
    """``key = other``."""

    key: Hashable
    other: Hashable


class Branch(NamedTuple):
    """``if symbol: yes else: no``."""

    symbol: Symbol
    yes: list[object]
    no: list[object]


steps: st.SearchStrategy[list[object]] = st.recursive(
    st.lists(
        st.one_of(
            st.builds(Write, st.sampled_from(KEYS), atoms),
            st.builds(Copy, st.sampled_from(KEYS), st.sampled_from(KEYS)),
        ),
        max_size=2,
    ),
    lambda inner: st.lists(
        st.one_of(
            st.builds(Write, st.sampled_from(KEYS), atoms),
            st.builds(Branch, st.sampled_from(SYMBOLS), inner, inner),
        ),
        max_size=3,
    ),
    max_leaves=6,
)


def run_in_one_world(program: list[object], world: World, state: dict[Hashable, Atom]) -> None:
    """What the program does when every condition is known."""
    for step in program:
        match step:
            case Write():
                state[step.key] = step.atom
            case Copy():
                state[step.key] = state[step.other]
            case Branch():
                taken = step.yes if world.holds(Literal(step.symbol, True)) else step.no
                run_in_one_world(taken, world, state)


def run_in_all_worlds(program: list[object], store: Store) -> None:
    """What the program does to a store, branch by branch."""
    for step in program:
        match step:
            case Write():
                store.set(step.key, of(step.atom))
            case Copy():
                value = store.get(step.other)
                assert value is not None
                store.set(step.key, value)
            case Branch():
                branches = []
                for holds, block in ((True, step.yes), (False, step.no)):
                    store.branch()
                    run_in_all_worlds(block, store)
                    branches.append((frozenset({Literal(step.symbol, holds)}), store.leave()))
                store.join(branches)


@settings(max_examples=150)
@given(program=steps)
def test_a_store_after_branches_holds_what_every_world_would(program: list[object]) -> None:
    store = Store()
    for key in KEYS:
        store.set(key, constant(repr(key)))
    run_in_all_worlds(program, store)
    for key in KEYS:
        value = store.get(key)
        assert value is not None
        if any(isinstance(atom, Unknown) and atom.symbol.kind == "many" for atom in value.atoms):
            continue
        for world in WORLDS:
            state: dict[Hashable, Atom] = {k: Literally(repr(k)) for k in KEYS}
            run_in_one_world(program, world, state)
            assert possible(value, world) == [state[key]]


def test_what_a_branch_sets_is_seen_only_there() -> None:
    store = Store()
    store.set("x", constant(1))
    store.branch()
    store.set("x", constant(2))
    store.set("y", constant(3))
    assert store.get("x") == constant(2)
    assert store.leave() == {"x": constant(2), "y": constant(3)}
    assert store.get("x") == constant(1)
    assert store.get("y") is None
    assert store.names() == {"x"}


def test_what_is_set_at_the_bottom_outlives_the_branches_around_it() -> None:
    store = Store()
    store.branch()
    store.set("x", constant(1))
    with store.at_bottom():
        assert store.get("x") is None
        store.set("y", constant(2))
    assert store.get("x") == constant(1)
    store.leave()
    assert store.get("y") == constant(2)


def test_the_layers_return_when_what_runs_at_the_bottom_fails() -> None:
    store = Store()
    store.branch()
    store.set("x", constant(1))
    with pytest.raises(KeyError), store.at_bottom():
        raise KeyError
    assert store.get("x") == constant(1)


@pytest.mark.parametrize("ask", [lambda one, _: hash(one), lambda one, other: one == other])
def test_values_that_hold_each_other_too_deeply_do_not_end_the_process(
    ask: Callable[[Value, Value], object],
) -> None:
    one, other = constant(1), constant(1)
    for _ in range(100_000):
        one, other = of(Items((one,))), of(Items((other,)))
    with pytest.raises(RecursionError):
        ask(one, other)
