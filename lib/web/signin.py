"""What a browser without a token is shown."""

from __future__ import annotations

_HEAD = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Afterimage</title>"
    "<meta name=viewport content='width=device-width'><meta name=color-scheme content=dark>"
)
SIGN_IN = (
    _HEAD + "<link rel=stylesheet href=/static/base.css><link rel=stylesheet "
    "href=/static/parts.css><main id=locked><form method=get action=/><h1>Afterimage</h1>"
    "<p>This needs the token of the control port. Open the link that has it, or write it here.</p>"
    "<label for=token>Token</label><div class=line><input id=token name=token type=password "
    "autocomplete=current-password required autofocus><button class=main>Open</button></div>"
    "</form></main></html>"
)
# Browsers keep a strict cookie back from who came by another site's link, but not from a page here.
WAIT_A_MOMENT = _HEAD + "<meta http-equiv=refresh content='0;url=/'><p>One moment.</p></html>"


def clean_address(path: str, query: bytes) -> bytes:
    """The same place without the token."""
    rest = b"&".join(part for part in query.split(b"&") if not part.startswith(b"token="))
    return path.encode() + (b"?" + rest if rest else b"")
