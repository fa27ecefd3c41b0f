"""`python -m lib.signals 4444 [3333]`: the broker without a show, and band powers that come in."""

from __future__ import annotations

import argparse
import sys

from lib.config.cli import env_file
from lib.config.settings import PrimarySettings
from lib.observe import log_to_stderr, quit_on_signals
from lib.signals.broker.band_input import BANDS
from lib.signals.broker.broker import LISTS, NUMBERS
from lib.signals.run import SWITCH_S, signal_parts
from lib.signals.sources import Sources
from lib.signals.table import SOURCES
from lib.stage import Flow

CHANNELS = -(-LISTS * NUMBERS // len(BANDS))


def port(text: str) -> int:
    number = int(text) if text.isdigit() else 0
    if not 0 < number < 65536:
        raise argparse.ArgumentTypeError(f"'{text}' is no port: 1 to 65535")
    return number


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lib.signals", description=__doc__)
    parser.add_argument("broker", type=port, help="the port that numbers go out by, usually 4444")
    parser.add_argument("bands", type=port, nargs="?", help="and band powers come in, usually 3333")
    options = parser.parse_args()
    log_to_stderr()
    settings = settings_of(options.broker, options.bands or 0)
    sys.setswitchinterval(SWITCH_S)
    rows = [row for row in SOURCES if row.name in ("tcp", "broker")]
    sources = Sources(signal_parts(settings, None), rows)
    return Flow(sources).run(quit_on_signals())


def settings_of(broker: int, bands: int) -> PrimarySettings:
    """Those of this machine, with these ports; what comes in takes the place of the waves."""
    settings = PrimarySettings(_env_file=env_file())  # type: ignore[call-arg] # pydantic's own
    names = [f"tcp.{channel}.{band}" for channel in range(1, CHANNELS + 1) for band in BANDS]
    where = settings.broker_from or (",".join(names) if bands else "")
    changes = {"broker_port": broker, "signal_input_port": bands, "broker_from": where}
    return settings.model_copy(update=changes)


if __name__ == "__main__":
    raise SystemExit(main())
