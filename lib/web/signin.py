"""What a browser without a token is shown."""

from __future__ import annotations

_HEAD = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Afterimage</title>"
    "<meta name=viewport content='width=device-width'><meta name=color-scheme content=dark>"
)
SIGN_IN = (
    _HEAD + "<h1>Afterimage</h1><p>This needs the token of the control port. Open the link that "
    "has it, or write it here.</p><form method=get action=/><label>Token <input name=token "
    "type=password autocomplete=current-password required autofocus></label> "
    "<button>Open</button></form></html>"
)
# Browsers keep a strict cookie back from who came by another site's link, but not from a page here.
WAIT_A_MOMENT = _HEAD + "<meta http-equiv=refresh content='0;url=/'><p>One moment.</p></html>"


def clean_address(path: str, query: bytes) -> bytes:
    """The same place without the token."""
    rest = b"&".join(part for part in query.split(b"&") if not part.startswith(b"token="))
    return path.encode() + (b"?" + rest if rest else b"")
