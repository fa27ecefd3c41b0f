"""Maps as JSON Canvas 1.0 (jsoncanvas.org), in a zip with their pictures.

What the format does not know stands under `afterimage` in each node, so that a map comes back as
it was; other programs ignore it. Of a zip that comes in, names are only compared and never used as
paths; how much it unpacks to is counted while it is read, not believed.
"""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import IO, Any, NamedTuple

from lib.config.controls import RefusedError
from lib.core.canvas.document import CanvasDocument, Fields, Value, ends_of, shown_edges
from lib.core.canvas.fields import LARGEST_BOX, LARGEST_PLACE, LONGEST_TEXT, SMALLEST_BOX
from lib.http.bodies import UnreadableError, read_object

MOST_BYTES = 500_000_000
MOST_ENTRIES = 2_000
LONGEST_CANVAS = 16_000_000
LONGEST_LIST = 1_000_000
# Others may take gigabytes of memory to unpack a few bytes.
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
CARRIED = ("prompt", "negative", "seed", "width", "height", "count", "steps", "guidance", "kind",
           "model", "engine", "scheduler", "power", "left", "top", "used", "used_seed",
           "text")  # fmt: skip
PICTURES = ("picture", "reference", "mask")
CANVAS_END = ".canvas"


class ImportedNode(NamedTuple):
    """`pictures`: by field, the name of its file in the zip."""

    key: str
    fields: Fields
    pictures: dict[str, str]


class ImportedMap(NamedTuple):
    name: str
    nodes: list[ImportedNode]
    edges: list[tuple[str, str]]


# --- out


def exported(document: CanvasDocument, names: Mapping[str, str]) -> JsonCanvas:
    """`names`: of the pictures' files, by picture."""
    shown = {one: node for one, node in document.nodes.items() if not node.get("deleted")}
    nodes = [_node(one, node, names) for one, node in shown.items()]
    edges = []
    for one in sorted(shown_edges(document)):
        start, end = ends_of(document.edges[one])
        edges.append({"id": one, "fromNode": start, "toNode": end, "fromSide": "right",
                      "toSide": "left"})  # fmt: skip
    return {"nodes": nodes, "edges": edges}


JsonCanvas = dict[str, list[dict[str, Any]]]


def _node(one: str, node: Fields, names: Mapping[str, str]) -> dict[str, Any]:
    at, box = _pair(node.get("at"), (0, 0)), _pair(node.get("box"), (256, 256))
    told: dict[str, Any] = {"id": one, "x": round(at[0]), "y": round(at[1]),
                            "width": round(box[0]), "height": round(box[1])}  # fmt: skip
    file = names.get(str(node.get("picture")))
    if file:
        told |= {"type": "file", "file": file}
    else:
        told |= {"type": "text", "text": str(node.get("text") or node.get("prompt") or "")}
    more: dict[str, Any] = {name: node[name] for name in CARRIED if name in node}
    more |= {name: names[str(node[name])] for name in PICTURES if str(node.get(name)) in names}
    return told | {"afterimage": {"type": node["type"], **more}}


def _pair(value: Value, default: tuple[float, float]) -> tuple[float, float]:
    if isinstance(value, list) and len(value) == 2:
        return float(str(value[0])), float(str(value[1]))
    return default


# --- in


class _SmallReads:
    """A file that is read in small pieces only. The list of a zip's entries is read in one, so it
    cannot be longer than that: a list of millions would take gigabytes of memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size if 0 <= size <= LONGEST_LIST else LONGEST_LIST + 1)
        if len(data) > LONGEST_LIST:
            raise zipfile.BadZipFile
        return data


class CanvasZip:
    """RefusedError says why it is none that is taken."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            self._zip = zipfile.ZipFile(_SmallReads(file))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
            raise RefusedError("this is no zip with a map") from error
        entries = [one for one in self._zip.infolist() if not one.is_dir()]
        if len(entries) > MOST_ENTRIES:
            raise RefusedError(f"the zip has more than {MOST_ENTRIES} entries")
        if sum(one.file_size for one in entries) > MOST_BYTES:
            raise RefusedError(f"the zip unpacks to more than {MOST_BYTES // 1_000_000} MB")
        if not all(one.compress_type in PACKINGS for one in entries):
            raise RefusedError("the zip is packed in a way that is not taken; pack it with deflate")
        self._entries = {one.filename: one for one in entries}
        self._read = 0
        found = sorted(name for name in self._entries if name.endswith(CANVAS_END))
        if len(found) != 1:
            raise RefusedError("the zip must hold one file that ends in .canvas")
        self.canvas = found[0]

    def document(self) -> ImportedMap:
        try:
            whole = read_object(self.read(self.canvas, LONGEST_CANVAS))
            nodes, edges = whole.get("nodes", []), whole.get("edges", [])
            assert isinstance(nodes, list) and isinstance(edges, list)
            taken = [_taken(one) for one in nodes]
            ends = [(str(one["fromNode"]), str(one["toNode"])) for one in edges]
        except (
            UnreadableError,
            AssertionError,
            KeyError,
            TypeError,
            ValueError,
            OverflowError,
        ) as error:
            raise RefusedError("its .canvas file is no JSON Canvas 1.0") from error
        name = self.canvas.rpartition("/")[2].removesuffix(CANVAS_END)
        return ImportedMap(name, taken, ends)

    def has(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str, longest: int) -> bytes:
        """One entry, in pieces: what the zip says of its length is not believed."""
        data = bytearray()
        try:
            with self._zip.open(self._entries[name]) as entry:
                while piece := entry.read(1 << 16):
                    data += piece
                    self._read += len(piece)
                    if len(data) > longest:
                        raise RefusedError(f"{name[-60:]!r} in the zip is too large")
                    if self._read > MOST_BYTES:
                        raise RefusedError("the zip unpacks to more than 500 MB")
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError,
                OSError) as error:  # fmt: skip
            raise RefusedError(f"{name[-60:]!r} in the zip cannot be unpacked") from error
        return bytes(data)


def _taken(node: Mapping[str, Any]) -> ImportedNode:
    """A node of any program's."""
    box = [min(max(_finite(node[one]), SMALLEST_BOX), LARGEST_BOX) for one in ("width", "height")]
    at = [max(-LARGEST_PLACE, min(_finite(node[one]), LARGEST_PLACE)) for one in ("x", "y")]
    fields: Fields = {"at": list(at), "box": list(box)}
    ours = node.get("afterimage")
    pictures: dict[str, str] = {}
    if isinstance(ours, dict):
        fields |= {name: ours[name] for name in CARRIED if name in ours}
        pictures = {name: str(ours[name]) for name in PICTURES if name in ours}
        return ImportedNode(str(node["id"]), {"type": ours.get("type"), **fields}, pictures)
    kind = node["type"]
    if kind == "file":
        return ImportedNode(str(node["id"]), {"type": "still", **fields},
                            {"picture": str(node["file"])})  # fmt: skip
    words = {"text": "text", "link": "url", "group": "label"}
    text = str(node.get(words[kind]) or "")[:LONGEST_TEXT]
    return ImportedNode(str(node["id"]), {"type": "note", **fields, "text": text}, {})


def _finite(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool | str) or not math.isfinite(number):
        raise ValueError
    return number


def packed(
    canvas: JsonCanvas, name: str, files: Mapping[str, Callable[[], bytes]], out: Any
) -> None:
    """Into a file that is open. Pictures are packed already, so they are only stored."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        text = json.dumps(canvas, ensure_ascii=False, indent=1)
        target.writestr(name.replace("/", "_") + CANVAS_END, text, zipfile.ZIP_DEFLATED)
        for file, read in files.items():
            target.writestr(file, read())
