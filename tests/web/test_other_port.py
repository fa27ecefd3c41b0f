"""A page at another port of the same host, in a browser that has our cookie: it changes nothing.

The host is a name, over plain HTTP: there a browser says of a request for a picture neither which
page asked for it nor that it was another's. `SameSite` does not tell ports apart.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.ports import free_ports
from tests.web.browser import launched, marks
from tests.web.conftest import Host, running_host

pytestmark = marks
TOKEN = "a token that nobody guesses"
NAME = socket.gethostname().lower()

# Each is called with an address of ours; what it resolves to is only waited for.
WAYS = {
    "img": "a => made('img', {src: a})",
    "iframe": "a => made('iframe', {src: a})",
    "script": "a => made('script', {src: a})",
    "style": "a => made('link', {rel: 'stylesheet', href: a})",
    "preload": "a => made('link', {rel: 'preload', as: 'image', href: a})",
    "prefetch": "a => made('link', {rel: 'prefetch', href: a})",
    "video": "a => made('video', {src: a, preload: 'auto'})",
    "object": "a => made('object', {data: a})",
    "background": "a => { made('div', {textContent: 'a'}).style.background = `url(${a})` }",
    "form get": "a => form('get', a)",
    "form post": "a => form('post', a)",
    "fetch": "a => fetch(a, {...sent, mode: 'no-cors'})",
    "fetch cors": "a => fetch(a, sent)",
    "fetch head": "a => fetch(a, {...sent, mode: 'no-cors', method: 'HEAD'})",
    "fetch post": "a => fetch(a, {...sent, mode: 'no-cors', method: 'POST', body: '{}'})",
    "fetch patch": "a => fetch(a, {...sent, method: 'PATCH', body: '{}'})",
    "xhr": "a => { const x = new XMLHttpRequest(); x.withCredentials = true; x.open('GET', a); "
    "x.send() }",
    "beacon": "a => navigator.sendBeacon(a, '{}')",
    "events": "a => new EventSource(a, {withCredentials: true})",
    "websocket": "a => new Promise(end => { const w = new WebSocket(a.replace('http', 'ws')); "
    "w.onopen = () => { w.send(JSON.stringify({type: 'undo', id: 1})); setTimeout(end, 300) }; "
    "w.onerror = end })",
    "window": "a => { open(a) }",
    "link": "a => { const l = made('a', {href: a, target: '_blank', rel: 'noopener'}); l.click() }",
}
PAGE = b"""<!doctype html><meta charset=utf-8><body><script>
const sent = {credentials: "include", referrerPolicy: "no-referrer"}
function made(kind, properties) {
  const one = Object.assign(document.createElement(kind), {referrerPolicy: "no-referrer"},
    properties)
  document.body.append(one)
  return one
}
function form(method, action) {
  const target = "frame" + Math.random()
  made("iframe", {name: target})
  made("form", {method, action, target}).submit()
}
</script>"""


class OtherPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def other_page() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", *free_ports(1)), OtherPage)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{NAME}:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def locked() -> Iterator[Host]:
    with running_host(control_token=TOKEN) as host:
        yield host


@pytest.fixture(scope="module")
def open_host() -> Iterator[Host]:
    """Without a token, as on this machine alone."""
    with running_host() as host:
        yield host


@pytest.fixture(scope="module")
def visitor(locked: Host) -> Iterator[Any]:
    """A browser that has opened the link with the token."""
    resolve = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    with launched(resolve) as browser, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://{NAME}:{locked.http_port}/?token={TOKEN}")
        page.wait_for_selector("body[data-state=live]")
        yield page


def asked(host: Host) -> float:
    """Requests that were answered so far, this one left out."""
    shown = {"Authorization": f"Bearer {TOKEN}"}  # which does no harm where none is needed
    lines = host.client.get("/metrics", headers=shown).text.splitlines()
    counts = [line for line in lines if line.startswith("afterimage_http_answers_total")]
    return sum(float(line.split()[-1]) for line in counts)


def test_our_own_page_plays(visitor: Any, locked: Host) -> None:
    visitor.fill("#prompt", "our own page")
    visitor.press("#prompt", "Enter")
    locked.wait_until("the prompt", lambda: locked.session.played.prompt == "our own page")
    assert visitor.evaluate("fetch('/undo', {method: 'POST'}).then(answer => answer.status)") == 200
    same_site = "fetch('/prompt/by-address').then(answer => answer.status)"
    assert visitor.evaluate(same_site) == 403, "over plain HTTP this looks like another's"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("which", ["locked", "open_host"])
def test_a_page_at_another_port_does_not(
    visitor: Any, request: pytest.FixtureRequest, which: str, way: str
) -> None:
    host: Host = request.getfixturevalue(which)
    posts = "post" in way or way == "beacon"
    paths = ["/undo"] if posts else ["/prompt/evil", "/%70rompt/evil", "/preset/evil"]
    paths = {"websocket": ["/live"], "fetch patch": ["/params"]}.get(way, paths)
    before, answers = host.session.number, asked(host)
    with other_page() as address, visitor.context.new_page() as page:
        page.goto(address)
        ours = [f"http://{NAME}:{host.http_port}{path}" for path in paths]
        page.evaluate(f"ours => Promise.allSettled(ours.map({WAYS[way]})).then(() => 0)", ours)
        page.wait_for_timeout(250)
        for opened in visitor.context.pages[2:]:
            opened.close()
    assert host.session.number == before
    assert asked(host) > answers + 1, "nothing was asked for, so nothing is proven"
