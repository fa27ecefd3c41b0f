"""The one entrance for every door: requests are checked, played, recorded and announced here."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from lib.config.controls import PROMPTS, RefusedError, Value, allowed, fields_of
from lib.config.data_folder import find_in
from lib.config.params import Played
from lib.config.settings import PrimarySettings
from lib.control.history import NOBODY, History, Values
from lib.control.journal import CUE, Entry, Journal, Origin, as_asked
from lib.control.notices import DAY_S, Notices
from lib.control.played_state import PlayedState
from lib.control.store import Store
from lib.core.geometry import parse_size
from lib.prompts.policy import (
    CheckedChange,
    Checker,
    PromptPolicy,
    PromptRequest,
    RestoredWords,
    Verdict,
    words_of,
)

FILE = "played.json"
LONGEST_GLIDE_MS = 600_000
MOST_TRIES = 3  # of an undo while others change the same words
NOTHING = {"undo": "there is nothing to undo", "redo": "there is nothing to redo"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ChangeRequest:
    """A requested change: its origin, its name in the journal, and how it is to be made."""

    by: Origin
    action: str
    prompts: PromptRequest
    glide_ms: int | None = None


class Session:
    """Any thread may play. Entries are announced in the order of their numbers."""

    def __init__(
        self,
        played_state: PlayedState,
        store: Store,
        notices: Notices,
        settings: PrimarySettings,
        checker: Checker | None = None,
    ) -> None:
        self._played_state, self._store, self._notices = played_state, store, notices
        self._data_dir = settings.data_dir
        self._max_prompt, self._max_side = settings.max_prompt, settings.max_side
        self._policy = PromptPolicy(checker, settings.safety)
        # Also held while listeners are called: a listener may call the session, but must not wait.
        self._lock = threading.RLock()
        self._journal = Journal(store)
        self._history = History()
        for entry in self._journal.entries:
            self._history.note(entry)
        self._told: list[Callable[[Entry], None]] = []
        self._tickets = 0
        self._load()

    @property
    def played(self) -> Played:
        return self._played_state.played

    @property
    def number(self) -> int:
        return self._played_state.number

    @property
    def entries(self) -> Sequence[Entry]:
        """The latest entries, the oldest first."""
        return self._journal.entries

    @property
    def checks_prompts(self) -> bool:
        """Whether playing a prompt may take seconds."""
        return self._policy.may_wait

    def may_take_long(self, change: Iterable[str]) -> bool:
        """Whether playing values of these names may take seconds."""
        return self._policy.may_wait and not PROMPTS.isdisjoint(change)

    def step_may_take_long(self, action: str) -> bool:
        """Whether an undo or redo, as `action` says, would bring words back that are checked."""
        with self._lock:
            return self._policy.may_wait and bool(words_of(self._next_step(action)))

    def listen(self, told: Callable[[Entry], None]) -> Callable[[], None]:
        """Call `told` with each entry, on the thread that caused it; it must return at once."""
        with self._lock:
            self._told = [*self._told, told]

        def unlisten() -> None:
            with self._lock:
                self._told = [one for one in self._told if one is not told]

        return unlisten

    def play(
        self,
        change: Mapping[str, object],
        by: Origin,
        *,
        glide_ms: int | None = None,
        override: bool = False,
        action: str = "change",
    ) -> Entry:
        """Play the whole change or, with a RefusedError, nothing of it. It waits only while a
        prompt is checked."""
        request = PromptRequest(self._ticket(), override)
        return self._play(change, ChangeRequest(by, action, request, glide_ms))

    def play_saved(
        self, change: Mapping[str, object], by: Origin, glide_ms: int | None, action: str
    ) -> Entry:
        """Play the values of a preset. A cue has no operator who could react: if a cue sets the
        wall to black and the check of its prompt fails, the wall goes black all the same and only
        the prompt stays as it was."""
        partly = by.door == CUE
        request = PromptRequest(self._ticket(), saved=True, partly=partly)
        return self._play(change, ChangeRequest(by, action, request, glide_ms))

    def undo(self, by: Origin) -> Entry:
        """Revert the last change that still stands, no matter who made it. Words that are refused
        by now stay away, and the next undo goes past them."""
        return self._step(by, "undo")

    def redo(self, by: Origin) -> Entry:
        return self._step(by, "redo")

    def note(
        self,
        by: Origin,
        action: str,
        *,
        change: Mapping[str, Value] | None = None,
        refused: str = "",
    ) -> Entry:
        """Record and announce a request that did not change what is played."""
        with self._lock:
            entry = Entry(
                self.number, time.time(), *by, action, dict(change or {}), refused=refused
            )
            return self._tell(entry)

    def _play(self, change: Mapping[str, object], asked: ChangeRequest) -> Entry:
        try:
            fields = fields_of(change)
            _check_glide(asked.glide_ms)
            self._check_bounds(fields)
            self._check_folder(fields, asked)
            checked = self._policy.checked(fields, self.played, asked.prompts)
        except RefusedError as refusal:
            self.note(asked.by, asked.action, change=as_asked(change), refused=str(refusal))
            raise
        return self._apply(checked, asked)

    def _check_bounds(self, fields: dict[str, Value]) -> None:
        """Check the limits of this show's settings, which are tighter than the table's."""
        for name in ("prompt", "prompt2"):
            length = len(str(fields.get(name, "")))
            if length > self._max_prompt:
                reason = f"{name} must be at most {self._max_prompt} characters, not {length}"
                raise RefusedError(reason)
        size = fields.get("resolution")
        if size is not None and max(parse_size(str(size))) > self._max_side:
            raise RefusedError(f"resolution may have {self._max_side} a side here, not {size}")

    def _check_folder(self, fields: dict[str, Value], asked: ChangeRequest) -> None:
        """Refuse a missing folder to the client that asks for it. If a cue names one, the stream
        warns of it and plays on."""
        name = fields.get("directory")
        if not name or asked.prompts.partly:
            return
        try:
            find_in(self._data_dir, str(name))
        except ValueError as error:
            raise RefusedError(str(error)) from error

    def _ticket(self) -> int:
        with self._lock:
            self._tickets += 1
            return self._tickets

    def _next_step(self, action: str) -> Values:
        if action == "redo":
            return self._history.redo()
        return self._history.undo(self.played.model_dump())

    def _step(self, by: Origin, action: str) -> Entry:
        """Words are checked without the lock. Where others change the same words meanwhile, it
        begins again with what is to be set now."""
        verdicts: dict[str, Verdict] = {}
        for _ in range(MOST_TRIES):
            with self._lock:
                change = self._next_step(action)
                texts = self._policy.to_check(change, self.played) - verdicts.keys()
                if not texts:
                    return self._take_step(change, verdicts, by, action)
            verdicts |= self._policy.check_again(texts)
        return self._refuse(by, action, {}, "others change the same words; try again")

    def _take_step(
        self, change: Values, verdicts: Mapping[str, Verdict], by: Origin, action: str
    ) -> Entry:
        if not change:
            return self._refuse(by, action, {}, NOTHING[action])
        checked = self._policy.step(change, self.played, verdicts)
        refused = {name: value for name, value in change.items() if name not in checked.fields}
        if action == "redo":
            self._history.leave_out_of_redo(refused)
        else:
            self._history.leave_out(refused, self.played.model_dump())
        if not checked.fields:
            return self._refuse(by, action, refused, checked.remark)
        return self._apply(checked, ChangeRequest(by, action, PromptRequest(self._ticket())))

    def _refuse(self, by: Origin, action: str, change: Values, why: str) -> NoReturn:
        self.note(by, action, change=as_asked(change), refused=why)
        raise RefusedError(why)

    def _apply(self, checked: CheckedChange, asked: ChangeRequest) -> Entry:
        """The only way from a door to what is played."""
        by, action = asked.by, asked.action
        with self._lock:
            try:
                admitted = self._policy.admitted(checked, self.played, asked.prompts)
            except RefusedError as refusal:
                self.note(by, action, change=as_asked(checked.fields), refused=str(refusal))
                raise
            fields, remark = admitted.fields, admitted.remark
            moved = self._played_state.change(fields, asked.glide_ms)
            change = {name: getattr(moved.after, name) for name in fields}
            before = {name: getattr(moved.before, name) for name in fields}
            entry = Entry(moved.number, time.time(), *by, action, change, before, remark=remark)
            self._keep()
            self._tell(entry)
        return entry

    # --- what an earlier process played

    def adopt(self, number: int, played: Played) -> bool:
        """Take over a newer state from the stream, and announce it like any change; False if it is
        not newer."""
        if number <= self.number:
            return False
        words = self._policy.restored(played, self._policy.approvals(played))
        with self._lock:
            moved = self._played_state.adopt(number, played, words.instead)
            if moved is None:
                return False
            self._policy.approve(words.approved)
            before, after = moved.before.model_dump(), moved.after.model_dump()
            changed = [name for name, value in after.items() if before[name] != value]
            self._keep()
            self._tell(
                Entry(
                    moved.number,
                    time.time(),
                    NOBODY,
                    "",
                    "taken over",
                    {name: after[name] for name in changed},
                    {name: before[name] for name in changed},
                )
            )
        self._look_after(words, played)
        return True

    def _keep(self) -> None:
        first = self._played_state.first.model_dump()
        changed = {n: v for n, v in self.played.model_dump().items() if first[n] != v}
        document: dict[str, object] = {"number": self.number, "changed": changed}
        if approvals := self._policy.approvals(self.played):
            document["words"] = approvals
        self._store.put(FILE, document)

    def _load(self) -> None:
        """Restore what was played when the last show ended, as far as it is still allowed."""
        number, fields, approvals = self._kept()
        played = self._played_state.first.model_copy(update=fields)
        words = self._policy.restored(played, approvals)
        self._policy.approve(words.approved)
        self._played_state.adopt(number, played, words.instead)
        if words.instead:
            self._keep()
        self._look_after(words, played)

    def _kept(self) -> tuple[int, Values, dict[str, str]]:
        """The number, the controls, and what let their words through."""
        document = self._store.read(FILE)
        if document is None:
            return 0, {}, {}
        document = document if isinstance(document, dict) else {}
        number, changed, words = (document.get(name) for name in ("number", "changed", "words"))
        if not isinstance(number, int) or not 0 <= number < 2**53 or not isinstance(changed, dict):
            self._store.set_aside(FILE, "it does not say what was played")
            return 0, {}, {}
        lost: list[str] = []
        fields = allowed(changed, lost.append)
        if lost:
            text = f"of what was played before, this was dropped: {'; '.join(lost)}"
            self._notices.say("played", text, DAY_S)
        return number, fields, words if isinstance(words, dict) else {}

    def _look_after(self, words: RestoredWords, played: Played) -> None:
        """Say which words of an earlier process do not play on, and let the endpoint judge those
        that it has not seen."""
        for name, why in words.refusals.items():
            self._say_refused(name, getattr(played, name), why)
        if words.unjudged:
            threading.Thread(
                target=self._judge, args=(words.unjudged,), name="Words", daemon=True
            ).start()

    def _judge(self, words: Mapping[str, str]) -> None:
        for name, text in words.items():
            checked = self._policy.judged(name, text)
            with self._lock:
                if getattr(self.played, name) != text:
                    continue
                self._policy.approve({each: (text, by) for each, by in checked.by.items()})
                if checked.fields:
                    request = PromptRequest(self._ticket())
                    self._apply(checked, ChangeRequest(Origin(NOBODY), "replaced", request))
                    self._say_refused(name, text, checked.remark)
                else:
                    self._keep()

    def _say_refused(self, name: str, text: str, why: str) -> None:
        sentence = f"{name} does not play on from before: {why}"
        self._notices.say(f"restored {name}", sentence, DAY_S)
        self.note(Origin(NOBODY), "restored", change=as_asked({name: text}), refused=sentence)

    def _tell(self, entry: Entry) -> Entry:
        entry = self._journal.add(entry)
        self._history.note(entry)
        for told in self._told:
            try:
                told(entry)
            except Exception:  # a listener's failure must not undo or hide the change
                log.exception("a listener failed")
        return entry


def _check_glide(glide_ms: int | None) -> None:
    if glide_ms is not None and not 0 <= glide_ms <= LONGEST_GLIDE_MS:
        raise RefusedError(f"a glide takes 0 to {LONGEST_GLIDE_MS} ms")
