"""The stream process: Capture > Dispatch > Publish, with Report and Shed beside them."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

from lib.config.settings import PrimarySettings
from lib.stage import Flow, Inbox
from lib.stream.capture.capture import Capture
from lib.stream.dispatch.dispatch import Dispatch
from lib.stream.frame import Entrance
from lib.stream.publish import Publish
from lib.stream.report import News, Report
from lib.stream.shed import Shed, Stages
from lib.wire.wake import Wake


def run_stream(
    settings: PrimarySettings,
    run_dir: Path,
    quit_event: threading.Event,
    news: News,
) -> int:
    """Run until asked to end."""
    with ExitStack() as resources:
        entrance = Entrance(Inbox(1), Wake(resources))
        capture = Capture(settings, entrance.mailbox, entrance.wake.set)
        publish = Publish(settings)
        dispatch = Dispatch(settings, run_dir, entrance, publish, capture.play)
        stages = Stages(capture, dispatch, publish)
        shed = Shed(settings, stages)
        report = Report(settings, run_dir, stages, shed, news)
        return Flow(*stages, report, shed).run(quit_event, settings.hang_s)
