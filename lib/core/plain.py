"""Names that others gave, as they may stand in a log or on a page."""

from __future__ import annotations


def plain(text: str) -> str:
    """A file's name can hold any byte but a slash."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[-120:]
