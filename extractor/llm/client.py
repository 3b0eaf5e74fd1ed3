"""Opens a client for a model: the embedded one, an OpenAI-compatible server, or a provider of instructor."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import instructor
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, OpenAIError, Timeout

from extractor.errors import ModelNotFound, ModelRefused
from extractor.llm import local, weights
from extractor.llm.asking import Client, Message
from extractor.llm.pricing import Pricing

__all__ = ["Client", "Message", "open_client"]

REMOTE_CONCURRENCY = 8
# Seconds.
LOCAL_TIMEOUT = 900.0
REMOTE_TIMEOUT = 120.0
CONNECT_TIMEOUT = 10.0

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


async def open_client(
    model: str = "local",
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    concurrency: int | None = None,
    timeout: float | None = None,  # noqa: ASYNC109 (how long a request may take, not this function)
) -> Client:
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

    Raises:
        ModelNotFound: no such model or provider, its weights are missing, or its SDK is not installed.
        ModelRefused: there is no key.
    """
    if base_url is not None:
        return _served(model, base_url, api_key, concurrency or REMOTE_CONCURRENCY, timeout)
    if model == "local" or model.startswith("local:"):
        return await _embedded(model, concurrency or 1, timeout)
    provider, _, name = model.partition("/")
    if not provider or not name or provider == "local":
        raise ModelNotFound(
            f"{model}: no such model.",
            "Write local, local:FILE.gguf, or provider/name such as openai/gpt-4.1.",
        )
    if provider == "openai":
        return _openai(model, name, api_key, concurrency or REMOTE_CONCURRENCY, timeout)
    return _other(model, api_key, concurrency or REMOTE_CONCURRENCY, timeout)


async def _embedded(model: str, slots: int, seconds: float | None) -> Client:
    path = weights.find() if model == "local" else Path(model.removeprefix("local:"))
    if path is None:
        raise ModelNotFound(
            "The embedded model is not on this machine yet.",
            f"Get it once ({weights.MODEL.size / 1e9:.1f} GB): bant model pull",
        )
    runtime = await anyio.to_thread.run_sync(local.acquire, path, slots)
    return _compatible(
        f"local/{path.stem}",
        path.stem,
        _chat(runtime.base_url, runtime.api_key, seconds or LOCAL_TIMEOUT),
        Pricing(path.stem),
        slots,
        context=local.CONTEXT_TOKENS,
        on_close=runtime.release,
    )


def _served(
    model: str, base_url: str, api_key: str | None, concurrency: int, seconds: float | None
) -> Client:
    key = api_key or os.environ.get("BANT_API_KEY") or os.environ.get("OPENAI_API_KEY") or "none"
    if model == "local" or model.startswith("local/"):
        stem = model.partition("/")[2] or Path(weights.MODEL.file).stem
        chat = _chat(base_url, key, seconds or LOCAL_TIMEOUT)
        pricing, context = Pricing(stem), local.CONTEXT_TOKENS
        return _compatible(f"local/{stem}", stem, chat, pricing, concurrency, "BANT_API_KEY", context=context)
    chat = _chat(base_url, key, seconds or REMOTE_TIMEOUT)
    return _compatible(model, model, chat, Pricing(model, api_url=base_url), concurrency, "BANT_API_KEY")


def _openai(model: str, name: str, api_key: str | None, concurrency: int, seconds: float | None) -> Client:
    try:
        chat = _chat(None, api_key, seconds or REMOTE_TIMEOUT)
    except OpenAIError as error:
        raise ModelRefused(f"{model}: there is no key.", "Set OPENAI_API_KEY.") from error
    return _compatible(model, name, chat, Pricing(name, "openai"), concurrency, "OPENAI_API_KEY")


def _other(model: str, api_key: str | None, concurrency: int, seconds: float | None) -> Client:
    provider, _, name = model.partition("/")
    given: dict[str, Any] = {"api_key": api_key} if api_key else {}
    try:
        api = instructor.from_provider(model, async_client=True, **given)
    except Exception as error:
        # SDKs fail in ways of their own here; their messages name packages and variables, never a transcript.
        raise ModelNotFound(f"{model}: {' '.join(str(error).split())}") from error
    sdk = api.client
    for setting, value in (("max_retries", 0), ("timeout", seconds or REMOTE_TIMEOUT)):
        if hasattr(sdk, setting):
            setattr(sdk, setting, value)
    pricing = Pricing(name, provider)
    return Client(
        model=model,
        api=api,
        chat=sdk if isinstance(sdk, AsyncOpenAI) else None,
        wire_model=name,
        pricing=pricing,
        context_tokens=pricing.context_tokens,
        key_variable=f"{provider.upper().replace('-', '_')}_API_KEY",
        concurrency=concurrency,
    )


def _chat(base_url: str | None, key: str | None, timeout: float) -> AsyncOpenAI:
    # A proxy for the outside world must not be asked for this machine's own servers.
    inside = base_url is not None and urlsplit(base_url).hostname in _LOOPBACK
    return AsyncOpenAI(
        base_url=base_url,
        api_key=key,
        max_retries=0,
        timeout=Timeout(timeout, connect=CONNECT_TIMEOUT),
        http_client=DefaultAsyncHttpxClient(trust_env=False) if inside else None,
    )


def _compatible(
    model: str,
    wire_model: str,
    chat: AsyncOpenAI,
    pricing: Pricing,
    concurrency: int,
    key_variable: str = "",
    *,
    on_close: Callable[[], None] | None = None,
    context: int | None = None,
) -> Client:
    return Client(
        model=model,
        api=instructor.from_openai(chat, mode=instructor.Mode.JSON_SCHEMA),
        chat=chat,
        wire_model=wire_model,
        pricing=pricing,
        context_tokens=context or pricing.context_tokens,
        key_variable=key_variable,
        concurrency=concurrency,
        on_close=on_close,
    )
