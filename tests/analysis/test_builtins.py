"""Programs that send a value through Python's own functions: what is known of it, and that torch agrees."""

from __future__ import annotations

import pytest

from lossguard.contracts import Space
from tests.analysis.probing import UNIT, L, P, U, spaces
from tests.analysis.running import LOGITS, seen_by_torch, written

READ: dict[str, tuple[str, set[Space]]] = {
    "a chain of comparisons": (f"out = x.softmax(1) if 1 < 2 < 3 else {LOGITS}", {P}),
    "a chain that breaks": (f"out = x.softmax(1) if 1 < 2 > 3 else {LOGITS}", {L}),
    "a copy of a dictionary": (
        f"d = dict(a=x.softmax(1))\ne = copy.copy(d)\ne['a'] = {LOGITS}\nout = d['a']",
        {P},
    ),
    "a copy of a model": (
        f"m = Model()\ncopied = copy.deepcopy(m)\ncopied.act = nn.Identity()\nout = m.act({LOGITS})",
        {P},
    ),
    "a deep copy": (
        f"d = dict(a=[x.softmax(1)])\ne = copy.deepcopy(d)\ne['a'][0] = {LOGITS}\nout = d['a'][0]",
        {P},
    ),
    "a deep copy holds what the original does": ("out = copy.deepcopy(dict(m=Model()))['m'].act(x)", {P}),
    "a set has nothing twice": (
        f"s = {{n % 2 for n in range(4)}}\ns.add(1)\nout = [{LOGITS}, {LOGITS}, x.softmax(1)][len(s)]",
        {P},
    ),
    "a shallow copy shares": (
        f"d = dict(a=[x.softmax(1)])\ncopy.copy(d)['a'][0] = {LOGITS}\nout = d['a'][0]",
        {L},
    ),
    "abs, int, max, min, round": (
        f"out = [{LOGITS}, x.softmax(1)][abs(-1) * int('1') * max(0, 1) * min([1, 2]) * round(1.2)]",
        {P},
    ),
    "all": (f"out = x.softmax(1) if all([False, True]) else {LOGITS}", {L}),
    "any": (f"out = x.softmax(1) if any((False, True)) else {LOGITS}", {P}),
    "clear": (f"o = [x.softmax(1)]\no.clear()\no.append({LOGITS})\nout = o[0]", {L}),
    "del of a slice": (f"o = [{LOGITS}, x.softmax(1)]\ndel o[:1]\nout = o[0]", {P}),
    "dict.update with keywords": (f"d = dict(a=x.softmax(1))\nd.update(a={LOGITS})\nout = d['a']", {L}),
    "dict.update with pairs": (f"d = dict(a=x.softmax(1))\nd.update([('a', {LOGITS})])\nout = d['a']", {L}),
    "enumerate from 1": (
        f"for n, h in enumerate([{LOGITS}, x.softmax(1)], start=1):\n    if n == 1: out = h",
        {L},
    ),
    "insert": (f"o = [x.softmax(1)]\no.insert(-1, {LOGITS})\nout = o[0]", {L}),
    "len of a text": (f"out = [{LOGITS}, x.softmax(1)][len('a')]", {P}),
    "list.reverse": (f"o = [x.softmax(1), {LOGITS}]\no.reverse()\nout = o[0]", {L}),
    "not of a dictionary": (f"out = x.softmax(1) if not {{}} else {LOGITS}", {P}),
    "not of a function": (f"out = {LOGITS} if not dict else x.softmax(1)", {P}),
    "not of a list": (f"o = []\nout = x.softmax(1) if not o else {LOGITS}", {P}),
    "not of a list that has grown": (f"o = []\no += [1]\nout = x.softmax(1) if not o else {LOGITS}", {L}),
    "not of a list of modules": (
        f"m = nn.ModuleList()\nif not m: out = x.softmax(1)\nelse: out = {LOGITS}",
        {P},
    ),
    "shuffle of what is all the same": ("h = x.softmax(1)\no = [h, h]\nrandom.shuffle(o)\nout = o[0]", {P}),
    "str": (f"out = dict(a1=x.softmax(1), b={LOGITS})['a' + str(1)]", {P}),
    "texts": (f"a, b = 'p Q'.lower().split()\nout = x.softmax(1) if b == 'q' else {LOGITS}", {P}),
    "truth of a list": (f"o = []\nif o: out = {LOGITS}\nelse: out = x.softmax(1)", {P}),
    "dict.get": (f"table = dict(a={LOGITS}, b=x.softmax(1))\nout = table.get('b')", {P}),
    "enumerate over a list": (
        f"for n, each in enumerate([{LOGITS}, x.softmax(1)]):\n    if n == 1: out = each",
        {P},
    ),
    "field_names of a named tuple": (
        f"Out = collections.namedtuple('Out', 'scores, probs')\nout = Out({LOGITS}, x.softmax(1)).probs",
        {P},
    ),
    "functools.partial": (
        "act = functools.partial(torch.softmax, dim=1)\nout = act(x)",
        {P},
    ),
    "functools.reduce": (
        "out = functools.reduce(lambda h, f: f(h), [torch.relu, nn.Softmax(1)], x)",
        {P},
    ),
    "functools.reduce without a beginning": (
        f"out = functools.reduce(lambda a, b: b, [{LOGITS}, x.softmax(1), torch.sigmoid(x)])",
        {UNIT},
    ),
    "getattr of a module": ("out = getattr(F, 'softmax')(x, dim=1)", {P}),
    "getattr with a default that is not needed": ("out = getattr(Model(), 'act', nn.Identity())(x)", {P}),
    "hasattr": (
        f"m = Model()\nif hasattr(m, 'act'): out = x.softmax(1)\nelse: out = {LOGITS}",
        {P},
    ),
    "isinstance of a class of its own": (
        f"m = Model()\nif isinstance(m, Model): out = m.act(x)\nelse: out = {LOGITS}",
        {P},
    ),
    "isinstance of a class above": (
        f"if isinstance(Model(), nn.Module): out = x.softmax(1)\nelse: out = {LOGITS}",
        {P},
    ),
    "isinstance of one of several": (
        f"if isinstance('a', (int, str)): out = x.softmax(1)\nelse: out = {LOGITS}",
        {P},
    ),
    "isinstance of a tensor": (
        f"h = {LOGITS}\nout = h.softmax(1) if isinstance(h, torch.Tensor) else h[0]",
        {P},
    ),
    "isinstance of a tuple": (
        f"h = ({LOGITS}, x.softmax(1))\nout = h[1] if isinstance(h, tuple) else h",
        {P},
    ),
    "isinstance of a list and a dictionary": (
        f"h = [{LOGITS}]\nout = h[0] if isinstance(h, list) and not isinstance(h, dict) else x.softmax(1)",
        {L},
    ),
    "isinstance of numbers": (
        f"out = {LOGITS}\nif isinstance(1, int) and isinstance(1.0, float): out = x.softmax(1)",
        {P},
    ),
    "isinstance of a bool": (
        f"out = x.softmax(1) if isinstance(True, bool) and isinstance(True, int) else {LOGITS}",
        {P},
    ),
    "list of a generator": (f"out = list(each for each in ({LOGITS}, x.softmax(1)))[1]", {P}),
    "map": (f"out = list(map(torch.sigmoid, [{LOGITS}, x]))[0]", {UNIT}),
    "map over two": ("out = list(map(lambda a, b: b, [x, x], [x, x.softmax(1)]))[1]", {P}),
    "next where all are alike": ("h = x.softmax(1)\nout = next(iter([h, h]))", {P}),
    "reversed": (f"out = list(reversed([x.softmax(1), {LOGITS}]))[0]", {L}),
    "setattr": (f"m = Model()\nsetattr(m, 'act', nn.Identity())\nout = m.act({LOGITS})", {L}),
    "SimpleNamespace": (
        f"n = types.SimpleNamespace(a={LOGITS}, b=x.softmax(1))\nout = n.b",
        {P},
    ),
    "sorted texts": (f"for name in sorted(['b', 'a']): out = dict(a={LOGITS}, b=x.softmax(1))[name]", {P}),
    "sorted texts from the end": (
        f"for name in sorted(['a', 'b'], reverse=True): out = dict(a={LOGITS}, b=x.softmax(1))[name]",
        {L},
    ),
    "sum of tensors": ("out = sum([nn.Linear(2, 2)(x) * 9, nn.Linear(2, 2)(x) * 9])", {L}),
    "tuple of a list": (f"out = tuple([{LOGITS}, x.softmax(1)])[-1]", {P}),
    "type": (f"out = type(Model())().act({LOGITS})", {P}),
    "typing.NamedTuple as a function": (
        "Out = typing.NamedTuple('Out', [('a', int), ('b', int)])\nout = Out(b=x.softmax(1), a=x).b",
        {P},
    ),
    "zip": (f"for a, b in zip([{LOGITS}, x], [x, x.softmax(1)]): out = b", {P}),
}
OPEN: dict[str, str] = {
    "shuffle": f"o = [x.softmax(1), {LOGITS}]\nrandom.shuffle(o)\nout = o[0]",
    "insort": f"o = [x.softmax(1), x.sigmoid()]\nbisect.insort(o, {LOGITS}, lo=0, hi=0)\nout = o[0]",
    "an entry that may have been there": (
        f"d = {{k: {LOGITS} for k in [name[:1]]}}\nd.setdefault('a', x.softmax(1))\nout = d['a']"
    ),
    "a dictionary with more of what is not known": (
        f"d = {{'a': x.softmax(1), **{{k: {LOGITS} for k in [name[:1]]}}}}\nout = d['a']"
    ),
    "a dictionary with an open entry": f"d = dict(a=x.softmax(1))\nd[name] = {LOGITS}\nout = d['a']",
    "a dictionary updated by what is not known": (
        f"d = dict(a=x.softmax(1))\nd.update((k, {LOGITS}) for k in [name[:1]])\nout = d['a']"
    ),
    "a list of which a part was replaced": f"o = [x.softmax(1), x]\no[0:1] = [{LOGITS}]\nout = o[0]",
    "an attribute by a name that is not known": f"out = getattr(Model(), name)({LOGITS})",
    "an attribute that may be missing": f"out = getattr(Model(), 'none', nn.Identity())({LOGITS})",
    "an insertion somewhere": f"o = [x.softmax(1)]\no.insert(len(name) - 4, {LOGITS})\nout = o[-1]",
    "equal lists": f"o = [1, 2]\nout = x.softmax(1) if o == [1, 2] else {LOGITS}",
    "equal objects": f"out = x.softmax(1) if Sized() == Sized() else {LOGITS}",
    "isinstance of what is not known": f"out = x.softmax(1) if isinstance(name, str) else {LOGITS}",
    "lists of different lengths": (f"for out in [x.softmax(1)] if name else [{LOGITS}, {LOGITS}]: pass"),
    "not of what has a length": f"out = x.softmax(1) if not Sized() else {LOGITS}",
    "pop somewhere": f"o = [x.softmax(1), {LOGITS}]\no.pop(len(name) - 3)\nout = o[0]",
    "reduce over what is not known": "out = functools.reduce(torch.add, [x for _ in name])",
    "the order by a key": f"for k in sorted(['b', 'a'], key=len): out = dict(a={LOGITS}, b=x.softmax(1))[k]",
    "the order of tensors": f"out = sorted([x.softmax(1), {LOGITS}], key=lambda t: t.sum())[0]",
    "the order of tensors in place": f"o = [x.softmax(1), {LOGITS}]\no.sort(key=torch.sum)\nout = o[0]",
    "what is left after remove": f"o = [1, 2]\no.remove(1)\nout = x.softmax(1) if o[0] == 2 else {LOGITS}",
    "which of several next gives": f"out = next(each for each in [x.softmax(1), {LOGITS}] if name)",
}


@pytest.mark.parametrize("name", READ)
def test_what_python_gives(name: str) -> None:
    body, expected = READ[name]
    assert spaces(written(body)) == expected


@pytest.mark.parametrize("name", READ)
def test_torch_agrees(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body, expected = READ[name]
    assert {seen_by_torch(body, monkeypatch)} == expected


@pytest.mark.parametrize("name", OPEN)
def test_what_is_not_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is claimed that is not so."""
    claimed = spaces(written(OPEN[name]))
    assert claimed not in ({P}, {L}, {UNIT}, set())
    assert claimed & {U, seen_by_torch(OPEN[name], monkeypatch)}
