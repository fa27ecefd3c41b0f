"""A state that one process of a host tells the others, also after its socket's file was removed."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from pathlib import Path

from lib.wire.sockets import Socket, Topic, ZMQError, latest_out

log = logging.getLogger(__name__)


class LatestPublisher:
    """`latest_out` as long as it is needed. Used by one thread.

    A cleaner of temporary folders, or a careless `rm`, leaves those who are connected as they are
    and lets nobody in who comes later: a process that is started again would hear nothing.
    """

    def __init__(self, resources: ExitStack, run_dir: Path, topic: Topic) -> None:
        self._run_dir, self._topic = run_dir, topic
        self._path = run_dir / topic
        self._resources = resources.enter_context(ExitStack())
        self._socket: Socket | None = latest_out(self._resources, run_dir, topic)

    def send(self, message: bytes) -> None:
        if not self._path.exists() and self._run_dir.is_dir():
            self._open_again()
        if self._socket:
            self._socket.send(message)

    def _open_again(self) -> None:
        """The old one first: it would remove the new one's file when it is closed."""
        self._socket = None
        self._resources.close()
        try:
            self._socket = latest_out(self._resources, self._run_dir, self._topic)
            log.info("%s was removed and is there again", self._path)
        except ZMQError as error:  # its folder is gone once more, or full; the next state tries
            log.warning("%s cannot be made again: %s", self._path, error)
