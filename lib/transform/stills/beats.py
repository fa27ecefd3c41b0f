"""Reports a still while it is made, and hears whether anybody still wants it."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from lib.http_client.service_url import ServiceError
from lib.pictures.still_files import encode_preview
from lib.stage import HUNG
from lib.transform.stills.foreign_link import open_link
from lib.transform.stills.making import Making
from lib.transform.stills.service_link import (
    LeasedStill,
    LeaseLostError,
    NotTakenError,
    ServiceAddress,
    StillsLink,
)

log = logging.getLogger(__name__)

EVERY_S = 2.0
SOONEST_S = 0.2  # between two beats, however fast the steps
_LAST_S = 2.0  # for the last words of a worker that hangs


class Beats:
    """A thread of its own, for one still: neither a model that loads nor a picture that is handed
    in over a slow line keeps it from renewing the lease."""

    def __init__(
        self,
        address: ServiceAddress,
        still: LeasedStill,
        making: Making,
        delayed_ns: Callable[[], int] = lambda: 0,
    ) -> None:
        """`delayed_ns`: for how long, all in all, this process waited for a processor."""
        self.lost = False  # somebody else has the still, or nobody wants it
        self._address, self._still, self._making = address, still, making
        self._delayed_ns, self._delays_ns = delayed_ns, delayed_ns()
        self._over = threading.Event()
        self._away = False  # the service, and it was said
        self._link: StillsLink | None = None
        self._thread = threading.Thread(target=self._run, name="Beats", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Does not wait for a beat that is on its way."""
        self._over.set()
        if self._link:
            self._link.abort()

    def _run(self) -> None:
        self._link = link = open_link(self._address)
        try:
            while not self._over.is_set():
                self._beat(link)
        finally:
            link.close()

    def _beat(self, link: StillsLink) -> None:
        began_s, known = time.monotonic(), self._making.reached()
        try:
            if link.beat(self._still, *known):
                log.info("still %s: cancelled", self._still.id)
                self._lose()
                return
            if not self._still.private:
                self._send_preview(link)
            self._away = False
        except LeaseLostError:
            log.warning("still %s: somebody else has it now, or nobody wants it", self._still.id)
            self._lose()
            return
        except ServiceError as error:
            if not self._over.is_set() and not self._away:
                self._away = True
                words = "still %s: %s; it is made on, and handed in when the service is back"
                log.warning(words, self._still.id, error)
        self._check_engine()
        self._over.wait(max(0.0, SOONEST_S - (time.monotonic() - began_s)))
        # A service that does not answer in time gets no more beats than one that does.
        self._making.wait_for_news(known, max(SOONEST_S, EVERY_S - (time.monotonic() - began_s)))

    def _send_preview(self, link: StillsLink) -> None:
        preview = self._making.take_preview()
        jpg = None if preview is None else encode_preview(preview)
        if jpg:
            with suppress(NotTakenError):  # it is worth no more words
                link.preview(self._still, jpg)

    def _lose(self) -> None:
        self.lost = True
        self._making.cancel()
        self._over.set()

    def _check_engine(self) -> None:
        delays_ns = self._delayed_ns()
        self._making.held(delays_ns - self._delays_ns)
        self._delays_ns = delays_ns
        hung = self._making.hung(time.monotonic_ns())
        if hung and not self._over.is_set():
            end_hung(self._address, self._still, hung)


def end_hung(address: ServiceAddress, still: LeasedStill, why: str) -> None:
    """Give the still back and end the process: what hangs cannot be asked to end."""
    log.critical("still %s: %s All stacks follow", still.id, why)
    faulthandler.dump_traceback(sys.__stderr__ or 2, all_threads=True)
    with suppress(ServiceError):
        open_link(address).give_back(still.id, still.token, why, _LAST_S)
    os._exit(HUNG)
