"""Who plays."""

from __future__ import annotations

from lib.control.journal import By

ANNA = By("page", "10.0.0.1")
SCRIPT = By("http", "127.0.0.1")
