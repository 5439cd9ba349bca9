"""Programs that change layers, loop over them and look things up: what is known, and that torch agrees."""

from __future__ import annotations

import pytest

from lossguard.contracts import Space
from tests.analysis.probing import UNIT, L, P, U, spaces
from tests.analysis.running import LOGITS, seen_by_torch, written

READ: dict[str, tuple[str, set[Space]]] = {
    "a break out of the inner loop": (
        f"""
        for a in range(2):
            for b in range(2):
                if b == 1: break
                out = {LOGITS}
            out = x.softmax(1)
        """,
        {P},
    ),
    "a checkpoint": (
        """
        from torch.utils.checkpoint import checkpoint
        out = checkpoint(lambda h: h.softmax(1), x, use_reentrant=False)
        """,
        {P},
    ),
    "a counter in a closure": (
        f"""
        n = 0
        def inc():
            nonlocal n
            n += 1
        inc()
        out = x.softmax(1) if n == 1 else {LOGITS}
        """,
        {P},
    ),
    "a default of pop": (
        """
        def f(h, **k): return h.softmax(1) if k.pop('soft', True) else (h * 9)
        out = f(x)
        """,
        {P},
    ),
    "a dictionary of layers": (
        """
        m = nn.ModuleDict({'a': nn.Linear(2,2), 'b': nn.Softmax(1)})
        out = m['b'](x)
        """,
        {P},
    ),
    "a function applied to all layers": (
        """
        def init(m):
            if isinstance(m, nn.Linear): nn.init.zeros_(m.weight)
        m = nn.Sequential(nn.Linear(2,2), nn.Softmax(1))
        m.apply(init)
        out = m(x)
        """,
        {P},
    ),
    "a function under another name": (
        """
        from torch.nn.functional import softmax as sm
        out = sm(x, 1)
        """,
        {P},
    ),
    "a function in place": (
        f"""
        h = torch.zeros(3, 2) + {LOGITS}
        torch.sigmoid_(h)
        out = h * 1
        """,
        {UNIT},
    ),
    "a hook that gives another output": (
        """
        m = nn.Linear(2,2)
        m.register_forward_hook(lambda mod, i, o: o.softmax(1))
        out = m(x)
        """,
        {P},
    ),
    "a layer appended": (
        """
        m = nn.Sequential(nn.Linear(2,2))
        m.append(nn.Softmax(1))
        out = m(x)
        """,
        {P},
    ),
    "a layer inserted": (
        """
        m = nn.Sequential(nn.Softmax(1))
        m.insert(0, nn.Linear(2,2))
        out = m(x)
        """,
        {P},
    ),
    "a layer put in another's place": (
        """
        m = nn.Sequential(nn.Linear(2,2), nn.Softmax(1))
        m[1] = nn.Identity()
        out = m(x)*9
        """,
        {L},
    ),
    "a list filled in a loop": (
        f"""
        t = []
        for h in ({LOGITS}, x.softmax(1)): t.append(h)
        out = t[1]
        """,
        {P},
    ),
    "a list of layers that grows": (
        """
        m = nn.ModuleList()
        for _ in range(2): m.append(nn.Linear(2,2))
        m.append(nn.Softmax(1))
        h = x
        for c in m: h = c(h)
        out = h
        """,
        {P},
    ),
    "a list that grows under two names": (
        f"""
        a = [1]
        b = a
        a += [2]
        out = x.softmax(1) if len(b) == 2 else {LOGITS}
        """,
        {P},
    ),
    "a loop from the end": (
        """
        m = nn.Sequential(nn.Linear(2,2), nn.Softmax(1))
        h = x
        for c in reversed(m): h = c(h)
        out = (h * 9)
        """,
        {L},
    ),
    "a loop over entries": (
        """
        m = nn.ModuleDict({'a': nn.Identity(), 'b': nn.Softmax(1)})
        for k, c in m.items(): out = c(x)
        """,
        {P},
    ),
    "a loop with a counter": (
        f"""
        n = 0
        h = {LOGITS}
        while n < 2:
            n += 1
            h = h.softmax(1) if n == 2 else h*2
        out = h
        """,
        {P},
    ),
    "a loop with numbers": (
        """
        m = nn.ModuleList([nn.Linear(2,2), nn.Softmax(1)])
        h = x
        for i, c in enumerate(m):
            h = c(h)
            if i == 0: out = (h * 9)
        """,
        {L},
    ),
    "a member of an enumeration": (
        f"""
        import enum
        class M(enum.Enum):
            A = 1
            B = 2
        k = M.B
        out = x.softmax(1) if k == M.A else {LOGITS}
        """,
        {L},
    ),
    "a return from a loop": (
        """
        def f(h):
            for n in range(3):
                if n == 1: return h.softmax(1)
            return (h * 9)
        out = f(x)
        """,
        {P},
    ),
    "a slice is a copy": (
        f"""
        a = [{LOGITS}]
        b = a[:]
        b[0] = x.softmax(1)
        out = a[0]
        """,
        {L},
    ),
    "a sum of lists is another": (
        f"""
        a = [1]
        b = a
        a = a + [2]
        out = x.softmax(1) if len(b) == 2 else {LOGITS}
        """,
        {L},
    ),
    "a variable read late": (
        f"""
        k = 1
        f = lambda: k
        k = 2
        out = x.softmax(1) if f() == 2 else {LOGITS}
        """,
        {P},
    ),
    "an attribute set after super": (
        f"""
        class A(nn.Module):
            def __init__(self):
                super().__init__()
                self.act = nn.Softmax(1)
        class B(A):
            def __init__(self):
                super().__init__()
                self.act = nn.Identity()
        out = B().act({LOGITS})
        """,
        {L},
    ),
    "an attribute set by a later constructor": (
        """
        class A(nn.Module):
            def __init__(self):
                super().__init__()
                self.act = nn.Softmax(1)
        class B(A):
            def __init__(self):
                nn.Module.__init__(self)
                self.act = nn.Identity()
                A.__init__(self)
        out = B().act(x)
        """,
        {P},
    ),
    "an exception caught": (
        f"""
        try:
            out = {LOGITS}
            raise ValueError
        except ValueError:
            out = x.softmax(1)
        """,
        {P},
    ),
    "an exception swallowed": (
        f"""
        import contextlib
        with contextlib.suppress(ValueError):
            out = x.softmax(1)
            raise ValueError
            out = {LOGITS}
        """,
        {P},
    ),
    "data replaced": (
        f"""
        h = x.softmax(1)
        h.data = {LOGITS}
        out = h
        """,
        {L},
    ),
    "dict() is a copy": (
        f"""
        a = dict(k={LOGITS})
        b = dict(a)
        b['k'] = x.softmax(1)
        out = a['k']
        """,
        {L},
    ),
    "forward replaced in an object": (
        """
        m = nn.Linear(2,2)
        m.forward = lambda h: h.softmax(1)
        out = m(x)
        """,
        {P},
    ),
    "layers added by name": (
        """
        m = nn.Sequential()
        m.add_module('a', nn.Linear(2,2))
        m.add_module('b', nn.Softmax(1))
        out = m(x)
        """,
        {P},
    ),
    "layers appended": (
        """
        m = nn.Sequential(nn.Linear(2,2))
        m.extend([nn.Softmax(1)])
        out = m(x)
        """,
        {P},
    ),
    "layers by name": (
        """
        m = nn.Sequential(collections.OrderedDict([('a', nn.Linear(2,2)), ('b', nn.Softmax(1))]))
        out = m(x)
        """,
        {P},
    ),
    "list() is a copy": (
        f"""
        a = [{LOGITS}]
        b = list(a)
        b[0] = x.softmax(1)
        out = a[0]
        """,
        {L},
    ),
    "rows turned into columns": (
        f"""
        a, b = zip(*[({LOGITS}, x.softmax(1)), ({LOGITS}, x.softmax(1))])
        out = b[0]
        """,
        {P},
    ),
    "the first base": (
        """
        class A:
            def head(self, h): return (h * 9)
        class B:
            def head(self, h): return h.softmax(1)
        class C(B, A): pass
        out = C().head(x)
        """,
        {P},
    ),
    "the last entry counts": (
        f"""
        a = dict(k={LOGITS})
        b = {{'k': x.softmax(1), **a}}
        out = b['k']
        """,
        {L},
    ),
    "the last of a list of layers": (
        """
        m = nn.ModuleList([nn.Softmax(1), nn.Linear(2,2)])
        out = m[-1](x)*9
        """,
        {L},
    ),
}
OPEN: dict[str, str] = {
    "a dictionary of layers updated": """
        m = nn.ModuleDict({'b': nn.Softmax(1)})
        m.update({'b': nn.Identity()})
        out = m['b'](x)*9
        """,
    "a field of a named tuple replaced": f"""
        P = collections.namedtuple('P', 'a b')
        p = P({LOGITS}, x)._replace(a=x.softmax(1))
        out = p.a
        """,
    "a layer deleted": """
        m = nn.Sequential(nn.Linear(2,2), nn.Softmax(1))
        del m[1]
        out = m(x)*9
        """,
    "a layer popped": """
        m = nn.Sequential(nn.Linear(2,2), nn.Softmax(1))
        m.pop(-1)
        out = m(x)*9
        """,
    "a layer replaced by its name": """
        m = nn.Sequential(collections.OrderedDict([('a', nn.Linear(2,2)), ('b', nn.Softmax(1))]))
        m.b = nn.Identity()
        out = m(x)*9
        """,
    "a list of layers and more": """
        m = nn.ModuleList([nn.Linear(2,2)])
        m += [nn.Softmax(1)]
        out = m[-1](x)
        """,
    "a loop over children by name": """
        m = nn.Sequential(nn.Linear(2,2), nn.Softmax(1))
        h = x
        for name, c in m.named_children(): h = c(h)
        out = h
        """,
    "a product in place": """
        h = x.softmax(1)
        h.mul_(9)
        out = h
        """,
    "a property that is set": """
        class A:
            @property
            def h(self): return self._h
            @h.setter
            def h(self, v): self._h = v.softmax(1)
        a = A()
        a.h = x
        out = a.h
        """,
    "a return in finally": """
        def f(h):
            try: return h.softmax(1)
            finally: return (h * 9)
        out = f(x)
        """,
    "a slice of a sequence": """
        m = nn.Sequential(nn.Linear(2,2), nn.Softmax(1), nn.Linear(2,2))
        out = m[:2](x)
        """,
    "a subtraction in place": """
        h = x.softmax(1)
        h -= 5
        out = h
        """,
    "all children but the last": """
        m = nn.Sequential(nn.Linear(2,2), nn.Softmax(1))
        m = nn.Sequential(*list(m.children())[:-1])
        out = m(x)*9
        """,
    "an attribute deleted": f"""
        class A: h = 1
        a = A()
        a.h = 2
        del a.h
        out = x.softmax(1) if a.h == 1 else {LOGITS}
        """,
    "an entry popped": """
        m = nn.ModuleDict({'b': nn.Softmax(1)})
        out = m.pop('b')(x)
        """,
    "an entry replaced": """
        m = nn.ModuleDict({'b': nn.Softmax(1)})
        m['b'] = nn.Identity()
        out = m['b'](x)*9
        """,
    "an item replaced": """
        h = x.softmax(1)
        h[0] = 7.
        out = h
        """,
    "evaluation and then training": """
        class M(nn.Module):
            def forward(self, h): return (h * 9) if self.training else h.softmax(1)
        m = M()
        m.eval()
        m.train()
        out = m(x)
        """,
    "forward replaced in a class": """
        class M(nn.Module):
            def forward(self, h): return h.softmax(1)
        M.forward = lambda self, h: h * 9
        out = M()(x)
        """,
    "the mode of training": """
        class M(nn.Module):
            def forward(self, h): return (h * 9) if self.training else h.softmax(1)
        out = M()(x)
        """,
}


@pytest.mark.parametrize("name", READ)
def test_what_becomes_of_a_value(name: str) -> None:
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
    assert claimed & {U, seen_by_torch(OPEN[name], monkeypatch)}
