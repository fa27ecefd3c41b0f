"""Words for stills go through the policy that the wall's words go through."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fastapi import HTTPException

from lib.config.controls import RefusedError
from lib.config.params import Played
from lib.config.settings import PrimarySettings
from lib.http.away import AwayWork
from lib.prompts.policy import Checker, PromptPolicy, PromptRequest
from lib.stills.service.asking import UsedWords

MOST_AT_ONCE = 16  # prompts being checked; each takes five seconds at most
_NOTHING = Played(prompt="", prompt2="")


class StillPrompts(AwayWork):
    """Checks and translates a prompt and its negative one. The negative words are checked, too: an
    engine that is told to follow the prompt not at all draws them instead."""

    def __init__(self, settings: PrimarySettings) -> None:
        super().__init__(MOST_AT_ONCE, "prompts", partial(HTTPException, 503))
        self._checker = _checker(settings)
        self._policy = PromptPolicy(self._checker, settings.safety)
        self._longest = settings.max_prompt

    async def used(self, prompt: str, negative: str) -> UsedWords:
        """RefusedError says why these words are not used."""
        for text in (prompt, negative):
            if len(text) > self._longest:
                raise RefusedError(f"prompt must have at most {self._longest} characters")
        work: Callable[[], UsedWords] = lambda: self.judged(prompt, negative)  # noqa: E731
        return await self.run(work) if self._policy.may_wait else work()

    def listed(self, text: str) -> str:
        """What the list of refused words has against a text that is still being written; empty
        for nothing. Takes milliseconds."""
        return self._checker.listed(text) if self._checker else ""

    def judged(self, prompt: str, negative: str) -> UsedWords:
        words = {"prompt": prompt, "prompt2": negative}
        # Each is a request of its own: none came before it, and none will replace it.
        change = self._policy.checked({**words}, _NOTHING, PromptRequest(ticket=0))
        used = UsedWords(str(change.fields["prompt"]), str(change.fields["prompt2"]), change.remark)
        if not used.prompt:
            raise RefusedError("prompt is empty")
        return used


def _checker(settings: PrimarySettings) -> Checker | None:
    """2 MB that a service without checks does not need."""
    if not (settings.safety or settings.translation):
        return None
    from lib.prompts.checker import open_checker  # noqa: PLC0415 - see above

    return open_checker(settings)
