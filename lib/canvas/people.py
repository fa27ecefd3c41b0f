"""A person on another device: a code that works once, for ten minutes."""

from __future__ import annotations

import secrets
from collections import OrderedDict

VALID_S = 600.0
MOST_CODES = 1000


class DeviceCodes:
    """Which key each code stands for. Time comes in as an argument, in seconds."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def new(self, key: str, now_s: float) -> str:
        code = secrets.token_urlsafe(16)
        self._keys[code] = key, now_s + VALID_S
        while len(self._keys) > MOST_CODES:
            self._keys.popitem(last=False)
        return code

    def key(self, code: str, now_s: float) -> str:
        """Empty for one that is not there, used or too old."""
        key, until_s = self._keys.get(code, ("", 0.0))
        return key if now_s < until_s else ""

    def use(self, code: str, now_s: float) -> str:
        key = self.key(code, now_s)
        self._keys.pop(code, None)
        return key
