"""lossguard where commits are checked: the action, the snippets, and pre-commit itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from lossguard import __version__
from lossguard.cli.main import main
from lossguard.cli.options import FORMATS
from tests.cli.test_process import MISUSE
from tests.fixing.mending import HEADER

tomllib = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
ROOT = Path(__file__).parents[1]
SNIPPETS = re.findall(r"```(\w+)\n(.*?)```", (ROOT / "docs" / "ci.md").read_text("utf-8"), re.DOTALL)


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.invalid")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


# What the repository says of itself


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["version"] == __version__


@pytest.mark.parametrize(
    "form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda form: form.stem
)
def test_an_issue_form_is_one(form: Path) -> None:
    said = yaml.safe_load(form.read_text("utf-8"))
    assert said.keys() == {"name", "description", "labels", "body"}
    fields = [each for each in said["body"] if each["type"] in {"textarea", "input"}]
    assert len({each["id"] for each in fields}) == len(said["body"])
    assert all(each["attributes"]["label"] for each in fields)


# The action


def test_the_action_gives_its_script_what_it_reads() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    (step,) = [each for each in action["runs"]["steps"] if each.get("id") == "check"]
    script = (ROOT / ".github" / "check.sh").read_text("utf-8")
    assert step["run"].endswith("/.github/check.sh")
    assert os.access(ROOT / ".github" / "check.sh", os.X_OK)
    given = {name for name in step["env"] if name in script}
    assert given == set(step["env"])
    inputs = set(re.findall(r"inputs\.([\w-]+)", json.dumps(action)))
    assert inputs == set(action["inputs"])


@pytest.mark.parametrize(
    ("text", "options", "status", "found"),
    [
        (MISUSE, "", 1, "true"),
        (MISUSE, "--exit-zero", 0, "false"),
        ("", "", 0, "false"),
        ("", "--selekt", 2, None),
    ],
)
def test_the_script_of_the_action(
    tmp_path: Path, text: str, options: str, status: int, found: str | None
) -> None:
    """With a stand-in for the environment that it makes, since nothing may be downloaded here."""
    python = tmp_path / "python"
    target = tmp_path / "lossguard" / "bin"
    python.write_text(
        f"#!/bin/sh\nmkdir -p {target}\nln -sf /bin/true {target}/pip\n"
        f"printf '#!/bin/sh\\nexec {sys.executable} -m lossguard \"$@\"\\n' >{target}/lossguard\n"
        f"chmod +x {target}/lossguard\n"
    )
    python.chmod(0o755)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "train.py").write_text(text)
    environment = {
        "PYTHON": str(python),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "OPTIONS": options,
        "SARIF_FILE": "" if status == 2 else "log.sarif",
    }
    done = subprocess.run(
        [ROOT / ".github" / "check.sh"],
        cwd=tmp_path / "work",
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert ("::error file=train.py,line=17," in done.stdout) == bool(text)
    if found is None:
        assert not (tmp_path / "output").exists()
        return
    assert (tmp_path / "output").read_text() == f"findings={found}\n"
    log = json.loads((tmp_path / "work" / "log.sarif").read_text())
    assert len(log["runs"][0]["results"]) == bool(text)


# The snippets


def test_the_snippets_are_what_they_say() -> None:
    assert {language for language, _ in SNIPPETS} == {"yaml", "toml"}
    hooks = {each["id"] for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    inputs = set(yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"])
    for language, text in SNIPPETS:
        document = tomllib.loads(text) if language == "toml" else yaml.safe_load(text)
        if isinstance(document, list):
            assert {hook["id"] for hook in document[0]["hooks"]} <= hooks
        for job in document.get("jobs", {}).values() if isinstance(document, dict) else ():
            ours = [step for step in job["steps"] if step["uses"].startswith("lossguard/")]
            assert all(set(step["with"]) <= inputs for step in ours)
    named = set(re.findall(r"--output-format (\w+)", (ROOT / "docs" / "ci.md").read_text("utf-8")))
    assert named <= set(FORMATS)


def test_the_options_of_the_snippets_exist(capsys: pytest.CaptureFixture[str]) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", (ROOT / "docs" / "ci.md").read_text("utf-8")))
    assert main(["check", "--help"]) == 0
    assert named - {"--quiet"} <= set(re.findall(r"--[a-z-]+", capsys.readouterr().out))


# pre-commit


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the hooks, which run the lossguard that is installed here."""
    pytest.importorskip("pre_commit")
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    entry = f"{sys.executable} -m lossguard"
    local = [
        {**each, "language": "system", "entry": each["entry"].replace("lossguard", entry, 1)}
        for each in hooks
    ]
    settings = {"repos": [{"repo": "local", "hooks": local}]}
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(settings))
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "begin")
    return folder


def hook(folder: Path, name: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PRE_COMMIT_HOME": str(folder.parent / "home"), "PRE_COMMIT_COLOR": "never"},
    )
    return done.returncode, done.stdout


def notebook(*lines: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": list(lines), "outputs": []}]}, indent=1)


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_only_what_is_staged_is_reported(repository: Path) -> None:
    model, _, train = MISUSE.partition("\n\nmodel = ")
    (repository / "model.py").write_text(model)
    (repository / "wrong.py").write_text(MISUSE)
    git(repository, "add", "model.py")
    git(repository, "commit", "-qm", "a model")
    assert hook(repository, "lossguard")[0] == 0  # nothing is staged
    (repository / "train.py").write_text(f"import torch\nfrom model import *\nmodel = {train}")
    (repository / "notes.md").write_text("criterion(softmax)")
    git(repository, "add", "train.py", "notes.md")
    (repository / "train.py").write_text("")  # what is staged counts, not what lies there
    status, out = hook(repository, "lossguard")
    assert status == 1
    assert "--> train.py:6:18" in out
    assert "::: model.py:11:16" in out
    assert "wrong.py" not in out
    assert (repository / "train.py").read_text() == ""


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_notebooks_and_nothing_to_check(repository: Path) -> None:
    (repository / "notes.md").write_text("x")
    git(repository, "add", "notes.md")
    status, out = hook(repository, "lossguard")
    assert status == 0
    assert "no files to check" in out
    (repository / "a.ipynb").write_text(notebook("%matplotlib inline\n", *MISUSE.splitlines(keepends=True)))
    git(repository, "add", "a.ipynb")
    status, out = hook(repository, "lossguard")
    assert status == 1
    assert "--> a.ipynb:cell 1:18:18" in out


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_the_fixing_hook_changes_files(repository: Path) -> None:
    (repository / "lossguard.toml").write_text('extend-select = ["LG902"]\n')
    (repository / "a.py").write_text("x = 1  # noqa: LG101\n")
    (repository / "b.ipynb").write_text(notebook("x = 1  # noqa: LG101"))
    git(repository, "add", ".")
    status, out = hook(repository, "lossguard-fix")
    assert status == 1
    assert "files were modified by this hook" in out
    assert (repository / "a.py").read_text() == "x = 1\n"
    assert (repository / "b.ipynb").read_text() == notebook("x = 1")
    git(repository, "add", ".")
    assert hook(repository, "lossguard-fix")[0] == 0


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_the_fixing_hook_mends_what_is_staged_and_nothing_else(repository: Path) -> None:
    """A safe fix in a staged file and a notebook; what is changed but not staged, or not known, stays."""
    apart = "# git merges what does not touch\n" * 5
    wrong = f"{HEADER}loss = F.cross_entropy(F.softmax(net(x), dim=1), y)\n{apart}"
    right = wrong.replace("F.softmax(net(x), dim=1)", "net(x)")
    for name in ("staged.py", "both.py", "changed.py"):
        (repository / name).write_text("x = 1\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "nothing yet")
    (repository / "staged.py").write_text(wrong)
    (repository / "both.py").write_text(wrong)
    (repository / "a.ipynb").write_text(notebook("%matplotlib inline\n", *wrong.splitlines(keepends=True)))
    git(repository, "add", ".")
    (repository / "both.py").write_text(f"{wrong}# not staged\n")
    (repository / "changed.py").write_text(wrong)
    (repository / "unknown.py").write_text(wrong)
    status, out = hook(repository, "lossguard-fix")
    assert status == 1
    assert "files were modified by this hook" in out
    assert (repository / "staged.py").read_text() == right
    mended = notebook("%matplotlib inline\n", *right.splitlines(keepends=True))
    assert (repository / "a.ipynb").read_text() == mended
    assert (repository / "both.py").read_text() == f"{right}# not staged\n"
    assert (repository / "changed.py").read_text() == wrong
    assert (repository / "unknown.py").read_text() == wrong
    git(repository, "add", "staged.py", "both.py", "a.ipynb")
    assert hook(repository, "lossguard-fix")[0] == 0
    assert hook(repository, "lossguard")[0] == 0
    git(repository, "commit", "-qm", "mended")
    status, out = hook(repository, "lossguard-fix")
    assert (status, "no files to check" in out) == (0, True)


def test_what_the_readme_pastes_is_what_the_documentation_does() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    documented = {line.strip() for line in (ROOT / "docs" / "ci.md").read_text("utf-8").splitlines()}
    assert len(blocks) == 3
    assert [line for block in blocks for line in block.splitlines() if line.strip() not in documented] == []
