"""Queues changes to be played: a fader sends a thousand values a second, and only the last counts.

Each fader and each bundle has a change of its own, so that it can be undone by itself; where more
faders move than can be played, they share one. Actions keep their place in the queue, and so do
switches between cut and glide, which hold for what comes after them and not for what came before.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from lib.config.controls import Value
from lib.osc.addresses import OscAction

MOST_ACTIONS = 64  # that may wait: a second's worth
MOST_SEPARATE_CHANGES = 4  # that may wait before they share one change
MOST_NAMED = 4  # senders of one change
TRANSITION_FIELDS = frozenset({"cut", "glide_ms"})  # how a change comes about, not what it is


@dataclass
class QueuedChange:
    """One change to be played: values by field, and the addresses of who sent them."""

    values: dict[str, Value]
    senders: dict[str, None] = field(default_factory=dict)  # as a set that keeps its order

    @property
    def who(self) -> str:
        """The first few of them: UDP's senders are what somebody wrote, and may be hundreds."""
        more = len(self.senders) - MOST_NAMED
        named = ", ".join(list(self.senders)[:MOST_NAMED])
        return f"{named} and {more} more" if more > 0 else named

    def add(self, other: QueuedChange) -> None:
        self.values |= other.values
        self.senders |= other.senders


@dataclass
class QueuedAction:
    """One action to be done."""

    action: OscAction
    who: str


class ChangeQueue:
    """Bounded and in order; used by one thread."""

    def __init__(self) -> None:
        self._items: deque[QueuedChange | QueuedAction] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def add_change(self, change: QueuedChange) -> None:
        same = self._same(change)
        last = self._items[-1] if self._items else None
        if same:
            same.add(change)
        elif (
            isinstance(last, QueuedChange)
            and len(self) >= MOST_SEPARATE_CHANGES
            and not _switches_transition(last, change)
        ):
            last.add(change)
        elif isinstance(last, QueuedChange) and len(self) >= MOST_ACTIONS:
            last.add(change)  # then the order of cuts and glides is given up, not the latest value
        else:
            self._items.append(change)

    def add_action(self, action: QueuedAction) -> bool:
        """False when too much waits already."""
        if len(self) >= MOST_ACTIONS:
            return False
        self._items.append(action)
        return True

    def take(self) -> QueuedChange | QueuedAction | None:
        return self._items.popleft() if self._items else None

    def _same(self, change: QueuedChange) -> QueuedChange | None:
        """The waiting change of the same hand on the same fader, if nothing stands in between."""
        keys = change.values.keys()
        for item in reversed(self._items):
            if not isinstance(item, QueuedChange):
                return None
            if item.values.keys() == keys and item.senders == change.senders:
                return item
            if item.values.keys() & (keys | TRANSITION_FIELDS) or keys & TRANSITION_FIELDS:
                return None
        return None


def _switches_transition(waiting: QueuedChange, change: QueuedChange) -> bool:
    """Whether the change sets a transition that must not apply to the values waiting already."""
    return bool(waiting.values.keys() - TRANSITION_FIELDS) and any(
        waiting.values.get(key) != change.values[key]
        for key in change.values.keys() & TRANSITION_FIELDS
    )
