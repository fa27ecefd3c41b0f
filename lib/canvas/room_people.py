"""Who is and who was on one map."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable

from lib.canvas.page import CanvasPage
from lib.canvas.store import Batch, MapPerson
from lib.http.bodies import JsonObject

COLOURS = 24
SEEN_EVERY_S = 3600


class RoomPeople:
    """Used on the loop's thread. Keys cost nothing, so those who only look are not kept."""

    def __init__(self, kept: dict[str, MapPerson]) -> None:
        self._people = kept  # and those who are here
        self._noted = set(kept)  # whom the ledger knows

    def read_again(self, kept: dict[str, MapPerson]) -> None:
        """From the ledger; what was not written yet is here alone."""
        self._noted = set(kept)
        kept.update(self._people)
        self._people = kept

    def find(self, person: str) -> MapPerson | None:
        return self._people.get(person)

    def is_noted(self, person: str) -> bool:
        return person in self._noted

    def name(self, person: str) -> str:
        return self._people[person].name if person in self._people else ""

    def colour(self, person: str) -> int:
        return self._people[person].colour if person in self._people else 0

    def rename(self, person: str, name: str) -> bool:
        """Whether the person is known."""
        if person in self._people:
            self._people[person].name = name
        return person in self._people

    def come(self, person: str, known_as: str) -> MapPerson:
        """Whoever comes for the first time gets the colour that the fewest have."""
        if person not in self._people:
            had = Counter(one.colour for one in self._people.values())
            colour = min(range(COLOURS), key=lambda one: (had[one], one))
            self._people[person] = MapPerson(person, known_as, colour, int(time.time()))
        return self._people[person]

    def enter(self, page: CanvasPage, batch: Batch) -> None:
        if not page.person:
            return
        there, now_s = self.come(page.person, page.known_as), int(time.time())
        if there.person in self._noted and now_s - there.seen_s >= SEEN_EVERY_S:
            batch.people.append(there)
        there.seen_s = now_s

    def leave(self, page: CanvasPage, left: Iterable[CanvasPage]) -> None:
        if one := self._people.get(page.person):
            one.seen_s = int(time.time())
            if one.person not in self._noted | {other.person for other in left}:
                del self._people[one.person]

    def note(self, person: str, batch: Batch) -> None:
        """Into the ledger with whoever writes or has a name."""
        if (one := self._people.get(person)) and one not in batch.people:
            self._noted.add(person)
            batch.people.append(one)

    def facts(self, pages: Iterable[CanvasPage], owners: set[object]) -> list[JsonObject]:
        """Of those who are here or own a node."""
        here: dict[str, list[int]] = {}
        operators = set()
        for page in pages:
            here.setdefault(page.person, []).append(page.who)
            if page.operator:
                operators.add(page.person)
        return [
            {"person": one.person, "name": one.name, "colour": one.colour, "seen": one.seen_s,
             "who": sorted(here.get(one.person, [])), "operator": one.person in operators}
            for one in self._people.values()
            if one.person in here or one.person in owners
        ]  # fmt: skip
