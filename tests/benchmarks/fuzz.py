"""Checks real files that have been tampered with: none may end in a traceback, a hang or a dead process.

    python -m tests.benchmarks.fuzz NUMBER FOLDER… [--seed FIRST] [--seconds BOUND] [--keep FOLDER]

Python files and notebooks below the folders are changed byte by byte, token by token or line by line, and
checked in a process of their own, which may take so many seconds and 2 GiB for one of them. Half of those
without a loss get one at their end. A file that does not fare well is kept.
"""

from __future__ import annotations

import argparse
import io
import keyword
import logging
import resource
import sys
import tempfile
import tokenize
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

LARGEST = 200_000
MEMORY = 2 << 30
LOSS = b"\nimport torch.nn.functional as F\ndef _step(x, y):\n    return F.cross_entropy(x.softmax(1), y)\n"
_NASTY = (
    *(b"\0", b"\xef\xbb\xbf", b"\r\n", b"\r", b"\x0c", b"\xff\xfe", b"\x1a", b"\t", b"\\\n", b"#", b"'''"),
    *(b'"""', b"(", b")", b"[", b"}", b":", b"\xe2\x80\xa8", b"# -*- coding: utf-16 -*-\n", b"\\ud800"),
    *(b"match x:\n", b"*", b"**", b"lambda: ", b"yield ", b"await ", b"f'{", b":=", b"@", b"global x\n"),
)


def bytes_changed(data: bytes, chance: Random) -> bytes:
    """Some bytes taken out, put in, or exchanged."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        where = chance.randint(0, len(changed))
        match chance.randrange(4):
            case 0:
                del changed[where : where + chance.randint(1, 20)]
            case 1:
                changed[where:where] = chance.choice(_NASTY)
            case 2:
                changed[where : where + 1] = bytes([chance.randrange(256)])
            case _:
                start = chance.randint(0, len(changed))
                changed[where:where] = changed[start : start + chance.randint(1, 200)]
    return bytes(changed)


def lines_changed(data: bytes, chance: Random) -> bytes:
    """Some lines taken out, doubled, exchanged, or indented otherwise."""
    lines = data.splitlines(keepends=True) or [b"\n"]
    for _ in range(chance.randint(1, 6)):
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(5):
            case 0 if len(lines) > 1:
                del lines[one]
            case 1:
                lines.insert(other, lines[one])
            case 2:
                lines[one], lines[other] = lines[other], lines[one]
            case 3:
                lines[one] = b" " * chance.randint(0, 12) + lines[one].lstrip()
            case _:
                lines[one] = lines[one].rstrip(b"\r\n") + lines[other]
    return b"".join(lines)


def tokens_changed(data: bytes, chance: Random) -> bytes:
    """Some tokens taken out, doubled, or exchanged for others of the file."""
    try:
        text = data.decode()
        tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.string.strip()]
    except (UnicodeDecodeError, tokenize.TokenError, SyntaxError):
        return bytes_changed(data, chance)
    lines = text.splitlines(keepends=True)
    if chance.random() < 0.8:  # what the grammar does not mind
        words = (tokenize.NAME, tokenize.NUMBER, tokenize.STRING)
        tokens = [t for t in tokens if t.type in words and not keyword.iskeyword(t.string)]
    for _ in range(chance.randint(1, 6) if tokens else 0):
        token, other = chance.choice(tokens), chance.choice(tokens)
        (row, start), (last, end) = token.start, token.end
        if row == last <= len(lines) and lines[row - 1][start:end] == token.string:
            odd = chance.choice(["", token.string * 2, f"{token.string} {other.string}"])
            new = other.string if chance.random() < 0.9 else odd
            lines[row - 1] = lines[row - 1][:start] + new + lines[row - 1][end:]
    return "".join(lines).encode()


WAYS: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(bytes_changed, lines_changed, tokens_changed, tokens_changed, tokens_changed),
)


class Checker:
    """A process that checks files, and a new one where it dies or takes too long."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def check(self, path: Path) -> str:
        """Check a file: the codes that are found, or how it went wrong, which begins with ``!``."""
        try:
            self._ours.send(str(path))
            if self._ours.poll(self._seconds):
                return str(self._ours.recv())
            found = "! it takes too long"
        except (EOFError, OSError):
            self._process.join(5)
            found = f"! the process died ({self._process.exitcode})"
        self._process.kill()
        self._start()
        return found


def _serve(pipe: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    from lossguard import check_paths

    given_up: list[str] = []
    logger = logging.getLogger("lossguard")
    logger.setLevel(logging.DEBUG)
    handler = logging.Handler()
    handler.emit = lambda record: given_up.append(_told(record))  # type: ignore[method-assign]
    logger.addHandler(handler)
    while True:
        try:
            path = pipe.recv()
        except EOFError:
            return
        given_up.clear()
        try:
            found = " ".join(sorted({each.code for each in check_paths([path])})) or "nothing"
        except BaseException:  # noqa: BLE001
            found = f"! {traceback.format_exc()}"
        pipe.send(f"! given up: {given_up[0]}" if given_up and found[0] != "!" else found)


def _told(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return record.getMessage() + ("".join(traceback.format_exception(error)) if error else "")


def inputs(folders: list[Path], chance: Random) -> Iterator[tuple[Path, bytes]]:
    """Files below the folders, each tampered with, in any order and without an end."""
    files = [
        file
        for folder in folders
        for suffix in ("py", "ipynb", "pyi")
        for file in sorted(folder.rglob(f"*.{suffix}"))
        if file.is_file() and file.stat().st_size <= LARGEST
    ]
    if not files:
        raise SystemExit("no Python files or notebooks there")
    while True:
        file = chance.choice(files)
        data = file.read_bytes()
        if file.suffix != ".ipynb" and b"loss" not in data and chance.random() < 0.5:
            data += LOSS
        yield file, chance.choice(WAYS)(data, chance)


def main() -> int:
    """Try so many inputs; 1 where one did not fare well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("number", type=int)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--keep", type=Path, default=Path("fuzzed"))
    options = parser.parse_args()
    checker, found = Checker(options.seconds), Counter[str]()
    tampered = inputs(options.folders, Random(options.seed))
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.number):
            origin, data = next(tampered)
            path = Path(folder) / f"program{origin.suffix}"
            path.write_bytes(data)
            said = checker.check(path)
            found[said.splitlines()[0][:40] if said.startswith("!") else said] += 1
            if said.startswith("!"):
                options.keep.mkdir(exist_ok=True)
                kept = options.keep / f"{options.seed}-{number}{origin.suffix}"
                kept.write_bytes(data)
                print(f"{kept}, of {origin}: {said}", flush=True)
    print(f"{options.number} inputs")
    print("\n".join(f"  {count:6d}  {what}" for what, count in found.most_common()))
    return int(any(what.startswith("!") for what in found))


if __name__ == "__main__":
    sys.exit(main())
