"""Whatever lies in a folder, each file gives a finding or silence, and the others are checked as well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lossguard import check_paths

LOSS = "import torch.nn.functional as F\ndef train(x, y):\n    F.cross_entropy(x.softmax(1), y)\n"
MARK = "cross_entropy"


def _notebook(*cells: object, **more: object) -> bytes:
    return json.dumps({"cells": list(cells), "nbformat": 4, **more}).encode()


def _cell(text: object) -> dict[str, object]:
    return {"cell_type": "code", "source": text, "outputs": [], "metadata": {}}


FILES: dict[str, bytes] = {
    "null.py": LOSS.encode() + b"\0",
    "only_null.py": b"\0" * 1000,
    "utf16.py": LOSS.encode("utf-16"),
    "utf32.py": LOSS.encode("utf-32"),
    "two_marks.py": b"\xef\xbb\xbf\xef\xbb\xbf" + LOSS.encode(),
    "mark_and_latin.py": b"\xef\xbb\xbf# coding: latin-1\n" + LOSS.encode(),
    "wrong_declaration.py": b"# coding: ascii\n# \xe9\n" + LOSS.encode(),
    "no_such_encoding.py": b"# coding: klingon\n" + LOSS.encode(),
    "no_text_encoding.py": b"# coding: rot13\n" + LOSS.encode(),
    "bytes_to_bytes.py": b"# coding: zlib\n" + LOSS.encode(),
    "utf7.py": b"# coding: utf-7\n" + LOSS.encode(),
    "idna.py": b"# coding: idna\n" + LOSS.encode(),
    "undefined.py": b"# coding: undefined\n" + LOSS.encode(),
    "long_declaration.py": b"# coding: " + b"a" * 100_000 + b"\n" + LOSS.encode(),
    "one_long_line.py": LOSS.encode() + b"x = '" + b"a" * 10_000_000 + b"'\n",
    "one_long_comment.py": LOSS.encode() + b"#" + b"a" * 10_000_000,
    "one_long_list.py": LOSS.encode() + b"x = [" + b"1," * 20_000 + b"]\n",
    "one_long_sum.py": LOSS.encode() + b"x = " + b"1+" * 1_000_000 + b"1\n",
    "one_long_chain.py": LOSS.encode() + b"x = a" + b".a" * 1_000_000 + b"\n",
    "deep_brackets.py": LOSS.encode() + b"x = " + b"[" * 1000 + b"]" * 1000 + b"\n",
    "deep_calls.py": LOSS.encode() + b"x = " + b"f(" * 1000 + b")" * 1000 + b"\n",
    "deep_blocks.py": LOSS.encode() + b"".join(b" " * n + b"if x:\n" for n in range(1000)),
    "deep_functions.py": LOSS.encode()
    + b"".join(b" " * n + b"def f():\n" for n in range(95))
    + b" " * 95
    + b"1",
    "unfinished.py": LOSS.encode() + b"def f(",
    "print_statement.py": b"print 'Python 2'\n" + LOSS.encode(),
    "backslash.py": LOSS.encode() + b"\\",
    "control_z.py": LOSS.encode() + b"\x1a",
    "form_feeds.py": b"\x0c" * 100 + LOSS.encode(),
    "empty.py": b"",
    "no_json.ipynb": MARK.encode(),
    "a_list.ipynb": json.dumps([MARK]).encode(),
    "no_cells.ipynb": json.dumps({"metadata": MARK}).encode(),
    "cells_no_list.ipynb": json.dumps({"cells": {MARK: 1}}).encode(),
    "odd_cells.ipynb": _notebook(
        1, None, [MARK], {}, {"cell_type": "code"}, {"cell_type": 1, "source": MARK}
    ),
    "odd_sources.ipynb": _notebook(_cell(1), _cell([1, None]), _cell({MARK: 1}), _cell([[MARK]])),
    "odd_language.ipynb": _notebook(_cell(LOSS), metadata={"kernelspec": [MARK], "language_info": 3}),
    "deep.ipynb": b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b', "x": "cross_entropy"}',
    "surrogate.ipynb": b'{"cells": [{"cell_type": "code", "source": "# \\ud800\\ncross_entropy"}]}',
    "huge_number.ipynb": b'{"nbformat": ' + b"9" * 10_000 + b', "cells": ["cross_entropy"]}',
    "not_a_number.ipynb": b'{"nbformat": NaN, "cells": [{"cell_type": "code", "source": "cross_entropy"}]}',
    "cell_that_ends.ipynb": _notebook(_cell(f"{LOSS}'''"), _cell("'''\n" + LOSS)),
    "magics.ipynb": _notebook(
        _cell("%%bash\n" + LOSS), _cell("!cross_entropy\n%x\n?"), _cell("%%cross_entropy")
    ),
    "marked.ipynb": b"\xef\xbb\xbf" + _notebook(_cell(LOSS)),
    "not_utf8.ipynb": _notebook(_cell(LOSS)).replace(b"train", b"tr\xe4in"),
}
"""What a file may hold, by its name."""


@pytest.mark.parametrize("name", FILES)
def test_another_file_is_checked_beside(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    (tmp_path / "zz_plain.py").write_text(LOSS)
    found = {(Path(each.span.path).name, each.code) for each in check_paths([tmp_path])}
    assert ("zz_plain.py", "LG101") in found
    assert {code for path, code in found if path == name} <= {"LG901", "LG101"}


def test_all_of_them_from_the_command_line(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "zz_plain.py").write_text(LOSS)
    command = [sys.executable, "-m", "lossguard", "check", "--isolated", "--no-cache", "--output-format=json"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=300, env=environment, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert ("zz_plain.py", "LG101") in {(each["path"], each["code"]) for each in json.loads(done.stdout)}


def _link_to_itself(folder: Path) -> None:
    (folder / "loop.py").symlink_to(folder / "loop.py")
    (folder / "loop").symlink_to(folder)


def _dangling(folder: Path) -> None:
    (folder / "gone.py").symlink_to(folder / "nothing.py")


def _folder_like_a_file(folder: Path) -> None:
    (folder / "package.py").mkdir()
    (folder / "package.py" / "inner.ipynb").mkdir()


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe.py")
    os.mkfifo(folder / "pipe.ipynb")


def _hostile_names(folder: Path) -> None:
    for name in ("-rf.py", "a\nb.py", "<b>.py", "%s{0}.py", "ü\u202e.py", "'$(x)'.py"):
        (folder / name).write_text("(")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.py")).write_text("(")


@pytest.mark.parametrize("make", [_link_to_itself, _dangling, _folder_like_a_file, _pipe, _hostile_names])
def test_odd_things_in_a_folder(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "zz_plain.py").write_text(LOSS)
    found = check_paths([tmp_path])
    assert "LG101" in [each.code for each in found]
    assert {each.code for each in found} <= {"LG101", "LG901"}


@pytest.mark.parametrize(
    "error", [FileNotFoundError, PermissionError, IsADirectoryError, OSError, InterruptedError]
)
def test_a_file_that_vanishes_or_cannot_be_read(
    error: type[OSError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone.py").write_text(LOSS)
    (tmp_path / "zz_plain.py").write_text(LOSS)
    read_bytes = Path.read_bytes

    def vanishing(path: Path) -> bytes:
        if path.name == "gone.py":
            raise error(2, "gone")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", vanishing)
    codes = {(Path(each.span.path).name, each.code) for each in check_paths([tmp_path])}
    assert ("zz_plain.py", "LG101") in codes
