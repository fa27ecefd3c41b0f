"""Words that are looked at before they are played hold up nobody."""

from __future__ import annotations

import json
import threading
import time

from lib.config.params import Played
from lib.prompts.policy import Verdict
from tests.web.client import live_page
from tests.web.conftest import running_host


class Slow:
    """Looks at a text for as long as the test wants, as a server far away would."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def check(self, text: str, override: bool = False) -> Verdict:
        if override:
            return Verdict(text, True)
        self.go_on.wait(5)
        return Verdict(text, "bad" not in text, "these words are refused" if "bad" in text else "")

    def check_again(self, text: str, within_s: float | None = None) -> Verdict:
        return self.check(text)

    def listed(self, *texts: str) -> str:
        return ""


def test_words_that_are_looked_at_hold_up_nobody() -> None:
    words = Slow()
    with running_host(words) as host, live_page(host) as page:
        page.tell(type="play", id=100, change={"prompt": "a good one"})
        page.tell(type="play", id=101, change={"prompt2": "a bad one"})
        assert page.ask("play", change={"strength": 0.5})["ok"]
        assert host.client.get("/seed/3").status_code == 200
        assert host.session.played.prompt == Played().prompt
        assert page.ask("play", change={"prompt": "an operator's"}, override=True)["ok"]
        words.go_on.set()
        late = page.wait_for("answer", id=100)
        assert not late["ok"] and "a newer prompt came" in late["detail"]
        assert not page.wait_for("answer", id=101)["ok"]
        assert host.session.played.prompt == "an operator's"


def test_the_server_ends_at_once_while_words_are_looked_at() -> None:
    words = Slow()
    with running_host(words) as host, live_page(host) as page:
        page.tell(type="play", id=1, change={"prompt": "a good one"})
        page.tell(type="play", id=2, change={"strength": 0.5})
        page.wait_for("answer", id=2)
        before = time.monotonic()
        assert host.web.stop(timeout=1.0)
        assert time.monotonic() - before < 1.0 and not host.web.failure
        words.go_on.set()


def test_a_prompt_that_is_not_safe_is_answered_as_controllers_expect() -> None:
    words = Slow()
    words.go_on.set()
    with running_host(words) as host:
        answer = host.client.get("/prompt/a bad one")
        assert answer.status_code == 200
        assert answer.json() == {"safety": "unsafe", "detail": "these words are refused"}
        assert host.session.played.prompt == Played().prompt
        assert host.session.entries[-1].refused == "these words are refused"
        assert host.client.get("/prompt/a good one").json()["safety"] == "safe"
        refused = host.client.patch("/params", json={"prompt": "bad", "seed": 4})
        assert (refused.status_code, host.session.played.seed) == (422, 0)
        host.client.get("/prompt/bad one?override=true")
        assert host.session.played.prompt == "a good one", "never by a piece of the text"
        host.client.patch("/params?override=true", json={"prompt": "bad"}).raise_for_status()
        assert host.session.played.prompt == "bad"


def test_no_more_texts_are_looked_at_than_can_be() -> None:
    words = Slow()
    with running_host(words) as host, live_page(host) as page:
        for number in range(20):
            page.tell(type="play", id=number, change={"prompt": f"number {number}"})
        page.wait_for("answer", id=19)
        words.go_on.set()
        for number in range(20):
            page.wait_for("answer", id=number)
        answers = [m for m in page.told if m["type"] == "answer" and "try again" in str(m)]
        assert len(answers) == 4
        assert json.loads(host.client.get("/params").text)["params"]["prompt"] == "number 15"
