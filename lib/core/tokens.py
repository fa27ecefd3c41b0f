"""What a token is worth, and the workers' token where none is set."""

from __future__ import annotations

import base64
import hashlib
import hmac

# Characters of a token that nobody guesses at 200 tries a second: as make-token.sh writes them,
# so many hold 128 bits.
LONG_ENOUGH = 22


def can_be_guessed(token: str) -> bool:
    return len(token) < LONG_ENOUGH


def worker_token_of(control_token: str, own: str = "") -> str:
    """The workers' token: their own, else one made from the control token, so that a show that was
    set up before there were several needs no new setting. None is made of a short one: whoever has
    it could try all short ones until one fits."""
    if own or not control_token or can_be_guessed(control_token):
        return own
    made = hmac.new(control_token.encode(), b"worker", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:24]).decode()
