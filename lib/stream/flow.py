"""The stream process: capture > dispatch > publish, and a word about it all."""

from __future__ import annotations

import threading
from pathlib import Path

from lib.config.settings import Primary
from lib.stage import Flow, Inbox
from lib.stream.capture.capture import Capture
from lib.stream.dispatch.dispatch import Dispatch
from lib.stream.frame import Frame
from lib.stream.publish import Publish
from lib.stream.tell import News, Tell


def run_stream(
    settings: Primary,
    run_dir: Path,
    quit_event: threading.Event,
    news: News,
) -> int:
    """Run until asked to end."""
    # Counted on the thread that captures, so in its own tally: a tally has one writer.
    mailbox: Inbox[Frame] = Inbox(1, lambda _: capture.tally.count("overtaken"))
    publish = Publish(settings)
    dispatch = Dispatch(settings, run_dir, mailbox, before=publish)
    capture = Capture(settings, mailbox, dispatch.stir)
    dispatch.on_played = capture.play
    tell = Tell(settings, run_dir, capture, dispatch, publish)
    tell.news = news
    return Flow(capture, dispatch, publish, tell).run(quit_event, settings.hang_s)
