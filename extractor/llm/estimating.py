"""A client that asks no model and counts what would be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel

from extractor.llm.asking import count_tokens
from extractor.llm.base import Message
from extractor.llm.client import About
from extractor.llm.pricing import add
from extractor.llm.remembered import ask_key, choose_key
from extractor.record import Usage
from extractor.store import Store

M = TypeVar("M", bound=BaseModel)


class Estimate:
    """Takes every answer to be empty and every choice to be open. Answers that are kept cost nothing.

    `least` is what the questions alone would use, `most` that with answers as long as they may be; re-asks,
    halved chunks and failed attempts, which nobody can foresee, are in neither.

    Args:
        about: the model.
        store: where answers are kept, if anywhere.
    """

    def __init__(self, about: About, store: Store | None = None) -> None:
        self.model, self.context_tokens = about.model, about.context_tokens
        self._pricing, self._store = about.pricing, store
        self.least, self.most = Usage(), Usage()

    def count_tokens(self, text: str) -> int:
        """As for the model itself."""
        return count_tokens(text)

    async def ask(
        self,
        messages: Sequence[Message],
        answer: type[M],
        *,
        max_tokens: int,
        usage: Usage,
        warnings: list[str] | None = None,
    ) -> M:
        """An answer without content, for nothing."""
        self._count(ask_key(self.model, messages, answer, max_tokens), messages, max_tokens)
        return answer.model_construct()

    async def choose(
        self, messages: Sequence[Message], choices: Sequence[str], *, usage: Usage
    ) -> dict[str, float]:
        """Each choice as likely as the others, for nothing."""
        self._count(choose_key(self.model, messages, choices), messages, 1)
        return dict.fromkeys(choices, 1 / len(choices))

    def _count(self, key: bytes, messages: Sequence[Message], answer_tokens: int) -> None:
        if self._store is not None and self._store.answer(key) is not None:
            return
        prompt = sum(count_tokens(m["content"]) for m in messages)
        add(self.least, self._pricing.usage(prompt, 0))
        add(self.most, self._pricing.usage(prompt, answer_tokens))
