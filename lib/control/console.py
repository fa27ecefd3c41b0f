"""Everything that a door uses, put together: the session, its presets and its cues."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lib.config.settings import PrimarySettings
from lib.config.state_folder import state_folder
from lib.control.cue_player import CuePlayer, CueTimer
from lib.control.history import NOBODY
from lib.control.host_health import HostHealth
from lib.control.journal import Origin
from lib.control.notices import Notices
from lib.control.played_state import PlayedState
from lib.control.preset_pictures import PresetPictures
from lib.control.presets import Presets
from lib.control.session import Session
from lib.control.store import Store
from lib.control.stream_link import MEMORY, StreamLink
from lib.core.mapping import disarmed
from lib.prompts.policy import Checker
from lib.stage import Stage


@dataclass(frozen=True)
class Console:
    """The parts of the control room, each made from those before it."""

    played_state: PlayedState
    notices: Notices
    store: Store
    session: Session
    presets: Presets
    cues: CuePlayer
    stream_link: StreamLink
    health: HostHealth

    @property
    def warnings(self) -> list[str]:
        """Warnings for the operators, in plain words."""
        return [*self.notices.current, *self.cues.warnings]

    def stages(self) -> list[Stage]:
        """The stages in the order of the flow: the store is last, since all others write to it."""
        return [CueTimer(self.cues), self.health, self.stream_link, self.store]


def open_console(
    settings: PrimarySettings, run_dir: Path, checker: Checker | None = None
) -> Console:
    notices = Notices()
    folder = state_folder(settings)
    store = Store(folder, notices)
    played_state = PlayedState(settings.played)
    session = Session(played_state, store, notices, settings, checker)
    if session.played.freeze and not (run_dir / MEMORY).exists():
        # The show begins with this process, so no screen has a picture that it could hold.
        session.play({"freeze": False}, Origin(NOBODY))
    if not settings.arm_at_start and not (run_dir / MEMORY).exists():
        # The show begins: nobody has looked yet whether what they move is still what is wanted.
        rested = disarmed(session.played.mapping)
        if rested != session.played.mapping:
            session.play({"mapping": rested}, Origin(NOBODY))
    presets = Presets(session, PresetPictures(store))
    cues = CuePlayer(session, presets, store, notices)
    stream_link = StreamLink(
        run_dir, played_state, session.adopt, hears_signals=bool(settings.signals_port)
    )
    health = HostHealth((folder, run_dir), notices)
    return Console(played_state, notices, store, session, presets, cues, stream_link, health)
