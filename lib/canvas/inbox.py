"""What the task of a map is asked to do, in the order in which it came."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from lib.canvas.page import CanvasPage
from lib.core.canvas.document import CanvasOp
from lib.core.canvas.order import Writer


class ClientOps(NamedTuple):
    page: CanvasPage
    writer: Writer
    ops: Sequence[CanvasOp]
    done: asyncio.Future[None]


class ServerOps(NamedTuple):
    changes: Sequence[CanvasOp]
    purge: Sequence[str]
    person: str
    done: asyncio.Future[None]


class Joining(NamedTuple):
    page: CanvasPage
    client: str
    epoch: str | None
    since: int | None
    n: int
    done: asyncio.Future[None]


class WrittenElsewhere(NamedTuple):
    """Another service may have written to the map."""

    done: asyncio.Future[None]


Inbound = ClientOps | ServerOps | Joining | WrittenElsewhere


class RoomEndedError(Exception):
    """The room ended before this was done; the page comes back to what the ledger has."""
