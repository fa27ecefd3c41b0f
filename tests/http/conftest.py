"""What every service is built on is tested by the largest: the control port."""

from __future__ import annotations

from tests.web.conftest import host, shared

__all__ = ["host", "shared"]
