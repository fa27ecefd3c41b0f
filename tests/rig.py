"""Settings on free ports, and waiting for something to become true."""

from __future__ import annotations

import time
from collections.abc import Callable

from lib.config.settings import PrimarySettings, WorkerSettings
from tests.ports import free_ports


def primary(**changes: object) -> PrimarySettings:
    """Settings on free ports that no .env of this machine has a say in."""
    job, result, output, web = free_ports(4)
    ports = {"job_port": job, "result_port": result, "output_port": output, "settings_port": web}
    plain = {
        "headless": True,
        "resolution": "64",
        "osc_port": 0,
        "stills_port": 0,
        "signals_port": 0,
    }
    return PrimarySettings(_env_file=None, **{**plain, **ports, **changes})


def worker(of: PrimarySettings, **changes: object) -> WorkerSettings:
    ports = {"job_port": of.job_port, "result_port": of.result_port, "keys": of.keys}
    host = {"primary_hostname": "127.0.0.1", "engine": "identity"}
    return WorkerSettings(_env_file=None, **{**host, **ports, **changes})


def until(condition: Callable[[], object], seconds: float = 20.0, *, drives: bool = False) -> bool:
    """Wait until it is true; the wait ends soon when it is, so that it may be long.

    What has taken long already is asked less often: to ask costs time that the machine needs for
    what is waited for. Unless the condition `drives` that itself, by what it does at each call.
    """
    begin = time.monotonic()
    while (waited := time.monotonic() - begin) < seconds:
        if condition():
            return True
        time.sleep(0.005 if drives else min(0.005 + waited / 20, 0.1))
    return bool(condition())
