"""OSC from show software and tablets: values and actions come in, current values go back.

UDP has no password: it listens on this machine alone until OSC_BIND opens it.
"""

from __future__ import annotations

import errno
import logging
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack

from lib.config.controls import RefusedError
from lib.config.settings import PrimarySettings
from lib.control.console import Console
from lib.control.journal import Origin
from lib.observe import OncePerSecond, Tally
from lib.osc.addresses import MeaningError, OscAction, meaning
from lib.osc.background import BackgroundPlayer
from lib.osc.change_queue import ChangeQueue, QueuedAction, QueuedChange
from lib.osc.due_bundles import DueBundles
from lib.osc.packet import Bundle, OscError, parse
from lib.osc.reply_hosts import ReplyHosts
from lib.osc.show_report import ShowReport
from lib.stage import Stage

BETWEEN_CHANGES_NS = 1_000_000_000 // 60  # between two changes
IDLE_S = 0.05
ECHO_EVERY_S = 0.033  # between two looks for values that a tablet does not know yet
MOST_AT_ONCE = 128  # packets in one round, so that a flood leaves time for the page
LARGEST = 65_536
LONGEST_AHEAD_S = 60.0  # a bundle may say that it is due later, but not after a year
TRY_AGAIN_NS = 5_000_000_000

log = logging.getLogger(__name__)


class OscServer(Stage):
    """One socket, one session. Bad packets are counted by reason, and the show goes on."""

    def __init__(self, settings: PrimarySettings, console: Console) -> None:
        super().__init__()
        self.tally = Tally()
        self._console, self._session = console, console.session
        self._address = (settings.osc_bind, settings.osc_port)
        self._socket: socket.socket | None = None
        self._trouble = ""
        self._bind_ns = self._play_ns = 0
        self._queue = ChangeQueue()
        self._ahead = DueBundles()
        self._warn = OncePerSecond(log)
        port = settings.osc_reply_port
        self._reply_hosts = ReplyHosts(settings.osc_reply_host, port, self.tally)
        self._report = ShowReport(console, self._warnings)
        self._background = BackgroundPlayer(self._play, self._do)
        self._refused: deque[tuple[str, str, str]] = deque()  # from the thread beside, too

    @property
    def warning(self) -> str:
        """What is wrong, in plain words; empty when nothing is."""
        return self._trouble or self._reply_hosts.warning

    def _warnings(self) -> list[str]:
        stream = self._console.stream_link.status()
        return [*(stream.warnings if stream else ["no stream"]), *self._console.warnings]

    def open(self, resources: ExitStack) -> None:
        self._selector = resources.enter_context(selectors.DefaultSelector())
        resources.callback(self._close)
        self._bind(time.monotonic_ns())

    def step(self) -> None:
        if self._socket is None:
            self._bind(time.monotonic_ns())
        self._receive(self._wait_s(time.monotonic_ns()))
        now_ns = time.monotonic_ns()
        while due := self._ahead.take(now_ns):
            self._take(due.bundle, due.who)
        if self._queue and now_ns >= self._play_ns:
            self._play_ns = now_ns + BETWEEN_CHANGES_NS
            self._play_next()
        self._tell_refusals()
        if self._reply_hosts:
            reports = self._report.packets(now_ns)
            self._reply_hosts.send(self._session.played, reports, now_ns)

    # --- the socket

    def _bind(self, now_ns: int) -> None:
        """Bind the port; where that fails, say why and try again later. It never stops the show."""
        if now_ns < self._bind_ns:
            return
        self._bind_ns = now_ns + TRY_AGAIN_NS
        host, port = self._address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_DGRAM)
        try:
            opened.setblocking(False)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024 * 1024)
            opened.bind(("" if host == "*" else host, port))
        except OSError as error:
            opened.close()
            trouble = f"OSC: {_why(error, host, port)}; tried again every 5 s"
            if trouble != self._trouble:
                log.warning("%s", trouble)
            self._trouble = trouble
            return
        self._socket, self._trouble = opened, ""
        self._selector.register(opened, selectors.EVENT_READ)

    def _close(self) -> None:
        self._background.close()
        self._reply_hosts.close()
        if self._socket is not None:
            self._selector.unregister(self._socket)
            self._socket.close()

    def _wait_s(self, now_ns: int) -> float:
        wait_s = ECHO_EVERY_S if self._reply_hosts else IDLE_S
        if self._queue:
            wait_s = min(wait_s, max(0, self._play_ns - now_ns) / 1e9)
        if (due_ns := self._ahead.next_ns) is not None:
            wait_s = min(wait_s, max(0, due_ns - now_ns) / 1e9)
        return wait_s

    def _receive(self, wait_s: float) -> None:
        # Packets gather until the next change may be played: else each would be its own change.
        if self._socket is None or self._queue:
            self.pause(wait_s)
            wait_s = 0.0
        if self._socket is None or not self._selector.select(wait_s):
            return
        for _ in range(MOST_AT_ONCE):
            try:
                data, sender = self._socket.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError as error:  # the network went away and comes back
                self._warn.warning("receive", "OSC cannot be received: %s", error)
                return
            self._packet(data, str(sender[0]))
        # A flood: what does not fit waits in the kernel, or is lost.
        self.pause(BETWEEN_CHANGES_NS / 1e9)

    # --- packets

    def _packet(self, data: bytes, who: str) -> None:
        self.tally.count("packets")
        try:
            bundles = parse(data)
        except OscError as error:
            self.tally.count("bad_packet")
            self._warn.warning("packet", "OSC from %s was dropped: %s", who, error)
            return
        for bundle in bundles:
            ahead_s = bundle.due - time.time() if bundle.due is not None else 0.0
            if 0 < ahead_s <= LONGEST_AHEAD_S:
                self._have_wait(bundle, who, time.monotonic_ns() + int(ahead_s * 1e9))
            else:
                self._take(bundle, who)

    def _have_wait(self, bundle: Bundle, who: str, due_ns: int) -> None:
        dropped = self._ahead.put(due_ns, bundle, who)
        if dropped is not None:
            self.tally.count("too_many")
            self._warn.warning(
                "too_many", "OSC from %s was dropped: too much waits until it is due", dropped
            )

    def _take(self, bundle: Bundle, who: str) -> None:
        """All values of a bundle are one change, or none; actions come first, and values on top."""
        change, actions, wrong = QueuedChange({}, {who: None}), list[QueuedAction](), False
        for message in bundle.messages:
            self.tally.count("messages")
            self._reply_hosts.heard(who, message.address, time.monotonic_ns())
            try:
                meant = meaning(message, self._session.played)
            except MeaningError as error:
                self._refused.append((error.reason, str(error), who))
                # A bundle may speak to others, too: only what is for us and wrong spoils it.
                wrong = wrong or error.reason != "unknown_address"
                continue
            if isinstance(meant, OscAction):
                actions.append(QueuedAction(meant, who))
            elif meant:
                change.values |= meant
        if wrong:
            return
        for action in actions:
            self._count_if_lost(self._queue.add_action(action))
        if change.values:
            self._queue.add_change(change)

    # --- playing

    def _play_next(self) -> None:
        item = self._queue.take()
        if item and self._may_take_long(item):
            self._count_if_lost(self._background.put(item))
        elif isinstance(item, QueuedAction):
            self._do(item)
        elif item:
            self._play(item)
            self._background.played(item)

    def _may_take_long(self, item: QueuedChange | QueuedAction) -> bool:
        """Whether it may take seconds until it is played: presets and cues hold prompts, too."""
        if isinstance(item, QueuedAction):
            if item.action.what in ("undo", "redo"):
                return self._session.step_may_take_long(item.action.what)
            return self._session.checks_prompts
        return self._session.may_take_long(item.values)

    def _count_if_lost(self, taken: bool) -> None:
        if not taken:
            self.tally.count("too_many")

    def _play(self, change: QueuedChange) -> None:
        try:
            if change.values:
                self._session.play(change.values, Origin("osc", change.who))
        except RefusedError as refusal:
            self._refused.append(("refused", str(refusal), change.who))

    def _do(self, queued: QueuedAction) -> None:
        console, session, by = self._console, self._session, Origin("osc", queued.who)
        actions: dict[str, Callable[[], object]] = {
            "undo": lambda: session.undo(by),
            "redo": lambda: session.redo(by),
            "preset": lambda: console.presets.recall(queued.action.name, by),
            "safe": lambda: console.presets.play_safe(by),
            "place": lambda: console.presets.recall_at(int(queued.action.name), by),
            "jump": lambda: console.cues.jump(int(queued.action.name), by),
            "cue": lambda: getattr(console.cues, queued.action.name)(by),
        }
        try:
            actions[queued.action.what]()
        except RefusedError as refusal:
            self._refused.append(("refused", str(refusal), queued.who))

    def _tell_refusals(self) -> None:
        """Count refusals and say why, in the log and to the tablet if it asked."""
        while self._refused:
            reason, sentence, who = self._refused.popleft()
            self.tally.count(reason)
            self._warn.warning(reason, "OSC from %s was refused: %s", who, sentence)
            self._reply_hosts.refuse(who, sentence, time.monotonic_ns())


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use by another program, OSC_PORT chooses another"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this user has, OSC_PORT chooses another"
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT) or isinstance(
        error, socket.gaierror
    ):
        return f"OSC_BIND {host} is not an address of this machine"
    return f"port {port} cannot be opened ({error.strerror})"
