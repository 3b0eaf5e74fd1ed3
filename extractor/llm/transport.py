"""Transport faults and when to try again. What a model answers is no concern of this module.

Connections that fail, time-outs and the statuses 408, 409, 429 and 5xx are tried again; every other status is
final. The exceptions of all providers' SDKs are told apart by what they carry (`status_code` or `code`,
`response.headers`, `body`), since the SDKs are optional.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import anyio
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter, wait_random

from extractor.errors import AnswerTruncated, BantError, ModelRefused, ModelUnreachable

ATTEMPTS = 5
FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0

_TRANSIENT = frozenset({408, 409, 429})
_TOO_LONG = frozenset({"context_length_exceeded", "exceed_context_size_error"})

R = TypeVar("R")


async def pause(seconds: float) -> None:
    """Wait before the next attempt. Tests replace it."""
    await anyio.sleep(seconds)


class Fault(Exception):
    """A request that may succeed when it is sent again.

    Args:
        status: the HTTP status, None where no answer came.
        wait: the seconds that the server asked to wait, None where it didn't.
    """

    def __init__(self, status: int | None, wait: float | None) -> None:
        super().__init__(status)
        self.status = status
        self.wait = wait


class Unsupported(Exception):
    """The model doesn't take a parameter of the request; it may take the request without it."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


async def send(
    request: Callable[[], Awaitable[R]],
    *,
    model: str,
    key_variable: str,
    place: Callable[[], AbstractAsyncContextManager[object]] = nullcontext,
) -> R:
    """Await `request()` until it is answered, at most `ATTEMPTS` times.

    Args:
        request: sends the request once, with the SDK's own retries off.
        model: the model's name for error messages.
        key_variable: the environment variable that holds the key, for hints.
        place: made for each attempt; it learns how that went.

    Raises:
        ModelUnreachable: a transport fault at every attempt.
        ModelRefused: the key, the model's name or the request was refused.
        AnswerTruncated: the prompt doesn't fit the model's context.
        Unsupported: a parameter was refused.
    """

    async def attempt() -> R:
        async with place():
            try:
                return await request()
            except (BantError, Fault):
                raise
            except Exception as error:
                raise _told_apart(error, model, key_variable) from error

    retrying = AsyncRetrying(
        sleep=lambda seconds: pause(seconds),
        wait=_wait,
        stop=stop_after_attempt(ATTEMPTS),
        retry=retry_if_exception_type(Fault),
        reraise=True,
    )
    try:
        return await retrying(attempt)
    except Fault as fault:
        what = f"HTTP {fault.status}" if fault.status else "no answer"
        hint = "Check the connection and the address, or try later."
        if fault.wait:
            again = dt.datetime.now() + dt.timedelta(seconds=fault.wait)
            hint = f"The server asks to wait: try again after {again:%H:%M}."
        raise ModelUnreachable(f"{model}: {what} after {ATTEMPTS} attempts.", hint) from fault


def refuse_page(response: object) -> None:
    """Check that a response is no web page: the SDK hands on as text what a proxy puts in an answer's place.

    Raises:
        Fault: it is one.
    """
    if isinstance(response, str):
        raise Fault(None, None)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a `Retry-After` header asks for (a number or an HTTP date), else None."""
    value = headers.get("retry-after") or headers.get("Retry-After")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    return max(0.0, (when - dt.datetime.now(dt.UTC)).total_seconds())


def _wait(state: RetryCallState) -> float:
    fault = state.outcome.exception() if state.outcome else None
    if isinstance(fault, Fault) and fault.wait is not None:
        # Not all at the same moment, where others were told the same.
        return min(fault.wait, LONGEST_WAIT) + wait_random(0, FIRST_WAIT)(state)
    return wait_exponential_jitter(multiplier=FIRST_WAIT, max=LONGEST_WAIT, jitter=FIRST_WAIT)(state)


def _told_apart(error: Exception, model: str, key_variable: str) -> Exception:
    status = _status(error)
    if status is None:
        if _is_connection_fault(error):
            return Fault(None, None)
        # The text of an unknown error may hold a part of the prompt, so only its type is told.
        return ModelRefused(
            f"{model}: the request could not be sent ({type(error).__name__}).",
            f"Check that {key_variable} is set and that the model's name is right.",
        )
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    if status in _TRANSIENT or status >= 500:
        return Fault(status, retry_after(headers))
    return _refusal(status, error, model, key_variable)


def _refusal(status: int, error: Exception, model: str, key_variable: str) -> Exception:
    body = getattr(error, "body", None)
    details: dict[str, Any] = body if isinstance(body, dict) else {}
    if {details.get("code"), details.get("type")} & _TOO_LONG:
        return AnswerTruncated(f"{model}: the prompt doesn't fit the model's context.", "Use smaller chunks.")
    if status == 400 and isinstance(parameter := details.get("param"), str) and parameter != "messages":
        return Unsupported(parameter)
    if status in (401, 403):
        hint = f"Set {key_variable} to a key that may use this model."
    elif status == 404:
        hint = "Check the model's name and the base URL."
    else:
        hint = "The server does not take this request; check the model's name and what it supports."
    return ModelRefused(f"{model}: refused (HTTP {status}).", hint)


def _status(error: Exception) -> int | None:
    for name in ("status_code", "code"):
        value = getattr(error, name, None)
        if isinstance(value, int) and 300 <= value < 600:
            return value
    return None


def _is_connection_fault(error: Exception) -> bool:
    # The SDK takes a second to load, and not every command asks a model.
    from openai import APIConnectionError, APIError

    # A body that is no JSON comes from something between here and the model.
    if isinstance(error, APIConnectionError | OSError | json.JSONDecodeError):
        return True
    if isinstance(error, APIError):
        return False
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"APIConnectionError", "TransportError", "ClientConnectionError", "TimeoutException"})
