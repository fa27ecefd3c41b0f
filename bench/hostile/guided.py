"""Decoders under a fuzzer that watches which branches are taken, where atheris is installed.

    pip install atheris
    python -m bench.hostile.guided osc -max_total_time=60

What follows the name are libFuzzer's own flags. It ends with a trace at the first exception that is
no refusal, and says which bytes it was.
"""

# ruff: noqa: PLC0415 - what is imported while atheris looks on is what it looks into
from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any


def _targets() -> dict[str, Callable[[bytes], object]]:
    from lib.http.bodies import UnreadableError, read_object
    from lib.osc.packet import OscError, parse
    from lib.pictures.exif import orientation
    from lib.pictures.header import JpegError, read_header
    from lib.web.app import TEXT_PATHS
    from lib.wire.manners import Manners
    from lib.wire.messages import WireError, decode_job, decode_picture, decode_result
    from lib.wire.speech import PUB, PULL, RudeError, Speech

    refusals = (OscError, JpegError, UnreadableError, WireError, RudeError)

    def refusing(decode: Callable[[bytes], object]) -> Callable[[bytes], object]:
        def one(data: bytes) -> None:
            try:
                decode(data)
            except refusals as refusal:
                assert str(refusal)

        return one

    return {
        "osc": refusing(parse),
        "header": refusing(read_header),
        "exif": orientation,
        "body": refusing(read_object),
        "line": TEXT_PATHS.escape,
        "manners": lambda data: Manners(0.0).hear(memoryview(data), 0.0),
        "push": refusing(lambda data: Speech(1000, PULL).hear(memoryview(data), 100)),
        "sub": refusing(lambda data: Speech(256, PUB).hear(memoryview(data), 100)),
        "result": refusing(decode_result),
        "job": refusing(decode_job),
        "picture": refusing(decode_picture),
    }


def main() -> None:
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["lib"]):
        targets = _targets()
    if len(sys.argv) < 2 or sys.argv[1] not in targets:
        raise SystemExit(f"name one of {', '.join(targets)}")
    atheris.Setup([sys.argv[0], *sys.argv[2:]], targets[sys.argv[1]])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
