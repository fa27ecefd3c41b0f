"""The one entrance for every door: requests are checked, played, recorded and announced here."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

from lib.config.controls import PROMPTS, RefusedError, Value, fields_of
from lib.config.params import Played
from lib.config.settings import PrimarySettings
from lib.control import played_file
from lib.control.change_rules import STAYS_OFF, ChangeRequest, ChangeRules, exposes, unexposing
from lib.control.history import NOBODY, History, Step
from lib.control.journal import CUE, Entry, Journal, Origin, as_asked
from lib.control.notices import DAY_S, Notices
from lib.control.played_state import PlayedState
from lib.control.preset_store import PresetStore, Saved, Values
from lib.control.store import Store
from lib.prompts.policy import (
    CheckedChange,
    Checker,
    PromptPolicy,
    PromptRequest,
    RestoredWords,
    Verdict,
    words_of,
)

MOST_TRIES = 3  # of an undo while others change the same words
NOTHING = {"undo": "there is nothing to undo", "redo": "there is nothing to redo"}

log = logging.getLogger(__name__)


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
        self.presets = PresetStore(store, notices)
        self._rules = ChangeRules(settings)
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
    def first(self) -> Played:
        """What the settings of the start say."""
        return self._played_state.first

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
            return self._policy.may_wait and bool(words_of(self._next_step(action).fields))

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
        sure: bool = False,
    ) -> Entry:
        """Play the whole change or, with a RefusedError, nothing of it. It waits only while a
        prompt is checked. `sure`: what exposes was confirmed already."""
        request = PromptRequest(self._ticket(), override)
        return self._play(change, ChangeRequest(by, "change", request, glide_ms, sure))

    def play_saved(
        self,
        change: Mapping[str, Value],
        by: Origin,
        glide_ms: int | None,
        action: str,
        partly: bool = False,
    ) -> Entry:
        """Play the values of a preset; never the source itself. With `partly`, and for a cue, which
        has no operator who could react, a prompt whose check fails stays as it was, and the rest is
        played: the wall goes black all the same."""
        fields = unexposing(change)
        remark = STAYS_OFF if exposes(change, self.played) else ""
        if not fields:
            return self._refuse(by, action, change, remark)
        partly = partly or by.door == CUE
        request = PromptRequest(self._ticket(), saved=True, partly=partly)
        return self._play(fields, ChangeRequest(by, action, request, glide_ms), remark)

    def change_presets(self, change: Callable[[], Saved], by: Origin, action: str) -> Entry:
        """Save, replace, rename or delete presets, as one step for undo."""
        with self._lock:
            try:
                saved = change()
                before = self.presets.put(saved)
            except RefusedError as refusal:
                self.note(by, action, refused=str(refusal))
                raise
            entry = Entry(self.number, time.time(), *by, action)
            return self._tell(replace(entry, saved=dict(saved), saved_before=before))

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

    def _play(self, change: Mapping[str, object], asked: ChangeRequest, remark: str = "") -> Entry:
        try:
            fields = fields_of(change)
            self._rules.check(fields, self.played, asked)
            checked = self._policy.checked(fields, self.played, asked.prompts)
        except RefusedError as refusal:
            self.note(asked.by, asked.action, change=as_asked(change), refused=str(refusal))
            raise
        if remark:
            checked = replace(checked, remark="; ".join(filter(None, (checked.remark, remark))))
        return self._apply(checked, asked)

    def _ticket(self) -> int:
        with self._lock:
            self._tickets += 1
            return self._tickets

    def _next_step(self, action: str) -> Step:
        if action == "redo":
            return self._history.redo()
        return self._history.undo(self.played.model_dump(), self.presets.all)

    def _step(self, by: Origin, action: str) -> Entry:
        """Words are checked without the lock. Where others change the same words meanwhile, it
        begins again with what is to be set now."""
        verdicts: dict[str, Verdict] = {}
        for _ in range(MOST_TRIES):
            with self._lock:
                step = self._next_step(action)
                if step.saved:
                    return self._take_back(step.saved, by, action)
                change = step.fields
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

    def _take_back(self, saved: Saved, by: Origin, action: str) -> Entry:
        """Of a step that changed presets."""
        try:
            before = self.presets.put(saved)
        except RefusedError as refusal:
            self._refuse(by, action, {}, str(refusal))
        entry = Entry(self.number, time.time(), *by, action)
        return self._tell(replace(entry, saved=saved, saved_before=before))

    def _refuse(self, by: Origin, action: str, change: Mapping[str, Value], why: str) -> NoReturn:
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
        approvals = self._policy.approvals(self.played)
        played_file.keep(self._store, self.number, self.first, self.played, approvals)

    def _load(self) -> None:
        """Restore what was played when the last show ended, as far as it is still allowed."""
        kept = played_file.kept(self._store, self._notices)
        played = self.first.model_copy(update=kept.fields)
        words = self._policy.restored(played, kept.approvals)
        self._policy.approve(words.approved)
        self._played_state.adopt(kept.number, played, words.instead)
        if words.instead:
            self._keep()
        self._look_after(words, played)

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
