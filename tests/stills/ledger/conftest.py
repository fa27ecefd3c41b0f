from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stills.ledger.ledgers import LEDGERS, FileLedger, LedgerUnderTest


@pytest.fixture(params=sorted(LEDGERS))
def made(request: pytest.FixtureRequest) -> Iterator[LedgerUnderTest]:
    """Each database in turn."""
    ledger = LEDGERS[request.param]()
    yield ledger
    ledger.close()


@pytest.fixture
def on_disk() -> Iterator[FileLedger]:
    ledger = FileLedger()
    yield ledger
    ledger.close()
