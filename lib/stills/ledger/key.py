"""LEDGER_KEY: the file with the key, and the ledger's own key that it wraps.

What is in a ledger is sealed with a key of the ledger's own, which is kept in it, wrapped with the
one of the file: so the file can be changed at once, whatever the ledger has, and a wrong file is
told from damage by the number of its key.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lib.config.ledger_key import SIZE, LedgerKeyFileError, read_ledger_key
from lib.stills.ledger.cipher import Cipher, LedgerCipher, NoCipher
from lib.stills.ledger.errors import DamagedLedgerError, LedgerKeyError

_NONCE, _NUMBER = 12, 8
_PLACE = b"the own key of a ledger of stills"


def key_of(setting: str) -> bytes | None:
    """Of LEDGER_KEY; None where it is empty."""
    return read_key(setting) if setting else None


def read_key(file: str | Path) -> bytes:
    try:
        return read_ledger_key(file)
    except LedgerKeyFileError as error:
        raise LedgerKeyError(str(error)) from error


def wrapped(key: bytes, data_key: bytes, secret: bytes) -> str:
    """What a ledger keeps of its own keys."""
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(key).encrypt(nonce, data_key + secret, _PLACE)
    return b64encode(_number(key) + nonce + sealed).decode()


def unwrapped(key: bytes | None, kept: str) -> tuple[bytes, bytes]:
    """The ledger's own key, and its secret."""
    if key is None:
        raise LedgerKeyError(
            "The ledger of stills is encrypted, and LEDGER_KEY does not say with which key."
        )
    try:
        whole = b64decode(kept, validate=True)
    except ValueError as error:
        raise DamagedLedgerError("its own key is no longer one") from error
    number, nonce, sealed = (
        whole[:_NUMBER], whole[_NUMBER : _NUMBER + _NONCE], whole[_NUMBER + _NONCE :],
    )  # fmt: skip
    if number != _number(key):
        raise LedgerKeyError(
            "The ledger of stills is encrypted with another key than that of LEDGER_KEY."
        )
    try:
        both = AESGCM(key).decrypt(nonce, sealed, _PLACE)
    except (InvalidTag, ValueError) as error:
        raise DamagedLedgerError("its own key is no longer one") from error
    return both[:SIZE], both[SIZE:]


def opened(key: bytes | None, kept: str, secret: bytes) -> tuple[Cipher, bytes]:
    """The cipher and the secret of a ledger, as its row has them."""
    if kept:
        data_key, secret = unwrapped(key, kept)
        return LedgerCipher(data_key), secret
    if key is not None:
        raise LedgerKeyError(
            "The ledger of stills is not encrypted, and LEDGER_KEY is set: "
            "`python -m lib.stills encrypt` encrypts it."
        )
    return NoCipher(secret), secret


def _number(key: bytes) -> bytes:
    return hashlib.blake2b(key=key, person=b"its number", digest_size=_NUMBER).digest()
