"""Text for people: what comes from outside, made safe for a log, a terminal or a page; and lengths
of time."""

from __future__ import annotations


def printable(text: str) -> str:
    """Replace what is not printable: new lines, a terminal's escapes, what turns the direction."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def plain(text: str) -> str:
    """The last 120 characters, printable: a file's name may hold any byte but a slash and zero."""
    return printable(text[-120:])


def span(seconds: float) -> str:
    """A length of time for people, much as lib/http/static/format.js says it on the pages."""
    for size, unit, longest in ((1, "s", 90), (60, "min", 5400), (3600, "h", 172800)):
        if seconds < longest:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"


def is_utf8(text: str) -> bool:
    """Whether it can be sent. For bytes of a name that are no UTF-8 Python has surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
