"""The chat for a person: completion, history, a line at the bottom that shows how things are."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style

from lib.chat.commands import FIRST_LINE, Chat, QuitChat
from lib.chat.completion import suggestions
from lib.chat.host import UnreachableError
from lib.chat.host_poller import HostPoller, HostState
from lib.chat.input_history import InputHistory
from lib.config.controls import RefusedError

STYLE = Style.from_dict(
    {
        "bottom-toolbar": "noreverse bg:#202020 #c0c0c0",
        "bottom-toolbar.text": "",
        "warning": "bg:#604000 #ffffff",
        "away": "bg:#700000 #ffffff",
    }
)
MOST_WARNINGS = 3


class _LineCompleter(Completer):
    def __init__(self, keyboard: Keyboard) -> None:
        self._keyboard = keyboard

    def get_completions(self, document: Document, _: CompleteEvent) -> Iterable[Completion]:
        for one in suggestions(document.text_before_cursor, self._keyboard.poller.state.presets):
            yield Completion(one.text, -one.replaces, display_meta=one.about)


class _StoredHistory(History):
    """In place of prompt_toolkit's file, which others can read and which grows without end."""

    def __init__(self, stored: InputHistory) -> None:
        super().__init__()
        self._stored = stored

    def load_history_strings(self) -> Iterator[str]:
        yield from reversed(self._stored.lines())

    def store_string(self, string: str) -> None:
        self._stored.add(string)


class Keyboard:
    """Reads lines until somebody leaves."""

    def __init__(
        self,
        chat: Chat,
        stored: InputHistory,
        source: Input | None = None,
        screen: Output | None = None,
    ) -> None:
        self._chat = chat
        self._session: PromptSession[str] = PromptSession(
            "> ",
            history=_StoredHistory(stored),
            completer=_LineCompleter(self),
            complete_while_typing=True,
            complete_style=CompleteStyle.COLUMN,
            auto_suggest=AutoSuggestFromHistory(),
            bottom_toolbar=lambda: toolbar(self.poller.state),
            style=STYLE,
            input=source,
            output=screen,
        )
        self.poller = HostPoller(chat, self._say, self._session.app.invalidate)
        chat.say = self._say

    def run(self) -> None:
        self.poller.start()
        try:
            with patch_stdout():
                self._say(FIRST_LINE)
                while self._line():
                    pass
        except QuitChat:
            pass
        finally:
            self.poller.stop()

    def _line(self) -> bool:
        """Do what was typed; False when nothing more comes."""
        try:
            typed = self._session.prompt()
            for line in typed.splitlines():  # what was pasted may be several
                if line.strip():
                    self._say(self._answer(line))
        except (EOFError, KeyboardInterrupt):
            return False
        return True

    def _answer(self, line: str) -> str:
        try:
            return self._chat.do(line)
        except (RefusedError, UnreachableError) as error:
            return str(error)

    @staticmethod
    def _say(text: str) -> None:
        """Above the line that is being typed, from any thread."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def toolbar(state: HostState) -> StyleAndTextTuples:
    """The bottom: figures and prompt, and a line for each of the first warnings."""
    if state.away:
        return [("class:away", f" {state.away}; tried again every second ")]
    parts: StyleAndTextTuples = [("", f" {state.figures} | {state.prompt} ")]
    if state.cues:
        parts.append(("", f"| {state.cues} "))
    if state.wall:
        parts += [("", "\n"), ("class:warning", f" on the wall: {state.wall} ")]
    for warning in state.warnings[:MOST_WARNINGS]:
        parts += [("", "\n"), ("class:warning", f" {warning} ")]
    if len(state.warnings) > MOST_WARNINGS:
        parts.append(("class:warning", f" and {len(state.warnings) - MOST_WARNINGS} more "))
    return parts
