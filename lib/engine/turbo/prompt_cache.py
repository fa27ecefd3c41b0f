"""Keeps encoded prompts, and encodes new ones on a thread of its own.

While a new prompt is encoded, the frames go on with the one they had; only the very first prompt
is waited for. So a new prompt costs no frame any time, and the same frame with the same parameters
gives the same picture as soon as its prompt is encoded.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from lib.config.params import Weighted
from lib.engine.engine import EngineError
from lib.engine.turbo.memory import on_gpu

log = logging.getLogger(__name__)

REMEMBERED = 256  # prompts; 160 kB each for SD-Turbo in half precision
CLOSE_S = 0.5  # for the prompt that is being encoded
WAITING = 16  # newer ones go first; what more than these wait were typed too fast to be meant


class EncodedPrompt(NamedTuple):
    """The embeddings of one text, as cross-attention takes them."""

    hidden: Tensor  # 1 x 77 x width
    pooled: Tensor | None  # 1 x width; an XL model wants the whole text in one vector too


class EncodedMix(NamedTuple):
    """Several texts mixed in proportion; `key` tells two mixes apart without comparing tensors."""

    key: Weighted
    encoded: EncodedPrompt


class PromptCache:
    """Called by the engine's thread; encodes on a thread of its own."""

    def __init__(self, encode: Callable[[str], EncodedPrompt], device: torch.device) -> None:
        self._encode = encode
        self._stream = torch.cuda.Stream(device) if on_gpu(device) else None
        self._known: OrderedDict[str, EncodedPrompt] = OrderedDict()
        self._failed: OrderedDict[str, str] = OrderedDict()
        self._wanted: list[str] = []  # the newest last
        self._change = threading.Condition()
        self._last: EncodedMix | None = None
        self._quit = False
        self.encoded_count = 0
        self._thread = threading.Thread(target=self._run, name="PromptCache", daemon=True)
        self._thread.start()

    def get(self, prompts: Weighted) -> EncodedMix:
        """The mix to use now: of these prompts, those that are encoded already."""
        with self._change:
            found = self._find(prompts)
            if not found and self._last is None:
                self._wait_for([text for text, _ in prompts])
                found = self._find(prompts)
            if not found:
                if self._last is None:
                    raise EngineError("; ".join(self._failed.values()) or "no prompt was read")
                return self._last
            for _, _, encoded in found:
                self._keep_for_stream(encoded)
            self._last = _mix(found)
            return self._last

    def settle(self, prompts: Weighted, timeout_s: float = 60) -> bool:
        """Wait until all of them are encoded: for stills, and for a show that starts with them."""
        with self._change:
            self._find(prompts)
            self._wait_for([text for text, _ in prompts], timeout_s)
            return all(text in self._known for text, _ in prompts)

    def forget(self) -> None:
        """Make the next prompt be waited for, as the first was."""
        with self._change:
            self._last = None

    def close(self) -> None:
        with self._change:
            self._quit = True
            self._change.notify_all()
        self._thread.join(CLOSE_S)

    @property
    def is_busy(self) -> bool:
        """Whether its thread is at work; after `close`, whether it could not be ended."""
        return self._thread.is_alive()

    def _find(self, prompts: Weighted) -> list[tuple[str, float, EncodedPrompt]]:
        """Those that are encoded; the others are queued."""
        found = []
        for text, weight in prompts:
            encoded = self._known.get(text)
            if encoded is not None:
                self._known.move_to_end(text)
                if weight > 0:
                    found.append((text, weight, encoded))
            elif text not in self._failed and text not in self._wanted:
                self._wanted = [*self._wanted, text][-WAITING:]
                self._change.notify_all()
        return found

    def _keep_for_stream(self, encoded: EncodedPrompt) -> None:
        """Keep its memory from being reused before the stream that reads it now is done with it."""
        if self._stream is not None:
            for one in (encoded.hidden, encoded.pooled):
                if one is not None:
                    one.record_stream(torch.cuda.current_stream(one.device))

    def _wait_for(self, texts: list[str], timeout_s: float = 60) -> None:
        self._change.wait_for(
            lambda: self._quit or not any(text in self._wanted for text in texts), timeout_s
        )

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._quit or self._wanted)
                if self._quit:
                    return
                text = self._wanted[-1]
            encoded = self._encoded(text)
            with self._change:
                if encoded is not None:
                    self._known[text] = encoded
                    if len(self._known) > REMEMBERED:
                        self._known.popitem(last=False)
                if text in self._wanted:
                    self._wanted.remove(text)
                self._change.notify_all()

    def _encoded(self, text: str) -> EncodedPrompt | None:
        """None when it cannot be encoded: frames stay with the prompt they had."""
        self.encoded_count += 1
        try:
            with torch.no_grad(), torch.cuda.stream(self._stream):
                encoded = self._encode(text)
            if self._stream is not None:
                self._stream.synchronize()  # before another stream sees it
        except Exception as error:  # noqa: BLE001 - no text may end this thread
            reason = f"the prompt {text[:60]!r} cannot be read: {error}"
            log.warning("%s", reason)
            with self._change:
                self._failed[text] = reason
                if len(self._failed) > WAITING:  # a later try may succeed
                    self._failed.popitem(last=False)
            return None
        return encoded


def _mix(found: list[tuple[str, float, EncodedPrompt]]) -> EncodedMix:
    """Mix in proportion; a single text keeps its very embedding, without rounding."""
    total = sum(weight for _, weight, _ in found)
    key = tuple((text, weight / total) for text, weight, _ in found)
    if len(found) == 1:
        return EncodedMix(key, found[0][2])
    all_encoded = [encoded for _, _, encoded in found]
    hidden = _sum([encoded.hidden for encoded in all_encoded], [weight for _, weight in key])
    pooled = None
    if all_encoded[0].pooled is not None:
        parts = [encoded.pooled for encoded in all_encoded if encoded.pooled is not None]
        pooled = _sum(parts, [weight for _, weight in key])
    return EncodedMix(key, EncodedPrompt(hidden, pooled))


def _sum(parts: list[Tensor], weights: list[float]) -> Tensor:
    made = parts[0].float() * weights[0]
    for part, weight in zip(parts[1:], weights[1:], strict=True):
        made = made + part.float() * weight
    return made.to(parts[0].dtype)
