"""The whole stream process, in a thread: what is played reaches the source."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

from lib.core.geometry import Size
from lib.engine.identity import Identity
from lib.pictures.header import read_header
from lib.stage import Flow
from lib.stream.flow import run_stream
from lib.stream.report import News
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.send import Send
from lib.wire import sockets
from lib.wire.messages import Change, Status, decode_picture, decode_status, encode
from tests.rig import primary, until, worker


def test_a_change_of_size_reaches_the_feed_and_the_status(tmp_path: Path) -> None:
    settings = primary(mode="pattern", fps=60)
    quit_event = threading.Event()
    news = News(lambda: None, lambda: None, lambda _: None)
    thread = threading.Thread(target=run_stream, args=(settings, tmp_path, quit_event, news))
    thread.start()
    with ExitStack() as resources:
        resources.callback(thread.join)
        resources.callback(quit_event.set)
        wanted = worker(settings)
        fetch = Fetch(wanted)
        generate = Generate(Identity(), after=fetch)
        flow = Flow(fetch, generate, Send(wanted, "w", after=generate))
        assert flow.start()
        resources.callback(flow.stop)
        feed = sockets.feed_in(resources, "127.0.0.1", settings.output_port)
        changes = sockets.latest_out(resources, tmp_path, sockets.Topic.CHANGES)
        told = sockets.latest_in(resources, tmp_path, sockets.Topic.STATUS)

        def size() -> Size:
            assert feed.poll(10_000)
            return read_header(decode_picture(feed.recv()).jpg).size

        assert size() == Size(64, 64)
        played = settings.played.changed(resolution="128x64", paused=True)
        message = encode(Change(3, played.model_dump()))
        assert until(lambda: changes.send(message) or size() == Size(128, 64))

        def status() -> Status:
            assert told.poll(2000)
            return decode_status(told.recv())

        assert until(lambda: status().paused)
        assert (status().size, status().params_number) == ("128x64", 3)
