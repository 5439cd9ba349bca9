"""The walls of the house: who may import whom, and what a start-up loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "lossguard"
SYNTAX = {"ast", "libcst", "tokenize", "symtable"}

MAY_NOT_IMPORT = {
    "lossguard.analysis.domain": {*SYNTAX, "torch", "lossguard.analysis", "lossguard.rules"},
    "lossguard.analysis.interpreter": {
        *SYNTAX,
        "torch",
        "lossguard.contracts",
        "lossguard.rules",
        "lossguard.analysis.losses",
        "lossguard.analysis.operators",
        "lossguard.analysis.semantics",
        "lossguard.analysis.shapes",
        "lossguard.analysis.tensors",
    },
    "lossguard.analysis.operators": {*SYNTAX, "torch", "lossguard.analysis", "lossguard.rules"},
    "lossguard.contracts": {*SYNTAX, "torch", "lossguard.analysis", "lossguard.rules", "lossguard.facts"},
    "lossguard.rules": {
        *SYNTAX,
        "torch",
        "lossguard.analysis",
        "lossguard.runtime",
        "lossguard.cli",
        "lossguard.fixes",
    },
    "lossguard.remedies": {*SYNTAX, "torch", "lossguard"},
    "lossguard.analysis": {"lossguard.runtime", "lossguard.cli", "lossguard.rules", "lossguard.fixes"},
    "lossguard.fixes": {"torch", "ast", "lossguard.runtime", "lossguard.cli", "lossguard.checker"},
    "lossguard.runtime": {"lossguard.analysis", "lossguard.cli", "lossguard.checker", "lossguard.fixes"},
    "lossguard.checker": {"lossguard.cli"},
    "lossguard.flake8_plugin": {"lossguard.cli"},
}
ONLY_IMPORTED_BY = {
    "libcst": {"lossguard.fixes"},
    "ast": {
        "lossguard.analysis.imported",
        "lossguard.analysis.index",
        "lossguard.analysis.lower",
        "lossguard.analysis.lower_expressions",
        "lossguard.analysis.syntax",
        "lossguard.flake8_plugin",
        "lossguard.runtime",
    },
    "torch": {"lossguard.runtime"},
    "argcomplete": {"lossguard.cli"},
    "rich": {"lossguard.cli"},
}


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(file): file.read_text(encoding="utf-8") for file in sorted(PACKAGE.rglob("*.py"))}


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def imported(text: str) -> Iterator[str]:
    """Yield every module, or member of a module, that a program imports anywhere."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def printing(text: str) -> Iterator[int]:
    """Yield the lines that print, or reach for a standard stream."""
    for node in ast.walk(ast.parse(text)):
        if (isinstance(node, ast.Name) and node.id == "print") or (
            isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.stderr"}
        ):
            yield node.lineno


def breaches(modules: dict[str, str]) -> list[str]:
    """Name each import that a wall forbids."""
    found = []
    for module, text in modules.items():
        for name in imported(text):
            inside = any(
                within(module, room) and any(within(name, forbidden) for forbidden in forbids)
                for room, forbids in MAY_NOT_IMPORT.items()
            )
            reserved = any(
                within(name, library) and not any(within(module, room) for room in rooms)
                for library, rooms in ONLY_IMPORTED_BY.items()
            )
            if inside or reserved:
                found.append(f"{module} imports {name}")
    return found


def test_walls_stand() -> None:
    assert breaches(MODULES) == []


def test_only_the_command_line_prints() -> None:
    lines = {
        module: list(printing(text))
        for module, text in MODULES.items()
        if not within(module, "lossguard.cli")
    }
    assert {module: found for module, found in lines.items() if found} == {}


@pytest.mark.parametrize(
    ("module", "text", "breach"),
    [
        ("lossguard.analysis.domain", "from lossguard.analysis import ir", "lossguard.analysis.ir"),
        ("lossguard.analysis.interpreter.machine", "def f():\n    import torch.nn", "torch.nn"),
        ("lossguard.rules.lg101", "from lossguard import analysis", "lossguard.analysis"),
        (
            "lossguard.runtime.guard",
            "from lossguard.analysis.domain import Value",
            "lossguard.analysis.domain.Value",
        ),
        ("lossguard.analysis.program", "import lossguard.runtime", "lossguard.runtime"),
        ("lossguard.cli.check", "import libcst as cst", "libcst"),
        ("lossguard.analysis.program", "import ast", "ast"),
        ("lossguard.checker", "import rich", "rich"),
    ],
)
def test_a_breach_is_seen(module: str, text: str, breach: str) -> None:
    assert breaches({module: text}) == [f"{module} imports {breach}"]


def test_a_print_is_seen() -> None:
    assert list(printing("x = 1\nprint(x)\nsys.stderr.write('')\nself.stdout\n")) == [2, 3]


def test_no_file_is_longer_than_500_lines() -> None:
    assert [module for module, text in MODULES.items() if text.count("\n") > 500] == []


def loaded_by(code: str, *arguments: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded once the code has run."""
    report = "import atexit, sys; atexit.register(lambda: print(*sys.modules))\n"
    done = subprocess.run(
        [sys.executable, "-c", report + code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert "Traceback" not in done.stderr
    return set(done.stdout.split())


MAIN = "from lossguard.cli.main import main; sys.exit(main())"


def test_importing_the_package_is_light() -> None:
    assert not {"torch", "libcst", "argparse", "rich", "msgspec"} & loaded_by(
        "import lossguard; dir(lossguard)"
    )


def test_importing_the_flake8_plugin_is_light() -> None:
    loaded = loaded_by("import lossguard.flake8_plugin")
    assert not {"torch", "libcst", "argparse", "rich", "msgspec", "pathspec"} & loaded


def test_version_is_light() -> None:
    loaded = loaded_by(MAIN, "--version")
    assert "lossguard.cli.arguments" in loaded
    assert not {"argcomplete", "torch", "libcst", "rich", "msgspec", "pathspec"} & loaded


@pytest.mark.parametrize("form", ["full", "json"])
def test_a_clean_run_is_light(tmp_path: Path, form: str) -> None:
    (tmp_path / "clean.py").write_text("import os\n\nprint(os.sep)\n")
    loaded = loaded_by(MAIN, "check", f"--output-format={form}", str(tmp_path / "clean.py"))
    assert "lossguard.checker" in loaded
    heavy = {"torch", "libcst", "rich", "msgspec", "pathspec", "lossguard.assessment", "lossguard.contracts"}
    assert not heavy & loaded


def test_a_run_over_a_loss_that_nothing_is_given_to_is_light(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text("gloss = 1\n")
    loaded = loaded_by(MAIN, "check", "--no-cache", str(tmp_path))
    assert "lossguard.analysis.index" in loaded
    assert not {"torch", "libcst", "rich", "lossguard.analysis.interpreter"} & loaded


def test_a_run_that_finds_everything_remembered_is_light(tmp_path: Path) -> None:
    (tmp_path / "loss.py").write_text("import torch.nn as nn\nnn.CrossEntropyLoss()(x.softmax(1), y)\n")
    command = ["check", "--output-format=json", "--cache-dir", str(tmp_path / "cache"), str(tmp_path)]
    first, second = (loaded_by(MAIN, *command) for _ in range(2))
    assert "lossguard.analysis.interpreter" in first
    assert not {"torch", "libcst", "lossguard.analysis.interpreter", "lossguard.analysis.index"} & second


def test_the_guard_says_what_it_needs_where_torch_is_missing(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')\n"
    )
    script = "import lossguard; lossguard.guard"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert run.returncode == 1
    assert (
        run.stderr.splitlines()[-1] == "ModuleNotFoundError: lossguard.guard needs torch: pip install torch"
    )
