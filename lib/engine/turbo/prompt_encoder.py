"""Encodes one prompt with the model's own tokenizers and text encoders."""

from __future__ import annotations

import logging
import re
from typing import Any

import torch
from torch import Tensor

from lib.engine.turbo.library_logs import libraries_muted
from lib.engine.turbo.models import Models, TextEncoder
from lib.engine.turbo.prompt_cache import EncodedPrompt

log = logging.getLogger(__name__)

# compel's marks: (words)1.3, word++, (words)--, ("a", "b").blend(0.3, 0.7). All else is plain text
# and is read as diffusers reads it.
_MARKS = re.compile(r"\)\s*(\d*\.?\d+|[+-]+|\.\w+\()|\w(\+|--)+(?=[\s,.;)]|$)|\"\s*(\+|--)")


class PromptEncoder:
    """Called by the prompt cache's thread alone, after `unconditional` has been asked for once."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._weighting = self._make_compels()
        self._tokens = models.text_encoders[0].tokenizer.model_max_length

    def encode(self, text: str) -> EncodedPrompt:
        if _MARKS.search(text):
            try:
                return self._weighted(text)
            except Exception as error:  # noqa: BLE001 - a parser may fail in any way on free text
                reason = (str(error).splitlines() or ["no reason given"])[0][:200]
                log.warning("the weights in %r are not used: %s", text[:60], reason)
        return self._plain(text)

    def unconditional(self) -> EncodedPrompt:
        """The embedding of no prompt, which guidance leads away from."""
        encoded = self._plain("")
        if not self._models.zeros_for_empty_prompt:
            return encoded
        pooled = None if encoded.pooled is None else torch.zeros_like(encoded.pooled)
        return EncodedPrompt(torch.zeros_like(encoded.hidden), pooled)

    def _plain(self, text: str) -> EncodedPrompt:
        xl = self._models.xl
        hidden: list[Tensor] = []
        pooled = None
        for one in self._models.text_encoders:
            made = one.encoder(self._ids(one, text), output_hidden_states=xl)
            hidden.append(made.hidden_states[-2] if xl else made[0])
            pooled = made[0] if xl and made[0].ndim == 2 else pooled
        return EncodedPrompt(torch.cat(hidden, -1), pooled)

    def _ids(self, one: TextEncoder, text: str) -> Tensor:
        ids: Tensor = one.tokenizer(
            text,
            padding="max_length",
            max_length=one.tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        ).input_ids
        return ids.to(self._models.device)

    def _make_compels(self) -> list[Any]:
        with libraries_muted():
            from compel import Compel, ReturnedEmbeddingsType  # noqa: PLC0415 - seconds to load

        kinds = ReturnedEmbeddingsType
        last = kinds.LAST_HIDDEN_STATES_NORMALIZED
        kind = kinds.PENULTIMATE_HIDDEN_STATES_NON_NORMALIZED if self._models.xl else last
        return [
            Compel(one.tokenizer, one.encoder, returned_embeddings_type=kind)
            for one in self._models.text_encoders
        ]

    def _weighted(self, text: str) -> EncodedPrompt:
        hidden = torch.cat([compel(text) for compel in self._weighting], -1)
        if hidden.shape[1] != self._tokens:
            raise ValueError(f"more than {self._tokens} tokens at once")
        if not bool(torch.isfinite(hidden).all()):
            raise ValueError("they are too large")
        return EncodedPrompt(hidden, self._plain(text).pooled)
