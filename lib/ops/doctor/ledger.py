"""Where stills are kept, if that is not the state folder, and whether they can be read."""

from __future__ import annotations

import importlib.util
import socket
from urllib.parse import parse_qs, unquote, urlsplit

from lib.config.ledger_key import LedgerKeyFileError, read_ledger_key
from lib.config.settings import PrimarySettings
from lib.ops.doctor.result import CheckResult

INSTALL = "automation/packages.sh requirements-postgres.txt"
MANUAL = "docs/stills.md, Several primaries"
USUAL_PORT, LIMIT_S = 5432, 2.0


def ledger(settings: PrimarySettings) -> list[CheckResult]:
    """The show runs without it, so nothing here is red but a key without which stills are lost."""
    return [*_database(settings.ledger), *_key(settings)]


def _database(address: str) -> list[CheckResult]:
    if not address:
        return []
    if importlib.util.find_spec("psycopg") is None:
        return [CheckResult("ledger", "yellow", "psycopg is not installed", INSTALL)]
    try:
        host, port = server_of(address)
    except ValueError:
        return [CheckResult("ledger", "yellow", "LEDGER is no address of a server", MANUAL)]
    try:
        if host.startswith("/"):
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(LIMIT_S)
                line.connect(f"{host}/.s.PGSQL.{port}")
        else:
            socket.create_connection((host, port), LIMIT_S).close()
    except OSError as error:
        says = f"no PostgreSQL answers at {host}:{port}: {error.strerror or error}"
        return [CheckResult("ledger", "yellow", says, MANUAL)]
    return [CheckResult("ledger", "green", f"a server answers at {host}:{port}")]


def server_of(address: str) -> tuple[str, int]:
    """Host and port, or folder and port; ValueError. Of several servers the first."""
    parts = urlsplit(address)
    more = parse_qs(parts.query)
    at = parts.netloc.rpartition("@")[2].partition(",")[0]
    first = urlsplit(f"//{at}")
    host = more.get("host", [unquote(first.hostname or "")])[0].partition(",")[0]
    port = more.get("port", [""])[0].partition(",")[0]
    return host or "/var/run/postgresql", int(port) if port else first.port or USUAL_PORT


def _key(settings: PrimarySettings) -> list[CheckResult]:
    """What is encrypted is lost with its key."""
    if not settings.ledger_key:
        return []
    try:
        read_ledger_key(settings.ledger_key)
    except LedgerKeyFileError as error:
        return [CheckResult("ledger key", "red", str(error), "docs/stills.md, Encryption at rest")]
    says = f"stills and maps are encrypted with {settings.ledger_key}; keep a copy elsewhere"
    return [CheckResult("ledger key", "green", says)]
