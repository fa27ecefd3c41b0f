"""The JSON in the answers of the control port and in the messages to its pages."""

from __future__ import annotations

import dataclasses

from lib.config.controls import CONTROLS, Control
from lib.control.cue_player import CuePlayer
from lib.control.journal import Entry
from lib.control.session import Session
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
    return {"sheet": player.document, "state": dataclasses.asdict(player.state())}
