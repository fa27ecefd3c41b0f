"""The description of the port, what it says when it is taken at its word, and the page of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.openapi import check_answers, check_page
from tests.stills.service.scripted import Service


def test_the_page_of_it_works_offline_and_names_every_address(shared: Service) -> None:
    check_page(shared.client)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_nothing_that_fits_the_description_or_nearly_does_breaks_it(
    service: Service, tmp_path: Path
) -> None:
    # What waits for the wall or for a job takes its time by itself.
    check_answers(service.address, tmp_path, "^/(to-wall|from-wall|maps/live|work/claim)")
    assert service.client.get("/healthz").status_code == 200
