"""lib.stills.service.metrics: what Prometheus reads."""

from __future__ import annotations

import re

from tests.stills.service.scripted import Service, Worker


def test_metrics_tell_what_there_is(service: Service) -> None:
    service.made()
    service.ask("waits")
    worker = Worker(service)
    worker.give_back(worker.claim(), "an error")
    said = service.client.get("/metrics").text
    for line in (
        'afterimage_stills_jobs{lane="interactive",state="done"} 1.0',
        'afterimage_stills_jobs{lane="interactive",state="queued"} 1.0',
        "afterimage_stills_tries_total 1.0",
        "afterimage_stills_leases_lost_total 0.0",
    ):
        assert line in said
    assert re.search(r"afterimage_stills_kept_bytes [1-9]", said)
