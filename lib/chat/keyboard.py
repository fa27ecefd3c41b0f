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

from lib.chat.commands import Chat, Leave
from lib.chat.completion import ways
from lib.chat.host import AwayError
from lib.chat.past import Past
from lib.chat.watch import Seen, Watch
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


class _Ways(Completer):
    def __init__(self, keyboard: Keyboard) -> None:
        self._keyboard = keyboard

    def get_completions(self, document: Document, _: CompleteEvent) -> Iterable[Completion]:
        for way in ways(document.text_before_cursor, self._keyboard.watch.seen.presets):
            yield Completion(way.text, -way.replaces, display_meta=way.about)


class _Kept(History):
    """Prompt_toolkit's own file is open to others and grows without end."""

    def __init__(self, past: Past) -> None:
        super().__init__()
        self._past = past

    def load_history_strings(self) -> Iterator[str]:
        yield from reversed(self._past.lines())

    def store_string(self, string: str) -> None:
        self._past.add(string)


class Keyboard:
    """Reads lines until somebody leaves."""

    def __init__(
        self, chat: Chat, past: Past, source: Input | None = None, screen: Output | None = None
    ) -> None:
        self._chat = chat
        self._session: PromptSession[str] = PromptSession(
            "> ",
            history=_Kept(past),
            completer=_Ways(self),
            complete_while_typing=True,
            complete_style=CompleteStyle.COLUMN,
            auto_suggest=AutoSuggestFromHistory(),
            bottom_toolbar=lambda: toolbar(self.watch.seen),
            style=STYLE,
            input=source,
            output=screen,
        )
        self.watch = Watch(chat, self._say, self._session.app.invalidate)

    def run(self) -> None:
        self.watch.start()
        try:
            with patch_stdout():
                while self._line():
                    pass
        except Leave:
            pass
        finally:
            self.watch.stop()

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
        except (RefusedError, AwayError) as error:
            return str(error)

    @staticmethod
    def _say(text: str) -> None:
        """Above the line that is being typed, from any thread."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def toolbar(seen: Seen) -> StyleAndTextTuples:
    """The bottom: figures and prompt, and a line for each of the first warnings."""
    if seen.away:
        return [("class:away", f" {seen.away}; tried again every second ")]
    parts: StyleAndTextTuples = [("", f" {seen.figures} | {seen.prompt} ")]
    for warning in seen.warnings[:MOST_WARNINGS]:
        parts += [("", "\n"), ("class:warning", f" {warning} ")]
    if len(seen.warnings) > MOST_WARNINGS:
        parts.append(("class:warning", f" and {len(seen.warnings) - MOST_WARNINGS} more "))
    return parts
