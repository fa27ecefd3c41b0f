"""Who may play when a token is set, and how it is shown."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx2 as httpx
import pytest
from websockets.exceptions import InvalidStatus

from lib.http.token import (
    MOST_COOKIES,
    Scope,
    TokenGuesses,
    shown_token,
    split_token,
    without_token,
)
from tests.http.tokens import cookie_of, tokens_of
from tests.web.client import UPGRADE, live_page
from tests.web.conftest import Host, running_host

TOKEN = "a tökén/with? odd&signs"
BEARER = {"Authorization": f"Bearer {TOKEN}".encode()}
ESCAPED = "a%20t%C3%B6k%C3%A9n%2Fwith%3F%20odd%26signs"
BROWSER = {"Accept": "text/html,*/*"}


@pytest.fixture(scope="module")
def locked() -> Iterator[Host]:
    with running_host(control_token=TOKEN) as host:
        yield host


@pytest.fixture
def anybody(locked: Host) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=locked.address, timeout=5) as client:
        yield client


# --- alone


def test_only_the_token_fits_and_the_cookie_is_another_text() -> None:
    tokens = tokens_of("secret", "the control port", former_cookie="afterimage-5556")
    assert tokens.opens(b"secret") == Scope.CONTROL and tokens.needed
    for wrong in (b"", b"secre", b"secrets", b"SECRET", b"\xff" * 10_000):
        assert tokens.opens(wrong) is None
    cookie = cookie_of(tokens)

    def fits(header: str) -> bool:
        return any(map(tokens.cookie_opens, tokens.cookies(header)))

    assert "secret" not in cookie and fits("a=b; " + cookie)
    for wrong in ("", "afterimage=", "afterimage=secret", 'a="\xff;;;=', cookie[:-1]):
        assert not fits(wrong)
    assert cookie_of(tokens_of("other")) != cookie
    assert fits(cookie + "; x=y") and fits("=;;a;" + cookie + " ;")
    assert not fits("x" + cookie) and not fits("a=" + cookie) and not fits("=" + cookie[11:])
    assert fits("afterimage=of another port's page; " + cookie)
    assert len(tokens.cookies("afterimage=guess;" * 500)) == MOST_COOKIES


def test_the_cookie_of_one_port_from_before_there_were_several_lets_in() -> None:
    tokens = tokens_of("secret", former_cookie="afterimage-5556")
    former = cookie_of(tokens).replace("afterimage", "afterimage-5556")
    assert [tokens.cookie_opens(one) for one in tokens.cookies(former)] == [Scope.CONTROL]
    assert not tokens.cookies(former.replace("5556", "5557"))
    assert not tokens_of("secret").cookies(former)


@pytest.mark.parametrize(
    ("value", "before", "shown"),
    [
        ("a/b?c#d", "a/b?c#d", None),
        ("a?token=t", "a", b"t"),
        ("a?b&token=t", "a?b", b"t"),
        ("why?token", "why?token", None),
        ("my token=t", "my token=t", None),
        ("?token=a?token=b", "?token=a", b"b"),
        ("?token=", "", b""),
    ],
)
def test_a_token_at_the_end_of_a_prompt(value: str, before: str, shown: bytes | None) -> None:
    assert split_token(value) == (before, shown)


def test_a_token_is_read_from_header_or_query() -> None:
    assert shown_token({"authorization": "bearer  t "}, b"token=x") == b"t"
    assert shown_token({"authorization": "Basic t"}, b"a=1&token=%C3%B6+x&b") == "ö x".encode()
    assert shown_token({}, b"mytoken=1") is None


def test_who_guesses_is_slowed_down_and_a_known_token_is_not_a_guess() -> None:
    tries = TokenGuesses()
    tries.right("a", b"the right one")
    for number in range(10):
        assert tries.wait_s("a", [b"%d" % number], 0.0) == 0
        for _ in range(5):  # a program that does not know of the new one
            tries.wrong("a", b"%d" % number, 0.0)
    assert tries.wait_s("a", [b"another"], 0.0) > 5
    assert tries.wait_s("a", [b"3", b"another"], 0.0) > 5
    assert tries.wait_s("a", [b"3"], 0.0) == tries.wait_s("a", [], 0.0) == 0
    assert tries.wait_s("a", [b"the right one"], 0.0) == 0
    assert tries.wait_s("b", [b"another"], 0.0) == 0
    assert tries.wait_s("a", [b"another"], 10.1) == 0


# --- over HTTP


def test_without_it_only_the_health_is_told(locked: Host, anybody: httpx.Client) -> None:
    before = locked.session.number
    assert anybody.get("/healthz").status_code in (200, 503)
    looks = ("/", "/status", "/metrics", "/params", "/journal", "/docs", "/openapi.json")
    others = ("/static/docs.css", "/preview.mjpg", "/seed/3", "/prompt/hello", "/nothing")
    for path in (*looks, *others):
        answer = anybody.get(path)
        assert answer.status_code == 401, path
        assert answer.json() == {"detail": "this needs the token of the control port"}
        assert answer.headers["www-authenticate"] == "Bearer"
    assert anybody.patch("/params", json={"seed": 4}).status_code == 401
    assert anybody.post("/undo").status_code == 401
    assert locked.session.number == before
    for wrong in ({"Authorization": "Bearer no"}, {"Cookie": "afterimage=1"}):
        assert anybody.get("/status", headers=wrong).status_code == 401
    assert "not the token" in anybody.get("/status?token=no").json()["detail"]


def test_a_program_shows_it_in_a_header(locked: Host, anybody: httpx.Client) -> None:
    assert anybody.get("/seed/41", headers=BEARER).json()["seed"] == 41
    assert anybody.patch("/params", json={"seed": 42}, headers=BEARER).status_code == 200
    assert anybody.get("/", headers=BEARER).status_code == 200
    assert locked.session.played.seed == 42


def test_a_link_plays_and_the_token_is_no_part_of_the_prompt(
    locked: Host, anybody: httpx.Client
) -> None:
    assert anybody.get(f"/seed/5?token={ESCAPED}").json() == {"status": "updated", "seed": 5}
    answer = anybody.get(f"/prompt/why? not?token={ESCAPED}")
    assert answer.json() == {"safety": "safe", "prompt": "why? not"}
    locked.console.presets.save("night", locked_by())
    assert anybody.get(f"/preset/night?token={ESCAPED}").status_code == 200
    assert anybody.get(f"/status?token={ESCAPED}").status_code == 200
    answer = anybody.get("/prompt/a?token=guess")
    assert answer.status_code == 401
    assert locked.session.played.prompt == "why? not"


def locked_by():  # type: ignore[no-untyped-def]
    from lib.control.journal import Origin

    return Origin("http", "127.0.0.1")


def test_a_browser_gets_a_cookie_and_a_clean_address(locked: Host, anybody: httpx.Client) -> None:
    welcome = anybody.get(f"/?token={ESCAPED}&from=mail", headers=BROWSER)
    assert welcome.status_code == 303
    assert welcome.headers["location"] == "/?from=mail"
    assert "no-store" in welcome.headers["cache-control"]
    cookie = welcome.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and TOKEN not in cookie
    assert anybody.get("/").status_code == 200, "the client keeps it"
    assert anybody.get("/status").status_code == 200
    again = anybody.get(f"/?token={ESCAPED}", headers=BROWSER)
    assert again.status_code == 303, "the address line forgets it each time"
    refused = anybody.post("/undo", headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403, "a cookie is no reason to trust another site"
    name, value = cookie.split(";")[0].split("=")
    with live_page(locked, Cookie=f"{name}={value}", Origin=locked.address) as page:
        assert page.ask("play", change={"seed": 6})["ok"]


def test_a_browser_without_it_is_asked_for_it(anybody: httpx.Client) -> None:
    page = anybody.get("/", headers=BROWSER)
    assert page.status_code == 401
    assert "<form" in page.text and "name=token" in page.text
    came = anybody.get("/", headers={**BROWSER, "Sec-Fetch-Site": "cross-site"})
    assert came.status_code == 401 and "http-equiv=refresh" in came.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("query", ["", "?token=no"])
def test_a_page_without_it_is_not_connected(locked: Host, query: str) -> None:
    with pytest.raises(InvalidStatus) as refused, live_page(locked, query):
        pass
    assert refused.value.response.status_code == 401


def test_a_page_with_it_is(locked: Host) -> None:
    with live_page(locked, f"?token={ESCAPED}"):
        pass
    with socket.create_connection(("127.0.0.1", locked.http_port), timeout=5) as connection:
        header = b"Authorization: " + BEARER["Authorization"]
        connection.sendall(UPGRADE.removesuffix(b"\r\n") + header + b"\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 101")


def test_it_is_never_told(locked: Host, anybody: httpx.Client) -> None:
    for path in ("/status", "/metrics", "/journal", "/params", "/openapi.json", "/docs", "/"):
        text = anybody.get(path, headers=BEARER).text
        assert TOKEN not in text and ESCAPED not in text, path
    state = locked.run_dir / "state"
    assert not any(TOKEN in file.read_text("utf-8") for file in state.iterdir() if file.is_file())


def guess(host: Host, number: int) -> int:
    return host.client.get(f"/status?token=guess{number}").status_code


def test_guessing_is_slow_and_shuts_out_nobody_with_the_right_one() -> None:
    with running_host(control_token=TOKEN) as host:
        assert [guess(host, number) for number in range(60)].count(401) == 50
        last = host.client.get("/status?token=another")
        assert last.status_code == 429 and "too many wrong tokens" in last.json()["detail"]
        assert host.client.get("/status", headers=BEARER).status_code == 200
        assert host.client.get(f"/status?token={ESCAPED}").status_code == 200
        assert host.client.get(f"/prompt/hello?token={ESCAPED}").status_code == 200
        with live_page(host, f"?token={ESCAPED}"):
            pass
        welcome = host.client.get(f"/?token={ESCAPED}", headers=BROWSER)
        assert welcome.status_code == 303
        assert host.client.get("/status").status_code == 200, "the client keeps the cookie"
        assert host.client.get("/healthz").status_code in (200, 503)
        host.client.cookies.clear()
        assert guess(host, 99) == 429


@pytest.mark.parametrize("way", ["header", "prompt", "cookie"])
def test_a_token_that_can_be_guessed_is_not_by_any_way(way: str) -> None:
    """The link behind a prompt and the cookie took any number of guesses."""

    right = cookie_of(tokens_of("wall"))

    def shown(token: str) -> tuple[str, dict[str, str]]:
        return {
            "header": ("/status", {"Authorization": f"Bearer {token}"}),
            "prompt": (f"/prompt/a?token={token}", {}),
            "cookie": ("/status", {"Cookie": right if token == "wall" else f"afterimage={token}"}),
        }[way]

    with running_host(control_token="wall") as host, httpx.Client() as client:

        def status(token: str) -> int:
            path, headers = shown(token)
            return client.get(host.address + path, headers=headers).status_code

        assert [status(f"guess{number}") for number in range(53)].count(401) == 50
        assert status("wall") == 429
    with running_host(control_token="wall") as host, httpx.Client() as client:
        assert status("wall") == 200
        assert 429 in [status(f"guess{number}") for number in range(53)]
        assert status("wall") == 200, "whoever is in stays in"


# --- a browser's cookie


@pytest.fixture
def signed_in(locked: Host) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=locked.address, timeout=5) as client:
        assert client.get(f"/?token={ESCAPED}").status_code == 303
        yield client


def test_a_cookie_alone_changes_nothing(locked: Host, signed_in: httpx.Client) -> None:
    """A browser sends it for a picture on a page at another port of this host, too, and over plain
    HTTP nothing else."""
    before = locked.session.number
    for path in ("/seed/1", "/%73eed/1", "/prompt/evil", "/preset/night", "/prompt/a?b=c"):
        answer = signed_in.get(path)
        assert answer.status_code == 403, path
        assert "add ?token= and the token to it" in answer.json()["detail"]
    for method, path in (("POST", "/undo"), ("PATCH", "/params"), ("PUT", "/presets/a")):
        assert signed_in.request(method, path, content=b"{}").status_code == 403
    cookie = "; ".join(f"{name}={value}" for name, value in signed_in.cookies.items())
    with pytest.raises(InvalidStatus) as refused, live_page(locked, Cookie=cookie):
        pass
    assert refused.value.response.status_code == 403
    assert locked.session.number == before
    assert signed_in.get("/status").status_code == signed_in.get("/params").status_code == 200


@pytest.mark.parametrize("sign", ["Origin", "Referer", "same-origin", "none"])
def test_a_cookie_and_a_sign_of_our_page_do(
    locked: Host, signed_in: httpx.Client, sign: str
) -> None:
    own = {"Origin": locked.address, "Referer": f"{locked.address}/docs"}
    headers = {sign: own[sign]} if sign in own else {"Sec-Fetch-Site": sign}
    assert signed_in.get("/seed/77", headers=headers).status_code == 200
    assert signed_in.get("/seed/78", headers=BEARER).status_code == 200
    assert signed_in.get(f"/seed/79?token={ESCAPED}").status_code == 200
    assert locked.session.played.seed == 79


# --- behind a proxy


def test_guesses_are_counted_where_a_trusted_proxy_says_that_they_come_from() -> None:
    with running_host(control_token="wall", trusted_proxy="127.0.0.1") as host:

        def status(token: str, *comes_from: str) -> int:
            shown = [("Authorization", f"Bearer {token}")]
            way = [("X-Forwarded-For", one) for one in comes_from]
            return host.client.get("/seed/1", headers=[*shown, *way]).status_code

        assert [status(f"guess{n}", f"9.9.9.{n}, 10.0.0.1") for n in range(20)].count(401) == 10
        assert status("wall", "10.0.0.1") == 429
        assert status("wall", "10.0.0.2", "10.0.0.1, 127.0.0.1") == 429, "a forged one before it"
        assert status("wall", "10.0.0.1", "10.0.0.2") == 200
        assert status("wall") == 200, "the proxy's own machine"
        assert status("wall", "x" * 9000) == 200
        whos = [entry["who"] for entry in host.client.get("/journal?token=wall").json()["entries"]]
        assert whos == ["10.0.0.2", "127.0.0.1", "unknown"]


@pytest.mark.parametrize("proxy", ["127.0.0.1", "127.0.0.2"])
def test_a_cookie_that_came_over_tls_stays_there(proxy: str) -> None:
    with running_host(control_token=TOKEN, trusted_proxy=proxy) as host:
        for scheme in ("https", "http"):
            headers = {"X-Forwarded-Proto": scheme, "X-Forwarded-For": "10.0.0.1"}
            cookie = host.client.get(f"/?token={ESCAPED}", headers=headers).headers["set-cookie"]
            assert ("; Secure" in cookie) is (scheme == "https" and proxy == "127.0.0.1")


def test_a_page_behind_a_proxy_with_a_name_of_its_own_plays() -> None:
    """Whether the proxy passes that name on or the address that it dials."""
    names = "wall.example.com"
    with running_host(control_token=TOKEN, allowed_names=names) as host:
        (cookie,) = [host.client.get(f"/?token={ESCAPED}").headers["set-cookie"].split(";")[0]]
        page = {"Origin": "https://wall.example.com", "Sec-Fetch-Site": "same-origin"}
        for name in ("wall.example.com", f"127.0.0.1:{host.http_port}"):
            headers = {"Host": name, "Cookie": cookie}
            assert host.client.get("/", headers=headers).status_code == 200
            change = host.client.patch("/params", json={"seed": 3}, headers={**headers, **page})
            assert change.status_code == 200, change.text
            evil = {**headers, "Origin": "https://evil.example"}
            assert host.client.patch("/params", json={"seed": 4}, headers=evil).status_code == 403
        with live_page(host, Cookie=cookie, **page) as socket:
            assert socket.ask("play", change={"seed": 5})["ok"]
        assert host.client.get("/", headers={"Host": "other.example.com"}).status_code == 403


def test_nobody_else_is_believed_about_where_requests_come_from() -> None:
    with running_host(control_token="wall", trusted_proxy="10.0.0.0/8") as host:
        for number in range(60):
            forged = {"X-Forwarded-For": f"10.0.1.{number}"}
            answer = host.client.get(f"/status?token=guess{number}", headers=forged)
        assert answer.status_code == 429


def test_without_a_token_set_everything_is_as_it_was(shared: Host) -> None:
    assert shared.client.get("/?token=whatever").status_code == 200
    answer = shared.client.get("/prompt/a?token=b")
    assert answer.json()["prompt"] == "a?token=b"


def test_a_name_in_an_address_keeps_its_escapes_where_the_token_is_taken_out() -> None:
    assert without_token("/canvas/what? 100 %#é", b"token=x&from=mail") == (
        b"/canvas/what%3F%20100%20%25%23%C3%A9?from=mail"
    )
