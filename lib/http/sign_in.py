"""What a browser without a token is shown."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_HEAD = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Afterimage</title>"
    "<meta name=viewport content='width=device-width'><meta name=color-scheme content=dark>"
)
# Browsers keep a strict cookie back where a link of another site led here, but not where a page of
# ours did: so ours sends them on.
COMING_FROM_ELSEWHERE = (
    _HEAD + "<meta http-equiv=refresh content='0;url=/'><p>One moment.</p></html>"
)


def sign_in_page(service: str, styles: Sequence[str]) -> str:
    """Asks for the token of a service; the style sheets must be open to everybody."""
    links = "".join(f"<link rel=stylesheet href={path}>" for path in styles)
    return (
        f"{_HEAD}{links}<main id=locked><form method=get action=/><h1>Afterimage</h1>"
        f"<p>This needs the token of {escape(service)}. "
        "Open the link that has it, or write it here.</p>"
        "<label for=token>Token</label><div class=line><input id=token name=token type=password "
        "autocomplete=current-password required autofocus><button class=main>Open</button></div>"
        "</form></main></html>"
    )


def without_token(path: str, query: bytes) -> bytes:
    """The same address without the token in it."""
    rest = b"&".join(part for part in query.split(b"&") if not part.startswith(b"token="))
    return path.encode() + (b"?" + rest if rest else b"")
