"""The language server as an editor sees it: JSON-RPC over standard input and output."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls")

MODEL = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        return torch.softmax(self.fc(x), dim=1)
"""
TRAIN = """\
import torch
from torch import nn
from model import Net

criterion = nn.CrossEntropyLoss()
out = Net()(torch.randn(8, 4))
"𝕏"; loss = criterion(out, torch.randint(3, (8,)))
"""
PATIENCE = 60


class Editor:
    """A client of the server that speaks the protocol and nothing else."""

    def __init__(self, folder: Path, *command: str) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            command or (sys.executable, "-m", "lossguard", "server"),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._received: queue.Queue[dict[str, Any]] = queue.Queue()
        self._kept: list[dict[str, Any]] = []
        self._number = 0
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.capabilities = self.request(
            "initialize",
            {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}},
        )["capabilities"]
        self.notify("initialized", {})

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.partition(b":")[2])
            while stream.readline().strip():
                pass
            self._received.put(json.loads(stream.read(length)))

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self._process.stdin
        assert stream is not None
        stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        stream.flush()

    def notify(self, method: str, params: dict[str, Any]) -> None:
        self._send({"method": method, "params": params})

    def request(self, method: str, params: Any) -> Any:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        number = self._number
        return self.await_message(lambda each: each.get("id") == number and "method" not in each)["result"]

    def await_message(self, wanted: Any) -> dict[str, Any]:
        for message in self._kept:
            if wanted(message):
                self._kept.remove(message)
                return message
        while not wanted(message := self._received.get(timeout=PATIENCE)):
            self._kept.append(message)
        return message

    def diagnostics(self, uri: str) -> list[dict[str, Any]]:
        """The next diagnostics that are published for a document."""
        message = self.await_message(
            lambda each: (
                each.get("method") == "textDocument/publishDiagnostics" and each["params"]["uri"] == uri
            )
        )
        found: list[dict[str, Any]] = message["params"]["diagnostics"]
        return found

    def open(self, name: str, text: str) -> str:
        uri = (self.folder / name).as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return uri

    def change(self, uri: str, version: int, text: str) -> None:
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def close(self) -> int:
        self.request("shutdown", None)
        self.notify("exit", {})
        status = self._process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        return status


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    (tmp_path / "model.py").write_text(MODEL)
    client = Editor(tmp_path)
    yield client
    assert client.close() == 0


def span(line: int, start: int, end: int) -> dict[str, Any]:
    return {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}


def test_a_finding_and_the_way_of_its_value(editor: Editor, tmp_path: Path) -> None:
    (found,) = editor.diagnostics(editor.open("train.py", TRAIN))
    assert (found["code"], found["severity"], found["source"]) == ("LG101", 1, "lossguard")
    assert found["range"] == span(6, 23, 26)  # 𝕏 counts as two
    assert found["codeDescription"]["href"].endswith("#lg101")
    assert "help: return the logits" in found["message"]
    related = found["relatedInformation"]
    assert related[0]["location"]["uri"] == (tmp_path / "model.py").as_uri()
    assert related[0]["location"]["range"]["start"]["line"] == 10
    assert related[-1]["location"]["uri"] == (tmp_path / "train.py").as_uri()


def test_findings_come_and_go_while_typing(editor: Editor) -> None:
    uri = editor.open("train.py", TRAIN)
    assert editor.diagnostics(uri)
    for version in range(2, 12):  # only what stands after the last change is checked
        editor.change(uri, version, f"{TRAIN}{version * '#'}")
    editor.change(uri, 12, TRAIN.replace("Net()", "nn.Linear(4, 3)"))
    assert editor.diagnostics(uri) == []
    editor.change(uri, 13, f"{TRAIN}loss = (")
    assert editor.diagnostics(uri) == []  # while a line is being typed nothing is said
    editor.change(uri, 14, TRAIN)
    assert [each["code"] for each in editor.diagnostics(uri)] == ["LG101"]


def test_what_is_open_counts_and_not_what_is_saved(editor: Editor) -> None:
    model = editor.open("model.py", MODEL.replace("torch.softmax(self.fc(x), dim=1)", "self.fc(x)"))
    train = editor.open("train.py", TRAIN)
    assert editor.diagnostics(train) == []
    editor.change(model, 2, MODEL)
    assert [each["code"] for each in editor.diagnostics(train)] == ["LG101"]
    editor.notify("textDocument/didClose", {"textDocument": {"uri": train}})
    assert editor.diagnostics(train) == []


def test_hover_explains(editor: Editor) -> None:
    uri = editor.open("train.py", TRAIN)
    editor.diagnostics(uri)
    asked = {"textDocument": {"uri": uri}}
    shown = editor.request("textDocument/hover", {**asked, "position": {"line": 6, "character": 24}})
    assert shown["contents"]["kind"] == "markdown"
    assert "## Why is this bad" in shown["contents"]["value"]
    assert shown["range"] == span(6, 23, 26)
    assert editor.request("textDocument/hover", {**asked, "position": {"line": 6, "character": 1}}) is None


def actions(editor: Editor, uri: str, line: int) -> list[dict[str, Any]]:
    asked = {"textDocument": {"uri": uri}, "range": span(line, 0, 60), "context": {"diagnostics": []}}
    found: list[dict[str, Any]] = editor.request("textDocument/codeAction", asked)
    return found


def test_quick_fixes(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "lossguard.toml").write_text('extend-select = ["LG902"]')
    uri = editor.open("train.py", "x = '𝕏'  # noqa: LG101\n" + TRAIN)
    assert [each["code"] for each in editor.diagnostics(uri)] == ["LG902", "LG101"]
    (fix, *_) = actions(editor, uri, 0)
    assert (fix["title"], fix["kind"], fix["isPreferred"]) == ("LG902: leave it out", "quickfix", True)
    assert fix["edit"]["changes"] == {uri: [{"range": span(0, 8, 23), "newText": ""}]}
    silence = actions(editor, uri, 7)[-1]
    assert silence["title"] == "LG101: silence it on this line"
    assert silence["edit"]["changes"][uri][0]["newText"] == "  # noqa: LG101"


def test_the_fix_of_a_rule_is_a_quick_fix(editor: Editor) -> None:
    body = "def step(x, y):\n    return F.cross_entropy(nn.Linear(4, 3)(x).softmax(1), y)\n"
    uri = editor.open("loss.py", f"import torch.nn.functional as F\nfrom torch import nn\n{body}")
    assert [each["code"] for each in editor.diagnostics(uri)] == ["LG101"]
    (fix, *_) = actions(editor, uri, 3)
    assert (fix["title"], fix["isPreferred"]) == ("LG101: remove `softmax`", True)
    assert fix["edit"]["changes"] == {uri: [{"range": span(3, 45, 56), "newText": ""}]}


def test_the_configuration_of_the_folder_is_in_force(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open("train.py", TRAIN)
    assert editor.diagnostics(uri)
    (tmp_path / "lossguard.toml").write_text('ignore = ["LG101"]')
    changed = [{"uri": (tmp_path / "lossguard.toml").as_uri(), "type": 1}]
    editor.notify("workspace/didChangeWatchedFiles", {"changes": changed})
    assert editor.diagnostics(uri) == []
    (tmp_path / "lossguard.toml").write_text('ignroe = ["LG101"]')
    editor.notify("workspace/didChangeWatchedFiles", {"changes": changed})
    shown = editor.await_message(lambda each: each.get("method") == "window/showMessage")
    assert "unknown key 'ignroe'; did you mean 'ignore'?" in shown["params"]["message"]
    (tmp_path / "lossguard.toml").write_text('exclude = ["train.py"]')
    editor.notify("workspace/didChangeWatchedFiles", {"changes": changed})
    assert editor.diagnostics(uri) == []


def test_notebook(editor: Editor, tmp_path: Path) -> None:
    uris = [f"vscode-notebook-cell:{(tmp_path / 'a.ipynb').as_posix()}#{name}" for name in "abc"]
    kinds = (1, 2, 2)
    texts = ("# title", "%pip install torch\n" + MODEL, TRAIN.replace("from model import Net\n", ""))
    notebook = {
        "uri": (tmp_path / "a.ipynb").as_uri(),
        "notebookType": "jupyter-notebook",
        "version": 1,
        "cells": [{"kind": kind, "document": uri} for kind, uri in zip(kinds, uris, strict=True)],
    }
    documents = [
        {"uri": uri, "languageId": "python", "version": 1, "text": text}
        for uri, text in zip(uris, texts, strict=True)
    ]
    opened = {"notebookDocument": notebook, "cellTextDocuments": documents[1:]}
    editor.notify("notebookDocument/didOpen", opened)
    (found,) = editor.diagnostics(uris[2])
    assert (found["code"], found["range"]) == ("LG101", span(5, 23, 26))
    assert found["relatedInformation"][0]["location"]["uri"] == uris[1]
    assert found["relatedInformation"][0]["location"]["range"]["start"]["line"] == 11


def test_text_that_has_no_file(editor: Editor) -> None:
    text = MODEL + TRAIN.replace("from model import Net\n", "")
    document = {"uri": "untitled:Untitled-1", "languageId": "python", "version": 1, "text": text}
    editor.notify("textDocument/didOpen", {"textDocument": document})
    assert [each["code"] for each in editor.diagnostics("untitled:Untitled-1")] == ["LG101"]


def test_what_is_needed_is_said(tmp_path: Path) -> None:
    script = "import sys; sys.modules['pygls'] = None; from lossguard.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", script, "server"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 2
    assert done.stderr == "lossguard: the server needs pygls: pip install 'lossguard[server]'\n"
