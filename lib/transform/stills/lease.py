"""Leases stills from the service, one after the other, and hands in what is made of them."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Protocol

from lib.core.still_params import StillKind
from lib.core.waits import GrowingWait
from lib.engine.engine import StillCancelledError, StillOffer
from lib.http_client.service_url import ServiceError
from lib.pictures.files import PictureError
from lib.pictures.still_files import encode_png, still_inputs
from lib.stage import Stage
from lib.transform.stills.beats import Beats, end_hung
from lib.transform.stills.foreign_link import first_wait_s, open_link
from lib.transform.stills.making import MadeSample, Making
from lib.transform.stills.service_link import (
    VERSION,
    LeasedStill,
    LeaseLostError,
    NotTakenError,
    NotUnderstoodError,
    ServiceAddress,
    StillsLink,
)

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 30.0  # between two tries to reach the service
GIVE_BACK_S = 0.7  # of the second that a worker has to end
_POLL_S = 0.5


class Maker(Protocol):
    """Has an engine, on a thread of its own."""

    def make(self, making: Making) -> None:
        """Begin with it; called again only when the one before is over."""


@dataclass(frozen=True, slots=True)
class Leaser:
    """Who leases, and what its engine can do."""

    worker: str
    role: str  # both or stills, as it was set
    engine: str
    offer: StillOffer

    def asks(self, claim: str) -> dict[str, object]:
        offer = self.offer
        return {
            "claim": claim,
            "worker": self.worker,
            "version": VERSION,
            "role": self.role,
            "engine": self.engine,
            "rank": offer.rank,
            "kinds": [str(kind) for kind in offer.kinds],
            "models": None if offer.models is None else list(offer.models),
            "held": list(offer.held),
            "largest": offer.largest,
            "unguided": list(offer.unguided),
            "memory_use": offer.memory,
        }


class Lease(Stage):
    watched = False  # a claim waits for half a minute; while a still is made, Beats watches

    def __init__(
        self,
        address: ServiceAddress,
        leaser: Callable[[], Leaser | None],
        maker: Maker,
        load_s: float,
        delayed_ns: Callable[[], int] = lambda: 0,
    ) -> None:
        """`leaser` is asked before each claim; None: claim nothing now."""
        super().__init__()
        self.made = 0  # stills handed in
        self._address, self._leaser, self._maker = address, leaser, maker
        self._load_ns, self._delayed_ns = int(load_s * 1e9), delayed_ns
        self._ended_ns = 0  # when the latest still was over
        self._claim = secrets.token_hex(8)
        first_s = first_wait_s(address)
        longest_s = first_s if address.foreign_side else LONGEST_WAIT_S
        self._wait = GrowingWait(first_s, longest_s)
        self._away = False  # the service, and it was said
        self._making: Making | None = None
        self._link: StillsLink | None = None

    @property
    def idle_s(self) -> float:
        """Since the latest still was over; 0 before the first."""
        return (time.monotonic_ns() - self._ended_ns) / 1e9 if self._ended_ns else 0.0

    def open(self, resources: ExitStack) -> None:
        self._link = open_link(self._address)
        resources.callback(self._link.close)

    def stop(self, timeout: float = 2.0) -> bool:
        """The still goes back within a second; whatever else the line did is cut. A name that is
        just being looked up cannot be, so its end is not waited for."""
        self._quit.set()
        if self._making:
            self._making.cancel()
        if self._link:
            self._link.abort()
        super().stop(min(timeout, 1.0))
        return True

    def step(self) -> None:
        assert self._link
        leaser = self._leaser()
        if leaser is None:
            self.pause(1.0)
            return
        try:
            still = self._link.claim(leaser.asks(self._claim))
        except NotUnderstoodError as error:
            log.warning("still %s: %s", error.id, error)
            self._new_claim()
            self._give_back(error.id, error.token, str(error))
            self.pause(self._wait.next_s())
            return
        except ServiceError as error:
            self._missed(error)
            return
        self._reached()
        self._new_claim()
        if still is not None:
            self._do(still)

    def _new_claim(self) -> None:
        """A claim whose answer was lost is repeated under its number, and gets the same still."""
        self._claim = secrets.token_hex(8)

    def _missed(self, error: ServiceError) -> None:
        if self._quit.is_set():
            return
        if not self._away:
            self._away = True
            log.info("no stills for now: %s; asked again until there is", error)
        self.pause(self._wait.next_s())

    def _reached(self) -> None:
        if self._away:
            log.info("stills: the service answers")
        self._away = False
        self._wait.reset()

    def _do(self, still: LeasedStill) -> None:
        making = self._making = Making(still.params, still.samples_done, self._load_ns)
        beats = Beats(self._address, still, making, self._delayed_ns)
        beats.start()
        error, done = "", False
        try:
            if not self._quit.is_set():  # it may have been asked to end while the answer came
                error, done = self._made_of(still, making)
        except LeaseLostError:
            beats.lost = True
        except StillCancelledError:
            pass
        finally:
            making.cancel()
            beats.stop()
        if done:
            self.made += 1
        elif not beats.lost:
            if error:
                log.warning("still %s: %s", still.id, error)
            self._give_back(still.id, still.token, error, unfit=making.unfit)
        self._wait_until_over(still, making)
        self._making, self._ended_ns = None, time.monotonic_ns()

    def _made_of(self, still: LeasedStill, making: Making) -> tuple[str, bool]:
        """Why it failed, if it did, and whether all of it was handed in."""
        params = still.params
        log.info("still %s: %s, %dx%d", still.id, params.kind, params.width, params.height)
        try:
            image = self._input(still, making, "image") if still.image else None
            mask = self._input(still, making, "mask") if still.mask else None
            making.image, making.mask = still_inputs(params, image, mask)
        except PictureError as error:
            return f"A picture that it is made from: {error}.", False
        except (NotTakenError, ValueError) as error:
            return f"{error}.", False
        making.begun = True
        self._maker.make(making)
        if params.kind is StillKind.CONVERT:
            return self._converted(still, making)
        left = params.samples - len(still.samples_done)
        while left and not making.cancelled:
            sample = making.next_sample(_POLL_S)
            if sample is not None:
                try:
                    self._hand_in(still, making, sample)
                except NotTakenError as error:
                    return f"The service did not take a picture: {error}", False
                left -= 1
            elif making.over:
                break
        return making.error, not left

    def _converted(self, still: LeasedStill, making: Making) -> tuple[str, bool]:
        """The same of what has no picture."""
        while not making.over and not making.cancelled:
            making.next_sample(_POLL_S)
        done = making.over and not making.error and not making.cancelled
        if done:
            self._again(making, lambda link: link.finish(still, 0, b""))
        return making.error, done

    def _wait_until_over(self, still: LeasedStill, making: Making) -> None:
        """The engine ends a cancelled still at its next piece of work, and may hang until then."""
        while making.begun and not making.over and not self._quit.is_set():
            hung = making.hung(time.monotonic_ns())
            if hung:
                end_hung(self._address, still, hung)
            self.pause(0.05)

    def _input(self, still: LeasedStill, making: Making, what: str) -> bytes:
        return self._again(making, lambda link: link.input(still, what))

    def _hand_in(self, still: LeasedStill, making: Making, sample: MadeSample) -> None:
        png = encode_png(sample.pixels)
        self._again(making, lambda link: link.finish(still, sample.number, png))

    def _again(self, making: Making, call: Callable[[StillsLink], bytes | None]) -> bytes:
        """Try until it is answered, for what is made is worth the wait; ended by a cancel."""
        wait = GrowingWait(0.5, LONGEST_WAIT_S)
        while not making.cancelled:
            assert self._link
            try:
                return call(self._link) or b""
            except (LeaseLostError, NotTakenError):
                raise
            except ServiceError:  # the beats say so
                self.pause(wait.next_s())
        raise StillCancelledError

    def _give_back(self, id_: str, token: int, error: str, *, unfit: bool = False) -> None:
        """Over a line of its own, since the usual one may be cut. If the service is away, the lease
        runs out by itself."""
        link = open_link(self._address)
        with suppress(ServiceError):
            within_s = GIVE_BACK_S if self._quit.is_set() else 5.0
            link.give_back(id_, token, error, within_s, unfit=unfit)
        link.close()
