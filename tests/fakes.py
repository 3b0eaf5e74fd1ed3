"""Scripted stand-ins for tests. Nothing here was recorded from a model."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from extractor.record import Usage
from extractor.transcript import Side, Transcript, Turn

M = TypeVar("M", bound=BaseModel)
Answer = Mapping[str, Any] | Exception | Callable[[str], Mapping[str, Any]]


def call(*turns: tuple[str, str], **values: Any) -> Transcript:
    """A transcript of ("buyer"|"seller"|"", text) turns; the buyer is Tom Okafor, the seller Priya Nair."""
    names: dict[str, str] = {"buyer": "Tom Okafor", "seller": "Priya Nair"}
    sides: dict[str, Side] = {"buyer": "buyer", "seller": "seller"}
    return Transcript(
        turns=tuple(Turn(speaker=names.get(who), side=sides.get(who), text=text) for who, text in turns),
        **values,
    )


def text_of(messages: Sequence[Mapping[str, Any]]) -> str:
    """All that a model would read."""
    return "\n".join(m["content"] for m in messages)


@dataclass(frozen=True)
class Asked:
    """One question that a fake was asked."""

    messages: Sequence[Mapping[str, Any]]
    model: type[BaseModel] | None
    max_tokens: int | None


class FakeClient:
    """Answers from a queue: a dict is validated as the model asked for, an exception is raised.

    A function gets the text of the question and returns the dict. `choose` takes probabilities by choice.
    An empty queue is an error.
    """

    model = "fake/scripted"

    def __init__(self, *answers: Answer, context_tokens: int = 8192) -> None:
        self.answers = deque(answers)
        self.context_tokens = context_tokens
        self.asked: list[Asked] = []

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def ask(
        self,
        messages: Sequence[Mapping[str, Any]],
        answer: type[M],
        *,
        max_tokens: int,
        usage: Usage,
        warnings: list[str] | None = None,
    ) -> M:
        self.asked.append(Asked(messages, answer, max_tokens))
        usage.llm_calls += 1
        return answer.model_validate(self._next(messages))

    async def choose(
        self, messages: Sequence[Mapping[str, Any]], choices: Sequence[str], *, usage: Usage
    ) -> dict[str, float]:
        self.asked.append(Asked(messages, None, None))
        usage.llm_calls += 1
        said = self._next(messages)
        return {choice: float(said.get(choice, 0)) for choice in choices}

    async def aclose(self) -> None:
        pass

    def _next(self, messages: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        answer = self.answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer(text_of(messages)) if callable(answer) else answer
