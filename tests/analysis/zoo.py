"""Programs that between them use every construct of the language."""

from __future__ import annotations

ZOO = {
    "decorators": """\
@app.route("/x", methods=["GET"])
@cache
def f(): return x


class C:
    @property
    def p(self): return self.q
    @p.setter
    def p(self, v): self.q = v
""",
    "walrus": """\
if (n := len(a)) > 10 and (m := n * 2):
    print(n, m)
xs = [y := f(x), y ** 2]
""",
    "match values": """\
match mode.kind:
    case "ce" | "nll":
        a = b
    case "mse":
        a = c
    case Kind.X as k:
        a = k
    case -1:
        a = d
    case "im" "plicit":
        a = e
""",
    "match patterns": """\
match p:
    case Point(x=0, y=yy) if yy > limit(yy):
        r = yy
    case [first, *rest]:
        r = rest
    case {'k': v, **others}:
        r = others
    case (1, 2):
        r = 1
    case None | True:
        r = 2
    case other:
        r = other
""",
    "async": """\
async def f(xs):
    async with a as b, c() as d:
        async for x in xs:
            await g(x)
    return [await y async for y in xs if await ok(y)]
""",
    "lambda": """\
f = lambda a, /, b=d.e, *args, c, k=[1], **kw: a(b, *args, **kw)
g = sorted(xs, key=lambda t: (t[0], -t[1]))
""",
    "stars": """\
f(*a, b, *c, k=d, **e, **g)
x, *y, (z, w) = a
l = [*a, b, *c]
s = {*a, b}
d = {**a, 'k': v, **b}
t = *a, b
""",
    "comprehensions": """\
a = [[y * z for z in f(y) if z] for x in xs if x if x.ok for y in x]
b = {k: v for k, v in m.items() if k not in (n for n in o)}
c = {x.y for x in z}
d = sum(x for x in y)
""",
    "f-strings": """\
a = f'{x!r:>{width}} {y:.2f}' + g(b)
c = f'a' 'b' f'{d["k"]}'
e = call(f'{z}', h, k=f'''{
  q}''')
log(f"{a.b}" if c else d)
""",
    "non-ASCII": """\
größe = modell(größe, 'äöü', key='𝔘🎉')[naïve]; x = größe + 日本.語('漢')
y = ('é', z, 'ß' 'ü', w)
""",
    "semicolons": """\
a = 1; b = f(a); c = b.d
if a: b = g(c); d = h(b)
for x in y: p(x); q(x)
x = (
  1,
  f(2)); y = g(x)
""",
    "tabs": """\
def f(x):
\tif x:
\t\treturn g(x,
\t\t\th(x))
\telse:
\t\ty = x
\treturn y
""",
    "mixed indentation": """\
if a:
        b = c(d)
        if e:
         f = g
class C:
  def m(self):
       return self.x(
1)
""",
    "line continuations": """\
a = b + \\
    c(d) \\
    .e
with open(x) as f, \\
     open(y) as g:
    z = f
assert a, \\
    b
""",
    "odd multi-line strings": """\
class C:
    def m(self):
        s = '''
zero indentation
  two ''' + t(u)
        \"\"\"
stray\"\"\"
        return x, '''
'''.join(y)
""",
    "long class header": """\
@register(
    'name',
)
class Net(
    nn.Module,  # base
    mixin(a, b).Mixin,
    metaclass=Meta,
    **options,
):
    # a comment

    x: int = field(default=3)
    y = x

    def forward(self, z): return z
""",
    "one-line classes": """\
class A(B, c.D): pass
class E: x = f(1); y = g(x)
class F: z = (1,
   h(2))
class G:
    class H: w = i(3)
    class J(H): ...
    v = 1
""",
    "elif": """\
if a.b:
    x = 1
elif c(d):
    x = 2
elif e[f]:
    x = g
else:
    if h: x = i
    else: x = j
""",
    "try": """\
try:
    a = f()
except (E, g.H) as e:
    raise i(j) from e
except:
    raise
else:
    b = a
finally:
    c = k(a)
""",
    "global and nonlocal": """\
g = 0
def f():
    global g, h
    n = 1
    def inner():
        nonlocal n
        n += g
        del n, g.x, y[0]
    return inner
""",
    "comparisons": """\
a = b < c.d <= f(e) != g is not None in h not in (i, j)
k = not a and b or c and not (d or e)
l = a if b else c if d else e
""",
    "annotations": """\
x: list[int]
y: dict[str, 'T'] = f(a)
self.z: Tensor = g(b)
def f(a: int, *b: str, c: 'X' = d, **e: Any) -> tuple[int, ...]:
    v: Q
    return v
""",
    "subscripts": """\
a[1:2, ..., None, b:c(d):-1] = e[:, 0][f]
g = h[()]
i = j[k,]
o = p[::q]
r = s[(t, u)]
v = w[x := 1]
""",
    "empty displays": """\
a = ()
b = f((), [], {}, k=())
c = d or ()
for e in (): pass
g = () if h else (i,)
def j(k=(), *, l=()): return ()
""",
    "parentheses": """\
a = ((b))
c = (((d))(e))
f = ((g).h)[((i))]
j = ((k), (l))
m = (n + (o)) * ((p))
q = (yield_(r))
""",
    "numbers and bytes": """\
a = 1_000 + 0x1F + 1e-3 + 2j - 0b1 + 0o17
b = b'x' b'y' + rb'\\d'
c = r'\\n' u'x'
d = ...
""",
    "yield": """\
def f():
    x = yield
    y = yield x, 1
    z = yield from g(y)
    await_((yield (z)))
    return (yield)
""",
    "operators": """\
a = b @ c // d % e << f >> g & h | i ^ ~j ** -k
a @= b
a //= c[d]
a.b **= +e
a[0] >>= f
""",
    "imports": """\
import a, b.c, d.e as f
from . import g
from ..h.i import j as k, l
from m import (
    n,
    o as p,
)
from q import *
""",
    "with": """\
with (
    a(b) as c,
    d as (e, f),
    g,
):
    h = c
with (i): j = k
with (l, m): n = o
""",
    "while and for": """\
while (x := f()) is not None:
    if x: break
    continue
else:
    y = x
for a, (b, *c) in d, e:
    pass
else: f = g
""",
    "form feed and comments": """\
# coding: utf-8
\x0c
x = f(y)  # é
\x0cclass C:
    \x0c
    z = g(h)
""",
    "nested definitions": """\
def a(b=c):
    @d
    class E(F, g=h):
        i = j
        @k.l
        async def m(self, *, n=o): yield p
    def q(): return lambda: r
    return E
""",
}
NEWER = {
    "starred subscripts": (
        (3, 11),
        """\
l = m[*n]
o = p[q, *r.s(t)]
""",
    ),
    "exception groups": (
        (3, 11),
        """\
try:
    a = b()
except* (C, D) as e:
    f = g(e)
""",
    ),
    "type parameters": (
        (3, 12),
        """\
type A[T] = list[T]
def f[T: (int, str), *U, **P](x: T = y) -> T:
    return g(x)
class C[T](B[T], metaclass=M):
    z = h(i)
    def m[V](self, v: V = w): return self.z(v)
""",
    ),
    "nested quotes": (
        (3, 12),
        """\
a = f'{b['c']} {f'{d}'}' + e(g)
""",
    ),
    "type parameter defaults": (
        (3, 13),
        """\
class C[T = int](B): x = f(T)
def g[T = str](h=i): return h
""",
    ),
}
"""Programs in the syntax of newer Pythons, each with the first version that reads it."""
