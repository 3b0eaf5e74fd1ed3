"""A client that notes what it sends for a call, and never pays twice for one answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from extractor.llm.answers import schema_of
from extractor.llm.asking import SEED, TEMPERATURE
from extractor.llm.base import Client, Message
from extractor.llm.pricing import add
from extractor.llm.through import Before
from extractor.record import Usage
from extractor.store import Answer, Store

M = TypeVar("M", bound=BaseModel)


class Remembered(Before):
    """What stands between a call and the client while the call is read.

    Args:
        client: asked where the store has no answer.
        store: where questions and answers are kept.
        call_id: the call that they are of.
    """

    def __init__(self, client: Client, store: Store, call_id: str) -> None:
        super().__init__(client)
        self._store, self._call_id = store, call_id
        # What the answers that are kept have cost, whenever they were made.
        self.kept = Usage()

    async def ask(
        self,
        messages: Sequence[Message],
        answer: type[M],
        *,
        max_tokens: int,
        usage: Usage,
        warnings: list[str] | None = None,
    ) -> M:
        """As `Client.ask`; an answer that is kept counts in `usage` with what it cost when it was made."""
        key = ask_key(self.model, messages, answer, max_tokens)
        kept = self._kept(key, messages)
        got: M | None = None
        if kept is None:
            spent, said = Usage(), list[str]()
            try:
                got = await self.inside.ask(
                    messages, answer, max_tokens=max_tokens, usage=spent, warnings=said
                )
            except Exception:
                add(usage, spent)
                raise
            kept = self._keep(key, Answer(got.model_dump(mode="json"), tuple(said), spent))
        self._count(kept, usage)
        if warnings is not None:
            warnings += kept.warnings
        return answer.model_validate(kept.value) if got is None else got

    async def choose(
        self, messages: Sequence[Message], choices: Sequence[str], *, usage: Usage
    ) -> dict[str, float]:
        """As `Client.choose`."""
        key = choose_key(self.model, messages, choices)
        kept = self._kept(key, messages)
        if kept is None:
            spent = Usage()
            try:
                chosen = await self.inside.choose(messages, choices, usage=spent)
            except Exception:
                add(usage, spent)
                raise
            kept = self._keep(key, Answer(chosen, (), spent))
        self._count(kept, usage)
        return dict(kept.value)

    def _kept(self, key: bytes, messages: Sequence[Message]) -> Answer | None:
        self._store.asked(self._call_id, key, self.model, messages)
        return self._store.answer(key)

    def _keep(self, key: bytes, answer: Answer) -> Answer:
        self._store.answered(key, answer)
        return answer

    def _count(self, kept: Answer, usage: Usage) -> None:
        add(usage, kept.usage)
        add(self.kept, kept.usage)


def ask_key(model: str, messages: Sequence[Message], answer: type[BaseModel], max_tokens: int) -> bytes:
    """What an answer hangs on, hashed: the model, the messages, the schema, the parameters."""
    return _key(model, messages, schema_of(answer), max_tokens)


def choose_key(model: str, messages: Sequence[Message], choices: Sequence[str]) -> bytes:
    """The same for a choice."""
    return _key(model, messages, list(choices), 1)


def _key(model: str, messages: Sequence[Message], form: Any, max_tokens: int) -> bytes:
    parts = [model, list(messages), form, max_tokens, TEMPERATURE, SEED]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).digest()
