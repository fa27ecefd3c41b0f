"""One map while somebody looks at it: takes operations, has them written, tells everybody.

Used on the loop's thread. One task orders and writes: what comes within ROUND_S is written and
told together, and nobody is told of anything that is not on the disk. Where it cannot be written
the room ends, and pages come back to what the ledger has.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lib.canvas.inbox import (
    ClientOps,
    Inbound,
    Joining,
    RoomEndedError,
    ServerOps,
    WrittenElsewhere,
)
from lib.canvas.page import CanvasPage, tell_all
from lib.canvas.presence import Presence
from lib.canvas.room_people import RoomPeople
from lib.canvas.store import (
    Batch,
    LedgerReplacedError,
    LoadedMap,
    MapMovedError,
    MapRow,
    MapStore,
)
from lib.core.canvas.document import NODE, CanvasOp, Fields, Value
from lib.core.canvas.order import CanvasOrder, Decided, Writer
from lib.core.canvas.replica import op_to_wire
from lib.http.bodies import JsonObject
from lib.observe import OncePerSecond
from lib.stills.ledger.errors import LedgerError
from lib.stills.service.ledgers import Ledgers

log = logging.getLogger(__name__)

MOST_PAGES = 64  # of one map
MOST_REFUSED = 100  # refusals that a client which comes back is told again
# Between two rounds. Twenty people make forty changes a second: one at a time, each costs a commit
# and twenty sends, which the live picture lacks. A change after a pause waits for nothing.
ROUND_S = 0.05
MOST_MOVED, MOVED_S = 20, 0.01  # times that another service may be quicker with the same round


@dataclass
class RoomCounts:
    """What all rooms have done, for the metrics."""

    ops: int = 0
    refused: int = 0
    commits: int = 0
    slowed: int = 0
    unreadable: int = 0


@dataclass(eq=False)
class CanvasRoom:
    loaded: LoadedMap
    store: MapStore
    ledgers: Ledgers
    counts: RoomCounts
    ended: Callable[[CanvasRoom], None]
    limits: JsonObject
    pages: set[CanvasPage] = field(default_factory=set)
    progress: dict[str, JsonObject] = field(default_factory=dict)  # by node, of open jobs
    jobs: int = 0  # that it follows
    is_over: bool = False
    is_asked_for: bool = True  # lately: somebody is on the way in

    def __post_init__(self) -> None:
        self._inbox: list[Inbound] = []
        self._wake = asyncio.Event()
        self._refused: dict[str, list[JsonObject]] = {}
        self._purged, self._written = self.loaded.row.purged, self.loaded.order.seq
        self._warn = OncePerSecond(log)
        self._round_s = -ROUND_S
        self.people = RoomPeople(self.loaded.people)
        self.presence = Presence(self.pages, self.may_move)
        self._task = asyncio.create_task(self._work())

    # --- what others ask of it

    @property
    def id(self) -> str:
        return self.loaded.row.id

    @property
    def is_idle(self) -> bool:
        return not (self.pages or self.jobs or self._inbox)

    async def follow(self, row: MapRow) -> None:
        """Take over what another service has written, if it has."""
        if row.seq > self._written:
            await self._put(WrittenElsewhere)

    def node(self, node: str) -> Fields | None:
        """A node as it is now; None if it is not there or in the bin."""
        there = self.loaded.order.document.nodes.get(node)
        return None if there is None or there.get("deleted") else there

    def may_change(self, page: CanvasPage, node: Fields) -> bool:
        return page.operator or (bool(page.person) and node.get("owner") == page.person)

    def may_move(self, page: CanvasPage, node: str) -> bool:
        there = self.node(node)
        return there is not None and self.may_change(page, there)

    def take(
        self, page: CanvasPage, writer: Writer, ops: Sequence[CanvasOp]
    ) -> asyncio.Future[None]:
        """Operations of a page; done when they are decided and on the disk."""
        return self._post(lambda done: ClientOps(page, writer, ops, done))

    async def write(self, node: str, fields: dict[str, Value], purge: Sequence[str] = ()) -> None:
        """What the service says of a node."""
        changes = [CanvasOp(NODE, node, name, value) for name, value in fields.items()]
        await self.write_ops(changes, purge)

    async def write_ops(
        self, changes: Sequence[CanvasOp], purge: Sequence[str] = (), person: str = ""
    ) -> None:
        """`person`: for whom it is written."""
        await self._put(lambda done: ServerOps(changes, purge, person, done))

    async def join(
        self, page: CanvasPage, client: str, epoch: str | None, since: int | None, n: int
    ) -> None:
        await self._put(lambda done: Joining(page, client, epoch, since, n, done))

    def leave(self, page: CanvasPage) -> None:
        self.pages.discard(page)
        self.presence.left(page)
        if not self.is_over:
            self.people.leave(page, self.pages)
        self.tell_people()

    def end(self, told: JsonObject | None = None) -> None:
        """Everybody goes; `told` says why."""
        if self.is_over:
            return
        self.is_over = True
        self._task.cancel()
        self.presence.close()
        for page in tuple(self.pages):
            page.finish(told or {"what": "reset"})
        self._give_up(self._inbox)
        self.ended(self)

    async def _put(self, made: Callable[[asyncio.Future[None]], Inbound]) -> None:
        await self._post(made)

    def _post(self, made: Callable[[asyncio.Future[None]], Inbound]) -> asyncio.Future[None]:
        if self.is_over:
            raise RoomEndedError
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._inbox.append(made(done))
        self._wake.set()
        return done

    # --- the task that orders

    async def _work(self) -> None:
        try:
            while True:
                await self._wake.wait()
                await asyncio.sleep(self._round_s + ROUND_S - time.monotonic())
                self._round_s = time.monotonic()
                self._wake.clear()
                taken, self._inbox = self._inbox, []
                try:
                    await self._round(taken)
                finally:
                    self._give_up(taken)
        except LedgerError as error:
            self._warn.warning("write", "the map %s cannot be written: %s", self.id, error)
            self.end()
        except Exception:
            log.exception("the room of the map %s failed", self.id)
            self.end()
            raise

    @staticmethod
    def _give_up(waiting: Sequence[Inbound]) -> None:
        for one in waiting:
            if not one.done.done():
                one.done.set_exception(RoomEndedError())
                one.done.exception()  # whoever waits may be gone

    async def _round(self, taken: list[Inbound]) -> None:
        if any(isinstance(one, WrittenElsewhere) for one in taken):
            await self._catch_up()
        for count in range(1, MOST_MOVED + 1):
            batch, after = self._decided(taken)
            try:
                await self._write(batch)
                break
            except MapMovedError:
                if count == MOST_MOVED:
                    raise
                # Nobody has been told: all of it is decided anew. The waits differ, so that two
                # services that write at once come to take turns.
                await asyncio.sleep(random.uniform(0, MOVED_S * count))
                await self._catch_up()
        self._tell(batch)
        for call in after:
            call()
        for one in taken:
            if isinstance(one, Joining) and not one.done.done():  # else it has gone meanwhile
                self._welcome(one)
            if not one.done.done():
                one.done.set_result(None)

    def _decided(self, taken: list[Inbound]) -> tuple[Batch, list[Callable[[], None]]]:
        batch, after = Batch(), list[Callable[[], None]]()
        for one in taken:
            if isinstance(one, ClientOps):
                self._decide(one, batch, after)
            elif isinstance(one, ServerOps):
                batch.ops += self.loaded.order.write(one.changes)
                batch.purged += self.loaded.order.purge(one.purge)
                self.people.note(one.person, batch)
            elif isinstance(one, Joining):
                self.loaded.clients.setdefault(one.client, one.page.person)
                self.people.enter(one.page, batch)
        return batch, after

    async def _write(self, batch: Batch) -> None:
        if not batch:
            return
        loaded, since = self.loaded, self._written
        purged = loaded.order.seq if batch.purged else self._purged
        await self.ledgers.run(lambda: self.store.commit(loaded, batch, purged, since))
        self._purged, self._written = purged, loaded.order.seq
        self.counts.commits += 1

    async def _catch_up(self) -> None:
        """Read the map again, and tell what is new. After a purge pages begin anew instead, as they
        do where another ledger is in place."""
        before, since = self.loaded, self._written
        order = CanvasOrder(before.order.limits, listed=before.order.listed)
        loaded = await self.ledgers.run(lambda: self.store.load(self.id, order))
        if (loaded.epoch, loaded.row.purged) != (before.epoch, self._purged):
            raise LedgerReplacedError("Something is gone for good from this map.")
        self.people.read_again(loaded.people)
        self.loaded, self._written = loaded, order.seq
        self._tell(Batch(ops=order.since(since)))

    def _decide(self, one: ClientOps, batch: Batch, after: list[Callable[[], None]]) -> None:
        client, page = one.writer.client, one.page
        decided = self.loaded.order.decide(one.ops, one.writer, int(time.time()))
        batch.ops += decided.ops
        batch.clients[client] = one.writer.person, decided.n
        if decided.ops and not self.people.is_noted(one.writer.person):
            self.people.note(one.writer.person, batch)
        self.counts.ops += len(decided.ops)
        self.counts.refused += len(decided.refused)
        after.append(lambda: self._answer(page, client, decided))

    def _answer(self, page: CanvasPage, client: str, decided: Decided) -> None:
        for n, why, detail in decided.refused:
            told: JsonObject = {"what": "refused", "n": n, "why": why, "detail": detail}
            kept = self._refused.setdefault(client, [])
            kept.append(told)
            del kept[:-MOST_REFUSED]
            page.say(told)
        page.say({"what": "ack", "n": decided.n})
        if decided.again:
            page.say({"what": "again", "n": decided.n + 1})

    def _tell(self, batch: Batch) -> None:
        """To everybody; each text is made once."""
        if batch.ops:
            self._say(
                {
                    "what": "ops",
                    "seq": batch.ops[-1].seq,
                    "ops": [op_to_wire(op) for op in batch.ops],
                }
            )
        if batch.purged:
            self._say({"what": "gone", "ids": batch.purged, "seq": self.loaded.order.seq})

    def _say(self, told: JsonObject) -> None:
        tell_all(self.pages, told)

    # --- who is here

    def may_be(self, client: str, person: str) -> bool:
        """Whether this client is not somebody else's."""
        return self.loaded.clients.get(client, person) == person

    async def rename_person(self, page: CanvasPage, name: str) -> None:
        if self.people.rename(page.person, name):
            await self.write_ops((), person=page.person)
            self.tell_people()

    def tell_people(self) -> None:
        self._say({"what": "people", "people": self._facts_of_people()})

    def _facts_of_people(self) -> list[JsonObject]:
        nodes = self.loaded.order.document.nodes.values()
        return self.people.facts(self.pages, {node.get("owner") for node in nodes})

    def _welcome(self, one: Joining) -> None:
        page, order = one.page, self.loaded.order
        if len(self.pages) >= MOST_PAGES:
            detail = f"{MOST_PAGES} pages look at this map, which is the most"
            page.finish({"what": "closed", "why": "full", "detail": detail})
            return
        known = one.epoch == self.loaded.epoch and one.since is not None
        fits = known and self._purged <= (one.since or 0) <= order.seq
        told: JsonObject = {
            "what": "welcome", "protocol": 1, "epoch": self.loaded.epoch, "seq": order.seq,
            "n": order.decided.get(one.client, 0), "whole": not fits,
        }  # fmt: skip
        if fits:
            told["ops"] = [op_to_wire(op) for op in order.since(one.since or 0)]
        else:
            told |= order.document.to_wire()
        self.pages.add(page)
        page.known_as = self.people.name(page.person)
        you = {**page.you(), "who": page.who, "colour": self.people.colour(page.person)}
        told |= {
            "map": page.map_facts(), "you": you, "live_port": page.live_port,
            "signals_port": page.signals_port, "people": self._facts_of_people(),
            "progress": self.progress, "limits": self.limits,
        }  # fmt: skip
        if one.epoch == self.loaded.epoch:
            for refused in self._refused.get(one.client, ()):
                if int(str(refused["n"])) > one.n:
                    page.say(refused)
        page.say(told)
        self.tell_people()

    # --- what is not kept

    def tell_progress(self, node: str, facts: JsonObject | None) -> None:
        """How far a node's job is; None: it has ended."""
        if facts is None:
            self.progress.pop(node, None)
            return
        if self.progress.get(node) != facts:
            self.progress[node] = facts
            self._say({"what": "progress", "nodes": {node: facts}})

    def tell_map(self) -> None:
        for page in tuple(self.pages):
            page.say({"what": "map", "map": page.map_facts()})

    def beat(self) -> None:
        """Every few seconds."""
        self._say({"what": "alive"})
        for page in [page for page in self.pages if page.is_asleep]:
            page.let_go()
