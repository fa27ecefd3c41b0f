"""The names of models: how one may be written, and which of those that are there is meant."""

from __future__ import annotations

from collections.abc import Iterable

FAMILIES = ("v1", "v2", "xl")
ENDINGS = (".safetensors", ".safetensor", ".ckpt")  # the first wins
LONGEST_NAME = 200


def plain_name(name: str) -> str:
    """Without the ending of its file, which is no part of a name."""
    lower = name.lower()
    for ending in ENDINGS:
        if lower.endswith(ending):
            return name[: -len(ending)]
    return name


def meant(name: str, there: Iterable[str], family: str = "") -> str:
    """The model of those that are there: by its name, else by its name in the folder of this
    family, else by the last part of its name where only one has it. What is none of them stays as
    it is, without its ending: it may come."""
    known, plain = set(there), plain_name(name)
    for one in (f"{family}/{plain}", f"{family}/{_last(plain)}") if family else ():
        if one in known:
            return one
    for one in (name, plain):
        if one in known:
            return one
    alike = [one for one in known if _last(one) == _last(plain)]
    return alike[0] if plain and len(alike) == 1 else plain


def _last(name: str) -> str:
    return name.rpartition("/")[2]
