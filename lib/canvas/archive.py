"""Whole maps in and out: a zip with a map's words and pictures, by way of the ledger."""

from __future__ import annotations

import io
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO

from lib.canvas.json_canvas import CanvasZip, ImportedNode, exported, packed
from lib.canvas.store import Batch, MapPerson, MapRow, MapStore
from lib.config.controls import RefusedError
from lib.core.canvas.document import (
    EDGE,
    NODE,
    CanvasOp,
    Fields,
    Value,
    pictures_of,
    shown_nodes,
)
from lib.core.canvas.fields import CanvasLimits, client_fields
from lib.core.canvas.order import CanvasOrder
from lib.core.still import Keep
from lib.pictures.bare import cleaned
from lib.pictures.examine import examine
from lib.pictures.files import PictureError
from lib.stills.ledger.errors import NoSuchStillError
from lib.stills.service.parts import StillParts

IN_MEMORY = 8_000_000  # of a zip; a larger one is on the disk while it is used
LONGEST_NAME = 60
_USED = {"prompt": str, "negative": str, "seed": int, "steps": int, "width": int, "height": int,
         "kind": str, "power": float}  # fmt: skip


def scratch(parts: StillParts) -> IO[bytes]:
    """A file without a name, beside the ledger: temporary folders may be in memory, where it is
    kept itself if nothing readable may be on the disk."""
    if parts.settings.ledger_key:
        return io.BytesIO()
    return tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(parts.folder))


class MapArchive:
    """Everything waits for the ledger and for the disk, so it is called on a thread of its own."""

    def __init__(self, parts: StillParts, store: MapStore) -> None:
        self._parts, self._store = parts, store
        self._history = parts.ledgers.kept.history

    # --- out

    def export(self, row: MapRow) -> IO[bytes]:
        """The zip, at its start."""
        document = self._store.load(row.id, CanvasOrder()).order.document
        shown = shown_nodes(document)
        names: dict[str, str] = {}
        for picture in sorted({p for one in shown for p in pictures_of(document.nodes[one])}):
            if kept := self._history.kept(picture):
                names[picture] = f"pictures/{picture}.{kept.kind}"
        out = scratch(self._parts)
        try:
            files = {name: partial(self._bytes, picture) for picture, name in names.items()}
            packed(exported(document, names), row.name, files, out)
            out.seek(0)
        except BaseException:
            out.close()
            raise
        return out

    def _bytes(self, picture: str) -> bytes:
        try:
            return self._history.picture(picture).data
        except NoSuchStillError:
            return b""  # it was forgotten meanwhile

    # --- in

    def take(self, file: IO[bytes], name: str, person: str) -> MapRow:
        """A new map of this person's; RefusedError says why not. Nothing of it is there before all
        of it is."""
        whole = CanvasZip(file)
        imported = whole.document()
        limits = CanvasLimits(prompt=self._parts.settings.max_prompt)
        if len(imported.nodes) > limits.nodes or len(imported.edges) > limits.edges:
            raise RefusedError(f"a map has room for {limits.nodes} nodes and {limits.edges} edges")
        map_id, taken = secrets.token_hex(8), dict[str, tuple[str, list[Value]]]()
        with self._whole_or_not_at_all(map_id):
            ids: dict[str, str] = {}
            changes: list[CanvasOp] = []
            for node in imported.nodes:
                one = ids[node.key] = secrets.token_hex(8)
                fields = self._fields(node, limits)
                fields |= self._pictures(node, whole, map_id, taken)
                fields = {"type": fields.pop("type", "note"), "owner": person,
                          "made": int(time.time()), **fields}  # fmt: skip
                changes += [CanvasOp(NODE, one, field, value) for field, value in fields.items()]
            for start, end in imported.edges:
                if start in ids and end in ids and start != end:
                    edge = secrets.token_hex(8)
                    changes.append(CanvasOp(EDGE, edge, "ends", [ids[start], ids[end]]))
                    changes.append(CanvasOp(EDGE, edge, "owner", person))
                    changes.append(CanvasOp(NODE, ids[end], "parent", ids[start]))
            row = self._store.add(self._store.free_name(_named(name or imported.name)), person,
                                  map_id=map_id)  # fmt: skip
            loaded = self._store.load(row.id, CanvasOrder(limits))
            people = [MapPerson(person, "", 0, int(time.time()))] if person else []
            since = loaded.order.seq
            ops = loaded.order.write(changes)
            self._store.commit(loaded, Batch(ops=ops, people=people), 0, since)
            return self._store.find(row.id)

    @contextmanager
    def _whole_or_not_at_all(self, map_id: str) -> Iterator[None]:
        """Pictures are in the ledger before their map is."""
        try:
            yield
        except BaseException:
            self._history.forget_home(map_id)
            raise

    def _fields(self, node: ImportedNode, limits: CanvasLimits) -> Fields:
        """What a person could have written; the rest is left out."""
        checks = client_fields(limits)
        fields: Fields = {}
        for name, value in node.fields.items():
            check = checks.get((NODE, name))
            if check and value is not None and not check(value):
                fields[name] = value
        used = node.fields.get("used")
        if isinstance(used, dict):
            fields["used"] = {
                name: value for name, value in used.items()
                if name in _USED and isinstance(value, _USED[name]) and len(str(value)) <= 2000
            }  # fmt: skip
        for words in (fields, fields.get("used")):
            for name in ("prompt", "negative", "text"):
                text = words.get(name) if isinstance(words, dict) else None
                if objection := self._parts.prompts.listed(str(text or "")):
                    raise RefusedError(objection)
        return fields

    def _pictures(
        self, node: ImportedNode, whole: CanvasZip, map_id: str,
        taken: dict[str, tuple[str, list[Value]]],
    ) -> Fields:  # fmt: skip
        fields: Fields = {}
        for field, name in node.pictures.items():
            if not whole.has(name):
                continue
            if name not in taken:
                taken[name] = self._upload(whole.read(name, self._parts.longest_upload), map_id)
            picture, size = taken[name]
            fields[field] = picture
            if field == "picture":
                fields |= {"samples": [picture], "shape": size}
        return fields

    def _upload(self, data: bytes, map_id: str) -> tuple[str, list[Value]]:
        try:
            facts = examine(data)
            if self._parts.judge:
                self._parts.judge.check(data)
            kept = cleaned(data)
        except PictureError as error:
            raise RefusedError(f"a picture in the zip cannot be used: {error}") from error
        picture = self._history.upload(kept, facts.kind, Keep.CANVAS, map_id)
        return picture, list(facts.size)


def _named(name: str) -> str:
    """A name as maps have them, of whatever a file is called."""
    printable = "".join(one if one.isprintable() and one != "/" else " " for one in name)
    name = printable.strip()[:LONGEST_NAME].strip()
    return "imported" if name in ("", ".", "..") else name
