"""Fixes: what a rule's remedy means for the text of a program, and how edits are made."""

from lossguard.fixes.applying import applied

__all__ = ["applied"]
