"""Which shared maps have a password, and who has opened each.

Pictures and words of such a map are shown to nobody else: not by their id, in no list, not in what
pages are told of jobs. Read on any thread; changed as a whole, so that no reader waits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from lib.stills.ledger.ledger import Ledger

LOCKED = "SELECT id FROM map WHERE password <> ''"
OPENED = "SELECT map, person FROM map_opened"
HOLDING = "SELECT map FROM map_picture WHERE picture = ?"


class MapLocks:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._opened: Mapping[str, frozenset[str]] = {}
        self.read()

    def read(self) -> None:
        """What the ledger says; call it after every change there."""
        opened: dict[str, set[str]] = {str(one): set() for (one,) in self._ledger.book.run(LOCKED)}
        for one, person in self._ledger.book.run(OPENED):
            if str(one) in opened:
                opened[str(one)].add(str(person))
        self._opened = {one: frozenset(people) for one, people in opened.items()}

    def person_of(self, key: str) -> str:
        """What others may know of the key in a person's cookie; empty for nobody's."""
        if not key:
            return ""
        secret = self._ledger.book.secret
        return hashlib.blake2b(
            key.encode(), key=secret, digest_size=8, person=b"a person"
        ).hexdigest()

    def closes(self, home: str, person: str | None) -> bool:
        """Whether what is of this map is hidden from this person; None: from an operator."""
        opened = self._opened.get(home) if home else None
        return opened is not None and person is not None and person not in opened

    def closes_picture(self, picture: str, home: str, person: str | None) -> bool:
        """The same of a picture, which an open map may hold besides: whoever could see both has
        put it there. Waits for the ledger where the picture's own map is closed."""
        if not self.closes(home, person):
            return False
        holding = [str(one) for (one,) in self._ledger.book.run(HOLDING, (picture,))]
        return all(self.closes(one, person) for one in holding)
