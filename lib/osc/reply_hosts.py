"""Everybody who gets current values back: the hosts of OSC_REPLY_HOST, and who sent lately.

UDP's senders are what somebody wrote: values go to those who sent something only if a `*` allows
it, to few of them, and not for long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lib.config.params import Played
from lib.observe import Tally
from lib.osc.echo import Echo
from lib.osc.packet import message as packed
from lib.osc.reply_host import ReplyHost

ANYBODY = "*"
MOST_RECENT = 8
RECENT_NS = 600_000_000_000
SAY_NS = 200_000_000  # between two sentences to one tablet


@dataclass
class _Follower:
    """One host, and what it knows already."""

    host: ReplyHost
    heard_ns: int = 0
    echo: Echo = field(default_factory=Echo)
    say_ns: int = 0


class ReplyHosts:
    """Used by the thread of the OSC stage."""

    def __init__(self, hosts: str, port: int, tally: Tally) -> None:
        self._port, self._tally = port, tally
        names = dict.fromkeys(name for one in hosts.split(",") if (name := one.strip()))
        self._anybody = names.pop(ANYBODY, names) is None
        self._named = [_Follower(ReplyHost(name, port, tally)) for name in names]
        self._recent: dict[str, _Follower] = {}

    def __bool__(self) -> bool:
        return self._anybody or bool(self._named)

    @property
    def warning(self) -> str:
        """Why one of the named hosts gets nothing."""
        return next((one.host.warning for one in self._named if one.host.warning), "")

    def heard(self, who: str, address: str, now_ns: int) -> None:
        """This host sent a message: the fader that it moves is left alone for a moment."""
        follower = self._follower(who)
        if follower is None and self._anybody:
            follower = self._recent[who] = _Follower(ReplyHost(who, self._port, self._tally))
            if len(self._recent) > MOST_RECENT:
                self._drop(next(iter(self._recent)))
        if follower:
            follower.heard_ns = now_ns
            follower.echo.heard(address, now_ns)

    def send(self, played: Played, reports: Mapping[str, bytes], now_ns: int) -> None:
        for who, follower in tuple(self._recent.items()):
            if now_ns - follower.heard_ns > RECENT_NS:
                self._drop(who)
        for follower in (*self._named, *self._recent.values()):
            if follower.host.find(now_ns):
                follower.host.send(follower.echo.due(played, now_ns, reports))

    def refuse(self, who: str, sentence: str, now_ns: int) -> None:
        """Say to the host that sent something why it was refused."""
        follower = self._follower(who)
        if follower and now_ns >= follower.say_ns:
            follower.say_ns = now_ns + SAY_NS
            follower.host.send([packed("/refused", sentence)])

    def close(self) -> None:
        for follower in (*self._named, *self._recent.values()):
            follower.host.close()

    def _follower(self, who: str) -> _Follower | None:
        named = next((one for one in self._named if one.host.address == who), None)
        return named or self._recent.get(who)

    def _drop(self, who: str) -> None:
        self._recent.pop(who).host.close()
