"""How the cost of checking grows: with the number of files, with the length of one, and in its corners.

    python -m tests.benchmarks.bench_growth [SHAPE …]

Every shape is written twice as large each time, and checked in a process of its own. Behind the CPU seconds
stands the order of growth: 1.0 where twice as much takes twice as long, 2.0 where it takes four times. What a
check with next to nothing to do takes is taken off first. A shape that ends in a limit says so.
"""

from __future__ import annotations

import math
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

CHECK = (sys.executable, "-m", "lossguard", "check", "--isolated", "--no-cache", "--jobs=1", "--select=LG")
HEADER = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"
NET: Final = """class Net{n}(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, x):
        return self.body(x)


def train{n}(loader, optimizer):
    net, criterion = Net{n}(), nn.CrossEntropyLoss()
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()


"""
"""18 lines: a model and how it is trained."""
TELLING: Final = 0.2
"""Seconds; what takes less is not told from noise."""
LOSS = "def train(x, y):\n    F.cross_entropy(x, y)\n"

Files = Mapping[str, str]


def _files(size: int) -> Files:
    return {f"part_{n}.py": HEADER + NET.format(n=n) for n in range(size)}


def _lines(size: int) -> Files:
    return {"long.py": HEADER + "".join(NET.format(n=n) for n in range(size // 18))}


def _lines_without_a_loss(size: int) -> Files:
    plain = "".join(f"def f{n}(x):\n    return x + {n}\n\n\n" for n in range(size // 4))
    return {"long.py": HEADER + plain + LOSS}


def _passing_on(module: str) -> str:
    return f"{HEADER}from {module} import net as inner\n\n\ndef net(x):\n    return inner(x)\n"


def _chain_of_imports(size: int) -> Files:
    parts = {f"part_{n}.py": _passing_on(f"part_{n + 1}") for n in range(size)}
    return {**parts, f"part_{size}.py": f"{HEADER}net = nn.Linear(3, 4)\n", "a.py": _calling("part_0")}


def _circle_of_imports(size: int) -> Files:
    parts = {f"part_{n}.py": _passing_on(f"part_{(n + 1) % size}") for n in range(size)}
    return {**parts, "a.py": _calling("part_0")}


def _calling(module: str) -> str:
    return f"{HEADER}from {module} import net\n\n\ndef train(x, y):\n    F.cross_entropy(net(x), y)\n"


def _branches(size: int) -> Files:
    tests = "".join(f"    if k == {n}:\n        x = x + {n}\n" for n in range(size))
    return {"branches.py": f"{HEADER}def train(x, y, k):\n{tests}    F.cross_entropy(x, y)\n"}


def _branches_of_one(size: int) -> Files:
    tests = "".join(f"    elif k == {n}:\n        x = x + {n}\n" for n in range(size))
    text = f"{HEADER}def train(x, y, k):\n    if k is None:\n        pass\n{tests}    F.cross_entropy(x, y)\n"
    return {"branches.py": text}


def _statements(size: int) -> Files:
    lines = "    x = F.relu(x)\n" * size
    return {"long.py": f"{HEADER}def train(x, y):\n{lines}    F.cross_entropy(x, y)\n"}


def _calls_in_a_row(size: int) -> Files:
    functions = "".join(f"def f{n}(x):\n    return f{n + 1}(x)\n\n\n" for n in range(size))
    last = f"def f{size}(x):\n    return x\n\n\ndef train(x, y):\n    F.cross_entropy(f0(x), y)\n"
    return {"calls.py": f"{HEADER}{functions}{last}"}


def _mutual_recursion(size: int) -> Files:
    functions = "".join(
        f"def f{n}(x, k):\n    return x if k else f{(n + 1) % size}(f{(n + 2) % size}(x, k - 1), k - 1)\n\n\n"
        for n in range(size)
    )
    return {"calls.py": f"{HEADER}{functions}def train(x, y, k):\n    F.cross_entropy(f0(x, k), y)\n"}


def _nested_blocks(size: int) -> Files:
    blocks = "".join(f"{' ' * (4 + depth)}if k[{depth}]:\n" for depth in range(size))
    return {"deep.py": f"{HEADER}def train(x, y, k):\n{blocks}{' ' * (4 + size)}F.cross_entropy(x, y)\n"}


def _nested_brackets(size: int) -> Files:
    return {"deep.py": f"{HEADER}DATA = {'[' * size}{']' * size}\n\n\n{LOSS}"}


def _literal(size: int) -> Files:
    return {"literal.py": f"{HEADER}DATA = [{', '.join(map(str, range(size)))}]\n\n\n{LOSS}"}


def _dictionary(size: int) -> Files:
    entries = ", ".join(f'"k{n}": {n}' for n in range(size))
    return {"literal.py": f"{HEADER}DATA = {{{entries}}}\n\n\n{LOSS}"}


def _sum(size: int) -> Files:
    return {"sum.py": f"{HEADER}TOTAL = {' + '.join(map(str, range(size)))}\n\n\n{LOSS}"}


def _one_line(size: int) -> Files:
    return {"line.py": f"{HEADER}TEXT = '{'x' * size}'\n\n\n{LOSS}"}


def _bases(size: int) -> Files:
    first = f"{HEADER}class C0(nn.Module):\n    def forward(self, x):\n        return x\n\n\n"
    others = "".join(f"class C{n}(C{n - 1}):\n    pass\n\n\n" for n in range(1, size))
    used = f"def train(x, y):\n    F.cross_entropy(C{size - 1}()(x), y)\n"
    return {"classes.py": f"{first}{others}{used}"}


SHAPES: Final[Mapping[str, tuple[Callable[[int], Files], tuple[int, int]]]] = {
    "files": (_files, (100, 1_600)),
    "lines of models": (_lines, (1_000, 100_000)),
    "lines without a loss": (_lines_without_a_loss, (1_000, 100_000)),
    "chain of imports": (_chain_of_imports, (25, 400)),
    "circle of imports": (_circle_of_imports, (25, 400)),
    "branches": (_branches, (625, 10_000)),
    "branches of one if": (_branches_of_one, (625, 10_000)),
    "statements": (_statements, (625, 10_000)),
    "calls in a row": (_calls_in_a_row, (250, 4_000)),
    "mutual recursion": (_mutual_recursion, (25, 400)),
    "nested blocks": (_nested_blocks, (10, 80)),
    "nested brackets": (_nested_brackets, (20, 160)),
    "numbers in a list": (_literal, (12_500, 200_000)),
    "entries of a dictionary": (_dictionary, (12_500, 200_000)),
    "terms of a sum": (_sum, (250, 2_000)),
    "characters of a line": (_one_line, (1_000_000, 10_000_000)),
    "classes, each of the next": (_bases, (250, 4_000)),
}


def sizes(least: int, most: int) -> Iterator[int]:
    """Give sizes, each twice the last."""
    while least <= most:
        yield least
        least *= 2


def taken(files: Files) -> tuple[float, str]:
    """Check files, and give the CPU seconds and what was said of limits."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([*CHECK, folder], capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    stopped = "LG903" if "LG903" in done.stdout else "LG901" if "LG901" in done.stdout else ""
    said = "internal error" if done.returncode not in (0, 1) else stopped
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, said


def main() -> None:
    """Show how each shape grows."""
    nothing, _ = taken({"a.py": f"{HEADER}{LOSS}"})
    print(f"nothing to do: {nothing:.2f} s")
    for name in sys.argv[1:] or SHAPES:
        write, (least, most) = SHAPES[name]
        last = 0.0
        print(name)
        for size in sizes(least, most):
            seconds, said = taken(write(size))
            net = seconds - nothing
            order = f"order {math.log2(net / last):4.1f}" if min(net, last) > TELLING else ""
            print(f"  {size:10,d}  {seconds:7.2f} s  {order:10}  {said}", flush=True)
            last = net


if __name__ == "__main__":
    main()
