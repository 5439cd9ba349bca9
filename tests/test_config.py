"""Configuration files."""

from __future__ import annotations

from pathlib import Path

import pytest

from lossguard.cli.config import ConfigError, load, nearest
from lossguard.cli.options import Options
from lossguard.config import DEFAULT_EXCLUDE


def written(directory: Path, text: str, name: str = "lossguard.toml") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / name
    file.write_text(text)
    return file


def test_every_key(tmp_path: Path) -> None:
    text = """
        select = ["LG1", "ALL"]
        ignore = ["LG102"]
        extend-select = ["LG901"]
        exclude = ["vendor"]
        extend-exclude = ["gen/"]
        output-format = "concise"
        output-file = "out.txt"
        statistics = true
        exit-zero = true
        quiet = true
        per-file-ignores = { "tests/*" = ["LG1"] }

        [losses]
        "mylib.FocalLoss" = "BCEWithLogitsLoss"

        [activations]
        "mylib.safe_softmax" = "softmax"
    """
    assert load(written(tmp_path, text)) == Options(
        select=("LG1", "ALL"),
        ignore=("LG102",),
        extend_select=("LG901",),
        exclude=("vendor",),
        extend_exclude=("gen/",),
        output_format="concise",
        output_file="out.txt",
        statistics=True,
        exit_zero=True,
        quiet=True,
        per_file_ignores={"tests/*": ("LG1",)},
        losses={"mylib.FocalLoss": "BCEWithLogitsLoss"},
        activations={"mylib.safe_softmax": "softmax"},
    )


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "lossguard.toml"
    file.write_bytes(b"quiet = true\n# \xe9\n")
    with pytest.raises(ConfigError) as raised:
        load(file)
    assert str(raised.value) == f"{file}:2: the text is not UTF-8"


def test_empty_file_means_the_defaults(tmp_path: Path) -> None:
    options = load(written(tmp_path, ""))
    assert options == Options()
    assert options.config(tmp_path).exclude == DEFAULT_EXCLUDE


def test_pyproject_table(tmp_path: Path) -> None:
    file = written(tmp_path, '[tool.lossguard]\nselect = ["LG2"]\n[tool.other]\nkey = 1\n', "pyproject.toml")
    assert load(file).select == ("LG2",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", "1: unknown key 'selct'; did you mean 'select'?"),
        (
            "quiet = true\n\nper_file_ignores = {}",
            "3: unknown key 'per_file_ignores'; did you mean 'per-file",
        ),
        ("zzz = 1", "1: unknown key 'zzz'"),
        ("# zzz = 1\n[zzz.a]\nb = 1", "2: unknown key 'zzz'"),
        ("stdin-filename = 'x'", "1: unknown key 'stdin-filename'"),
        ("root = 'x'", "1: unknown key 'root'"),
        ('ignore = ["LG9O1"]', "1: ignore: unknown rule code 'LG9O1'; did you mean 'LG901'?"),
        ('ignore = [\n  "LG1",\n  "LG9O1",\n]', "3: ignore: unknown rule code 'LG9O1'"),
        ('select = ["E501"]', "1: select: unknown rule code 'E501'"),
        ('select = [""]', "1: select: unknown rule code ''"),
        ('[per-file-ignores]\n"a" = ["LG19"]', "2: per-file-ignores.'a': unknown rule code 'LG19'"),
        ('per-file-ignores.a = ["LG19"]', "1: per-file-ignores.'a': unknown rule code 'LG19'"),
        ('quiet = true\nper-file-ignores = { "a" = ["LG19"] }', "2: per-file-ignores.'a': unknown rule code"),
        ('select = "LG1"', "1: select: expected `array`, got `str`"),
        ("fix = true\nselect = [1]", "2: select[0]: expected `str`, got `int`"),
        ("quiet = 1", "1: quiet: expected `bool`, got `int`"),
        ('output-format = "sarf"', "1: output-format: invalid enum value 'sarf'; did you mean 'sarif'?"),
        ('[losses]\n"a.B" = "MSELos"', "2: losses.'a.B': unknown loss 'MSELos'; did you mean 'MSELoss'?"),
        (
            '[activations]\n"a.b" = "sofmax"',
            "2: activations.'a.b': unknown activation 'sofmax'; did you mean",
        ),
        ('[losses]\n"a.A" = "MSELoss"\n"a.B" = 1', "3: losses.'a.B': expected `str`, got `int`"),
        ("[per-file-ignores]\na = ['LG1']\nb = [1]", "3: per-file-ignores.'b'[0]: expected `str`, got"),
        ("losses = 1", "1: losses: expected `object`, got `int`"),
        ("x = 1\ny = = 2", "2: Invalid value"),
        ("quiet = true\nselect = [", "2: Invalid value"),
        ("quiet = true\nexclude = ['a', 'b\\']", "2: exclude: malformed pattern 'b\\\\'"),
        ("extend-exclude = [\n'a',\n'b\\']", "3: extend-exclude: malformed pattern 'b\\\\'"),
        ("[per-file-ignores]\n'a' = []\n'b\\' = []", "3: per-file-ignores: malformed pattern 'b\\\\'"),
    ],
)
def test_mistakes_are_one_line_with_the_place(tmp_path: Path, text: str, message: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value).startswith(f"{file}:{message}")
    assert "\n" not in str(caught.value)


def test_a_mistake_among_other_tables(tmp_path: Path) -> None:
    text = "[tool.other]\nselct = 1\n[tool.lossguard]\n\nselct = 1\n"
    file = written(tmp_path, text, "pyproject.toml")
    with pytest.raises(ConfigError, match=r"pyproject\.toml:5: unknown key 'selct'"):
        load(file)


def test_table_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"tool\.lossguard is not a table"):
        load(written(tmp_path, "[tool]\nlossguard = 3\n", "pyproject.toml"))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file or directory"):
        load(tmp_path / "gone.toml")


def test_nearest_file_with_a_table_is_in_force(tmp_path: Path) -> None:
    outer = written(tmp_path, "[tool.lossguard]\n", "pyproject.toml")
    written(tmp_path / "package", "[project]\nname = 'x'\n", "pyproject.toml")
    assert nearest(tmp_path / "package" / "src") == outer
    own = written(tmp_path / "package", "")
    assert nearest(tmp_path / "package" / "src") == own
    assert nearest(tmp_path) == outer
