"""Makes names that come from outside safe for a log or a page."""

from __future__ import annotations


def plain(text: str) -> str:
    """Replace what is not printable, and keep the last 120 characters: a file's name may hold any
    byte but a slash and zero."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[-120:]
