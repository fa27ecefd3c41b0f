"""Plays the cue sheet, automatically and by hand, and goes on with it after a restart."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from lib.config.controls import RefusedError
from lib.control.cue_run import Rehearsal, Run, carried, rehearsal_of, run_of
from lib.control.cue_sheet import (
    StaleSheetError,
    document_of,
    kept_sheet,
    sheet_from,
    version_of,
)
from lib.control.journal import CUE, Origin
from lib.control.notices import DAY_S, Notices
from lib.control.presets import MissingError, Presets
from lib.control.session import Session
from lib.control.store import Store
from lib.control.wall_clock import Clocks, faster, unix_s
from lib.core.cues import Cue, Now, Sheet
from lib.stage import REST_S, Stage

FILE = "cues.json"
WAIT_S = 0.1  # how long the next cue waits at a time for one whose prompt is being checked
SOONEST_S = 0.002
ITSELF = Origin(CUE)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CueState:
    """Where the cue sheet is, as the page shows it."""

    running: bool
    paused: bool
    position: int | None  # of the cue that was played last, counted from 0
    next: str | None  # the preset of the next cue
    next_position: int | None
    seconds: float | None  # until the next cue
    clock: bool  # whether the sheet goes by times of the day
    speed: float = 1.0  # of a rehearsal


class CuePlayer:
    """Any thread may replace the sheet, start it and step through it."""

    def __init__(
        self,
        session: Session,
        presets: Presets,
        store: Store,
        notices: Notices,
        clocks: Clocks | None = None,
    ) -> None:
        self._session, self._presets = session, presets
        self._store, self._notices = store, notices
        self._clocks = clocks or Clocks()
        self._lock = threading.Lock()  # never held while a cue is played
        self._errand: threading.Thread | None = None
        self._sheet = Sheet()
        self._run: Run | None = None
        self._rehearsal: Rehearsal | None = None
        self._position = -1  # of the last cue played; kept when the sheet has ended
        self._watchers: tuple[Callable[[], None], ...] = ()
        self._load()

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` whenever the next cue may be another one."""
        self._watchers = (*self._watchers, changed)

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    @property
    def document(self) -> dict[str, object]:
        """The sheet as JSON."""
        return document_of(self._sheet)

    @property
    def version(self) -> str:
        """Another one for another sheet."""
        return version_of(self._sheet)

    @property
    def now(self) -> Now:
        return self._clocks.now

    @property
    def missing(self) -> list[int]:
        """The positions of cues whose preset does not exist."""
        known = set(self._presets.names())
        return [n for n, cue in enumerate(self._sheet.cues) if cue.preset not in known]

    @property
    def warnings(self) -> list[str]:
        """What will go wrong unless somebody mends the sheet."""
        if self._run is None:
            return []
        return [
            f"cue {position + 1} names the preset '{self._sheet.cues[position].preset}', which "
            "does not exist: it is skipped"
            for position in self.missing[:1]
        ]

    def state(self) -> CueState:
        with self._lock:
            now, run = self._clocks.now, self._run
            coming = run.coming(now) if run else None
            return CueState(
                running=run is not None,
                paused=run is not None and run.paused,
                position=self._position if self._position >= 0 else None,
                next=self._sheet.cues[coming.position].preset if coming else None,
                next_position=coming.position if coming else None,
                seconds=self._seconds(coming.in_s, now) if coming else None,
                clock=self._sheet.by_clock,
                speed=self._speed,
            )

    def play_due(self) -> None:
        if self._errand and self._errand.is_alive():
            return  # the last cue's prompt is still being checked, and the next waits for that
        with self._lock:
            if self._rehearsal and self._rehearsal.is_over:
                self._leave()
            run, now = self._run, self._clocks.now
            position = run.due(now) if run else None
            if position is None:
                return
            cue = self._moved_to(position, now)
        if self._session.checks_prompts:
            self._errand = threading.Thread(
                target=self._play_by_itself, args=(position, cue), name="Cue", daemon=True
            )
            self._errand.start()
        else:
            self._play_by_itself(position, cue)

    def wait_s(self) -> float:
        """How long no cue will come due unless something changes, up to a limit."""
        if self._errand and self._errand.is_alive():
            return WAIT_S
        with self._lock:
            run, now = self._run, self._clocks.now
            coming = run.coming(now) if run and not run.paused else None
            in_s = coming.in_s / self._speed if coming else REST_S
            return max(SOONEST_S, min(in_s, REST_S))

    def replace(self, document: object, by: Origin, version: str = "") -> None:
        """Replace the sheet by one from JSON. A running sheet goes on where it was, and what is
        played stays. `version`: of the sheet that this one was made from, if that matters."""
        try:
            sheet = sheet_from(document)
            with self._lock:
                if version and version != self.version:
                    raise StaleSheetError(self._who_changed())
                self._replace(sheet)
        except RefusedError as refusal:
            self._session.note(by, "cues", refused=str(refusal))
            raise
        self._session.note(by, "cues")

    def _replace(self, sheet: Sheet) -> None:
        if self._rehearsal:
            self._leave()
        now = self._clocks.now
        if self._run:
            self._run = carried(self._run, sheet, now) if sheet.cues else None
        self._sheet = sheet
        self._position = self._run.position if self._run else -1
        self._end_or_keep(now)

    def _who_changed(self) -> str:
        entries = self._session.entries
        changed = (one for one in reversed(entries) if one.action == "cues" and not one.refused)
        last = next(changed, None)
        who = f" by {' '.join(filter(None, (last.door, last.who)))}" if last else ""
        return f"the sheet was changed meanwhile{who}: read it again, or save yours over it"

    def start(self, by: Origin) -> None:
        """Start at the first cue; by the clock, play at once the cue that is current by now."""
        with self._lock:
            if self._rehearsal:
                self._leave()
            now, empty = self._clocks.now, not self._sheet.cues
            if not empty:
                self._run, self._position = run_of(self._sheet, now), -1
                self._keep(now)
        self._noted(by, "start", "there are no cues" if empty else "")

    def rehearse(self, by: Origin, speed: float | None = None) -> None:
        """Play all of it once in fast time, on the wall: a sheet by the clock from now on for a
        day. Without a speed it takes a minute."""
        why = ""
        with self._lock:
            if not self._sheet.cues:
                why = "there are no cues"
            elif self._run:
                why = "the cues are running: stop them first"
            else:
                self._rehearsal = rehearsal_of(self._sheet, self._clocks, speed)
                self._clocks = faster(self._clocks, self._rehearsal.speed)
                self._run, self._position = run_of(self._sheet, self._clocks.now), -1
                self._keep(self._clocks.now)
        self._noted(by, "rehearse", why)

    def stop(self, by: Origin) -> None:
        """Stop the sheet; what is played stays."""
        with self._lock:
            idle = self._run is None
            self._leave()
        self._noted(by, "stop", "the cues are not running" if idle else "")

    def pause(self, by: Origin) -> None:
        """Play no cue automatically until `resume`."""
        self._hold(by, "pause")

    def resume(self, by: Origin) -> None:
        self._hold(by, "resume")

    def go(self, by: Origin) -> None:
        """Play the next cue now; the first, if the sheet does not run yet."""
        with self._lock:
            now = self._clocks.now
            if not self._run and self._sheet.cues:
                self._run = run_of(self._sheet, now)
                position = self._run.due(now)
                position = self._run.go(now) if position is None else position
            else:
                position = self._run.go(now) if self._run else None
            cue = None if position is None else self._moved_to(position, now)
        self._play_by_hand(by, "go", cue, "the last cue is playing")

    def back(self, by: Origin) -> None:
        """Play the cue before the current one."""
        with self._lock:
            now = self._clocks.now
            position = self._run.back(now) if self._run else None
            cue = None if position is None else self._moved_to(position, now)
        self._play_by_hand(by, "back", cue, "this is the first cue")

    def jump(self, number: int, by: Origin) -> None:
        """Play this cue now, counted from 1, and go on from there."""
        with self._lock:
            now, position = self._clocks.now, number - 1
            cue = None
            if 0 <= position < len(self._sheet.cues):
                self._run = self._run or run_of(self._sheet, now)
                self._run.jump(position, now)
                cue = self._moved_to(position, now)
        self._play_by_hand(by, f"jump to {number}", cue, f"there is no cue {number}")

    # --- playing

    def _moved_to(self, position: int, now: Now) -> Cue:
        self._position = position
        self._end_or_keep(now)
        return self._sheet.cues[position]

    def _play_by_itself(self, position: int, cue: Cue) -> None:
        try:
            self._presets.recall(cue.preset, ITSELF, self._glide_ms(cue), f"cue {cue.preset}")
            self._notices.unsay("cue")
        except MissingError:
            log.warning("cue %d was skipped: there is no preset '%s'", position + 1, cue.preset)
        except RefusedError as refusal:
            self._notices.say("cue", f"cue {position + 1} was skipped: {refusal}", DAY_S)

    def _play_by_hand(self, by: Origin, action: str, cue: Cue | None, nothing: str) -> None:
        if cue is None:
            self._noted(by, action, nothing)
        else:
            self._presets.recall(cue.preset, by, self._glide_ms(cue), f"cue {cue.preset}")

    def _hold(self, by: Origin, action: str) -> None:
        with self._lock:
            now, run = self._clocks.now, self._run
            if run:
                _ = run.pause(now) if action == "pause" else run.resume(now)
                self._keep(now)
        self._noted(by, action, "" if run else "the cues are not running")

    def _noted(self, by: Origin, action: str, refused: str = "") -> None:
        self._session.note(by, f"cues {action}", refused=refused)
        if refused:
            raise RefusedError(refused)

    def _leave(self) -> None:
        """Stop, and let real time pass again."""
        self._run = None
        self._end_rehearsal()
        self._keep(self._clocks.now)

    def _end_rehearsal(self) -> None:
        if self._rehearsal:
            self._clocks, self._rehearsal = self._rehearsal.clocks, None

    # --- time

    @property
    def _speed(self) -> float:
        return self._rehearsal.speed if self._rehearsal else 1.0

    def _glide_ms(self, cue: Cue) -> int | None:
        if not self._rehearsal:
            return cue.glide_ms
        usual_ms = self._session.played.glide_ms
        return int((usual_ms if cue.glide_ms is None else cue.glide_ms) / self._rehearsal.speed)

    def _seconds(self, in_s: float, now: Now) -> float:
        """Seconds until a cue. By the clock, a change to or from summer time on the way counts."""
        if self._sheet.by_clock:
            in_s = unix_s(now.wall_s + int(in_s)) - self._clocks.unix_s()
        return round(max(0.0, in_s / self._speed), 1)

    # --- memory

    def _end_or_keep(self, now: Now) -> None:
        if self._run and self._run.coming(now) is None:
            self._run = None
            self._end_rehearsal()
        self._keep(now)

    def _keep(self, now: Now) -> None:
        run = None if self._rehearsal else self._run  # none goes on after a restart
        kept: dict[str, object] = {"running": run is not None, "position": self._position}
        if run:
            kept |= {"paused": run.paused, "at_unix_s": self._clocks.unix_s(), **run.kept(now)}
        self._store.put(FILE, {"sheet": document_of(self._sheet), "run": kept})
        for changed in self._watchers:
            changed()

    def _load(self) -> None:
        document = self._store.read(FILE)
        if document is None:
            return
        try:
            self._sheet, lost = kept_sheet(document)
            self._restore(document)
        except (RefusedError, KeyError, TypeError, ValueError, OverflowError):
            self._sheet, self._run, self._position = Sheet(), None, -1
            self._store.set_aside(FILE, "it holds no sheet of cues")
            return
        if lost:
            text = f"{len(lost)} kept cues cannot be played: {lost[0]}"
            self._notices.say("cues", text, DAY_S)

    def _restore(self, document: object) -> None:
        kept = document["run"]  # type: ignore[index] # whatever it is, the caller sets it aside
        self._position = min(int(kept["position"]), len(self._sheet.cues) - 1)
        if kept["running"] is not True or not self._sheet.cues:
            return
        now = self._clocks.now
        run = run_of(self._sheet, now)
        paused = kept["paused"] is True
        away_s = 0.0 if paused else self._clocks.unix_s() - float(kept["at_unix_s"])
        run.restore(kept, away_s, now)
        if paused:
            run.pause(now)
        self._run = run


class CueTimer(Stage):
    """The thread that plays cues automatically."""

    def __init__(self, cue_player: CuePlayer) -> None:
        super().__init__()
        self._cue_player = cue_player
        cue_player.watch(self.stir)

    def open(self, resources: ExitStack) -> None:
        """Nothing to open: the cue player holds the sheet."""

    def step(self) -> None:
        self._cue_player.play_due()
        self.pause(self._cue_player.wait_s())
