"""What an unknown word may have been meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def nearest_spelling(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: the known one that is spelled most like it."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
