"""What is wrong with a message, in words for people: the library's speak of its own types."""

from __future__ import annotations

import re

_BEGINNINGS = {
    b"\xff\xd8": "a bare JPEG",
    b"\x89PNG": "a bare PNG",
    b'{"': "JSON",
    b"[": "JSON",
}
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bytes": "bytes",
    "bool": "true or false",
    "array": "a list",
    "object": "a map",
    "null": "nothing",
    "None": "nothing",
}


def why_no(shape: str, data: bytes | bytearray | memoryview, said: str) -> str:
    """Why it is not of this shape; `said`: the library's own sentence."""
    if field := re.search(r"required field `(\w+)`", said):
        return f"{field[1]} is missing"
    if found := re.fullmatch(r"Expected `\w+` of length <= (\d+) - at `\$\.?(.+)`", said):
        return f"{found[2]} has a length of more than {found[1]}"
    found = re.fullmatch(r"Expected `(\w+).*`, got `(\w+)` - at `\$\.?(.+)`", said)
    if found and found[1] in _KINDS and found[2] in _KINDS:
        return f"{found[3]} must be {_KINDS[found[1]]}, not {_KINDS[found[2]]}"
    begins = bytes(data[:4])
    looks = [kind for begin, kind in _BEGINNINGS.items() if begins.startswith(begin)]
    like = f"; this looks like {looks[0]}" if looks else ""
    return f"no {shape}{like}"
