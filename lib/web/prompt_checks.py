"""Plays prompts that are checked first, which takes seconds, away from the server's thread."""

from __future__ import annotations

from lib.config.controls import RefusedError
from lib.control.session import Session
from lib.http.away import AwayWork

MOST_AT_ONCE = 16  # prompts being checked; each takes five seconds at most


class PromptChecks(AwayWork):
    """Plays changes with prompts on threads for which the server does not wait when it ends."""

    def __init__(self, session: Session) -> None:
        super().__init__(MOST_AT_ONCE, "prompts", RefusedError)
        self._session = session

    def are_needed(self, change: object) -> bool:
        """Whether a change has a prompt in it and prompts are checked."""
        return isinstance(change, dict) and self._session.may_take_long(change)
