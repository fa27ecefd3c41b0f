"""Embeds words as vectors of length one: similar meanings have similar directions."""

from __future__ import annotations

import hashlib
import re
import struct
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lib.files import open_regular
from lib.words.package_file import TOKENIZER, VECTORS, PackageFileError, find

Vector = NDArray[np.float32]

DIMENSIONS = 256
LONGEST = 256  # tokens of a text that are used; 2000 characters of prose have about 500
_LITTLE = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by for from in into is it its like of on or over that the their "
        "this through to under very was with",
    )
)


class Embedder(Protocol):
    def embed(self, text: str) -> Vector:
        """A vector of length one, or of zeros for a text without meaning."""


def words_of(text: str) -> list[str]:
    """The words that carry meaning; all words if there are only function words."""
    words = re.findall(r"[^\W_]+", text.lower())
    return [word for word in words if word not in _LITTLE] or words


def unit(vector: NDArray[np.float32]) -> Vector:
    length = float(np.linalg.norm(vector))
    return (vector / length if length > 0 else vector).astype(np.float32)


class WordVectors:
    """The word vectors inside the `wordllama` package, read straight from its files."""

    def __init__(self) -> None:
        """A PackageFileError if the files are missing."""
        path = find(VECTORS)
        with open_regular(path) as file:
            (header,) = struct.unpack("<Q", file.read(8))
        # Mapped, not read, since a prompt uses a few of 32000 rows.
        table = np.memmap(path, "<f2", "r", offset=8 + header)
        self._table = table.reshape(-1, DIMENSIONS)
        tokenizer = find(TOKENIZER)
        try:
            from tokenizers import Tokenizer  # noqa: PLC0415 - an optional package
        except ImportError:
            raise PackageFileError("the package tokenizers is not installed") from None
        self._tokenizer = Tokenizer.from_file(str(tokenizer))

    def embed(self, text: str) -> Vector:
        # Signs that are no words, such as emoji, still mean something to the tokenizer.
        said = " ".join(words_of(text)) or text.strip()
        # A lone surrogate cannot be encoded, and a prompt must never end the show.
        said = said.encode("utf-8", "replace").decode("utf-8")
        pieces = self._tokenizer.encode(said, add_special_tokens=False).ids[:LONGEST]
        if not pieces:
            return np.zeros(DIMENSIONS, np.float32)
        return unit(self._table[pieces].astype(np.float32).mean(axis=0))


class HashedWords:
    """The embedder without word vectors: only equal words are alike."""

    def embed(self, text: str) -> Vector:
        total = np.zeros(DIMENSIONS, np.float32)
        for word in words_of(text)[:LONGEST]:
            digest = hashlib.sha256(word.encode("utf-8", "replace")).digest()
            rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
            total += rng.standard_normal(DIMENSIONS, np.float32)
        return unit(total)
