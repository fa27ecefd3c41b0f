"""What each line does on a real host, and what it answers."""

from __future__ import annotations

import pytest

from lib.chat.commands import HELP, Chat, QuitChat
from lib.chat.host import Host, UnreachableError
from lib.config.controls import CONTROLS, RefusedError
from lib.control.journal import Origin
from tests.chat.conftest import answering
from tests.ports import free_ports
from tests.web import conftest


@pytest.fixture
def chat(shared: conftest.Host) -> Chat:
    return Chat(Host("127.0.0.1", shared.http_port))


def refusal(chat: Chat, line: str) -> str:
    with pytest.raises(RefusedError) as caught:
        chat.do(line)
    return str(caught.value)


@pytest.mark.parametrize("line", ["a/b?c#d", "/prompt a/b?c#d", "  a/b?c#d  "])
def test_every_character_of_a_prompt_survives(chat: Chat, shared: conftest.Host, line: str) -> None:
    chat.do("/prompt x")
    assert chat.do(line) == "prompt 'x' -> 'a/b?c#d'"
    assert shared.session.played.prompt == "a/b?c#d"
    assert shared.session.entries[-1].door == "chat"


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_every_control_says_how_it_stands(chat: Chat, control: object) -> None:
    name = control.name  # type: ignore[attr-defined]
    assert chat.do(f"/{name}").startswith(f"{name} is ")


def test_answers_say_what_changed(chat: Chat, shared: conftest.Host) -> None:
    shared.session.play({"strength": 0.7, "seed": 1, "prompt2": "a"}, Origin("page"))
    assert chat.do("/strength 0.5") == "strength 0.7 -> 0.5"
    assert chat.do("/strength 0.5") == "strength is 0.5 already"
    assert chat.do('/prompt2 ""') == "prompt2 'a' -> ''"
    assert chat.do("/undo") == "undone: prompt2 '' -> 'a'"
    assert chat.do("/redo") == "redone: prompt2 'a' -> ''"
    assert chat.do("/strength") == (
        "strength is 0.5: how far the picture may move away from the source; a number from 0 to 1"
    )


def test_presets(chat: Chat) -> None:
    chat.do("/strength 0.25")
    assert chat.do("/save evening mood") == "saved as evening mood"
    assert chat.do("/presets") == "evening mood"
    chat.do("/strength 0.75")
    assert chat.do("/preset evening mood 2s") == "strength 0.75 -> 0.25"
    assert chat.do("/preset evening mood") == "nothing to change: that is already playing"
    assert "there is no preset 'morning'" in refusal(chat, "/preset morning")
    assert "type the name of a preset" in refusal(chat, "/save")
    assert (
        chat.do("/save evening mood") == "saved as evening mood; /undo brings the one before back"
    )
    assert "is none of +look, +wall, +source" in refusal(chat, "/save evening +all")
    assert chat.do("/rename evening mood -> evening") == "evening mood is evening now"
    assert chat.do("/delete evening") == "deleted evening; /undo brings it back"
    assert chat.do("/presets") == "there are no presets"
    assert chat.do("/undo") == "undone: the preset evening is there"
    assert chat.do("/redo") == "redone: the preset evening is gone"
    for name in ("../../etc/passwd", "a/b", "..", "x" * 65):
        assert "a preset's name" in refusal(chat, f"/save {name}")


def test_cues(chat: Chat, shared: conftest.Host) -> None:
    assert chat.do("/cues") == "there are no cues"
    chat.do("/strength 0.25")
    chat.do("/save dusk")
    chat.do("/strength 0.5")
    cues = [{"preset": "dusk", "after_s": 100}, {"preset": "dusk", "after_s": 100}]
    shared.console.cues.replace({"loop": True, "cues": cues}, Origin("page"))
    assert chat.do("/cue go").startswith("cue dusk: strength 0.5 -> 0.25; the cues are running; ")
    assert chat.is_own(chat.host.get("/journal?most=1")["entries"][0])  # type: ignore[index]
    assert chat.do("/cue pause").startswith("the cues are paused; next is dusk")
    assert chat.do("/cues").splitlines()[0] == "> 1. dusk after 100 s"
    assert "must be one of start, stop" in refusal(chat, "/cue explode")
    assert chat.do("/cue stop") == "the cues are stopped"


def test_status_and_workers_are_one_line_each(chat: Chat, shared: conftest.Host) -> None:
    shared.wait_until("the stream", lambda: chat.host.get("/status")["stream"])
    status = chat.do("/status")
    assert status.startswith("30.0 fps in, 29.9 out, 31 ms, 1 worker; ") and "\n" not in status
    assert chat.do("/workers").startswith("<b>studio-1</b> at 127.0.0.1: active, 29.8 fps")


def test_help(chat: Chat) -> None:
    assert chat.do("/help") == HELP
    assert chat.do("/help seed").startswith("/seed VALUE: ")
    assert chat.do("/help /cue").startswith(
        "/cue start|stop|go|back|pause|resume|rehearse|NUMBER: "
    )
    with pytest.raises(QuitChat):
        chat.do("/quit")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/seed much", "seed must be a whole number"),
        ("/colour blue", "there is no command /colour; /help lists them"),
        ("/sterngth 1", "there is no command /sterngth; did you mean /strength? /help lists them"),
        ("/Stil a lake", "did you mean /still?"),
        ("/still", "describe the picture: /still TEXT"),
        ("/constructor 1", "there is no command /constructor"),
        ("/\x1b[2J 1", "there is no command /·[2J"),
        ("/ hello", "there is no command /;"),
        ("/help nothing", "there is no command /nothing"),
        ("/undo all", "/undo takes no argument"),
        ("/override", "type a prompt"),
        ("x" * 2001, "prompt must be a text of at most 2000 characters, not 2001"),
        ("half \udcff", "this line is not UTF-8"),
    ],
)
def test_what_is_refused_says_why(
    chat: Chat, shared: conftest.Host, line: str, sentence: str
) -> None:
    before = shared.session.number
    assert sentence in refusal(chat, line)
    assert shared.session.number == before


def test_override_is_a_request_of_its_own_and_no_part_of_the_text(chat: Chat) -> None:
    chat.do("/prompt x")
    assert chat.do("/override a cat?override=true") == "prompt 'x' -> 'a cat?override=true'"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<html>a printer</html>", 200),
        (b"[" * 100_000, 200),
        (b'"text"', 200),
        (b"", 200),
        (b"\xff\xfe", 500),
    ],
)
def test_another_program_at_that_port_is_a_sentence(body: bytes, status: int) -> None:
    with answering(lambda _: (status, body)) as port:
        chat = Chat(Host("127.0.0.1", port))
        for line in ("/status", "a cat", "/cues", "/workers", "/cue go", "/preset x"):
            with pytest.raises(UnreachableError, match="is not Afterimage"):
                chat.do(line)


def test_a_hostile_host_can_not_reach_the_terminal() -> None:
    nasty = b'{"detail": "\\u001b[2J\\u202e no", "names": ["\\u001b]0;x\\u0007"], "params": 3}'
    with answering(lambda path: (403 if path == "/params" else 200, nasty)) as port:
        chat = Chat(Host("127.0.0.1", port))
        assert refusal(chat, "a cat") == "·[2J· no"
        assert chat.do("/presets") == "·]0;x·"
        assert chat.do("/seed").startswith("seed is unknown: ")


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("no.such.host.invalid", "cannot be resolved"),
        ("a b", "does not answer|is not known"),
        ("x" * 300, "does not answer|is not known"),
        ("127.0.0.1", "does not answer: Connection refused"),
        ("::1", r"^\[::1\]:[0-9]+ does not answer"),
    ],
)
def test_a_host_that_is_not_there_is_a_sentence(host: str, sentence: str) -> None:
    with pytest.raises(UnreachableError, match=sentence):
        Chat(Host(host, free_ports(1)[0])).do("/status")


def test_a_save_takes_the_look_unless_more_is_named(chat: Chat, shared: conftest.Host) -> None:
    chat.do("/save a b")
    assert shared.console.presets.parts("a b") == ["look"]
    chat.do("/save a b +wall +source")
    assert shared.console.presets.parts("a b") == ["wall", "source"]
    chat.do("/delete a b")


def test_the_source_itself_is_asked_for_twice_or_surely(chat: Chat, shared: conftest.Host) -> None:
    assert "ask once more within 10 s" in refusal(chat, "/passthrough on")
    assert not shared.session.played.passthrough
    assert chat.do("/passthrough on sure") == "passthrough false -> true"
    assert chat.do("/passthrough off") == "passthrough true -> false"
    assert "must be true or false" in refusal(chat, "/passthrough on please")


def test_the_safe_look(chat: Chat, shared: conftest.Host) -> None:
    chat.do("a calm sea")
    assert chat.do("/safe set") == "what plays now is the safe look"
    chat.do("chaos")
    assert "prompt 'chaos' -> 'a calm sea'" in chat.do("/safe")
    assert chat.do("/safe reset") == "the safe look is that of the start"
    assert "takes nothing, set or reset" in refusal(chat, "/safe now")


def test_the_status_says_what_is_on_the_wall_and_which_cue_comes(
    chat: Chat, shared: conftest.Host
) -> None:
    origin = Origin("page")
    shared.session.play({"opacity": 0.4, "freeze": True, "passthrough": True}, origin, sure=True)
    chat.do("/save dusk")
    shared.console.cues.replace(
        [{"preset": "dusk", "after_s": 90}, {"preset": "gone", "after_s": 9}], origin
    )
    chat.do("/cue start")
    said = chat.do("/status")
    assert "on the wall: RAW SOURCE, 40 % bright, FROZEN" in said
    assert "the cues are running; next is dusk in 90 s" in said
    assert "2. gone after 9 s (no such preset)" in chat.do("/cues")
    assert chat.do("/cue 1").startswith("cue dusk: ") and "next is gone" in chat.do("/status")
    assert "no cue 3" in refusal(chat, "/cue jump 3")
    chat.do("/cue stop")
    assert "times as fast; next is dusk" in chat.do("/cue rehearse")
    chat.do("/cue stop")
    shared.session.play({"opacity": 1, "freeze": False, "passthrough": False}, origin)
    assert "on the wall" not in chat.do("/status")
