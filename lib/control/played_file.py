"""What is played, as a file: the controls that differ from the settings of the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lib.config.controls import Value, allowed
from lib.config.params import Played
from lib.control.notices import DAY_S, Notices
from lib.control.store import Store

FILE = "played.json"


class KeptPlayed(NamedTuple):
    """What an earlier process played."""

    number: int
    fields: dict[str, Value]
    approvals: dict[str, str]  # what let its words through


def keep(
    store: Store, number: int, first: Played, played: Played, approvals: Mapping[str, str]
) -> None:
    at_first = first.model_dump()
    changed = {
        name: value for name, value in played.model_dump().items() if at_first[name] != value
    }
    document: dict[str, object] = {"number": number, "changed": changed}
    if approvals:
        document["words"] = dict(approvals)
    store.put(FILE, document)


def kept(store: Store, notices: Notices) -> KeptPlayed:
    document = store.read(FILE)
    if document is None:
        return KeptPlayed(0, {}, {})
    document = document if isinstance(document, dict) else {}
    number, changed, words = (document.get(name) for name in ("number", "changed", "words"))
    if not isinstance(number, int) or not 0 <= number < 2**53 or not isinstance(changed, dict):
        store.set_aside(FILE, "it does not say what was played")
        return KeptPlayed(0, {}, {})
    lost: list[str] = []
    fields = allowed(changed, lost.append)
    if lost:
        text = f"of what was played before, this was dropped: {'; '.join(lost)}"
        notices.say("played", text, DAY_S)
    return KeptPlayed(number, fields, words if isinstance(words, dict) else {})
