"""The JSON in the answers of the control port and in the messages to its pages."""

from __future__ import annotations

import dataclasses
from urllib.parse import quote

from lib.config.controls import CONTROLS, Control
from lib.control.cue_player import CuePlayer
from lib.control.journal import Entry
from lib.control.presets import Presets
from lib.control.session import Session
from lib.control.wall_clock import unix_s
from lib.core.cues import DAY_S, clashes, latest, upcoming
from lib.http.bodies import JsonObject

KINDS = {str: "text", bool: "bool", int: "int", float: "float"}


def controls_json() -> list[JsonObject]:
    """All controls, with what the page needs to draw each."""
    return [_row(control) for control in CONTROLS.values()]


def _row(control: Control) -> JsonObject:
    row = {**dataclasses.asdict(control), "kind": KINDS[control.kind]}
    del row["allowed"]  # only used in refusals
    return row


def entry_json(entry: Entry) -> JsonObject:
    return dataclasses.asdict(entry)


def latest_entries(session: Session, most: int) -> list[JsonObject]:
    return [entry_json(entry) for entry in session.entries[-most:]]


def cues_json(player: CuePlayer) -> JsonObject:
    """The sheet, where it is, and what comes of it."""
    sheet, now = player.sheet, player.now
    day = upcoming(sheet, now.wall_s, now.wall_s + DAY_S) if sheet.by_clock else []
    due = latest(sheet, now.wall_s - 8 * DAY_S, now.wall_s) if sheet.by_clock else None
    return {
        "sheet": player.document,
        "state": dataclasses.asdict(player.state()),
        "version": player.version,
        "missing": player.missing,
        "clashes": clashes(sheet),
        # Of a sheet by the clock: what is on by now, and what comes within a day.
        "due": due[0] if due else None,
        "coming": [
            {"position": one.position, "time": unix_s(now.wall_s + int(one.in_s))} for one in day
        ],
    }


def presets_json(presets: Presets) -> JsonObject:
    """The names in their order, and what a list shows of each."""
    names = presets.names()
    return {
        "names": names,
        "presets": [_preset_row(presets, name) for name in names],
        "safe": presets.has_own_safe_look,
    }


def _preset_row(presets: Presets, name: str) -> JsonObject:
    key = presets.picture_key(name)
    picture = f"/presets/{quote(name, safe='')}/picture?of={key}" if key else ""
    return {"name": name, "parts": presets.parts(name), "picture": picture}
