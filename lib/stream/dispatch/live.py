"""The parameters that the next job leaves with."""

from __future__ import annotations

import logging

from pydantic import ValidationError

from lib.config.params import Params
from lib.config.settings import Primary
from lib.wire.messages import JobSettings, WireError, decode_change, encode_settings

log = logging.getLogger(__name__)


class Live:
    """The newest parameters, and their bytes as every job carries them."""

    def __init__(self, settings: Primary) -> None:
        self._size = settings.size
        self._batch_size = settings.batch_size
        self.params = Params()
        self.number = 0
        self.encoded = self._encode()

    def change(self, data: bytes) -> None:
        """A message of the control process; an older number than ours changes nothing."""
        try:
            change = decode_change(data)
            params = Params.model_validate(change.params)
        except (WireError, ValidationError) as error:
            log.warning("a change of the parameters was refused: %s", error)
            return
        if change.number > self.number:
            self.number, self.params = change.number, params
            self.encoded = self._encode()

    def _encode(self) -> bytes:
        width, height = self._size
        return encode_settings(
            JobSettings(
                **self.params.model_dump(),
                resolution=width if width == height else str(self._size),
                batch_size=self._batch_size,
            )
        )
