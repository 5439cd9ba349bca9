"""docs/images/finding.svg: what the README's command prints to a terminal, colours included, as a picture.

``python -m tests.picture`` draws it anew.
"""

from __future__ import annotations

import html
import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "finding.svg"
COMMAND = "lossguard check examples/acgan"
COLUMNS = 104
_FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
font: {char_height}px/{line_height}px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}}
{styles}
</style>
<defs>
{lines}
</defs>
<rect fill="#0d1117" width="{width}" height="{height}" rx="8"/>
<g transform="translate({terminal_x}, 22)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def printed() -> Text:
    """The command and its first finding, as a terminal gets them."""
    first, _, _ = _on_a_terminal(COMMAND).partition("\n\n")
    return Text.from_ansi(f"\x1b[1m$ {COMMAND}\x1b[0m\n{first}")


def drawn() -> str:
    """The picture as it is now."""
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(printed(), soft_wrap=False)
    return console.export_svg(code_format=_FORMAT, unique_id="lossguard")


def characters(picture: str) -> str:
    """What is written in a picture, without blanks."""
    return bare("".join(html.unescape(each) for each in re.findall(r"<text [^>]*>(.*?)</text>", picture)))


def bare(text: str) -> str:
    """A text without blanks."""
    return "".join(text.split())


def _on_a_terminal(command: str) -> str:
    ours, theirs = pty.openpty()
    settings = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    settings.pop("NO_COLOR", None)
    running = subprocess.Popen(
        [sys.executable, "-m", *command.split()],
        cwd=ROOT,
        env=settings,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    received = b""
    try:
        while part := os.read(ours, 65536):
            received += part
    except OSError:  # what Linux says when nobody writes any more
        pass
    finally:
        os.close(ours)
        running.wait()
    return received.decode().replace("\r\n", "\n")


if __name__ == "__main__":
    PICTURE.write_text(drawn(), "utf-8")
