"""Pictures for pages that are connected live: as many as they ask for, and only then."""

from __future__ import annotations

import pytest

from lib.web.page import MOST_UNDER_WAY
from tests.web.client import LivePage, live_page
from tests.web.conftest import Host


def test_a_page_that_says_nothing_gets_two_pictures(shared: Host, page: LivePage) -> None:
    page.sees = False
    page.tell(type="preview", fps=15)
    page.read_for(0.8)
    assert len(page.pictures) == MOST_UNDER_WAY
    page.tell(type="seen")
    page.read_for(0.3)
    assert len(page.pictures) == MOST_UNDER_WAY + 1
    assert set(page.pictures) <= set(shared.stream.pictures)


@pytest.mark.parametrize(("fps", "least", "most"), [(15, 8, 17), (5, 3, 7), (1000, 8, 17)])
def test_pictures_come_as_often_as_was_asked(
    page: LivePage, fps: int, least: int, most: int
) -> None:
    page.tell(type="preview", fps=fps)
    page.read_for(1.0)
    assert least <= len(page.pictures) <= most


def test_the_feed_is_read_only_while_a_page_wants_pictures(host: Host) -> None:
    preview = host.preview
    with live_page(host) as page:
        assert preview._reader is None
        for _ in range(3):  # asking twice is asking once
            page.tell(type="preview", fps=15)
        page.read_for(0.4)
        assert page.pictures and preview.watchers == 1
        page.tell(type="preview", fps=0)
        host.wait_until("nobody", lambda: preview.watchers == 0)
        page.tell(type="preview", fps=15)
        host.wait_until("again", lambda: preview.watchers == 1)
    host.wait_until("gone", lambda: preview.watchers == 0 and preview._reader is None)
    assert not preview._told
