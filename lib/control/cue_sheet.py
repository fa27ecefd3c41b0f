"""A sheet of cues as JSON: `{"loop": true, "cues": [{"preset": "dawn", "at": "06:30"}]}`.

The two models below are its only description: they validate what is sent and what was saved, write
what is saved and shown, and the control port describes itself with their schema.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from lib.config.controls import RefusedError, shown
from lib.config.sentences import must_be, sentence
from lib.control.preset_store import clean_name
from lib.core.cues import EVERY_DAY, Cue, Sheet

MOST_CUES = 500
LONGEST_S = 7 * 86_400
LONGEST_GLIDE_MS = 600_000
TIME_OF_DAY = r"^([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)
Bounded = Field(ge=0, allow_inf_nan=False)


class StaleSheetError(RefusedError):
    """Somebody else changed the sheet since it was read."""


class CueDocument(BaseModel):
    """One cue: a preset, and either `after_s` or `at`."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    preset: Annotated[str, AfterValidator(clean_name)]
    after_s: Annotated[
        float, Bounded, Field(le=LONGEST_S), must_be(f"a number from 0 to {LONGEST_S}")
    ] = 0.0
    at: Annotated[
        str,
        Field(pattern=TIME_OF_DAY, examples=["18:00"]),
        must_be("a time of the day like 18:00 or 18:00:30"),
    ] = ""
    days: (
        Annotated[list[Day], Field(min_length=1), must_be(f"some of {', '.join(DAYS)}")]
        | SkipJsonSchema[None]
    ) = None
    glide_ms: (
        Annotated[
            float,
            Bounded,
            Field(le=LONGEST_GLIDE_MS, json_schema_extra={"type": "integer"}),
            must_be(f"a number from 0 to {LONGEST_GLIDE_MS}"),
        ]
        | None
    ) = None

    @model_validator(mode="before")
    @classmethod
    def _is_a_cue(cls, cue: Any) -> Any:
        if not isinstance(cue, dict) or not isinstance(cue.get("preset"), str):
            raise ValueError("needs the name of a preset")  # noqa: TRY004 # pydantic takes no other
        unknown = cue.keys() - cls.model_fields.keys()
        if unknown:
            raise ValueError(f"has '{shown(str(min(unknown)))}', which is nothing known")
        if ("after_s" in cue) == ("at" in cue):
            raise ValueError("needs either after_s or at")
        return cue

    @field_validator("days")
    @classmethod
    def _by_the_clock(cls, days: object, info: ValidationInfo) -> object:
        if info.data.get("at") == "":
            raise ValueError("days belong to a time of the day (at)")
        return days

    @classmethod
    def of(cls, cue: Cue) -> CueDocument:
        facts: dict[str, Any] = {"preset": cue.preset}
        if cue.at_s is None:
            facts["after_s"] = cue.after_s
        else:
            hours, minutes, seconds = cue.at_s // 3600, cue.at_s // 60 % 60, cue.at_s % 60
            facts["at"] = f"{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
            if cue.days != EVERY_DAY:
                facts["days"] = [DAYS[day] for day in cue.days]
        if cue.glide_ms is not None:
            facts["glide_ms"] = cue.glide_ms
        return cls.model_construct(**facts)

    @property
    def cue(self) -> Cue:
        glide_ms = None if self.glide_ms is None else int(self.glide_ms)  # a fraction is cut off
        if not self.at:
            return Cue(self.preset, self.after_s, glide_ms=glide_ms)
        hours, minutes, seconds = (int(part) for part in f"{self.at}:00".split(":")[:3])
        days = EVERY_DAY if self.days is None else tuple(sorted(map(DAYS.index, set(self.days))))
        return Cue(self.preset, 0.0, hours * 3600 + minutes * 60 + seconds, days, glide_ms)


class SheetDocument(BaseModel):
    """All cues in their order; with `loop` they begin again."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    loop: bool = False
    cues: Annotated[list[CueDocument], Field(max_length=MOST_CUES)] = []

    @property
    def sheet(self) -> Sheet:
        return Sheet(tuple(one.cue for one in self.cues), self.loop)


def sheet_from(document: object) -> Sheet:
    """The sheet in a document; a RefusedError states in one sentence what is wrong with it."""
    if isinstance(document, list):
        document = {"cues": document}
    try:
        return checked(SheetDocument.model_validate(document).sheet)
    except ValidationError as error:
        raise RefusedError(_sentence(error.errors()[0])) from error


def checked(sheet: Sheet) -> Sheet:
    """The same sheet, if its cues fit together."""
    if len({cue.at_s is None for cue in sheet.cues}) > 1:
        raise RefusedError(
            "the cues of a sheet are all in seconds (after_s) or all by the clock (at)"
        )
    if sheet.loop and sheet.cues and not sheet.by_clock and sum(c.after_s for c in sheet.cues) < 1:
        raise RefusedError("a sheet that loops takes at least a second")
    return sheet


def kept_sheet(document: object) -> tuple[Sheet, list[str]]:
    """The sheet that an earlier show saved, and what was wrong with the cues left out of it."""
    sheet = document.get("sheet") if isinstance(document, dict) else None
    if not isinstance(sheet, dict) or not isinstance(sheet.get("cues"), list):
        raise RefusedError("there is no sheet")
    cues: list[Cue] = []
    lost: list[str] = []
    for number, cue in enumerate(sheet["cues"][:MOST_CUES], 1):
        try:
            cues.append(CueDocument.model_validate(cue).cue)
        except ValidationError as error:
            first = error.errors()[0]
            lost.append(_cue_sentence(number, first, first["loc"]))
    return checked(Sheet(tuple(cues), sheet.get("loop") is True)), lost


def document_of(sheet: Sheet) -> dict[str, object]:
    cues = [CueDocument.of(cue).model_dump(exclude_unset=True) for cue in sheet.cues]
    return {"loop": sheet.loop, "cues": cues}


def version_of(sheet: Sheet) -> str:
    text = json.dumps(document_of(sheet), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _sentence(error: Any) -> str:
    match error["loc"]:
        case ("cues", int(position), *field):
            return _cue_sentence(position + 1, error, field)
        case ("cues",) if error["type"] == "too_long":
            length = error["ctx"]["actual_length"]
            return f"a sheet has at most {MOST_CUES} cues, not {length}"
        case ("cues" | "loop",):
            return "cues must be a list and loop true or false"
    return "cues are sent as an object with loop and cues"


def _cue_sentence(number: int, error: Any, field: Sequence[int | str]) -> str:
    """`number` counts from 1, as people do."""
    own = str(error["ctx"]["error"]) if error["type"] == "value_error" else ""
    if not field:
        return f"cue {number} {own}"
    is_whole = own and not own.startswith("must")
    return f"cue {number}: {own if is_whole else sentence({**error, 'loc': field})}"
