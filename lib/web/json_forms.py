"""What stands in the answers of the control port and in the messages to its pages."""

from __future__ import annotations

import dataclasses

from lib.config.controls import CONTROLS, Control
from lib.control.cuer import Cuer
from lib.control.desk import Desk
from lib.control.journal import Entry
from lib.http.bodies import JsonObject

KINDS = {str: "text", bool: "bool", int: "int", float: "float"}


def controls_json() -> list[JsonObject]:
    """All controls, as the page needs them to draw one for each."""
    return [_row(control) for control in CONTROLS.values()]


def _row(control: Control) -> JsonObject:
    row = {**dataclasses.asdict(control), "kind": KINDS[control.kind]}
    del row["allowed"]  # words for a refusal
    return row


def entry_json(entry: Entry) -> JsonObject:
    return dataclasses.asdict(entry)


def latest_entries(desk: Desk, most: int) -> list[JsonObject]:
    return [entry_json(entry) for entry in desk.entries[-most:]]


def cues_json(player: Cuer) -> JsonObject:
    return {"sheet": player.document, "state": dataclasses.asdict(player.state())}
