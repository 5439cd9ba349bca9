"""The code cells of a Jupyter notebook as one Python program.

Magics (``%matplotlib inline``), shell lines (``!pip install torch``) and help (``nn.Linear?``) are replaced
by statements that do nothing; what ``%time`` and ``%timeit`` run stays, and a cell may be indented as a
whole. No line or column moves.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

_PYTHON_CELL_MAGICS = frozenset({"capture", "debug", "memit", "prun", "time", "timeit", "wandb"})
_ONLY_PARSE = 0x400 | 0x2000  # ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

_AUTOMATIC = (
    r"[ \t]*(?:cat|cd|conda|cp|env|less|load_ext|ls|ll|mamba|man|matplotlib|mkdir|more|mv|pip|reload_ext"
    r"|rm|rmdir|run|uv)[ \t]+(?!(?:and|if|in|is|not|or)\b)[\w.~/-]"
)
"""Magics that IPython knows without a percent sign, with an argument; ``rm (x)`` may be Python."""
_NAMED_MAGIC = re.compile(_AUTOMATIC)
_ESCAPE = re.compile(r"(?P<indent>[ \t]*)(?:[%!?]|,|;|/(?=[A-Za-z_]))")
_TIMED = re.compile(
    r"(?P<before>[ \t]*(?:[A-Za-z_][\w.,\[\] \t]*=[ \t]*)?)(?P<magic>%time(?:it)?[ \t]+)(?P<code>[^\s-].*)"
)
_ASSIGNED = re.compile(r"(?P<names>[ \t]*[A-Za-z_][\w.,\[\] \t]*)=[ \t]*(?:!|%[A-Za-z])")
_INDENT = re.compile(r"(?:[ \t]*\n)*(?P<indent>[ \t]+)[^\s]")
_HELP = re.compile(r"(?P<indent>[ \t]*)[A-Za-z_][\w.*]*\?{1,2}[ \t]*$")
_SUSPECT = re.compile(rf"^[ \t]*[%!?,;/]|=[ \t]*[%!]|\?[ \t]*$|^{_AUTOMATIC}", re.MULTILINE)
_TOKEN = re.compile(
    r"""
    (?P<skip>
        \#[^\n]*
      | '''(?:[^\\]|\\.)*?(?:'''|\Z) | \"""(?:[^\\]|\\.)*?(?:\"""|\Z)
      | '(?:[^'\\\n]|\\.)*' | "(?:[^"\\\n]|\\.)*"
      | \\\n
      | [^\n#'"\\()\[\]{}]+
    )
  | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<newline>\n) | .
    """,
    re.VERBOSE | re.DOTALL,
)


class NotebookError(ValueError):
    """Text that is not a notebook; ``line`` and ``column`` are those of the JSON text."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell.

    number: 1-based, counting all cells.
    first_line: where the cell starts in the joined program.
    """

    number: int
    first_line: int


def code_cells(text: str) -> tuple[str, tuple[Cell, ...]]:
    """Join the code cells of a notebook.

    Returns the program, empty if the notebook is not a Python one, and its cells.
    Raises NotebookError if the text is not a notebook.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotebookError(f"not a notebook: {error.msg}", error.lineno, error.colno) from error
    except ValueError as error:  # a number of thousands of digits
        raise NotebookError(f"not a notebook: {error}") from error
    except RecursionError as error:
        raise NotebookError("not a notebook: nested too deeply") from error
    if not isinstance(document, dict):
        raise NotebookError("not a notebook: no object at the top")
    code = (
        (number, _source(cell, number))
        for number, cell in enumerate(_cells(document), 1)
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    )
    program = joined(code)
    return program if _is_python(document) else ("", ())


def joined(code: Iterable[tuple[int, str]]) -> tuple[str, tuple[Cell, ...]]:
    """Join cells, given by number and source, to one program."""
    parts: list[str] = []
    cells: list[Cell] = []
    line = 1
    for number, source in code:
        program = masked(source)
        cells.append(Cell(number, line))
        parts.append(program)
        line += program.count("\n")
    return "".join(parts), tuple(cells)


def masked(cell: str) -> str:
    """Replace what is IPython rather than Python; the result has as many lines and ends with a newline."""
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    cell = cell if cell.endswith("\n") else cell + "\n"
    if cell.lstrip().startswith("%%"):
        start = len(cell) - len(cell.lstrip())
        magic, _, body = cell[start:].partition("\n")
        head = cell[:start] + _comment(magic) + "\n"
        name = magic[2:].split(" ", 1)[0].strip()
        return head + (masked(body) if body else "") if name in _PYTHON_CELL_MAGICS else _commented(cell)
    program = cell if _SUSPECT.search(cell) is None else _masked_statements(cell)
    indented = _INDENT.match(cell)
    return program if indented is None else _unindented(program, indented["indent"])


def _unindented(cell: str, indent: str) -> str:
    """Undo the indentation of a cell whose first line has one, as IPython does.

    Python counts the blanks of a line from its last form feed on.
    """
    return re.sub(f"(?m)^{indent}", f"{indent[:-1]}\f", cell)


def _masked_statements(cell: str) -> str:
    parts: list[str] = []
    position = 0
    while position < len(cell):
        line_end = cell.index("\n", position)
        replacement = _replacement(cell[position:line_end])
        if replacement is None:
            end = _statement_end(cell, position)
            parts.append(cell[position:end])
        else:
            end = line_end + 1
            while cell[end - 2] == "\\" and end < len(cell):
                end = cell.index("\n", end) + 1
            rest = cell[line_end + 1 : end]
            parts.append(replacement + "\n" + (_commented(rest) if rest else ""))
        position = end
    return "".join(parts)


def _replacement(line: str) -> str | None:
    """Return what stands for a line of IPython at the start of a statement, None if the line is Python."""
    if (timed := _TIMED.match(line)) and _is_python_code(timed["before"].strip() + timed["code"]):
        # The code is run, and its value given on: it stays where it stands.
        nothing = "" if timed["before"].strip() else "0;"
        return f"{timed['before']}{nothing:<{len(timed['magic'])}}{timed['code']}"
    if escape := _ESCAPE.match(line) or _HELP.match(line):
        return f"{escape['indent']}pass  {_comment(line)}"
    if assigned := _ASSIGNED.match(line):
        return f"{assigned['names']}= get_ipython()  {_comment(line)}"
    if _NAMED_MAGIC.match(line) and not _is_python_code(line.strip()):
        return f"{line[: len(line) - len(line.lstrip())]}pass  {_comment(line)}"
    return None


def _is_python_code(line: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(line, "<line>", "exec", _ONLY_PARSE, dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def _statement_end(cell: str, position: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(cell, position):
        if token.lastgroup == "open":
            depth += 1
        elif token.lastgroup == "close":
            depth -= 1
        elif token.lastgroup == "newline" and depth <= 0:
            return token.end()
    return len(cell)


def _commented(text: str) -> str:
    return "".join(f"{_comment(line)}\n" for line in text.removesuffix("\n").split("\n"))


def _comment(line: str) -> str:
    return f"# {line.strip()}".rstrip()


def _cells(document: dict[str, object]) -> list[object]:
    if isinstance(cells := document.get("cells"), list):
        return cells
    worksheets = document.get("worksheets")
    if isinstance(worksheets, list) and worksheets:
        return [
            cell
            for sheet in worksheets
            if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
            for cell in sheet["cells"]
        ]
    raise NotebookError("not a notebook: no list of cells")


def _source(cell: dict[str, object], number: int) -> str:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, str):
        return source
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    raise NotebookError(f"not a notebook: the source of cell {number} is not text")


def _is_python(document: dict[str, object]) -> bool:
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return True
    named = [
        section.get(key)
        for name, key in (("kernelspec", "language"), ("language_info", "name"))
        if isinstance(section := metadata.get(name), dict)
    ]
    return all(language is None or "python" in str(language).lower() for language in named)
