"""Passwords of maps: kept as scrypt hashes, and compared slowly on purpose."""

from __future__ import annotations

import hashlib
import hmac
import secrets

LONGEST = 200
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1  # 16 MB and some 50 ms


def hashed(password: str) -> str:
    """With a salt of its own; empty for none."""
    if not password:
        return ""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{_digest(password, salt).hex()}"


def fits(password: str, kept: str) -> bool:
    salt, _, digest = kept.partition(":")
    return hmac.compare_digest(_digest(password, bytes.fromhex(salt)), bytes.fromhex(digest))


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, maxmem=2**26, dklen=32
    )
