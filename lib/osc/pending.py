"""What waits to be played: a fader sends a thousand values a second, and only its last counts.

Each fader and each bundle keeps a change of its own, so that it can be taken back by itself; where
more move than can be played, they share one. What must keep its place does: a deed, and a switch
between cut and glide, which holds for what comes after it and not for what came before.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from lib.config.controls import Value
from lib.osc.addresses import Deed

MOST_DEEDS = 64  # that wait, a second's worth
MOST_WISHES = 4  # that wait, before they share one change
MANNERS = frozenset({"cut", "glide_ms"})  # how a change comes about, not what it is


@dataclass
class Wish:
    """One change to be played: values by field, and the addresses of who sent them."""

    change: dict[str, Value]
    senders: dict[str, None] = field(default_factory=dict)  # as a set that keeps its order

    @property
    def who(self) -> str:
        return ", ".join(self.senders)

    def add(self, other: Wish) -> None:
        self.change |= other.change
        self.senders |= other.senders


@dataclass
class Order:
    """One deed to be done."""

    deed: Deed
    who: str


class Pending:
    """Used by one thread: bounded, and in order."""

    def __init__(self) -> None:
        self._items: deque[Wish | Order] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def change(self, wish: Wish) -> None:
        same = self._same(wish)
        last = self._items[-1] if self._items else None
        if same:
            same.add(wish)
        elif isinstance(last, Wish) and len(self) >= MOST_WISHES and not _switches(last, wish):
            last.add(wish)
        elif isinstance(last, Wish) and len(self) >= MOST_DEEDS:
            last.add(wish)  # then the order of cuts and glides is given up, not the latest value
        else:
            self._items.append(wish)

    def deed(self, order: Order) -> bool:
        """False when too much is waiting already."""
        if len(self) >= MOST_DEEDS:
            return False
        self._items.append(order)
        return True

    def take(self) -> Wish | Order | None:
        return self._items.popleft() if self._items else None

    def _same(self, wish: Wish) -> Wish | None:
        """The waiting change of the same hand on the same fader, if nothing stands in between."""
        keys = wish.change.keys()
        for item in reversed(self._items):
            if not isinstance(item, Wish):
                return None
            if item.change.keys() == keys and item.senders == wish.senders:
                return item
            if item.change.keys() & (keys | MANNERS) or keys & MANNERS:
                return None
        return None


def _switches(waiting: Wish, wish: Wish) -> bool:
    """Whether the wish switches a manner that values which wait already shall not have."""
    return bool(waiting.change.keys() - MANNERS) and any(
        waiting.change.get(key) != wish.change[key] for key in wish.change.keys() & MANNERS
    )
