"""Keys of the ZeroMQ ports (CURVE): which files there are, who may read them, whom they let in.

A primary host's folder has a pair each of itself, of viewers, and of the worker beside it, and
under workers/ the public keys of all others. A worker elsewhere needs primary.key and its own
worker.key_secret, a viewer elsewhere primary.key and viewer.key_secret.
"""

from __future__ import annotations

import os
import re
import struct
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

import zmq
from zmq.utils import z85

from lib.config.settings import ROOT, PrimarySettings
from lib.files import UnfitFileError, is_open_to_others, open_regular
from lib.wire.ports import only_here
from lib.zmtp.commands import SocketType
from lib.zmtp.curve import ClientKeys, CurveClient
from lib.zmtp.mechanism import Null
from lib.zmtp.peer import Peer

Who = Literal["primary", "worker", "viewer"]

PUBLIC, SECRET = ".key", ".key_secret"
WORKERS = "workers"
MOST_BYTES = 4096


class KeysError(ValueError):
    """A key file that cannot be used; the text says which and why."""


class UnreadableKeyError(KeysError):
    """What is in it cannot be told now; it may be tomorrow."""


class Pair(NamedTuple):
    public: bytes
    secret: bytes


class Key(NamedTuple):
    """What a socket that connects needs: its own pair, and the public key of whom it trusts."""

    public: bytes
    secret: bytes
    server: bytes


class PrimaryKey(NamedTuple):
    """What sockets that others connect to need."""

    secret: bytes
    folder: Path


def folder_of(keys: str) -> Path:
    """Where the setting points to: beside app.py, unless it says otherwise."""
    return ROOT / Path(keys).expanduser()


def worker_key(keys: str) -> Key | None:
    return _key(keys, "worker")


def viewer_key(keys: str) -> Key | None:
    return _key(keys, "viewer")


def connecting_peer(kind: SocketType, key: Key | None, longest: int) -> Peer:
    """The other end of a connection that we open ourselves, without libzmq."""
    if key is None:
        return Peer(Null(kind), longest)
    own, secret, theirs = (z85.decode(text) for text in key)
    return Peer(CurveClient(kind, ClientKeys(own, secret, theirs)), longest)


def primary_key(keys: str) -> PrimaryKey | None:
    if not keys:
        return None
    folder = folder_of(keys)
    return PrimaryKey(read_pair(folder / f"primary{SECRET}").secret, folder)


def keys_trouble(keys: str, *whose: Who) -> str | None:
    """One sentence about the first key that is missing or open to others, or None."""
    try:
        for who in whose:
            if who == "primary":
                primary_key(keys)
            else:
                _key(keys, who)
    except KeysError as error:
        return str(error)
    return None


def exposed(settings: PrimarySettings) -> str | None:
    """One sentence where anybody on the network may take frames and hand in pictures."""
    if settings.keys or only_here(settings.bind):
        return None
    ports = f"{settings.job_port}, {settings.output_port} and {settings.result_port}"
    return (
        f"ports {ports} are open to the network without keys: anybody there may watch and hand in "
        "pictures; automation/make-keys.sh makes keys"
    )


def new_pair() -> Pair:
    return Pair(*zmq.curve_keypair())


def read_pair(path: Path) -> Pair:
    """A secret key's file. Others must not be able to read it."""
    text = _read(path, secret=True)
    secret = _find(text, "secret-key", path)
    return Pair(zmq.curve_public(secret), secret)


def read_public(path: Path) -> bytes:
    return _find(_read(path), "public-key", path)


def workers_files(folder: Path) -> list[Path]:
    """The public keys of all workers that are let in. OSError where that cannot be told: glob
    would say that there are none."""
    files: list[Path] = []
    with suppress(FileNotFoundError, NotADirectoryError):
        files = sorted((folder / WORKERS).iterdir())
    others = [path for path in files if path.name.endswith(PUBLIC)]
    return [folder / f"worker{PUBLIC}", *others]


def viewers_files(folder: Path) -> list[Path]:
    return [folder / f"viewer{PUBLIC}"]


def _key(keys: str, who: Who) -> Key | None:
    if not keys:
        return None
    folder = folder_of(keys)
    pair = read_pair(folder / f"{who}{SECRET}")
    return Key(*pair, read_public(folder / f"primary{PUBLIC}"))


def _read(path: Path, secret: bool = False) -> str:
    try:
        with open_regular(path) as file:
            if secret:
                _refuse_if_open(path, os.fstat(file.fileno()))
            return file.read(MOST_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        raise KeysError(f"{path} is missing: automation/make-keys.sh makes keys") from None
    except (UnfitFileError, IsADirectoryError):
        raise KeysError(f"{path} is no file") from None
    except OSError as error:
        raise UnreadableKeyError(f"{path} cannot be read: {error.strerror}") from error


def _refuse_if_open(path: Path, found: os.stat_result) -> None:
    if is_open_to_others(found):
        raise KeysError(f"{path} is open to others, so it is no secret: chmod 600 {path}")


def _find(text: str, name: str, path: Path) -> bytes:
    match = re.search(rf'^\s*{name}\s*=\s*"?([^"\s]+)"?\s*$', text, re.MULTILINE)
    try:
        key = match[1].encode("ascii") if match else b""
        if len(key) != 40 or len(z85.decode(key)) != 32:
            raise ValueError
    except (ValueError, KeyError, struct.error):
        raise KeysError(f"{path} holds no {name.replace('-', ' ')}") from None
    return key
