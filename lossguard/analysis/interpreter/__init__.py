"""Evaluates the intermediate representation abstractly; knows neither rules nor torch operators.

``machine`` holds the state, ``objects`` attributes, classes and calls, ``containers`` and ``builtins`` what
Python's own types and functions do, ``comparison`` conditions, ``evaluation`` expressions, ``execution``
statements.
"""

from __future__ import annotations

from lossguard.analysis.interpreter.execution import Interpreter

__all__ = ["Interpreter"]
