"""The ways out of the show: each gets every published picture, and none may hold up another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack

from lib.config.settings import PrimarySettings
from lib.wire.feed_listener import FeedListener
from lib.wire.keys import primary_key
from lib.wire.messages import picture_pieces
from lib.wire.refusals import RefusalLog
from lib.wire.tcp import Endpoint


class Output(ABC):
    """Belongs to Publish's thread, which has the cadence: `send` must come back at once."""

    @abstractmethod
    def send(self, milliseconds: int, number: int, *jpg: bytes | memoryview) -> None:
        """A picture, in pieces: when its frame was captured, and its number."""

    @property
    def trouble(self) -> str:
        """Why it cannot go on, which ends the process and starts it anew; empty: nothing."""
        return ""

    @property
    def refused(self) -> Mapping[str, int]:
        """Viewers that were refused or disconnected, by reason."""
        return {}

    @property
    def refusals(self) -> list[RefusalLog]:
        """Viewers that were refused because they had no valid key."""
        return []


class Feed(Output):
    """Port 5557: pictures with their time and number."""

    def __init__(self, settings: PrimarySettings, resources: ExitStack, port: int) -> None:
        endpoint, key = Endpoint(settings.bind, port), primary_key(settings.keys)
        rate = float(settings.rate)
        self._viewers = FeedListener(resources, endpoint, settings.max_viewers, rate, key)

    def send(self, milliseconds: int, number: int, *jpg: bytes | memoryview) -> None:
        self._viewers.send(*picture_pieces(milliseconds, number, *jpg))

    @property
    def trouble(self) -> str:
        return "" if self._viewers.alive else "the thread that serves the feed's viewers has ended"

    @property
    def refused(self) -> Mapping[str, int]:
        return self._viewers.refused

    @property
    def refusals(self) -> list[RefusalLog]:
        return [self._viewers.refusals]


class PlainFeed(Feed):
    """The same with nothing but the JPEG, for programs without msgpack."""

    def send(self, milliseconds: int, number: int, *jpg: bytes | memoryview) -> None:
        del milliseconds, number
        self._viewers.send(*jpg)


def open_feed(settings: PrimarySettings, resources: ExitStack) -> Output:
    return Feed(settings, resources, settings.output_port)


def open_plain(settings: PrimarySettings, resources: ExitStack) -> Output | None:
    port = settings.plain_port
    return PlainFeed(settings, resources, port) if port else None
