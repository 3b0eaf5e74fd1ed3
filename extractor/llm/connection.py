"""The connection below the OpenAI SDK. It loads that SDK, so it is loaded only where a model is asked."""

from __future__ import annotations

from typing import Any

from openai import AsyncOpenAI, DefaultAsyncHttpxClient
from openai.types.chat import ChatCompletion

from extractor.llm.pool import in_my_place


class Connection(DefaultAsyncHttpxClient):
    """Takes a request's place when all that is to be sent is made, and frees it when the whole answer is in.

    Args:
        seconds: that an answer may take, to its last byte.
        trust_env: whether proxies are taken from the environment.
    """

    def __init__(self, seconds: float, *, trust_env: bool) -> None:
        super().__init__(trust_env=trust_env)
        self._seconds = seconds

    async def send(self, request: Any, **settings: Any) -> Any:
        """As httpx does, in the place that `Pool.place` has for this request.

        Raises:
            ModelError: what `Place.take` raises.
            TimeoutError: the answer took too long.
        """
        async with in_my_place(self._seconds) as place:
            response = await super().send(request, **settings)
            # What else may be answered says how many may be sent: that is learned first.
            if response.is_success:
                place.free()
        return response


async def complete(chat: AsyncOpenAI, **body: Any) -> ChatCompletion:
    """Ask for a chat completion.

    As `chat.chat.completions.create` does, which first loads what the SDK has for every other endpoint: half
    a second of a command's start.

    Raises:
        OpenAIError: as the SDK does.
    """
    # Without it the key of an administrator would be sent where the environment has one.
    just_the_key: Any = {"security": {"bearer_auth": True}}
    return await chat.post("/chat/completions", cast_to=ChatCompletion, body=body, options=just_the_key)
