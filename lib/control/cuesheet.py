"""A sheet of cues as JSON: `{"loop": true, "cues": [{"preset": "dawn", "at": "06:30"}]}`."""

from __future__ import annotations

import math
import re

from lib.control.params_table import RefusedError, shown
from lib.control.presets import clean_name
from lib.core.cues import EVERY_DAY, Cue, Sheet

MOST_CUES = 500
LONGEST_S = 7 * 86_400
LONGEST_GLIDE_MS = 600_000
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = {"preset", "after_s", "at", "days", "glide_ms"}


def sheet_from(document: object) -> Sheet:
    """RefusedError, in one sentence, says what is wrong with it."""
    if isinstance(document, list):
        document = {"cues": document}
    if not isinstance(document, dict) or not set(document) <= {"loop", "cues"}:
        raise RefusedError("cues are sent as an object with loop and cues")
    cues, loop = document.get("cues", []), document.get("loop", False)
    if not isinstance(cues, list) or not isinstance(loop, bool):
        raise RefusedError("cues must be a list and loop true or false")
    if len(cues) > MOST_CUES:
        raise RefusedError(f"a sheet has at most {MOST_CUES} cues, not {len(cues)}")
    return checked(Sheet(tuple(cue_from(number, cue) for number, cue in enumerate(cues, 1)), loop))


def checked(sheet: Sheet) -> Sheet:
    """What its cues must be together."""
    if len({cue.at_s is None for cue in sheet.cues}) > 1:
        raise RefusedError(
            "the cues of a sheet are all in seconds (after_s) or all by the clock (at)"
        )
    if sheet.loop and sheet.cues and not sheet.by_clock and sum(c.after_s for c in sheet.cues) < 1:
        raise RefusedError("a sheet that loops takes at least a second")
    return sheet


def cue_from(number: int, cue: object) -> Cue:
    """`number` counts from 1, as people do."""
    if not isinstance(cue, dict) or not isinstance(cue.get("preset"), str):
        raise RefusedError(f"cue {number} needs the name of a preset")
    unknown = set(cue) - KEYS
    if unknown:
        raise RefusedError(f"cue {number} has '{shown(str(min(unknown)))}', which is nothing known")
    if ("after_s" in cue) == ("at" in cue):
        raise RefusedError(f"cue {number} needs either after_s or at")
    try:
        preset = clean_name(cue["preset"])
        glide_ms = cue.get("glide_ms")
        if glide_ms is not None:
            glide_ms = int(_number("glide_ms", glide_ms, LONGEST_GLIDE_MS))
        if "at" in cue:
            return Cue(preset, 0.0, _at(cue["at"]), _days(cue.get("days")), glide_ms)
        if "days" in cue:
            raise RefusedError("days belong to a time of the day (at)")
        return Cue(preset, _number("after_s", cue["after_s"], LONGEST_S), glide_ms=glide_ms)
    except RefusedError as refusal:
        raise RefusedError(f"cue {number}: {refusal}") from refusal


def kept_sheet(document: object) -> tuple[Sheet, list[str]]:
    """The sheet of an earlier show, and what was wrong with cues that were left out."""
    sheet = document.get("sheet") if isinstance(document, dict) else None
    if not isinstance(sheet, dict) or not isinstance(sheet.get("cues"), list):
        raise RefusedError("there is no sheet")
    cues: list[Cue] = []
    lost: list[str] = []
    for number, cue in enumerate(sheet["cues"][:MOST_CUES], 1):
        try:
            cues.append(cue_from(number, cue))
        except RefusedError as refusal:
            lost.append(str(refusal))
    return checked(Sheet(tuple(cues), sheet.get("loop") is True)), lost


def document_of(sheet: Sheet) -> dict[str, object]:
    return {"loop": sheet.loop, "cues": [_document_of(cue) for cue in sheet.cues]}


def _document_of(cue: Cue) -> dict[str, object]:
    document: dict[str, object] = {"preset": cue.preset}
    if cue.at_s is None:
        document["after_s"] = cue.after_s
    else:
        hours, minutes, seconds = cue.at_s // 3600, cue.at_s // 60 % 60, cue.at_s % 60
        document["at"] = f"{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
        if cue.days != EVERY_DAY:
            document["days"] = [DAYS[day] for day in cue.days]
    if cue.glide_ms is not None:
        document["glide_ms"] = cue.glide_ms
    return document


def _number(name: str, value: object, most: int) -> float:
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    if not fits or not 0 <= value <= most or not math.isfinite(value):  # type: ignore[operator, arg-type] # looked at just before
        raise RefusedError(f"{name} must be a number from 0 to {most}")
    return float(value)  # type: ignore[arg-type] # looked at just before


def _at(text: object) -> int:
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", str(text), re.ASCII)
    if not isinstance(text, str) or not match:
        raise RefusedError("at must be a time of the day like 18:00 or 18:00:30")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _days(days: object) -> tuple[int, ...]:
    if days is None:
        return EVERY_DAY
    if not isinstance(days, list) or not days or not all(day in DAYS for day in days):
        raise RefusedError(f"days must be some of {', '.join(DAYS)}")
    return tuple(sorted({DAYS.index(day) for day in days}))
