"""Fixes: what a rule's remedy means for the text of a program, and how edits are made."""

from lossguard.fixes.applying import applicable, applied

__all__ = ["applicable", "applied"]
