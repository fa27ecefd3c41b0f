"""What can be typed, and what it does. Plain text is a prompt."""

from __future__ import annotations

import difflib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

from lib.chat import answers
from lib.chat.host import Host, UnreachableError, part
from lib.chat.json_fields import (
    JsonObject,
    number,
    object_in,
    objects_in,
    text,
    texts,
    value,
    visible,
)
from lib.chat.stills import ask_for_still, still_ended
from lib.config.controls import CONTROLS, PARTS, Control, RefusedError
from lib.core.cues import CUE_ACTIONS

MOST_OWN = 1000
FIRST_LINE = "Type a prompt and press Enter; /help lists the commands"
GLIDE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)(ms|s)")


class QuitChat(Exception):  # noqa: N818 # not an error: somebody asks to go
    """The line asks to end the chat."""


@dataclass(frozen=True)
class Command:
    """One command beside those that set a control."""

    usage: str
    help: str
    run: Callable[[Chat, str], str]


class Chat:
    """Plays lines on a host, and knows which changes were its own."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.asking = threading.Lock()  # held until a change of our own is known as such
        self.say: Callable[[str], None] | None = None  # tells a person something later
        self._own: dict[int, None] = {}

    def do(self, line: str) -> str:
        """Its answer; RefusedError or UnreachableError says in a sentence why there is none."""
        line = line.strip()
        if any("\ud800" <= one <= "\udfff" for one in line):
            raise RefusedError("this line is not UTF-8")
        if not line.startswith("/"):
            return self.play(CONTROLS["prompt"], line)
        name, _, rest = line[1:].partition(" ")
        if name in COMMANDS:
            return COMMANDS[name].run(self, rest.strip())
        if name not in CONTROLS:
            raise RefusedError(_unknown(name))
        return self.play(CONTROLS[name], rest.strip())

    def play(self, control: Control, typed: str, *, override: bool = False) -> str:
        """Set a control, or say how it stands."""
        if not typed:
            return self._shown(control)
        if control.kind is str and typed in ('""', "''"):
            typed = ""
        value, _, sure = typed.partition(" ")
        is_sure = control.field == "passthrough" and sure.strip() == "sure"
        change = {control.name: control.parse(value if is_sure else typed)}
        how = {"override": override, "sure": is_sure}
        return answers.changed(self.own(lambda: self.host.play(change, **how)))

    def own(self, ask: Callable[[], JsonObject]) -> JsonObject:
        """A request that changes something, and the entry that is its answer."""
        with self.asking:
            entry = ask()
            changed = number(entry, "number")
            if changed is not None:
                self._own[int(changed)] = None
            while len(self._own) > MOST_OWN:
                del self._own[next(iter(self._own))]
        return entry

    def cue(self, action: str, **query: str) -> str:
        """Play the sheet, and say what came of it: its answer is the sheet and no entry."""
        state: list[JsonObject] = []

        def ask() -> JsonObject:
            state.append(object_in(self.host.post(f"/cues/{action}", **query), "state"))
            latest = entries(self.host.get("/journal?most=1"))
            return latest[0] if latest and text(latest[0], "action").startswith("cue ") else {}

        entry = self.own(ask)
        played = f"{text(entry, 'action')}: {answers.changed(entry)}; " if entry else ""
        return played + answers.cue_state(state[0])

    def is_own(self, entry: JsonObject) -> bool:
        return text(entry, "door") == "chat" and number(entry, "number") in self._own

    def _shown(self, control: Control) -> str:
        params = self.host.get("/status").get("params")
        played = params.get(control.field) if isinstance(params, dict) else None
        return f"{control.name} is {value(played)}: {control.help}; {control.allowed}"


def _none(chat: Chat, rest: str, path: str, said: str) -> str:
    if rest:
        raise RefusedError(f"/{path} takes no argument")
    return said + answers.changed(chat.own(lambda: chat.host.post(f"/{path}")))


def _preset(chat: Chat, rest: str) -> str:
    name, _, glide = rest.rpartition(" ")
    spelled = GLIDE.fullmatch(glide)
    if not name or not spelled:
        name, spelled = rest, None
    glide_ms = _milliseconds(spelled) if spelled else ""
    path = f"/presets/{part(_named(name.strip()))}/recall"
    return answers.changed(chat.own(lambda: chat.host.post(path, glide_ms=glide_ms)))


def _milliseconds(spelled: re.Match[str]) -> str:
    return str(round(float(spelled[1]) * (1 if spelled[2] == "ms" else 1000)))


def _named(name: str) -> str:
    if not name:
        raise RefusedError("type the name of a preset; /presets lists them")
    return name


def _save(chat: Chat, rest: str) -> str:
    words = rest.split()
    parts = [word[1:] for word in words if word.startswith("+")]
    unknown = [one for one in parts if one not in PARTS]
    if unknown:
        raise RefusedError(
            f"+{visible(unknown[0])} is none of {', '.join(map('+{}'.format, PARTS))}"
        )
    name = " ".join(word for word in words if not word.startswith("+"))
    path = f"/presets/{part(_named(name))}"
    entry = chat.own(lambda: chat.host.put(path, {"parts": parts or ["look"]}))
    replaced = any(object_in(entry, "saved_before").values())
    return f"saved as {visible(name)}" + ("; /undo brings the one before back" if replaced else "")


def _rename(chat: Chat, rest: str) -> str:
    name, arrow, new = (one.strip() for one in rest.partition("->"))
    if not (name and arrow and new):
        raise RefusedError("both names are needed: /rename NAME -> NEW NAME")
    chat.own(lambda: chat.host.post_body(f"/presets/{part(name)}/rename", {"name": new}))
    return f"{visible(name)} is {visible(new)} now"


def _delete(chat: Chat, rest: str) -> str:
    path = f"/presets/{part(_named(rest))}"
    chat.own(lambda: chat.host.delete(path))
    return f"deleted {visible(rest)}; /undo brings it back"


def _safe(chat: Chat, rest: str) -> str:
    host = chat.host
    asked: dict[str, Callable[[], JsonObject]] = {
        "": lambda: host.post("/safe"),
        "set": lambda: host.put("/safe"),
        "reset": lambda: host.delete("/safe"),
    }
    if rest not in asked:
        raise RefusedError(f"/safe takes nothing, set or reset, not '{visible(rest)}'")
    entry = chat.own(asked[rest])
    done = {"set": "what plays now is the safe look", "reset": "the safe look is that of the start"}
    return done.get(rest) or f"the safe look: {answers.changed(entry)}"


def preset_names(host: Host) -> list[str]:
    answer = host.get("/presets")
    return texts(answer, "names") or texts(answer, "presets") or texts(answer, "list")


def _cue(chat: Chat, rest: str) -> str:
    jump = re.fullmatch(r"(?:jump +)?([0-9]{1,3})", rest)
    if jump:
        return chat.cue("jump", cue=jump[1])
    if rest not in CUE_ACTIONS:
        known = ", ".join((*CUE_ACTIONS, "or the number of a cue"))
        raise RefusedError(f"/cue must be one of {known}, not '{visible(rest)}'")
    return chat.cue(rest)


def _override(chat: Chat, rest: str) -> str:
    if not rest:
        raise RefusedError("type a prompt: /override TEXT")
    return chat.play(CONTROLS["prompt"], rest, override=True)


def _help(_: Chat, rest: str) -> str:
    name = rest.removeprefix("/")
    if not name:
        return HELP
    if name in COMMANDS:
        return f"{COMMANDS[name].usage}: {COMMANDS[name].help}"
    if name in CONTROLS:
        control = CONTROLS[name]
        return f"/{name} VALUE: {control.help}; {control.allowed}"
    raise RefusedError(_unknown(name))


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name[:40].casefold(), [*COMMANDS, *CONTROLS], 1)
    meant = f"did you mean /{near[0]}? " if near else ""
    return f"there is no command /{visible(name[:40])}; {meant}/help lists them"


def _still(chat: Chat, rest: str) -> str:
    """For a person the answer comes at once, and a second one when it has ended; a script waits."""
    job = ask_for_still(chat.host, rest)
    say = chat.say
    if say is None:
        return still_ended(job)

    def wait() -> None:
        try:
            say(still_ended(job))
        except (RefusedError, UnreachableError) as error:
            say(f"{job.words}: {error}")

    threading.Thread(target=wait, name="StillWait", daemon=True).start()
    return job.said


def _leave(_: Chat, __: str) -> str:
    raise QuitChat


COMMANDS: dict[str, Command] = {
    "undo": Command(
        "/undo",
        "undo the latest change, of presets too",
        lambda chat, rest: _none(chat, rest, "undo", "undone: "),
    ),
    "redo": Command(
        "/redo",
        "put back what undo took away",
        lambda chat, rest: _none(chat, rest, "redo", "redone: "),
    ),
    "presets": Command(
        "/presets",
        "the names of all presets",
        lambda chat, _: ", ".join(preset_names(chat.host)) or "there are no presets",
    ),
    "preset": Command("/preset NAME [GLIDE]", "recall one, gliding for 2s or 500ms", _preset),
    "save": Command(
        "/save NAME [+look] [+wall] [+source]",
        "save what is played now as a preset; its look, if you name no part",
        _save,
    ),
    "rename": Command("/rename NAME -> NEW", "give a preset another name", _rename),
    "delete": Command("/delete NAME", "delete a preset", _delete),
    "safe": Command(
        "/safe [set|reset]",
        "glide to the safe look; set: make it what is played now; reset: what the show began with",
        _safe,
    ),
    "cues": Command(
        "/cues",
        "the cue sheet, and what comes next",
        lambda c, _: answers.cues(c.host.get("/cues")),
    ),
    "cue": Command(
        f"/cue {'|'.join(CUE_ACTIONS)}|NUMBER",
        "run the cue sheet: go plays the next cue, back the one before, a number that cue",
        _cue,
    ),
    "override": Command(
        "/override TEXT", "play a prompt that a check refuses; needs the token", _override
    ),
    "still": Command(
        "/still TEXT",
        "ask for a single picture; the chat says when it is done, and where it is",
        _still,
    ),
    "status": Command(
        "/status", "how the show is doing", lambda chat, _: answers.status(chat.host.get("/status"))
    ),
    "workers": Command(
        "/workers",
        "the workers",
        lambda chat, _: answers.workers(chat.host.get("/status")),
    ),
    "help": Command("/help [COMMAND]", "this list, or help on one command", _help),
    "quit": Command("/quit", "end the chat; so do Ctrl+C and Ctrl+D", _leave),
}

HELP = "\n".join(
    [
        "plain text or /prompt TEXT sets the prompt",
        *(
            f"/{one.name} VALUE: {one.help}; {one.allowed}"
            for one in CONTROLS.values()
            if one.name != "prompt"
        ),
        *(f"{one.usage}: {one.help}" for one in COMMANDS.values()),
        'a control without a value shows its value; "" is an empty text',
    ]
)


def entries(answer: JsonObject) -> list[JsonObject]:
    """Those of the journal, oldest first."""
    return objects_in(answer, "entries") or objects_in(answer, "list")
