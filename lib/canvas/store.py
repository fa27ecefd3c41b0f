"""Maps in the ledger. Every method waits for it and is called on the ledger's threads."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import astuple, dataclass, field, replace
from typing import NamedTuple

from lib.canvas import statements as sql
from lib.core.canvas.document import CanvasDocument, CanvasOp, Fields, Value, pictures_of
from lib.core.canvas.order import CanvasOrder, Written
from lib.stills.ledger.book import number
from lib.stills.ledger.cipher import FIELD, MAP_NAME, PASSWORD, PERSON_NAME, PLAIN_FIELDS
from lib.stills.ledger.errors import LedgerError
from lib.stills.ledger.ledger import Ledger
from lib.stills.ledger.room import DAY_NS

MOST_MAPS = 1000
MOST_COVERS = 4
BIN_S = 7 * 86400
CLIENTS_S = 30 * 86400  # a page that comes back later begins anew
LOOSE_NS = DAY_NS  # a picture that was uploaded for a map waits so long to be put on one


class MapError(LedgerError):
    """What is refused about a map; the text is a sentence."""


class NoSuchMapError(MapError):
    """It is not there, or in the bin."""


class MapNameTakenError(MapError):
    """Another map has the name."""


class TooManyMapsError(MapError):
    """There are as many as there may be."""


class LedgerReplacedError(LedgerError):
    """Another ledger was put in the place of the one that a room was read from."""


class MapMovedError(LedgerError):
    """Another service has written to the map since it was read."""


@dataclass(frozen=True, slots=True)
class MapRow:
    id: str
    name: str
    epoch: str
    seq: int = 0
    purged: int = 0  # the seq of the last purge: who comes from before it is told everything
    password: str = ""
    made_by: str = ""  # a person
    created_s: int = 0
    changed_s: int = 0
    deleted_s: int = 0


class MapContent(NamedTuple):
    """Of a map in the list."""

    nodes: int
    cover: tuple[str, ...]  # the newest pictures


@dataclass(slots=True)
class MapPerson:
    """On one map."""

    person: str
    name: str
    colour: int
    seen_s: int


class LoadedMap(NamedTuple):
    row: MapRow
    epoch: str  # as pages are told it
    incarnation: str  # of the ledger that it was read from
    order: CanvasOrder
    clients: dict[str, str]  # whose each is
    people: dict[str, MapPerson]


@dataclass
class Batch:
    """What a room writes in one transaction."""

    ops: list[CanvasOp] = field(default_factory=list)
    clients: dict[str, tuple[str, int]] = field(default_factory=dict)  # person, and n decided
    people: list[MapPerson] = field(default_factory=list)
    purged: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.ops or self.clients or self.people or self.purged)


class MapStore:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._book = ledger, ledger.book

    @property
    def incarnation(self) -> str:
        """Of the ledger that is in place now."""
        with self._book.writing():
            return self._book.incarnation

    # --- the list

    def maps(self, *, deleted: bool = False) -> list[MapRow]:
        return self._rows(sql.DELETED_MAPS if deleted else sql.MAPS, MOST_MAPS)

    def find(self, ref: str, *, deleted: bool = False) -> MapRow:
        """By its id or its name; NoSuchMapError. The id first: else whoever calls a map by the id
        of another one would be given what is meant for that."""
        found = self._rows(sql.MAP, ref) or self._named(ref)
        if not found or bool(found[0].deleted_s) != deleted:
            raise NoSuchMapError(f"There is no map {ref[:60]!r}.")
        return found[0]

    def row(self, map_id: str) -> MapRow | None:
        found = self._rows(sql.MAP, map_id)
        return found[0] if found else None

    def contents(self) -> dict[str, MapContent]:
        """What is on each map, without its bin."""
        covers: dict[str, list[str]] = {}
        for one, text in self._book.run(sql.COVERS):
            there = covers.setdefault(str(one), [])
            picture = json.loads(str(text))
            if picture and len(there) < MOST_COVERS:
                there.append(picture)
        return {
            str(one): MapContent(number(count), tuple(covers.get(str(one), ())))
            for one, count in self._book.run(sql.COUNT_NODES)
        }

    def add(self, name: str, person: str, password: str = "", map_id: str = "") -> MapRow:
        now_s = int(time.time())
        row = MapRow(map_id or secrets.token_hex(8), name, secrets.token_hex(4), password=password,
                     made_by=person, created_s=now_s, changed_s=now_s)  # fmt: skip
        with self._book.writing():
            self._check_name(name)
            if self._book.number(sql.COUNT_MAPS) >= MOST_MAPS:
                raise TooManyMapsError(f"There are {MOST_MAPS} maps, those in the bin included.")
            seal = self._book.cipher.seal
            sealed = replace(
                row, name=seal(MAP_NAME, name), password=seal(PASSWORD, password, row.id)
            )
            self._book.run(sql.ADD_MAP, astuple(sealed))
            if password and person:
                self._book.run(sql.OPENED, (row.id, person))
        return row

    def free_name(self, name: str) -> str:
        """This name, or with a number behind it."""
        for count in range(2, MOST_MAPS + 2):
            if not self._named(name):
                break
            name = f"{name.removesuffix(f' {count - 1}')[:56]} {count}"
        return name

    def rename(self, ref: str, name: str) -> MapRow:
        with self._book.writing():
            found = self._rows(sql.MAP, ref)  # those in the bin, too
            row = found[0] if found else self.find(ref)
            if name != row.name:
                self._check_name(name)
                self._book.run(sql.NAME_MAP, (self._book.cipher.seal(MAP_NAME, name), row.id))
        return self._rows(sql.MAP, row.id)[0]

    def lock(self, map_id: str, password: str, person: str) -> MapRow:
        """With a hashed password, or none. Everybody else has to open it again."""
        with self._book.writing():
            sealed = self._book.cipher.seal(PASSWORD, password, map_id)
            self._book.run(sql.LOCK_MAP, (sealed, map_id))
            self._book.run(sql.SHUT, (map_id,))
            if password and person:
                self._book.run(sql.OPENED, (map_id, person))
        return self.find(map_id)

    def opened(self, map_id: str, person: str) -> None:
        with self._book.writing():
            self._book.run(sql.OPENED, (map_id, person))

    def delete(self, map_id: str) -> None:
        """Into the bin."""
        with self._book.writing():
            self._book.run(sql.DELETE_MAP, (int(time.time()), map_id))

    def restore(self, ref: str) -> MapRow:
        with self._book.writing():
            row = self.find(ref, deleted=True)
            self._check_name(row.name)
            self._book.run(sql.DELETE_MAP, (0, row.id))
        return self.find(row.id)

    def _check_name(self, name: str) -> None:
        if self._named(name) or self._rows(sql.MAP, name):
            raise MapNameTakenError(f"There is a map {name!r} already.")

    def _named(self, name: str) -> list[MapRow]:
        return self._rows(sql.MAP_NAMED, self._book.cipher.seal(MAP_NAME, name))

    def _rows(self, statement: str, *values: str | int) -> list[MapRow]:
        sealed = [MapRow(*row) for row in self._book.run(statement, values)]  # type: ignore[arg-type] # as the schema has them
        unseal = self._book.unseal
        return [
            replace(
                one,
                name=unseal(MAP_NAME, one.name),
                password=unseal(PASSWORD, one.password, one.id),
            )
            for one in sealed
        ]

    # --- one map

    def load(self, ref: str, order: CanvasOrder) -> LoadedMap:
        """Everything of one map, into a fresh order."""
        with self._book.writing():
            row = self.find(ref)
            self._fill(order, row)
            clients = {}
            for client, person, n in self._book.run(sql.CLIENTS, (row.id,)):
                order.decided[str(client)], clients[str(client)] = number(n), str(person)
            people = [MapPerson(*one) for one in self._book.run(sql.PEOPLE, (row.id,))]  # type: ignore[arg-type] # as above
            for one in people:
                one.name = self._book.unseal(PERSON_NAME, one.name, row.id, one.person)
            incarnation = self._book.incarnation
        # A ledger that was put in place of another one has another incarnation: whatever a page
        # holds of before is no longer true, although map and numbers are the same.
        epoch = f"{row.epoch}{incarnation[:8]}"
        named = {one.person: one for one in people}
        return LoadedMap(row, epoch, incarnation, order, clients, named)

    def commit(self, loaded: LoadedMap, batch: Batch, purged: int, since: int) -> None:
        """On the disk when it returns. `since`: what was the last `seq` there."""
        map_id, order, now_s = loaded.row.id, loaded.order, int(time.time())
        latest = {op.place: op for op in batch.ops}
        with self._book.writing():
            if self._book.incarnation != loaded.incarnation:
                raise LedgerReplacedError("Another ledger is in place.")
            if not self._book.run(sql.ADVANCE, (order.seq, purged, now_s, map_id, since)):
                raise MapMovedError("Another service has changed this map.")
            for op in latest.values():
                value = json.dumps(op.value, ensure_ascii=False, separators=(",", ":"))
                if op.field not in PLAIN_FIELDS:
                    value = self._book.cipher.seal(FIELD, value, map_id, *op.place)
                self._book.run(
                    sql.WRITE_FIELD,
                    (map_id, op.kind, op.id, op.field, value, op.seq, op.client, op.n),
                )
                self._hold(map_id, pictures_of({op.field: op.value}))
            for client, (person, n) in batch.clients.items():
                self._book.run(sql.NOTE_CLIENT, (map_id, client, person, n, now_s))
            for one in batch.people:
                name = self._book.cipher.seal(PERSON_NAME, one.name, map_id, one.person)
                self._book.run(sql.NOTE_PERSON, (map_id, *astuple(replace(one, name=name))))
            for item in batch.purged:
                self._book.run(sql.DROP_ITEM, (map_id, item))
            if batch.purged:
                self._let_go(map_id, order.document)

    def _hold(self, map_id: str, pictures: Iterable[str]) -> None:
        for picture in pictures:
            self._book.run(sql.HOLD_PICTURE, (map_id, picture))
            self._book.run(sql.KEEP_PICTURE, (picture,))

    def _let_go(self, map_id: str, document: CanvasDocument) -> None:
        """Of pictures that no node has any more."""
        needed = {one for node in document.nodes.values() for one in pictures_of(node)}
        for (picture,) in self._book.run(sql.HELD, (map_id,)):
            if picture not in needed:
                self._book.run(sql.LET_GO, (map_id, str(picture)))

    def name_of(self, person: str) -> str:
        """What this person was called last, on any map."""
        rows = self._book.run(sql.NAME_OF, (person,))
        return self._book.unseal(PERSON_NAME, rows[0][1], rows[0][0], person) if rows else ""

    # --- what time does

    def unfinished(self) -> list[str]:
        """Maps on which a job was on its way."""
        return [str(one) for (one,) in self._book.run(sql.UNFINISHED)]

    def to_purge(self, before_s: int) -> list[str]:
        """Maps whose bin has something from before then."""
        return [str(one) for (one,) in self._book.run(sql.OLD_ITEMS, (before_s,))]

    def sweep(self, now_s: int) -> None:
        """Forget maps that were long enough in the bin, and what no map holds. What was of a map
        with a password goes with it: without the map there is nobody to whom it could be shown."""
        old = [MapRow(*row) for row in self._book.run(sql.OLD_MAPS, (now_s - BIN_S,))]  # type: ignore[arg-type] # as the schema has them
        for row in old:
            if row.password:
                self._ledger.history.forget_home(row.id)
        with self._book.writing() as now_ns:
            for row in old:
                for statement in sql.FORGET_MAP:
                    self._book.run(statement, (row.id,))
            self._book.run(sql.OLD_CLIENTS, (now_s - CLIENTS_S,))
            self._book.run(sql.TO_HISTORY, (self._book.calendar_ns(now_ns) - LOOSE_NS,))

    def _fill(self, order: CanvasOrder, row: MapRow) -> None:
        """A document as its fields tell it, whatever their order."""
        order.seq = row.seq
        for kind, item, name, text, seq, client, n in self._book.run(sql.FIELDS, (row.id,)):
            place = (str(kind), str(item), str(name))
            if name not in PLAIN_FIELDS:
                text = self._book.unseal(FIELD, text, row.id, *place)
            value: Value = json.loads(str(text))
            order.written[place] = Written(number(seq), str(client), number(n))
            fields: Fields = order.document.items(place[0]).setdefault(place[1], {})
            if value is not None:
                fields[place[2]] = value
