"""A port that gives: messages go out to each line within bounds, and little may be said back."""

from __future__ import annotations

import select
import socket
import time
from abc import abstractmethod
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from lib.wire.guest import Limits
from lib.wire.port import Line, Port
from lib.wire.speech import LONG, RudeError, Said


class Terms(NamedTuple):
    """How many messages wait for each, besides what the kernel holds; how many bytes each may say;
    and what is said of who says more."""

    may_wait: int
    at_once: int
    a_second: int
    too_much: str


@dataclass(slots=True, eq=False)
class Taker(Line):
    """Who takes what goes out."""

    said: int = 0  # bytes
    waiting: int = 0  # messages in `unsent`


T = TypeVar("T", bound=Taker)


class Outlet(Port[T]):
    """The same terms for all lines."""

    def __init__(
        self,
        resources: ExitStack,
        listener: socket.socket,
        limits: Limits,
        refused: Counter[str],
        terms: Terms,
    ) -> None:
        super().__init__(resources, listener, limits, refused)
        self._terms = terms

    def _offer(self, line: T, head: bytes, message: bytes | bytearray) -> bool:
        """False where there is no room, or nobody any more: who reads from it ends it."""
        sent = 0
        if line.unsent:
            if line.waiting >= self._terms.may_wait:
                return False
        else:
            try:
                sent = line.socket.sendmsg([head, message])
            except BlockingIOError:
                pass
            except OSError:
                return False
            if sent == len(head) + len(message):
                return True
            self._epoll.modify(line.socket, select.EPOLLIN | select.EPOLLOUT)
        line.waiting += 1
        if sent < len(head):
            line.unsent += head[sent:]
        line.unsent += memoryview(message)[max(0, sent - len(head)) :]
        return True

    def _look(self, line: T, events: int) -> None:
        """The kernel has room for it, or it said something."""
        if events & select.EPOLLOUT and self._flush(line) and not line.unsent:
            line.waiting = 0
            self._epoll.modify(line.socket, select.EPOLLIN)
        if events & ~select.EPOLLOUT and line.socket.fileno() >= 0:
            self._read(line)

    def _read(self, line: T) -> None:
        data = self._recv(line)
        if data is None:
            return
        line.said += len(data)
        terms, now_s = self._terms, time.monotonic()
        if line.said > terms.at_once + terms.a_second * (now_s - line.since_s):
            self._end(line, terms.too_much)
            return
        try:
            messages, _ = line.speech.hear(data, len(data))
            self._hear(line, messages)
        except RudeError as error:
            self._refuse(line, error)
            return
        self._answer(line)

    @abstractmethod
    def _hear(self, line: T, messages: list[Said]) -> None:
        """It said something, of which these are messages."""

    def _refuse(self, line: T, error: RudeError) -> None:
        self._end(line, str(error))

    def _answer(self, line: T) -> None:
        """Behind half a message nothing can be said, and who reads it hears enough of us."""
        if line.waiting:
            line.speech.answers.clear()
            return
        super()._answer(line)
        if line.unsent and line.socket.fileno() >= 0:
            self._epoll.modify(line.socket, select.EPOLLIN | select.EPOLLOUT)


def head_of(message: bytes | bytearray) -> bytes:
    """What goes before it on the line."""
    size = len(message)
    return bytes([0, size]) if size < 256 else bytes([LONG]) + size.to_bytes(8, "big")
