"""Opens a client for a model: the embedded one, an OpenAI-compatible server, or a provider of instructor."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio

from extractor.errors import ModelNotFound, ModelRefused
from extractor.llm import local, weights
from extractor.llm.asking import ModelClient
from extractor.llm.base import Client, Message
from extractor.llm.pool import Limits
from extractor.llm.pricing import Pricing

if TYPE_CHECKING:
    import instructor
    from openai import AsyncOpenAI

__all__ = ["About", "Client", "Limits", "Message", "ModelClient", "about", "open_client"]

REMOTE_CONCURRENCY = 8
# Seconds.
LOCAL_TIMEOUT = 900.0
REMOTE_TIMEOUT = 120.0
CONNECT_TIMEOUT = 10.0

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class About:
    """What is known of a model without asking it.

    Args:
        model: the name that stands in the record: "local/<file stem>" or "provider/name".
        wire_model: the name as the server knows it.
        pricing: where its price is known from.
        context_tokens: how many tokens prompt and answer may have together.
        timeout: seconds to wait for an answer.
        at_once: how many requests may be under way together, unless the caller says.
        key_variable: the environment variable that holds its key, for hints.
    """

    model: str
    wire_model: str
    pricing: Pricing
    context_tokens: int
    timeout: float = REMOTE_TIMEOUT
    at_once: int = REMOTE_CONCURRENCY
    key_variable: str = ""


def about(model: str = "local", base_url: str | None = None) -> About:
    """What is known of a model by its name; see `open_client`.

    Raises:
        ModelNotFound: no such model.
    """
    local_name = base_url is not None and (model == "local" or model.startswith("local/"))
    if local_name or model == "local" or (base_url is None and model.startswith("local:")):
        named = model.partition("/")[2] if local_name else Path(model.removeprefix("local:")).stem
        stem = Path(weights.MODEL.file).stem if model == "local" else named
        at_once, key = (REMOTE_CONCURRENCY, "BANT_API_KEY") if base_url else (1, "")
        return About(
            f"local/{stem}", stem, Pricing(stem), local.CONTEXT_TOKENS, LOCAL_TIMEOUT, at_once, key
        )
    if base_url is not None:
        pricing = Pricing(model, api_url=base_url)
        return About(model, model, pricing, pricing.context_tokens, key_variable="BANT_API_KEY")
    provider, _, name = model.partition("/")
    if not provider or not name or provider == "local":
        raise ModelNotFound(
            f"{model}: no such model.",
            "Write local, local:FILE.gguf, or provider/name such as openai/gpt-4.1.",
        )
    pricing = Pricing(name, provider)
    key = f"{provider.upper().replace('-', '_')}_API_KEY"
    return About(model, name, pricing, pricing.context_tokens, key_variable=key)


async def open_client(
    model: str = "local",
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    concurrency: int | None = None,
    timeout: float | None = None,  # noqa: ASYNC109 (how long a request may take, not this function)
    limits: Limits | None = None,
) -> ModelClient:
    """Open a client for a model.

    Args:
        model: "local" (the embedded model), "local:FILE" (a GGUF file of your own), or "provider/name";
            with a `base_url` the name that the server knows.
        base_url: an OpenAI-compatible server. With a model "local/..." one that serves the embedded model.
        api_key: the key; else the provider's environment variable, for a `base_url` BANT_API_KEY or
            OPENAI_API_KEY.
        concurrency: how many requests may be under way at once; 1 for the embedded model, else 8.
        timeout: seconds to wait for an answer; 900 for the embedded model, which reads 100 tokens a second,
            else 120.
        limits: how many requests and tokens a minute, and what all of them may cost.

    Raises:
        ModelNotFound: no such model or provider, its weights are missing, or its SDK is not installed.
        ModelRefused: there is no key.
    """
    # The SDKs take a second or two to load, and not every command asks a model.
    from openai import AsyncOpenAI, OpenAIError

    known = about(model, base_url)
    if timeout is not None:
        known = replace(known, timeout=timeout)
    if concurrency is not None:
        known = replace(known, at_once=concurrency)
    on_close, takes_places = None, True
    if base_url is not None:
        key = api_key or os.environ.get("BANT_API_KEY") or os.environ.get("OPENAI_API_KEY") or "none"
        api = _compatible(_chat(base_url, key, known.timeout))
    elif model == "local" or model.startswith("local:"):
        runtime = await _runtime(model, known.at_once)
        api = _compatible(_chat(runtime.base_url, runtime.api_key, known.timeout))
        on_close = runtime.release
    elif model.startswith("openai/"):
        try:
            api = _compatible(_chat(None, api_key, known.timeout))
        except OpenAIError as error:
            raise ModelRefused(f"{model}: there is no key.", "Set OPENAI_API_KEY.") from error
    else:
        api, takes_places = _other(model, api_key, known.timeout), False
    return ModelClient(
        model=known.model,
        api=api,
        chat=api.client if isinstance(api.client, AsyncOpenAI) else None,
        takes_places=takes_places,
        wire_model=known.wire_model,
        pricing=known.pricing,
        context_tokens=known.context_tokens,
        key_variable=known.key_variable,
        concurrency=known.at_once,
        limits=limits or Limits(),
        timeout=known.timeout,
        on_close=on_close,
    )


async def _runtime(model: str, slots: int) -> local.Runtime:
    path = weights.find() if model == "local" else Path(model.removeprefix("local:"))
    if path is None:
        raise ModelNotFound(
            "The embedded model is not on this machine yet.",
            f"Get it once ({weights.MODEL.size / 1e9:.1f} GB): bant model pull",
        )
    return await anyio.to_thread.run_sync(local.acquire, path, slots)


def _other(model: str, api_key: str | None, seconds: float) -> instructor.AsyncInstructor:
    import instructor

    given: dict[str, Any] = {"api_key": api_key} if api_key else {}
    try:
        api = instructor.from_provider(model, async_client=True, **given)
    except Exception as error:
        # SDKs fail in ways of their own here; their messages name packages and variables, never a transcript.
        raise ModelNotFound(f"{model}: {' '.join(str(error).split())}") from error
    for setting, value in (("max_retries", 0), ("timeout", seconds)):
        if hasattr(api.client, setting):
            setattr(api.client, setting, value)
    return api


def is_loopback(base_url: str) -> bool:
    """Whether a server is on this machine."""
    return urlsplit(base_url).hostname in _LOOPBACK


def _chat(base_url: str | None, key: str | None, timeout: float) -> AsyncOpenAI:
    from openai import AsyncOpenAI, Timeout

    from extractor.llm.connection import Connection

    # A proxy for the outside world must not be asked for this machine's own servers.
    inside = base_url is not None and is_loopback(base_url)
    return AsyncOpenAI(
        base_url=base_url,
        api_key=key,
        max_retries=0,
        timeout=Timeout(timeout, connect=CONNECT_TIMEOUT),
        http_client=Connection(timeout, trust_env=not inside),
    )


def _compatible(chat: AsyncOpenAI) -> instructor.AsyncInstructor:
    import instructor

    from extractor.llm.connection import complete

    mode = instructor.Mode.JSON_SCHEMA
    asked = instructor.patch(create=partial(complete, chat), mode=mode)
    return instructor.AsyncInstructor(client=chat, create=asked, mode=mode)
