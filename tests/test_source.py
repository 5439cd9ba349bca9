"""Reading files and notebooks as text."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lossguard.analysis.notebook import masked
from lossguard.analysis.source import SourceError, SourceFile, displayed, from_bytes, from_text, read
from lossguard.diagnostics import Span


def written(directory: Path, name: str, data: bytes) -> Path:
    file = directory / name
    file.write_bytes(data)
    return file


def notebook(*cells: tuple[str, str | list[str]], **metadata: object) -> str:
    return json.dumps(
        {"cells": [{"cell_type": kind, "source": text} for kind, text in cells], "metadata": metadata}
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a = 1\nb = 2\n", "a = 1\nb = 2\n"),
        (b"a = 1\r\nb = 2\r\n", "a = 1\nb = 2\n"),
        (b"a = 1\rb = 2\r", "a = 1\nb = 2\n"),
        (b"a = 1\n\x0cb = 2\n", "a = 1\n\x0cb = 2\n"),
        (b"\xef\xbb\xbfa = 1\n", "a = 1\n"),
        (b"# -*- coding: latin-1 -*-\na = '\xe9'\n", "# -*- coding: latin-1 -*-\na = 'é'\n"),
        ("a = 'é\u2028'\n".encode(), "a = 'é\u2028'\n"),
        (b"", ""),
    ],
)
def test_text_is_what_python_reads(tmp_path: Path, data: bytes, text: str) -> None:
    assert read(written(tmp_path, "a.py", data)).text == text


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"a = 1\nb = '\xff'\n", "not valid utf-8: invalid start byte", 2),
        (b"\xef\xbb\xbf\n\nb = '\xff'\n", "not valid utf-8: invalid start byte", 3),
        (b"# coding: klingon\n", "unknown encoding: klingon", 1),
        (b"a = 1\nb = '\0'\n", "source code cannot contain null bytes", 2),
    ],
)
def test_what_is_not_text_says_where(tmp_path: Path, data: bytes, message: str, line: int) -> None:
    with pytest.raises(SourceError) as caught:
        read(written(tmp_path, "a.py", data))
    assert (caught.value.message, caught.value.line) == (message, line)


def test_null_byte_has_a_column() -> None:
    with pytest.raises(SourceError) as caught:
        from_text("a = 1\nb\0", "a.py")
    assert (caught.value.line, caught.value.column) == (2, 2)


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.py"
    os.mkfifo(pipe)
    loop = tmp_path / "loop.py"
    loop.symlink_to(loop)
    for path, message in [
        (pipe, "not a regular file"),
        (tmp_path, "not a regular file"),
        (Path("/dev/null"), "not a regular file"),
        (loop, "Too many levels of symbolic links"),
        (tmp_path / "gone.py", "No such file or directory"),
        (Path("a\0.py"), "embedded null"),
    ]:
        with pytest.raises(SourceError, match=message):
            read(path)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_failed_reads_leak_no_descriptor(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with pytest.raises(SourceError):
            read(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_path_is_shown_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pkg").mkdir()
    monkeypatch.chdir(tmp_path / "pkg")
    assert displayed("a.py") == displayed(tmp_path / "pkg" / "sub" / ".." / "a.py") == "a.py"
    assert displayed(tmp_path / "b.py") == (tmp_path / "b.py").as_posix()
    source = from_text("", "./sub/a.py")
    assert (source.path, source.file) == ("sub/a.py", tmp_path / "pkg" / "sub" / "a.py")


def test_text_without_a_file() -> None:
    source = from_text("a", "<string>")
    assert (source.path, source.file) == ("<string>", None)


@pytest.mark.parametrize(
    ("comment", "silenced"),
    [
        ("# noqa", True),
        ("# NoQA", True),
        ("#noqa", True),
        ("# noqa: LG101", True),
        ("# noqa:lg101", True),
        ("# noqa: E501,LG101", True),
        ("# noqa: E501 LG101", True),
        ("# noqa: E501, LG1", True),
        ("# noqa: LG", True),
        ("# noqa: LG10", True),
        ("# noqa: LG102", False),
        ("# noqa: E501", False),
        ("# noqa: LG1011", False),
        ("# type: ignore # noqa: LG101 - measured", True),
        ("# nothing", False),
    ],
)
def test_noqa(comment: str, silenced: bool) -> None:
    source = from_text(f"loss = criterion(out, y)  {comment}\n", "a.py")
    assert source.suppresses(source.span(1, 18, 1, 21), "LG101") is silenced


def test_noqa_on_first_or_last_line() -> None:
    text = "loss = criterion(\n    f(  {0}\n    x  {1}\n    ),  {2}\n)  {3}\n"
    for place, silenced in enumerate([True, False, True, False]):
        comments = ["# noqa" if place == each else "" for each in range(4)]
        source = from_text(text.format(*comments), "a.py")
        assert source.suppresses(source.span(2, 5, 4, 6), "LG101") is silenced


@pytest.mark.parametrize(
    ("text", "ignored"),
    [
        ("# lossguard: ignore-file\nimport torch\n", True),
        ("import torch\n    #lossguard:ignore-file because it is generated\n", True),
        ("x = 1  # lossguard: ignore-file\n", False),
        ("# lossguard: ignore-files\n", False),
    ],
)
def test_file_level_ignore(text: str, ignored: bool) -> None:
    assert from_text(text, "a.py").ignored is ignored


def test_notebook_is_one_program() -> None:
    text = notebook(
        ("markdown", "# Title"),
        ("code", ["import torch\n", "%matplotlib inline"]),
        ("raw", "x"),
        ("code", "a = 1\r\nb = 2"),
        ("code", ""),
        ("code", "c = 3\n"),
    )
    source = from_text(text, "a.ipynb")
    assert source.text == "import torch\npass  # %matplotlib inline\na = 1\nb = 2\n\nc = 3\n"
    compile(source.text, "a.ipynb", "exec")
    assert source.span(4, 5, 4, 6) == Span("a.ipynb", 2, 5, 2, 6, cell=4)
    assert source.span(6, 1, 6, 2) == Span("a.ipynb", 1, 1, 1, 2, cell=6)
    assert source.span(1, 1, 2, 3) == Span("a.ipynb", 1, 1, 2, 3, cell=2)
    assert source.lines(2) == ["import torch", "pass  # %matplotlib inline"]
    assert source.lines(4) == ["a = 1", "b = 2"]
    assert source.lines(6)[0] == "c = 3"


def test_noqa_in_a_notebook_counts_within_the_cell() -> None:
    text = notebook(("code", "x = 1\ny = 2"), ("code", "f(x)  # noqa\nf(y)"))
    source = from_text(text, "a.ipynb")
    assert source.suppresses(source.span(3, 1, 3, 2), "LG101")
    assert not source.suppresses(source.span(4, 1, 4, 2), "LG101")


def test_old_notebook_format() -> None:
    text = json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1"]}]}]})
    assert from_text(text, "a.ipynb").text == "a = 1\n"


def test_notebook_in_another_language_is_empty() -> None:
    for metadata in ({"kernelspec": {"language": "R"}}, {"language_info": {"name": "julia"}}):
        empty = SourceFile("a.ipynb", Path.cwd() / "a.ipynb", b"")
        assert from_text(notebook(("code", "x <- 1"), **metadata), "a.ipynb")._replace(changed="") == empty
    assert from_text(notebook(("code", "x = 1"), kernelspec={"language": "python"}), "a.ipynb").text


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ('{\n "cells": [,]\n}', "not a notebook: Expecting value", 2),
        ("[]", "not a notebook: no object at the top", 1),
        ("{}", "not a notebook: no list of cells", 1),
        ("", "not a notebook: Expecting value", 1),
        ('{"cells": [{"cell_type": "code", "source": 3}]}', "the source of cell 1 is not text", 1),
        ("[" * 200_000, "not a notebook", 1),
    ],
)
def test_broken_notebook(text: str, message: str, line: int) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        from_bytes(text.encode(), "a.ipynb")
    assert caught.value.line == line


MASKS = [
    ("%matplotlib inline", "pass  # %matplotlib inline\n"),
    ("!pip install torch", "pass  # !pip install torch\n"),
    ("if x:\n    !ls\n    y = 1", "if x:\n    pass  # !ls\n    y = 1\n"),
    ("!pip install \\\n  torch\nx = 1", "pass  # !pip install \\\n# torch\nx = 1\n"),
    ("files = !ls", "files = get_ipython()  # files = !ls\n"),
    ("a, b = %env HOME", "a, b = get_ipython()  # a, b = %env HOME\n"),
    ("nn.Linear?", "pass  # nn.Linear?\n"),
    ("??nn.Linear", "pass  # ??nn.Linear\n"),
    ("%%time\nx = 1\n%matplotlib inline", "# %%time\nx = 1\npass  # %matplotlib inline\n"),
    ("\n%%capture out\nx = 1", "\n# %%capture out\nx = 1\n"),
    ("%%bash\necho $X\n  if", "# %%bash\n# echo $X\n# if\n"),
    ("%%writefile nets.py\nimport torch", "# %%writefile nets.py\n# import torch\n"),
    ("%%time", "# %%time\n"),
    ("%%capture out\n%%time\nx = 1", "# %%capture out\n# %%time\nx = 1\n"),
    ("%%html\n<b>x</b>", "# %%html\n# <b>x</b>\n"),
    ("%time y = f('é')", "0;    y = f('é')\n"),
    ("    %timeit f(x)  # slow".strip(), "0;      f(x)  # slow\n"),
    ("if x:\n    %time f(x)", "if x:\n    0;    f(x)\n"),
    ("y = %time f(x)", "y =       f(x)\n"),
    ("%time", "pass  # %time\n"),
    ("%timeit -n 3 f(x)", "pass  # %timeit -n 3 f(x)\n"),
    ("%time !ls", "pass  # %time !ls\n"),
    ("x = %timeit -o f(x)", "x = get_ipython()  # x = %timeit -o f(x)\n"),
    ("%timer x", "pass  # %timer x\n"),
    ("pip install torch\nls -l a.txt\n  ", "pass  # pip install torch\npass  # ls -l a.txt\n  \n"),
    ("if x:\n    cd ~/data\nmatplotlib inline", "if x:\n    pass  # cd ~/data\npass  # matplotlib inline\n"),
    ("  x = 1\n  if x:\n    y = 2", " \fx = 1\n \fif x:\n \f  y = 2\n"),
    ("\n \n\tx = [1,\n2]\n\ty = 3", "\n \n\fx = [1,\n2]\n\fy = 3\n"),
    (" %time f(x)\n !ls\n x = f(1)", "\f0;    f(x)\n\fpass  # !ls\n\fx = f(1)\n"),
    (" %%time\n  x = f(1)", " # %%time\n \fx = f(1)\n"),
    ("!!ls\nx = !!ls", "pass  # !!ls\nx = get_ipython()  # x = !!ls\n"),
]
NOT_IPYTHON = [
    "text = ('%d'\n        % x)\n",
    "doc = '''\n%matplotlib inline\n!ls\n'''\n!= 2\n"[:-5],
    'doc = """it\'s\n%d\n"""\n',
    "x = a \\\n    % b\n",
    "f(  # a ( in a comment\n    a\n    % b)\n",
    "x = [1,\n! 2]\n",
    "x %= 3\nif x != 2: pass\n",
    "# what is this?\nx = 1\n",
    "f'{a}' 'why?'\n",
    "ls - l\nrun = 5\n",
    "pip = 1\nrm, x = y\nenv in x\nls -1\n",
    "cat and \\\n    dog\n",
    "\n\n# not indented\nif x:\n    y\n",
]


@pytest.mark.parametrize(("cell", "expected"), MASKS)
def test_what_is_not_python_is_masked(cell: str, expected: str) -> None:
    assert masked(cell) == expected
    compile(masked(cell), "cell", "exec")


@pytest.mark.parametrize("cell", NOT_IPYTHON)
def test_python_is_left_alone(cell: str) -> None:
    assert masked(cell) == cell
