"""``python -m lossguard``."""

from __future__ import annotations

import sys

from lossguard.cli.main import main

sys.exit(main())
