"""Playing parameters and reading the status over real HTTP."""

from __future__ import annotations

import re
import socket
import tomllib
from itertools import product
from urllib.parse import quote

import pytest

from lib.config.params import DEFAULT_PROMPT
from lib.config.settings import ROOT
from tests.web.conftest import Host, running_host


def raw_get(host: Host, target: bytes) -> bytes:
    """The answer to a request whose address no decent client would send."""
    with socket.create_connection(("127.0.0.1", host.http_port), timeout=5) as connection:
        connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n")
        connection.sendall(b"Connection: close\r\n\r\n")
        answer = b""
        while more := connection.recv(65536):
            answer += more
    return answer


def test_a_change_reaches_the_stream(host: Host) -> None:
    assert host.client.get("/prompt/a%20cat").json() == {"safety": "safe", "prompt": "a cat"}
    assert host.client.get("/seed/7").json() == {"status": "updated", "seed": 7}
    assert host.client.get("/mirror/True").json() == {"status": "updated", "mirror": True}
    host.wait_until("the change", lambda: host.stream.params.mirror)
    assert (host.stream.params.prompt, host.stream.params.seed) == ("a cat", 7)
    assert host.stream.numbers == sorted(host.stream.numbers)


def test_the_status_says_which_version_this_is(shared: Host) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert shared.client.get("/status").json()["version"] == project["version"]


def test_the_status_says_which_size_stills_have(shared: Host) -> None:
    status = shared.client.get("/status").json()
    assert (status["stills_port"], status["machine_size"]) == (5559, "little")
    with running_host(stills_port=0, machine_size="big") as without:
        assert without.client.get("/status").json()["machine_size"] == ""


def test_an_escaped_slash_parts_nothing(shared: Host) -> None:
    """Each of these was an error of ours, with a trace in the log."""
    before = shared.console.played_state.number
    described = shared.client.get("/openapi.json").json()["paths"]
    values = {path: set(methods) for path, methods in described.items() if "{" in path}
    assert len(values) > 10
    for path, methods in values.items():
        _, name, *rest = re.sub(r"{\w+}", "x", path).split("/")
        paths = [f"/{name}%2F{'/'.join(rest)}", f"/{name}%2f{'%2F'.join(rest)}"]
        for address, method in product(paths, [*methods, "head"]):
            answer = shared.client.request(method, address)
            assert answer.status_code == 404, (method, address)
            assert method == "head" or "nothing is at this address" in answer.json()["detail"]
    for path in [path.replace("/", "%2F")[3:] for path in described if path.count("/") > 1]:
        assert shared.client.post(f"/{path}").status_code < 500, path
    assert shared.console.played_state.number == before


@pytest.mark.parametrize(
    ("target", "prompt"),
    [
        (b"/prompt/a/b?c#d", "a/b?c#d"),
        (b"/prompt/why?", "why?"),
        (b"/prompt/a//b/../c/", "a//b/../c/"),
        (b"/prompt/" + quote("a/b?c#d", safe="").encode(), "a/b?c#d"),
        (b"/prompt/two words & 100%", "two words & 100%"),
        ("/prompt/猫 🐈?".encode(), "猫 🐈?"),
        (b"/prompt/" + quote("🐈 שלום \u202eabc").encode(), "🐈 שלום \u202eabc"),
        (b"/prompt/constructor", "constructor"),
        (b"/prompt/__proto__", "__proto__"),
        (b"/prompt/%3Cscript%3Ealert(1)%3C/script%3E", "<script>alert(1)</script>"),
        (b"/prompt/one%0Atwo%00three", "one two three"),
        (b"/prompt/%FF%FE", "��"),
        (b"/prompt/%ED%A0%80", "���"),
        (b"/prompt/a+b=c;d,e", "a+b=c;d,e"),
        (b"/prompt/", ""),
        (b"/prompt/" + b"x" * 2000, "x" * 2000),
    ],
)
def test_whatever_stands_behind_prompt_is_the_prompt(
    shared: Host, target: bytes, prompt: str
) -> None:
    assert b"200 OK" in raw_get(shared, target).split(b"\r\n")[0]
    assert shared.console.played_state.played.prompt == prompt


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/seed/-1", "seed must be a whole number from 0 to 4294967295, not '-1'"),
        ("/seed/4294967296", "seed must be a whole number from 0 to 4294967295, not '4294967296'"),
        ("/seed/" + "9" * 23, "seed must be a whole number from 0 to 4294967295, not '" + "9" * 23),
        ("/seed/1.5", "seed must be a whole number"),
        ("/batch_size/0", "batch_size must be a whole number from 1 to 16"),
        ("/seed/" + quote("٣"), "seed must be a whole number"),
        ("/seed/", "seed must be a whole number from 0 to 4294967295, not ''"),
        ("/seed/1/2", "not '1/2'"),
        ("/seed/1%0A", "seed must be a whole number"),
        ("/passthrough/maybe", "passthrough must be true or false, not 'maybe'"),
        ("/prompt/" + "x" * 2001, "prompt must be a text of at most 2000 characters, not 2001"),
    ],
)
def test_what_is_not_allowed_is_refused_with_a_sentence(
    shared: Host, path: str, sentence: str
) -> None:
    before = shared.console.played_state.message()
    answer = shared.client.get(path)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]
    assert shared.console.played_state.message() == before


def test_a_very_long_prompt_is_refused_with_a_sentence_too(shared: Host) -> None:
    answer = raw_get(shared, b"/prompt/" + quote("🐈" * 2500).encode())
    assert b" 422 " in answer.split(b"\r\n")[0]
    assert b"at most 2000 characters, not 2500 characters" in answer


def test_the_status_tells_what_the_stream_tells_and_what_is_played(host: Host) -> None:
    host.stream.warnings = ["the camera is gone"]
    host.wait_until(
        "the warning", lambda: "the camera is gone" in host.client.get("/status").json()["warnings"]
    )
    host.client.get("/seed/9")
    status = host.client.get("/status").json()
    assert status["params"]["seed"] == 9
    assert status["params"]["prompt"] == DEFAULT_PROMPT
    assert status["stream"]["fps_out"] == 29.9
    assert status["stream"]["workers"][0]["service_ms"] == 14.2


def test_the_status_says_so_when_the_stream_is_silent(host: Host) -> None:
    host.wait_until("the stream's word", lambda: host.client.get("/status").json()["stream"])
    host.stream.stop()
    host.wait_until("silence", lambda: host.client.get("/status").json()["stream"] is None)
    status = host.client.get("/status").json()
    assert "the stream process has been silent for" in status["warnings"][0]
    assert status["stream_silent_s"] >= 1.4


def test_the_status_says_that_the_stream_was_started_again(host: Host) -> None:
    host.wait_until("the stream's word", lambda: host.client.get("/status").json()["stream"])
    words = "the stream process ended and was restarted 0 s ago: the log says why"
    assert words not in host.client.get("/status").json()["warnings"]
    host.stream.uptime_s = 0.4  # less than it was
    host.wait_until("the words", lambda: words in host.client.get("/status").json()["warnings"])


def test_only_what_is_there_is_there(shared: Host) -> None:
    before = shared.console.played_state.number
    for path in (
        "/nothing",
        "/static/../server.py",
        "/static/%2e%2e%2fserver.py",
        "/seed",
        "/cues/",
        "/journal/1",
    ):
        answer = shared.client.get(path)
        assert answer.status_code == 404, path
        assert answer.json() == {"detail": "nothing is at this address; the page is at /"}
    assert shared.client.post("/seed/3").status_code == 405
    assert shared.console.played_state.number == before


def test_the_page_loads_nothing_from_elsewhere(shared: Host) -> None:
    page = shared.client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in ("base.css", "page.js", "icon.svg"):
        answer = shared.client.get(f"/static/{name}")
        assert answer.status_code == 200
        assert f"/static/{name}" in page.text
        outside = answer.text.replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in outside and "https://" not in outside


def test_a_failure_inside_shows_no_trace(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(host.console.played_state, "change", fail)
    answer = host.client.get("/seed/3")
    assert answer.status_code == 500
    assert answer.json() == {"detail": "this failed on the server; its log says why"}


# --- several at once


def test_several_are_played_at_once_by_name_or_field(shared: Host) -> None:
    change = {"steps": 3, "guidance_scale": 1.5, "prompt": "猫 <b>", "fixed_seed": "false"}
    entry = shared.client.patch("/params?glide_ms=250", json=change).json()
    assert entry["change"] == {
        "num_inference_steps": 3,
        "guidance_scale": 1.5,
        "prompt": "猫 <b>",
        "fixed_seed": False,
    }
    told = shared.client.get("/params").json()
    assert told["number"] == entry["number"] == shared.session.number
    assert told["params"]["num_inference_steps"] == 3
    assert len(told["table"]) == len(told["params"])
    assert shared.console.played_state.message().glide_ms == 250
    undone = shared.client.post("/undo").json()
    assert undone["change"] == entry["before"]
    assert shared.client.post("/redo").json()["change"] == entry["change"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"seed": 5, "strength": 1.5}, "strength must be a number from 0 to 1, not '1.5'"),
        ({"seed": 5, "colour": "blue"}, "there is no control 'colour'"),
        ({"seed": 5, "__proto__": {}}, "there is no control '__proto__'"),
        ({"steps": 3, "num_inference_steps": 4}, "is given twice"),
        ({"seed": None}, "seed must be a whole number"),
        ({"seed": True}, "seed must be a whole number"),
        ({"directory": "../../etc"}, "directory must be the name of a folder below the data"),
        ({}, "at least one control"),
        ([], 'a JSON object such as {"strength": 0.5}'),
    ],
)
def test_all_of_it_or_nothing(shared: Host, body: object, sentence: str) -> None:
    before = shared.console.played_state.message()
    answer = shared.client.patch("/params", json=body)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]
    assert shared.console.played_state.message() == before


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"strength": NaN}',
        b'{"strength": 1e999}',
        b"\xff\xfe",
        b"[" * 90_000,
        b'{"prompt": "\\ud800"}',
        b'{"seed": ' + b"9" * 9000 + b"}",
    ],
)
def test_a_body_that_is_no_json_is_a_sentence(shared: Host, text: bytes) -> None:
    answer = shared.client.patch("/params", content=text)
    assert answer.status_code == 422
    assert "JSON" in answer.json()["detail"]


def test_a_query_that_is_not_allowed_is_a_sentence(shared: Host) -> None:
    answer = shared.client.patch("/params?glide_ms=-1", json={"seed": 1})
    assert answer.status_code == 422
    assert answer.json() == {"detail": "glide_ms must be greater than or equal to 0, not '-1'"}


def test_the_journal_says_who_changed_what_and_what_was_refused(shared: Host) -> None:
    shared.client.get("/seed/31", headers={"User-Agent": "input-publisher"})
    shared.client.get("/seed/32", headers={"Sec-Fetch-Site": "same-origin"})
    shared.client.get("/seed/much")
    entries = shared.client.get("/journal?most=3").json()["entries"]
    assert [entry["door"] for entry in entries] == ["chat", "page", "http"]
    assert [entry["change"]["seed"] for entry in entries] == [31, 32, "much"]
    assert {entry["who"] for entry in entries} == {"127.0.0.1"}
    assert entries[-1]["refused"] == "seed must be a whole number from 0 to 4294967295, not 'much'"


def test_a_name_that_is_escaped_is_the_same_name(shared: Host) -> None:
    assert b'"seed":99' in raw_get(shared, b"/%73eed/99")
    before = shared.session.number
    headers = {"Origin": "https://evil.example"}
    assert shared.client.get("/%73eed/98", headers=headers).status_code == 403
    assert shared.session.number == before


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_what_an_address_does_not_take_is_said(shared: Host, method: str) -> None:
    answer = shared.client.request(method, "/seed/3")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json() == {"detail": f"this address does not take {method} but GET"}
