"""Every statement on maps; the tables are those of lib/stills/ledger/statements.py."""

from __future__ import annotations

_MAP = "id, name, epoch, seq, purged, password, made_by, created_s, changed_s, deleted_s"
MAP = f"SELECT {_MAP} FROM map WHERE id = ?"
MAP_NAMED = f"SELECT {_MAP} FROM map WHERE name = ? AND deleted_s = 0"
MAPS = f"SELECT {_MAP} FROM map WHERE deleted_s = 0 ORDER BY changed_s DESC, name LIMIT ?"
DELETED_MAPS = f"SELECT {_MAP} FROM map WHERE deleted_s > 0 ORDER BY deleted_s DESC LIMIT ?"
COUNT_MAPS = "SELECT COUNT(*) FROM map"
ADD_MAP = f"INSERT INTO map ({_MAP}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
NAME_MAP = "UPDATE map SET name = ? WHERE id = ?"
LOCK_MAP = "UPDATE map SET password = ? WHERE id = ?"
DELETE_MAP = "UPDATE map SET deleted_s = ? WHERE id = ?"
ADVANCE = "UPDATE map SET seq = ?, purged = ?, changed_s = ? WHERE id = ? AND seq = ? RETURNING id"
OLD_MAPS = f"SELECT {_MAP} FROM map WHERE deleted_s > 0 AND deleted_s <= ?"
COUNT_NODES = """SELECT map, SUM(CASE WHEN field = 'type' THEN 1 ELSE -1 END) FROM map_field
    WHERE kind = 'node' AND (field = 'type' OR (field = 'deleted' AND value = 'true'))
    GROUP BY map"""

COVERS = """SELECT map, value FROM map_field WHERE kind = 'node' AND field = 'picture'
    AND NOT EXISTS (SELECT 1 FROM map_field deleted WHERE deleted.map = map_field.map
        AND deleted.kind = 'node' AND deleted.item = map_field.item
        AND deleted.field = 'deleted' AND deleted.value = 'true')
    ORDER BY seq DESC"""

FIELDS = "SELECT kind, item, field, value, seq, client, n FROM map_field WHERE map = ? ORDER BY seq"
WRITE_FIELD = """INSERT INTO map_field (map, kind, item, field, value, seq, client, n)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (map, kind, item, field) DO UPDATE SET
    value = excluded.value, seq = excluded.seq, client = excluded.client, n = excluded.n"""
DROP_ITEM = "DELETE FROM map_field WHERE map = ? AND item = ?"
# Where a job was on its way, or the bin has something that is old enough.
UNFINISHED = """SELECT DISTINCT map FROM map_field WHERE field = 'state'
    AND value IN ('"queued"', '"running"')"""
OLD_ITEMS = """SELECT DISTINCT map_field.map FROM map_field
    JOIN map_field deleted ON deleted.map = map_field.map AND deleted.item = map_field.item
    WHERE deleted.field = 'deleted' AND deleted.value = 'true'
    AND CASE WHEN map_field.field = 'deleted_s' AND map_field.value <> 'null'
        THEN CAST(map_field.value AS BIGINT) <= ? END"""

CLIENTS = "SELECT client, person, n FROM map_client WHERE map = ?"
NOTE_CLIENT = """INSERT INTO map_client (map, client, person, n, seen_s) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (map, client) DO UPDATE SET n = excluded.n, seen_s = excluded.seen_s"""
OLD_CLIENTS = "DELETE FROM map_client WHERE seen_s <= ?"

PEOPLE = "SELECT person, name, colour, seen_s FROM map_person WHERE map = ? ORDER BY colour"
NOTE_PERSON = """INSERT INTO map_person (map, person, name, colour, seen_s) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (map, person) DO UPDATE SET name = excluded.name, seen_s = excluded.seen_s"""

NAME_OF = """SELECT map, name FROM map_person WHERE person = ? AND name <> ''
    ORDER BY seen_s DESC LIMIT 1"""

OPENED = "INSERT INTO map_opened (map, person) VALUES (?, ?) ON CONFLICT DO NOTHING"
SHUT = "DELETE FROM map_opened WHERE map = ?"

HOLD_PICTURE = "INSERT INTO map_picture (map, picture) VALUES (?, ?) ON CONFLICT DO NOTHING"
KEEP_PICTURE = "UPDATE picture SET keep = 2 WHERE id = ? AND keep = 1"
HELD = "SELECT picture FROM map_picture WHERE map = ?"
LET_GO = "DELETE FROM map_picture WHERE map = ? AND picture = ?"
# Kept for a map that does not hold it, or no longer: history from now on.
TO_HISTORY = """UPDATE picture SET keep = 1 WHERE keep >= 2 AND at_ns <= ?
    AND NOT EXISTS (SELECT 1 FROM map_picture WHERE map_picture.picture = picture.id)"""

FORGET_MAP = (
    "DELETE FROM map_field WHERE map = ?",
    "DELETE FROM map_client WHERE map = ?",
    "DELETE FROM map_person WHERE map = ?",
    "DELETE FROM map_opened WHERE map = ?",
    "DELETE FROM map_picture WHERE map = ?",
    "DELETE FROM map WHERE id = ?",
)
