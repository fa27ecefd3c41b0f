"""One line of chat becomes one request to the control port, and its answer one line back."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from lib.control.params_table import CONTROLS, RefusedError

HELP = "\n".join(
    [
        "plain text or /prompt TEXT sets the prompt",
        *(f"/{c.name} VALUE: {c.allowed}" for c in CONTROLS.values() if c.name != "prompt"),
        "/status: how the stream is doing",
        "/workers: who makes the pictures",
        "/help: this list",
    ]
)


def request_for(line: str) -> str | None:
    """The address that does what the line says, None for /help; RefusedError says what is wrong."""
    line = line.strip()
    if not line.startswith("/"):
        return f"/prompt/{quote(line, safe='')}"
    name, _, text = line[1:].partition(" ")
    text = text.strip()
    if name == "help":
        return None
    if name in ("status", "workers"):
        return "/status"
    control = CONTROLS.get(name)
    if control is None:
        raise RefusedError(f"there is no command /{name}; /help lists them")
    if not text and control.kind is not str:
        raise RefusedError(f"{name} must be {control.allowed}")
    control.parse(text)
    return f"/{name}/{quote(text, safe='')}"


def answer_for(line: str, answer: Mapping[str, object]) -> str:
    """What changed, or how things are, in one line or a few."""
    name = line[1:].split(maxsplit=1)[0] if line.startswith("/") else "prompt"
    stream = answer.get("stream")
    facts: Mapping[str, object] = stream if isinstance(stream, dict) else {}
    if name == "status":
        return _status(facts, answer.get("warnings"))
    if name == "workers":
        return _workers(facts.get("workers"))
    text = line.strip() if name == "prompt" and not line.startswith("/") else line[len(name) + 1 :]
    return f"{name} is now {text.strip()!r}" if name == "prompt" else f"{name} is now{text}"


def _status(stream: Mapping[str, object], warnings: object) -> str:
    latency = stream.get("latency_ms")
    lines = [f"{stream.get('fps_in', 0)} fps in, {stream.get('fps_out', 0)} fps out"]
    if isinstance(latency, list):
        lines.append(f"latency {latency[0]:.0f} ms, one in a hundred above {latency[2]:.0f} ms")
    if isinstance(warnings, list):
        lines += [str(warning) for warning in warnings]
    return "\n".join(lines)


def _workers(workers: object) -> str:
    if not isinstance(workers, list) or not workers:
        return "no worker is connected"
    return "\n".join(
        f"{one['name']} at {one['address']}: {one['state']}, {one['fps']} fps, "
        f"{one['service_ms'] or 0:g} ms a frame"
        for one in workers
    )
