"""Asking, joining, leaving: what clients do with the ledger."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lib.core.lanes import Lane, Waiter, next_turn, placed
from lib.core.still import Keep, Still, StillState, canonical, ended, flight_key
from lib.stills.ledger import statements as sql
from lib.stills.ledger.book import Book, number
from lib.stills.ledger.cipher import KEY_FLIGHT, KEY_NAME, KEY_OWNER
from lib.stills.ledger.errors import InvalidStillError, KeyTakenError, TooManyStillsError
from lib.stills.ledger.room import Room

MOST_OF_OWNER = 200
MOST_SAMPLES = 64


@dataclass(frozen=True, slots=True)
class StillRequest:
    """The whole request as it decides the pictures, and what of it decides who can make them."""

    body: Mapping[str, object]
    kind: str = "txt2img"
    model: str = ""
    engine: str = ""
    side: int = 512
    samples: int = 1
    inputs: tuple[str, ...] = field(default=())  # pictures that it is made from
    # The map that it is of: an equal request from elsewhere is not joined, since what is on a map
    # with a password is seen by nobody else.
    home: str = ""

    def whole(self) -> dict[str, object]:
        of_map = {"home": self.home} if self.home else {}
        return of_map | {
            "body": dict(self.body), "kind": self.kind, "model": self.model,
            "engine": self.engine, "side": self.side, "samples": self.samples,
            "inputs": list(self.inputs),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asker:
    owner: str
    lane: Lane = Lane.INTERACTIVE
    keep: Keep = Keep.HISTORY
    own_key: str = ""
    # It is refused unless fewer jobs than this wait and run, so that somebody is free for it.
    busy_at: int | None = None
    created_s: int | None = None  # when it was asked for elsewhere, before it came here


class StillQueue:
    def __init__(self, book: Book, room: Room, *, private: bool) -> None:
        self._book, self._room, self.private = book, room, private

    def submit(self, request: StillRequest, asker: Asker) -> Still:
        """The job for this request: a new one, or the one that is on its way already."""
        if not 1 <= request.samples <= MOST_SAMPLES:
            raise InvalidStillError(f"samples: 1 to {MOST_SAMPLES}.")
        if (asker.keep == Keep.NONE) != self.private:
            raise InvalidStillError("A job that nothing is kept of is in a ledger of its own.")
        with self._book.writing() as now_ns:
            flight = flight_key(request.whole(), self._book.secret)
            still = self._known(asker, flight)
            if still is None and not self.private:
                still = self._book.in_flight(sql.IN_FLIGHT, flight)
            if still is None:
                last = self._check_room(asker)
                still = self._add(request, asker, flight, last, now_ns)
            elif still.open:
                still = self._join(still, asker, now_ns)
            if asker.own_key and not self._own_key(asker.owner, asker.own_key):
                owner, name = self._sealed_key(asker.owner, asker.own_key)
                kept = self._book.cipher.seal(KEY_FLIGHT, flight)
                self._book.run(sql.ADD_OWN_KEY, (owner, name, still.id, kept))
            return still

    def made(self, request: StillRequest) -> Still | None:
        """The newest job for this request that is done and still has its pictures."""
        flight = flight_key(request.whole(), self._book.secret)
        return self._book.in_flight(sql.MADE, flight)

    def keyed(self, owner: str) -> list[tuple[str, str]]:
        """An owner's own keys and their jobs, in the order of asking."""
        rows = self._book.run(sql.KEYED, (self._book.cipher.seal(KEY_OWNER, owner),))
        return [(self._book.unseal(KEY_NAME, name), str(job)) for name, job in rows]

    def keyed_as(self, owner: str, key: str) -> str | None:
        """The job that an owner asked for under its own key."""
        rows = self._own_key(owner, key)
        return rows[0][0] if rows else None

    def _sealed_key(self, owner: str, key: str) -> tuple[str, str]:
        seal = self._book.cipher.seal
        return seal(KEY_OWNER, owner), seal(KEY_NAME, key)

    def _own_key(self, owner: str, key: str) -> list[tuple[str, str]]:
        """The job of an owner's own key, and its request's flight."""
        rows = self._book.run(sql.OWN_KEY, self._sealed_key(owner, key))
        return [(str(job), self._book.unseal(KEY_FLIGHT, flight)) for job, flight in rows]

    def busy(self) -> int:
        """How many jobs wait and run."""
        return self._book.number(sql.BUSY)

    def _known(self, asker: Asker, flight: str) -> Still | None:
        """What this owner has asked for under this key."""
        if not asker.own_key:
            return None
        for job, known in self._own_key(asker.owner, asker.own_key):
            if known != flight:
                raise KeyTakenError("This key already stands for another request of yours.")
            return self._book.still(job)
        return None

    def _check_room(self, asker: Asker) -> int:
        """The owner's last turn in the lane."""
        self._room.check(asker.keep)
        if asker.busy_at is not None and self.busy() >= asker.busy_at:
            raise TooManyStillsError("No worker is free.")
        most = self._room.limits.most_waiting
        if self._book.number(sql.WAITING) >= most:
            raise TooManyStillsError(f"{most} jobs wait already.")
        return self._last_turn_of_more(asker)

    def _last_turn_of_more(self, asker: Asker) -> int:
        count, last = self._waiting_of(asker.owner, asker.lane)
        if count >= MOST_OF_OWNER:
            raise TooManyStillsError(f"{MOST_OF_OWNER} of your jobs wait already.")
        return last

    def _waiting_of(self, owner: str, lane: int) -> tuple[int, int]:
        """How many jobs of this owner wait, and its last turn in the lane."""
        ((count, last),) = self._book.run(sql.WAITING_OF, (lane, self._book.owner(owner)))
        return number(count), number(last)

    def _add(
        self, request: StillRequest, asker: Asker, flight: str, last: int, now_ns: int
    ) -> Still:
        turn = next_turn(self._book.number(sql.SERVED[asker.lane]), last)
        still = Still(
            id=secrets.token_hex(8), number=self._book.number(sql.NEXT_NUMBER),
            request=canonical(request.whole()), kind=request.kind, model=request.model,
            engine=request.engine, side=request.side, samples=request.samples,
            lane=int(asker.lane), turn=turn, keep=int(asker.keep), since_ns=now_ns,
            created_s=int(time.time()) if asker.created_s is None else asker.created_s,
            home=request.home,
        )  # fmt: skip
        self._book.add(still, flight)
        for picture in set(request.inputs):
            self._book.run(sql.ADD_INPUT, (still.id, picture))
        if self.private and request.inputs:
            self._room.check_in_use()
        self._add_waiter(still, asker, turn, now_ns)
        self._book.tell(still.id, still.state, now_ns)
        return still

    def _add_waiter(self, still: Still, asker: Asker, turn: int, now_ns: int) -> None:
        self._book.add_waiter(
            Waiter(still.id, asker.owner, int(asker.lane), turn, int(asker.keep), now_ns)
        )

    def _join(self, still: Still, asker: Asker, now_ns: int) -> Still:
        """One waiter for each owner, however often it asks: it may only not have got its answer."""
        mine = [one for one in self._book.waiters(still.id) if one.owner == asker.owner]
        if not mine:
            last = self._last_turn_of_more(asker)
            turn = next_turn(self._book.number(sql.SERVED[asker.lane]), last)
            self._add_waiter(still, asker, turn, now_ns)
            self._book.tell(still.id, "joined", now_ns)
        elif (asker.lane, asker.keep) != (mine[0].lane, mine[0].keep):
            lane, turn = mine[0].lane, mine[0].turn
            if asker.lane > lane:
                lane, turn = asker.lane, self._turn_behind_own(asker.owner, asker.lane)
            keep = max(mine[0].keep, asker.keep)
            self._book.move_waiter(replace(mine[0], lane=int(lane), turn=turn, keep=int(keep)))
        return self._placed(still, now_ns)

    def _turn_behind_own(self, owner: str, lane: Lane) -> int:
        """For a job that comes into this lane from another one."""
        return next_turn(self._book.number(sql.SERVED[lane]), self._waiting_of(owner, lane)[1])

    def _placed(self, still: Still, now_ns: int) -> Still:
        after = placed(still, self._book.waiters(still.id))
        return self._book.change(still, after, now_ns)

    def leave(self, job: str, owner: str, *, stop: bool = False) -> Still:
        """Take away the owner's waiter. With none left a queued job is dropped; a running one is
        finished and kept, unless the client's protocol says `stop`."""
        with self._book.writing() as now_ns:
            still = self._book.still(job)
            if not still.open or all(one.owner != owner for one in self._book.waiters(job)):
                return still
            self._book.run(sql.DROP_WAITER, (job, self._book.owner(owner)))
            self._book.tell(job, "left", now_ns)
            if self._book.waiters(job) or (still.state == StillState.RUNNING and not stop):
                return self._placed(still, now_ns)
            after = ended(still, StillState.CANCELLED, now_ns, "Nobody waits for it any more.")
            return self._book.change(still, after, now_ns)

    def cancel(self, job: str, reason: str) -> Still:
        """By the operator, for everybody."""
        with self._book.writing() as now_ns:
            still = self._book.still(job)
            after = ended(still, StillState.CANCELLED, now_ns, reason)
            return self._book.change(still, after, now_ns)

    def place(self, still: Still) -> int:
        """How many stand before it."""
        values = (still.lane, still.lane, still.turn, still.turn, still.number)
        return self._book.number(sql.AHEAD_OF, *values)

    def promote(self, before_ns: int) -> None:
        """Batch jobs that have waited since then stand behind the interactive ones of now."""
        for waiter in self._book.waiters_by(sql.PROMOTED, before_ns):
            turn = self._turn_behind_own(waiter.owner, Lane.INTERACTIVE)
            self._book.move_waiter(replace(waiter, lane=int(Lane.INTERACTIVE), turn=turn))
            still = self._book.still(waiter.job)
            self._placed(still, self._book.now_ns())
