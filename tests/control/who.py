"""Who plays."""

from __future__ import annotations

from lib.control.journal import Origin

ANNA = Origin("page", "10.0.0.1")
SCRIPT = Origin("http", "127.0.0.1")
