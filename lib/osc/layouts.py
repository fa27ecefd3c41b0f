"""Ready layouts for tablets, made from the table of addresses: TouchOSC and Open Stage Control.

`python -m lib.osc.layouts docs/layouts` writes both files anew. One list of widgets is the source
of both; what each app wants of it stands below. A label lies over its button, since a button of
TouchOSC has no text of its own, and takes its text from what the show sends back.
"""

from __future__ import annotations

import json
import sys
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree as ET

from lib.config.controls import CONTROLS

WIDTH, HEIGHT, GAP = 1200, 800, 10
TOUCH_OSC, STAGE_CONTROL = "afterimage.tosc", "open-stage-control.json"
PRESETS = 16
NAMESPACE = uuid.UUID("0b7f2f0e-7a52-4d3c-8c4e-2f9d9a1c5b60")  # the same file each time

Kind = Literal["button", "toggle", "fader", "label"]
Box = tuple[int, int, int, int]
CALM, BAD, GO = "#2a2d33", "#c8503c", "#4f8f5f"


@dataclass(frozen=True)
class Widget:
    """One control on the tablet, and the address that it sends to or is told by."""

    kind: Kind
    address: str  # of a label: empty, or where its text comes from
    box: Box
    text: str = ""
    colour: str = CALM
    least: float = 0.0
    most: float = 1.0

    @property
    def name(self) -> str:
        return f"{self.kind} {self.address or self.text}"


def widgets() -> list[Widget]:
    return [*_top(), *_urgent(), *_presets(), *_cues(), *_faders()]


def _top() -> Iterator[Widget]:
    yield Widget("label", "/show/warning", (GAP, GAP, 880, 40))
    yield Widget("label", "/show/screen", (900, GAP, 140, 40))
    yield Widget("label", "/show/fps", (1050, GAP, 140, 40))


def _urgent() -> Iterator[Widget]:
    parts: list[tuple[Kind, str, str, str]] = [
        ("toggle", "/black", "BLACK", BAD),
        ("toggle", "/freeze", "FREEZE", BAD),
        ("button", "/safe", "SAFE LOOK", GO),
        ("button", "/undo", "UNDO", CALM),
    ]
    for place, (kind, address, text, colour) in enumerate(parts):
        yield from _labelled(kind, address, _cell(place, 4, (GAP, 60, 1180, 100)), text, colour)


def _presets() -> Iterator[Widget]:
    for number in range(1, PRESETS + 1):
        row, place = divmod(number - 1, 4)
        box = _cell(place, 4, (GAP, 170 + row * 80, 780, 70))
        yield Widget("button", f"/presets/{number}", box)
        yield Widget("label", f"/show/presets/{number}", box)


def _cues() -> Iterator[Widget]:
    yield Widget("label", "/show/preset", (800, 170, 390, 40))
    yield Widget("label", "/show/cue", (800, 220, 390, 40))
    yield Widget("label", "/show/cue/next", (800, 270, 260, 40))
    yield Widget("label", "/show/cue/countdown", (1070, 270, 120, 40))
    yield from _labelled("button", "/cue/go", (800, 320, 390, 90), "GO", GO)
    for place, verb in enumerate(("start", "back", "pause", "resume", "stop")):
        box = _cell(place, 5, (800, 420, 390, 60))
        yield from _labelled("button", f"/cue/{verb}", box, verb.upper(), CALM)


def _faders() -> Iterator[Widget]:
    for place, name in enumerate(("strength", "blend", "opacity", "feedback", "guidance")):
        control = CONTROLS[name]
        box = _cell(place, 5, (GAP, 500, 1180, 240))
        least, most = control.least or 0.0, control.most or 1.0
        yield Widget("fader", f"/{name}", box, "", CALM, least, most)
        yield Widget("label", "", (box[0], 750, box[2], 40), name)


def _labelled(kind: Kind, address: str, box: Box, text: str, colour: str) -> Iterator[Widget]:
    yield Widget(kind, address, box, "", colour)
    yield Widget("label", "", box, text)


def _cell(place: int, of: int, area: Box) -> Box:
    x, y, width, height = area
    step = (width + GAP) // of
    return (x + place * step, y, step - GAP, height)


# --- TouchOSC: zlib around XML, in the form that its editor writes

KINDS = {"button": "BUTTON", "toggle": "BUTTON", "fader": "FADER", "label": "LABEL"}


def touch_osc() -> bytes:
    document = ET.Element("lexml", version="3")
    root = _node(document, "GROUP", "Afterimage", (0, 0, WIDTH, HEIGHT), "#000000")
    children = ET.SubElement(root, "children")
    for widget in widgets():
        _touch_widget(children, widget)
    return zlib.compress(ET.tostring(document, "UTF-8", xml_declaration=True), 9)


def _touch_widget(parent: ET.Element, widget: Widget) -> None:
    node = _node(parent, KINDS[widget.kind], widget.name, widget.box, widget.colour)
    properties = node.find("properties")
    assert properties is not None
    if widget.kind == "label":
        over = not widget.address or widget.address.startswith("/show/presets/")
        more: dict[str, tuple[str, object]] = {
            "background": ("b", 0 if over else 1),
            "interactive": ("b", 0),
            "textSize": ("i", 20),
            "textAlignH": ("i", 2),
            "textAlignV": ("i", 2),
            "textClip": ("b", 1),
            "textLength": ("i", 0),
            "font": ("i", 0),
        }
        _property(properties, "c", "textColor", _rgba("#ffffff"))
    elif widget.kind == "fader":
        more = {"orientation": ("i", 0), "bar": ("b", 1), "cursor": ("b", 1), "grid": ("b", 0)}
    else:
        momentary = widget.kind == "button"
        more = {"buttonType": ("i", 0 if momentary else 2), "press": ("b", 1), "release": ("b", 1)}
    for key, (kind, value) in more.items():
        _property(properties, kind, key, value)
    values = ET.SubElement(node, "values")
    key, first = ("text", widget.text) if widget.kind == "label" else ("x", "0")
    for name, default in ((key, first), ("touch", "false")):
        value_node = ET.SubElement(values, "value")
        for tag, text in (("key", name), ("locked", "0"), ("lockedDefaultCurrent", "0")):
            ET.SubElement(value_node, tag).text = text
        ET.SubElement(value_node, "default").text = default
        ET.SubElement(value_node, "defaultPull").text = "0"
    if widget.address:
        _touch_message(ET.SubElement(node, "messages"), widget, key)


def _touch_message(messages: ET.Element, widget: Widget, key: str) -> None:
    osc = ET.SubElement(messages, "osc")
    sends = "0" if widget.kind == "label" else "1"
    facts = {"enabled": "1", "send": sends, "receive": "1", "feedback": "0", "connections": "11111"}
    for tag, text in facts.items():
        ET.SubElement(osc, tag).text = text
    trigger = ET.SubElement(ET.SubElement(osc, "triggers"), "trigger")
    ET.SubElement(trigger, "var").text = key
    ET.SubElement(trigger, "condition").text = "ANY"
    _partial(ET.SubElement(osc, "path"), "CONSTANT", "STRING", widget.address)
    conversion = "STRING" if widget.kind == "label" else "FLOAT"
    arguments = ET.SubElement(osc, "arguments")
    _partial(arguments, "VALUE", conversion, key, (widget.least, widget.most))


def _partial(
    parent: ET.Element,
    kind: str,
    conversion: str,
    value: str,
    scale: tuple[float, float] = (0, 1),
) -> None:
    partial = ET.SubElement(parent, "partial")
    texts = {"type": kind, "conversion": conversion, "value": value}
    texts |= {"scaleMin": f"{scale[0]:g}", "scaleMax": f"{scale[1]:g}"}
    for tag, text in texts.items():
        ET.SubElement(partial, tag).text = text


def _node(parent: ET.Element, kind: str, name: str, box: Box, colour: str) -> ET.Element:
    identity = str(uuid.uuid5(NAMESPACE, f"{kind} {name} {box}"))
    node = ET.SubElement(parent, "node", ID=identity, type=kind)
    properties = ET.SubElement(node, "properties")
    _property(properties, "s", "name", name)
    _property(properties, "r", "frame", dict(zip("xywh", box, strict=True)))
    _property(properties, "c", "color", _rgba(colour))
    for key, value in {"visible": 1, "outline": 1, "grabFocus": 1, "locked": 0}.items():
        _property(properties, "b", key, value)
    _property(properties, "f", "cornerRadius", 1)
    return node


def _property(properties: ET.Element, kind: str, key: str, value: object) -> None:
    node = ET.SubElement(properties, "property", type=kind)
    ET.SubElement(node, "key").text = key
    holder = ET.SubElement(node, "value")
    if isinstance(value, dict):
        for tag, part in value.items():
            ET.SubElement(holder, tag).text = str(part)
    else:
        holder.text = str(value)


def _rgba(colour: str) -> dict[str, object]:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return {**{tag: round(part, 4) for tag, part in zip("rgb", parts, strict=True)}, "a": 1}


# --- Open Stage Control: JSON


def stage_control() -> str:
    made = [_stage_widget(widget) for widget in widgets()]
    root = {"type": "root", "id": "root", "widgets": made, "tabs": [], "colorBg": "#08090b"}
    document = {"createdWith": "Open Stage Control", "version": "1.27.0", "type": "session"}
    return json.dumps({**document, "content": root}, indent=1) + "\n"


def _stage_widget(widget: Widget) -> dict[str, Any]:
    x, y, width, height = widget.box
    facts: dict[str, Any] = {
        "id": widget.name.replace(" ", "_").replace("/", "_"),
        "left": x,
        "top": y,
        "width": width,
        "height": height,
    }
    if widget.kind == "label":
        facts |= {"type": "text", "interaction": False, "alphaStroke": 0}
        facts |= {"address": widget.address, "bypass": False} if widget.address else {}
        facts |= {"default": widget.text, "value": widget.text} if widget.text else {}
        return facts
    facts |= {"address": widget.address, "colorFill": widget.colour}
    if widget.kind == "fader":
        span = {"min": widget.least, "max": widget.most}
        return {**facts, "type": "fader", "range": span, "typeTags": "f", "label": False}
    mode = "toggle" if widget.kind == "toggle" else "push"
    return {
        **facts,
        "type": "button",
        "mode": mode,
        "on": 1,
        "off": 0,
        "typeTags": "i",
        "label": False,
    }


def write(folder: Path) -> None:
    (folder / TOUCH_OSC).write_bytes(touch_osc())
    (folder / STAGE_CONTROL).write_text(stage_control(), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
