"""What a foreign web page in a browser could send is refused."""

from __future__ import annotations

import socket

import pytest

from tests.web.conftest import Host

CHANGE = "/seed/99"


@pytest.mark.parametrize(
    "name",
    [
        "evil.example",
        "localhost.evil.example",
        "192.168.1.5",
        "",
        "a b",
        "[::1",
        "127.0.0.1.nip.io",
    ],
)
def test_a_name_that_is_not_ours_is_refused(shared: Host, name: str) -> None:
    before = shared.console.played_state.number
    for path in (CHANGE, "/status", "/", "/preview.mjpg"):
        answer = shared.client.get(path, headers={"Host": name})
        assert answer.status_code in (400, 403)
        if answer.status_code == 403:
            assert "is not a name of this machine" in answer.json()["detail"]
    assert shared.console.played_state.number == before


def test_our_own_names_are_let_in(shared: Host) -> None:
    names = ["localhost", "LOCALHOST", "127.0.0.1", "127.0.0.2", "[::1]", socket.gethostname()]
    for name in names:
        answer = shared.client.get("/status", headers={"Host": f"{name}:{shared.http_port}"})
        assert answer.status_code == 200, name


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://[half"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Referer": "https://evil.example/page"},
        {"Sec-Purpose": "prefetch;prerender"},
    ],
)
def test_another_site_may_look_but_not_change(shared: Host, headers: dict[str, str]) -> None:
    before = shared.console.played_state.number
    for path in (CHANGE, "/prompt/evil", "//seed/99", "/passthrough/true"):
        answer = shared.client.get(path, headers=headers)
        assert answer.status_code in (403, 404)
        if answer.status_code == 403:
            assert "may not change anything here" in answer.json()["detail"]
    assert shared.console.played_state.number == before
    answer = shared.client.get("/status", headers=headers)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_our_page_and_the_address_line_may_change(shared: Host) -> None:
    for headers in (
        {
            "Origin": shared.address,
            "Sec-Fetch-Site": "same-origin",
            "Referer": shared.address + "/",
        },
        {"Sec-Fetch-Site": "none"},
        {},
    ):
        before = shared.console.played_state.number
        assert shared.client.get(CHANGE, headers=headers).status_code == 200
        assert shared.console.played_state.number == before + 1


def test_without_a_token_only_localhost_changes_what_no_page_is_named_for(shared: Host) -> None:
    """Over plain HTTP to a name a browser does not say which page asks for a picture."""
    before = shared.session.number
    by_name = {"Host": f"{socket.gethostname()}:{shared.http_port}", "User-Agent": "Mozilla/5.0"}
    refused = shared.client.get(CHANGE, headers=by_name)
    assert refused.status_code == 403 and "only at localhost" in refused.json()["detail"]
    assert shared.client.post("/undo", headers=by_name).status_code == 403
    assert shared.session.number == before
    assert shared.client.get("/status", headers=by_name).status_code == 200
    for sign in ({"Origin": f"http://{by_name['Host']}"}, {"Sec-Fetch-Site": "same-origin"}):
        assert shared.client.get(CHANGE, headers={**by_name, **sign}).status_code == 200
    for host in ("localhost", "LOCALHOST:80", "127.0.0.2", "[::1]:5556"):
        assert shared.client.get(CHANGE, headers={**by_name, "Host": host}).status_code == 200
    assert shared.client.get(CHANGE, headers={**by_name, "User-Agent": "curl/8"}).status_code == 200
