"""The ready layouts: files that parse, whose every address means something to this show."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest

from lib.config.controls import CONTROLS
from lib.config.params import Played
from lib.config.settings import ROOT
from lib.osc import layouts
from lib.osc.addresses import OscAction, meaning
from lib.osc.packet import OscMessage
from lib.osc.show_report import PRESETS, REPORTS

FOLDER = ROOT / "docs" / "layouts"


class Sends(NamedTuple):
    """A control of a layout: what it sends at either end, or nothing if it is only told."""

    address: str
    values: tuple[float, ...]


def touch_osc() -> Iterator[Sends]:
    document = ET.fromstring(zlib.decompress((FOLDER / layouts.TOUCH_OSC).read_bytes()))
    assert document.tag == "lexml"
    for osc in document.iter("osc"):
        address = "".join(osc.findtext("path/partial/value") or "")
        argument = osc.find("arguments/partial")
        assert argument is not None
        ends = tuple(float(argument.findtext(tag) or "nan") for tag in ("scaleMin", "scaleMax"))
        yield Sends(address, ends if osc.findtext("send") == "1" else ())


def stage_control() -> Iterator[Sends]:
    document = json.loads((FOLDER / layouts.STAGE_CONTROL).read_text("utf-8"))
    assert document["type"] == "session" and document["content"]["type"] == "root"
    made = document["content"]["widgets"]
    assert len({one["id"] for one in made}) == len(made)
    for one in made:
        if one["type"] == "text":
            yield from [Sends(one["address"], ())] if "address" in one else []
        elif one["type"] == "fader":
            yield Sends(one["address"], (one["range"]["min"], one["range"]["max"]))
        else:
            yield Sends(one["address"], (one["off"], one["on"]))


BOTH = pytest.mark.parametrize("read", [touch_osc, stage_control])


@BOTH
def test_every_control_is_understood_at_both_of_its_ends(read: object) -> None:
    sent = [one for one in read() if one.values]  # type: ignore[operator]
    assert len(sent) > 30
    for address, values in sent:
        for value in values:
            meant = meaning(OscMessage(address, (float(value),)), Played())
            pressed = isinstance(meant, OscAction) or (meant is None and not value)
            assert pressed or isinstance(meant, dict), (address, value, meant)
        control = CONTROLS.get(address[1:])
        if control and control.kind is float:
            assert values == (control.least, control.most), address


@BOTH
def test_every_label_is_told_something(read: object) -> None:
    known = {re.sub("N", str(n), name) for name in REPORTS for n in range(1, PRESETS + 1)}
    told = {one.address for one in read() if not one.values}  # type: ignore[operator]
    assert len(told) > 20 and told <= known


@BOTH
def test_the_wall_the_cues_and_sixteen_presets_are_there(read: object) -> None:
    there = {one.address for one in read()}  # type: ignore[operator]
    assert {"/black", "/freeze", "/safe", "/undo", "/cue/go", "/cue/stop", "/opacity"} <= there
    assert {f"/presets/{n}" for n in range(1, 17)} <= there


def test_the_files_are_what_the_table_makes() -> None:
    kept = zlib.decompress((FOLDER / layouts.TOUCH_OSC).read_bytes())
    assert kept == zlib.decompress(layouts.touch_osc()), "python -m lib.osc.layouts docs/layouts"
    assert (FOLDER / layouts.STAGE_CONTROL).read_text("utf-8") == layouts.stage_control()


def test_nothing_lies_over_another_control_or_outside() -> None:
    controls = [one for one in layouts.widgets() if one.kind != "label"]
    for place, one in enumerate(controls):
        x, y, width, height = one.box
        assert x >= 0 and y >= 0 and x + width <= layouts.WIDTH and y + height <= layouts.HEIGHT
        for other in controls[place + 1 :]:
            ox, oy, owidth, oheight = other.box
            apart = x + width <= ox or ox + owidth <= x or y + height <= oy or oy + oheight <= y
            assert apart, (one, other)
