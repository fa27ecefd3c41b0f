"""Puts the host's answers into a line or a few."""

from __future__ import annotations

from lib.chat.json_fields import (
    JsonObject,
    number,
    object_in,
    objects_in,
    short,
    text,
    texts,
    value,
    visible,
)
from lib.config.controls import BY_FIELD
from lib.core.plain import span

MOST_SHOWN = 6  # changes in one line


def changed(entry: JsonObject) -> str:
    """What an entry of the journal changed: strength 0.7 -> 0.5."""
    change, before = object_in(entry, "change"), object_in(entry, "before")
    moved = [name for name in change if name not in before or change[name] != before[name]]
    if saved := object_in(entry, "saved"):
        parts = [_saved(name, values is not None) for name, values in saved.items()]
    elif not moved and len(change) == 1:
        parts = [f"{_name(name)} is {value(change[name])} already" for name in change]
    elif not moved:
        parts = ["nothing to change: that is already playing"]
    else:
        parts = [_moved(name, before.get(name), change[name]) for name in moved[:MOST_SHOWN]]
        if len(moved) > MOST_SHOWN:
            parts.append(f"and {len(moved) - MOST_SHOWN} more")
    remark = text(entry, "remark")
    return "; ".join(parts) + (f" ({remark})" if remark else "")


def by_others(entry: JsonObject) -> str:
    """The same, with who did it and how."""
    who = " ".join(part for part in (text(entry, "door"), text(entry, "who")) if part)
    action = text(entry, "action")
    how = "" if action == "change" else f"{action}: "
    return f"{who or 'somebody'}: {how}{changed(entry)}"


def status(host: JsonObject) -> str:
    """How things are, in one line."""
    stream = object_in(host, "stream")
    parts = [figures(stream)] if stream else []
    names = {"mode": "mode", "source": "from", "playout": "playout"}
    parts += [f"{word} {text(stream, key)}" for key, word in names.items() if text(stream, key)]
    prompt = object_in(host, "params").get("prompt")
    parts += [f"prompt {value(prompt)}"] if prompt is not None else []
    parts += [f"on the wall: {', '.join(seen)}"] if (seen := wall(host)) else []
    parts += [running] if (running := running_cues(object_in(host, "cues"))) else []
    return "; ".join(parts + [f"warning: {one}" for one in texts(host, "warnings")])


def wall(host: JsonObject) -> list[str]:
    """What the public sees that is not the picture as it is made, bright and moving."""
    played, screen = object_in(host, "params"), object_in(host, "screen")
    opacity = number(played, "opacity")
    opacity = 1.0 if opacity is None else opacity
    states = {"none": "NO SCREEN", "hidden": "SCREEN HIDDEN"}
    seen = [
        "RAW SOURCE" if played.get("passthrough") else "",
        "BLACK" if played.get("black") or opacity <= 0 else "",
        f"{max(1, round(100 * opacity))} % bright" if 0 < opacity < 1 else "",
        "FROZEN" if played.get("freeze") else "",
        "figures" if played.get("debug") else "",
        "paused" if played.get("paused") else "",
        states.get(text(screen, "state"), ""),
    ]
    return [one for one in seen if one]


def running_cues(state: JsonObject) -> str:
    """The same as `cue_state` while the sheet runs; else empty."""
    return cue_state(state) if state.get("running") else ""


def figures(stream: JsonObject) -> str:
    """30.0 fps in, 29.9 out, 31 ms, 2 workers."""
    parts = [
        f"{number(stream, 'fps_in') or 0:.1f} fps in, {number(stream, 'fps_out') or 0:.1f} out"
    ]
    latency = stream.get("latency_ms")
    if isinstance(latency, list) and latency and isinstance(latency[0], int | float):
        parts.append(f"{latency[0]:.0f} ms")
    count = len(objects_in(stream, "workers"))
    parts.append("1 worker" if count == 1 else f"{count or 'no'} workers")
    return ", ".join(parts)


def workers(host: JsonObject) -> str:
    """One line for each."""
    known = objects_in(object_in(host, "stream"), "workers")
    return "\n".join(map(_worker, known)) or "no worker is connected"


def _worker(one: JsonObject) -> str:
    made = " ".join(part for part in (text(one, "engine"), text(one, "device")) if part)
    parts = [
        f"{text(one, 'name')} at {text(one, 'address')}: {text(one, 'state')}",
        f"{number(one, 'fps') or 0:.1f} fps",
        f"{number(one, 'service_ms') or 0:g} ms a frame",
        f"{(number(one, 'share') or 0) * 100:.0f} % of the frames",
    ]
    seen = number(one, "last_seen_s")
    parts += [f"silent for {span(seen)}"] if seen is not None and seen >= 1 else []
    return ", ".join(parts + ([made] if made else []))


def cues(host: JsonObject) -> str:
    """The sheet, a line for each cue, and what comes next."""
    sheet, state = object_in(host, "sheet"), object_in(host, "state")
    position = number(state, "position")
    missing = host.get("missing")
    gone = missing if isinstance(missing, list) else []
    lines = []
    for place, one in enumerate(objects_in(sheet, "cues")):
        mark = ">" if position == place else " "
        lost = " (no such preset)" if place in gone else ""
        lines.append(f"{mark} {place + 1}. {short(one.get('preset', '?'))} {_when(one)}{lost}")
    return "\n".join([*lines, cue_state(state)]) if lines else "there are no cues"


def cue_state(state: JsonObject) -> str:
    how = "paused" if state.get("paused") else "running" if state.get("running") else "stopped"
    speed = number(state, "speed") or 1
    how += f" in a rehearsal, {speed:.0f} times as fast" if speed > 1 else ""
    after, wait_s = text(state, "next"), number(state, "seconds")
    if not after:
        return f"the cues are {how}"
    return f"the cues are {how}; next is {after}" + (
        "" if wait_s is None else f" in {wait_s:.0f} s"
    )


def _when(cue: JsonObject) -> str:
    if "at" in cue:
        days = texts(cue, "days")
        return f"at {text(cue, 'at')}" + (f" on {', '.join(days)}" if days else "")
    return f"after {number(cue, 'after_s') or 0:g} s"


def _moved(name: str, before: object, after: object) -> str:
    return f"{_name(name)} {value(before)} -> {value(after)}"


def _saved(name: str, is_there: bool) -> str:
    what = f"the preset {visible(name)}" if name else "the safe look"
    there = "was set" if not name else "is there"
    gone = "is that of the start" if not name else "is gone"
    return f"{what} {there if is_there else gone}"


def _name(field: str) -> str:
    return BY_FIELD[field].name if field in BY_FIELD else short(field)
