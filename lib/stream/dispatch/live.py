"""The parameters that the next job leaves with."""

from __future__ import annotations

import logging

from pydantic import ValidationError

from lib.config.params import Played
from lib.config.settings import Primary
from lib.wire.messages import JobSettings, WireError, decode_change, encode_settings

log = logging.getLogger(__name__)


class Live:
    """The newest parameters, and their bytes as every job carries them."""

    def __init__(self, settings: Primary) -> None:
        self.params = settings.played
        self.number = 0
        self.encoded = self._encode()

    def change(self, data: bytes) -> None:
        """A message of the control process; an older number than ours changes nothing."""
        try:
            change = decode_change(data)
            params = Played.model_validate(change.params)
        except (WireError, ValidationError) as error:
            log.warning("a change of the parameters was refused: %s", error)
            return
        if change.number > self.number:
            self.number, self.params = change.number, params
            self.encoded = self._encode()

    def _encode(self) -> bytes:
        played = self.params
        width, height = played.size
        return encode_settings(
            JobSettings(
                **played.params.model_dump(),
                resolution=width if width == height else played.resolution,
                batch_size=played.batch_size,
                directory=played.directory,
            )
        )
