"""What all tests share: signals as a terminal gives them, and nothing remembered from elsewhere."""

from __future__ import annotations

import os
import signal

os.environ["LOSSGUARD_NO_CACHE"] = "1"
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell lets what runs in its background ignore interrupts, and so would all that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
