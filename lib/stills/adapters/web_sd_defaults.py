"""What requests of the protocol web_sd leave out: kept in the state folder, changed on the page."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lib.config.params import LONGEST_PROMPT
from lib.config.settings import PrimarySettings
from lib.config.state_folder import state_folder
from lib.core.still_params import LARGEST_SEED, MOST_STEPS
from lib.files import create_fresh, read_regular
from lib.stills.ledger.book import Book
from lib.stills.ledger.cipher import SealError

log = logging.getLogger(__name__)
FILE = "web_sd.json"


class WebSdDefaults(BaseModel):
    """Never edited, always replaced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)] = "a picture"
    negative: Annotated[str, Field(max_length=LONGEST_PROMPT)] = ""
    power: Annotated[float, Field(ge=0, le=1)] = 0.8
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED)] = 0
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] = 10


class DefaultsFile:
    """The newest, in memory and on the disk, sealed as the ledger is."""

    def __init__(self, settings: PrimarySettings, book: Book) -> None:
        self._path: Path = state_folder(settings) / FILE
        self._book = book
        self.now = self._read()

    def _read(self) -> WebSdDefaults:
        try:
            return self._unsealed(read_regular(self._path))
        except FileNotFoundError:
            return WebSdDefaults()
        except (OSError, ValidationError) as error:
            log.warning("%s cannot be used, and the usual values are: %s", self._path, _why(error))
            return WebSdDefaults()

    def _unsealed(self, kept: bytes) -> WebSdDefaults:
        with suppress(SealError):
            return WebSdDefaults.model_validate_json(self._book.cipher.unseal_file(FILE, kept))
        plain = WebSdDefaults.model_validate_json(kept)  # of before the ledger was encrypted
        self.replace(plain)
        return plain

    def replace(self, fresh: WebSdDefaults) -> None:
        """Waits for the disk; OSError where it takes nothing."""
        partial = self._path.with_suffix(".partial")
        try:
            with create_fresh(partial, 0o600) as file:
                file.write(self._book.cipher.seal_file(FILE, fresh.model_dump_json().encode()))
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self._path)
        finally:
            partial.unlink(missing_ok=True)
        self.now = fresh


def _why(error: Exception) -> str:
    return error.strerror or "" if isinstance(error, OSError) else "it holds something else"
