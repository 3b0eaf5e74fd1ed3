"""The client that asks a model, whichever it is.

Three things are kept apart: transport faults (`transport`), re-asking for an answer that doesn't validate,
and salvaging the good items of one that never does (both here, with `answers`).
"""

from __future__ import annotations

import inspect
import json
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import anyio
from pydantic import BaseModel, ValidationError, create_model

from extractor.errors import AnswerTruncated, ModelAnswerInvalid, ModelRefused
from extractor.llm import answers
from extractor.llm.base import Message
from extractor.llm.pool import Limits, Pool, in_my_place
from extractor.llm.pricing import Pricing, add
from extractor.llm.transport import Unsupported, refuse_page, send
from extractor.record import Usage

if TYPE_CHECKING:
    import instructor
    from openai import AsyncOpenAI

REASKS = 2
SEED = 0
TEMPERATURE = 0
_TOP_LOGPROBS = 20
_CHOICE_TOKENS = 64
# English text has four bytes a token and more, numbers and other scripts fewer.
_BYTES_PER_TOKEN = 3

# Instructor logs answers that don't validate, and SDKs log requests at level DEBUG: both quote the call.
logging.getLogger("instructor").setLevel(logging.CRITICAL)
for _sdk in ("openai", "anthropic", "groq"):
    logging.getLogger(_sdk).setLevel(logging.INFO)

# Making one takes as long as a request takes otherwise.
_unchecked = lru_cache(maxsize=32)(answers.unchecked)

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")


class ModelClient:
    """Asks one model. `open_client` makes it.

    Args:
        model: the name that stands in the record: "local/<file stem>" or "provider/name".
        api: the instructor client, with the SDK's own retries off.
        chat: the OpenAI client below it, None where the provider has another API.
        takes_places: whether that one's HTTP client is a `Connection`, which takes the place of a request.
        wire_model: the model's name as the server knows it.
        pricing: where its price is known from.
        context_tokens: how many tokens prompt and answer may have together.
        key_variable: the environment variable that holds its key, for hints.
        concurrency: how many requests may be under way at once.
        limits: how many a minute, and what they may cost.
        timeout: the seconds that an answer may take, to its last byte.
        on_close: called once when the client is closed.
    """

    def __init__(
        self,
        *,
        model: str,
        api: instructor.AsyncInstructor,
        chat: AsyncOpenAI | None,
        takes_places: bool,
        wire_model: str,
        pricing: Pricing,
        context_tokens: int,
        key_variable: str,
        concurrency: int,
        limits: Limits,
        timeout: float,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self.model = model
        self.context_tokens = context_tokens
        self.supports_probabilities = chat is not None
        self._api, self._chat, self._wire_model = api, chat, wire_model
        self._takes_places, self._pricing = takes_places, pricing
        self._key_variable = key_variable
        self.pool = Pool(model, concurrency, limits, pricing)
        self._timeout = timeout
        self._on_close = on_close
        self._settings: dict[str, Any] = {"temperature": TEMPERATURE}
        if chat is not None:
            # Not every SDK takes a seed; the OpenAI API does.
            self._settings["seed"] = SEED
        self._limit_name = "max_tokens"
        self._marked_up = model.startswith("local/")

    def count_tokens(self, text: str) -> int:
        """Return about how many tokens `text` has, rather too many than too few."""
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
        """Ask for an answer, as `Client.ask` says.

        One that doesn't validate is asked for again, at most `REASKS` times, with what was wrong. Of one that
        never does, the good list items are kept; `warnings` gets a line with the number of the others.
        """
        talk = messages
        last: dict[str, Any] | None = None
        for _ in range(1 + REASKS):
            raw, text = await self._structured(talk, answer, max_tokens, usage)
            if raw is None:
                wrong = ["the answer: not a JSON object"]
            else:
                last = raw
                try:
                    return answer.model_validate(raw)
                except ValidationError as error:
                    wrong = answers.problems(error)
            said: list[Message] = [Message(role="assistant", content=text)] if text else []
            talk = [*messages, *said, Message(role="user", content=answers.reask(wrong))]
        kept = answers.salvage(last, answer) if last is not None else None
        if kept is None:
            raise ModelAnswerInvalid(
                f"{self.model}: no valid answer after {1 + REASKS} attempts.",
                "A stronger model may do better.",
            )
        if warnings is not None:
            warnings.append(f"parts of the model's answer that did not validate were dropped: {kept[1]}")
        return kept[0]

    async def choose(
        self, messages: Sequence[Message], choices: Sequence[str], *, usage: Usage
    ) -> dict[str, float]:
        """Return the probability that the model's answer is each of `choices`; they add up to 1.

        The messages must ask for one of these words. A token counts for the choices that begin with it, case
        aside. Where the server tells no probabilities, the model's own choice gets 1 and the others 0.
        """
        if self.supports_probabilities:
            weights = await self._first_token(messages, choices, usage)
            if (total := sum(weights.values())) > 0:
                return {choice: weight / total for choice, weight in weights.items()}
        fields: dict[str, Any] = {"answer": (Literal[tuple(choices)], ...)}
        model = create_model("Choice", **fields)
        answer = await self.ask(messages, model, max_tokens=_CHOICE_TOKENS, usage=usage)
        chosen = answer.model_dump()["answer"]
        return {choice: float(choice == chosen) for choice in choices}

    async def aclose(self) -> None:
        """Close the connections, and stop the embedded model where no other client uses it."""
        with anyio.CancelScope(shield=True):
            closing = getattr(self._chat or self._api.client, "close", None)
            if closing is not None and inspect.isawaitable(done := closing()):
                await done
            if self._on_close is not None:
                on_close, self._on_close = self._on_close, None
                await anyio.to_thread.run_sync(on_close)

    async def _structured(
        self, messages: Sequence[Message], answer: type[BaseModel], max_tokens: int, usage: Usage
    ) -> tuple[dict[str, Any] | None, str]:
        """One answered request: the JSON object that came, or None, and the text it stood in."""
        # Loaded by now: a client was made with them.
        from instructor.core.exceptions import IncompleteOutputException, InstructorRetryException
        from instructor.core.hooks import HookName, Hooks

        asked = _unchecked(answer)

        async def request(**settings: Any) -> tuple[dict[str, Any] | None, str]:
            responses: list[Any] = []
            hooks = Hooks()
            hooks.on(HookName.COMPLETION_RESPONSE, responses.append)
            try:
                # No `context` is ever passed: instructor would render the messages as Jinja templates.
                parsed = await self._api.create(
                    messages=self._sent(messages),
                    response_model=asked,
                    max_retries=0,
                    hooks=hooks,
                    **settings,
                )
            except IncompleteOutputException as error:
                raise AnswerTruncated(
                    f"{self.model}: the answer was cut off after {max_tokens} tokens.", "Use smaller chunks."
                ) from error
            except InstructorRetryException as error:
                if not responses:
                    raise error.__cause__ or error from None
                return answers.first_object(_text(responses[-1])), _text(responses[-1])
            finally:
                for response in responses:
                    refuse_page(response)
                    self._pay(response, usage, messages)
            raw = parsed.model_extra or {}
            return raw, _text(responses[-1]) or json.dumps(raw)

        return await self._send(request, messages, max_tokens)

    async def _first_token(
        self, messages: Sequence[Message], choices: Sequence[str], usage: Usage
    ) -> dict[str, float]:
        from extractor.llm.connection import complete

        async def request(**settings: Any) -> Any:
            assert self._chat is not None
            response = await complete(
                self._chat,
                messages=self._sent(messages),
                logprobs=True,
                top_logprobs=_TOP_LOGPROBS,
                **settings,
            )
            refuse_page(response)
            self._pay(response, usage, messages)
            return response

        weights = dict.fromkeys(choices, 0.0)
        try:
            response = await self._send(request, messages, 1)
        except Unsupported:
            self.supports_probabilities = False
            return weights
        told = response.choices[0].logprobs if response.choices else None
        if told is None or not told.content:
            self.supports_probabilities = False
            return weights
        for token in told.content[0].top_logprobs:
            begins = token.token.strip().casefold()
            meant = [c for c in choices if begins and c.casefold().startswith(begins)]
            for choice in meant:
                weights[choice] += math.exp(token.logprob) / len(meant)
        return weights

    def _sent(self, messages: Sequence[Message]) -> Any:
        if not self._marked_up:
            return list(messages)
        # The embedded runtime reads `<|im_end|>` as the end of the message wherever it stands, so a
        # transcript that holds it could speak as the system.
        return [Message(role=m["role"], content=m["content"].replace("<|", "< |")) for m in messages]

    def _pay(self, response: Any, usage: Usage, messages: Sequence[Message]) -> None:
        used = self._pricing.of(response)
        add(usage, used)
        self.pool.pay(used, _prompt_tokens(messages))

    async def _send(
        self, request: Callable[..., Awaitable[R]], messages: Sequence[Message], max_tokens: int
    ) -> R:
        """Send a request with the settings that the model takes: one it refuses is left out from then on.

        Raises:
            Unsupported: a parameter of the request itself is refused.
        """

        async def once() -> R:
            if self._takes_places:
                return await request(**settings)
            async with in_my_place(self._timeout):
                return await request(**settings)

        def place() -> AbstractAsyncContextManager[object]:
            return self.pool.place(_prompt_tokens(messages), max_tokens)

        while True:
            settings = self._settings | {self._limit_name: max_tokens, "model": self._wire_model}
            try:
                return await send(once, model=self.model, key_variable=self._key_variable, place=place)
            except Unsupported as refused:
                if refused.parameter == "max_tokens" and self._limit_name == "max_tokens":
                    self._limit_name = "max_completion_tokens"
                elif refused.parameter in self._settings:
                    del self._settings[refused.parameter]
                elif refused.parameter in ("logprobs", "top_logprobs"):
                    raise
                else:
                    raise ModelRefused(
                        f"{self.model}: the server refuses `{refused.parameter}` (HTTP 400).",
                        "Check what this model supports.",
                    ) from refused


def count_tokens(text: str) -> int:
    """About how many tokens `text` has, rather too many than too few, whatever the model."""
    return math.ceil(len(text.encode()) / _BYTES_PER_TOKEN)


def _prompt_tokens(messages: Sequence[Message]) -> int:
    return sum(count_tokens(m["content"]) for m in messages)


def _text(response: Any) -> str:
    """The text of an OpenAI-shaped response, empty for others."""
    choices = getattr(response, "choices", None)
    message = getattr(choices[0], "message", None) if choices else None
    return getattr(message, "content", None) or ""
