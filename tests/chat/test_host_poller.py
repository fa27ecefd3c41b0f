"""What the bottom line knows, and who else plays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lib.chat.commands import Chat
from lib.chat.host import Host
from lib.chat.host_poller import HostPoller, HostState
from lib.chat.keyboard import toolbar
from lib.config.settings import PrimarySettings
from lib.control.journal import Origin
from lib.http.server import HttpServer
from lib.web.app import ControlParts, control_service
from tests.chat.conftest import answering
from tests.rig import until
from tests.web import conftest


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.chat.host_poller.EVERY_S", 0.05)


@contextmanager
def watching(chat: Chat, told: list[str]) -> Iterator[HostPoller]:
    poller = HostPoller(chat, told.append, lambda: None)
    poller.start()
    try:
        yield poller
    finally:
        poller.stop()
        poller._thread.join(5)


def shown(poller: HostPoller) -> str:
    return "".join(part[1] for part in toolbar(poller.state))


def test_figures_prompt_and_warnings(shared: conftest.Host) -> None:
    chat = Chat(Host("127.0.0.1", shared.http_port))
    shared.stream.warnings = ["no camera", "\x1b[2Jworker 3 is silent for 4 s"]
    chat.do("a garden under glass")
    shared.console.presets.save("dusk", Origin("page"))
    with watching(chat, []) as poller:
        assert until(lambda: "no camera" in shown(poller))
        assert "30.0 fps in, 29.9 out, 31 ms, 1 worker | a garden under glass" in shown(poller)
        assert "·[2Jworker 3" in shown(poller)
        assert poller.state.presets == ("dusk",)
    shared.stream.warnings = []


def test_what_others_change_is_told_and_what_is_our_own_is_not(shared: conftest.Host) -> None:
    chat, told = Chat(Host("127.0.0.1", shared.http_port)), list[str]()
    chat.do("/strength 0.5")
    with watching(chat, told) as poller:
        assert until(lambda: not poller.state.away)
        chat.do("/strength 0.25")
        for number in range(20):
            shared.session.play({"opacity": 1 - number / 100}, Origin("osc", "10.0.0.7"))
        assert until(lambda: told and told[-1].endswith("-> 0.81"))
        chat.do("/seed 5")
        shared.session.play({"prompt": "x\x1b[2J"}, Origin("page", "10.0.0.8"))
        assert until(lambda: told[-1].startswith("page 10.0.0.8: prompt "))
    assert all("\x1b" not in one and "strength" not in one and "seed" not in one for one in told)
    moved = [one for one in told if one.startswith("osc 10.0.0.7: opacity ")]
    assert len(moved) < 10, "a fader that moves is not a line for each of its values"


def test_a_host_that_is_gone_is_shown_and_heals() -> None:
    with conftest.running_host() as host:
        chat = Chat(Host("127.0.0.1", host.http_port))
        with watching(chat, []) as poller:
            assert until(lambda: not poller.state.away)
            host.web.stop()
            assert until(lambda: "does not answer: Connection refused" in shown(poller))
            settings = PrimarySettings(
                _env_file=None,  # type: ignore[call-arg] # pydantic's own
                settings_port=host.http_port,
                output_port=host.output_port,
            )
            again = HttpServer(control_service(settings, ControlParts.of(settings, host.console)))
            again.start()
            try:
                assert until(lambda: "fps in" in shown(poller))
            finally:
                assert again.stop()


def test_another_program_is_shown_as_such() -> None:
    with (
        answering(lambda _: (200, b"<html>")) as port,
        watching(Chat(Host("127.0.0.1", port)), []) as poller,
    ):
        assert until(lambda: "is not Afterimage" in shown(poller))


def test_many_warnings_leave_room_to_type() -> None:
    seen = HostState(away="", figures="30 fps", warnings=tuple(f"warning {n}" for n in range(9)))
    text = "".join(part[1] for part in toolbar(seen))
    assert text.count("\n") == 3 and "and 6 more" in text
