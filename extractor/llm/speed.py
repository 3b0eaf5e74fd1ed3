"""How fast a runtime reads and writes on this machine, as measured last."""

from __future__ import annotations

import datetime as dt
import http.client
import json
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, TypeAdapter, ValidationError

from extractor.errors import ModelNotFound
from extractor.llm import native
from extractor.llm.runtimes import Server

# About 500 tokens: what is asked about one place of a call is of that order.
_PROMPT = "A buyer and a seller talk about seats, prices and dates; what counts is said late, and once. " * 25
_WRITTEN_TOKENS = 48
_TIMEOUT = 600.0


class Speed(BaseModel):
    """Tokens a second, and the day it was measured."""

    read: float
    written: float
    measured: dt.date


_KEPT: TypeAdapter[dict[str, Speed]] = TypeAdapter(dict[str, Speed])


def measure(server: Server) -> Speed:
    """Measure a server that has just been started: the second of two prompts, since the first warms it up.

    Raises:
        ModelNotFound: it doesn't answer, or doesn't tell its times.
    """
    _ask(server, "Say yes.", 1)
    told = _ask(server, _PROMPT, _WRITTEN_TOKENS)
    try:
        return Speed(
            read=told["prompt_per_second"], written=told["predicted_per_second"], measured=dt.date.today()
        )
    except (KeyError, ValidationError) as error:
        raise ModelNotFound("The runtime does not tell how fast it is.") from error


def keep(name: str, speed: Speed) -> None:
    """Keep what was measured of a runtime, by its name."""
    known = _known() | {name: speed}
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_KEPT.dump_json(known, indent=1))


def known(name: str) -> Speed | None:
    """What was measured last of a runtime, None where nothing was."""
    return _known().get(name)


def _ask(server: Server, prompt: str, tokens: int) -> dict[str, float]:
    place = urlsplit(server.address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=_TIMEOUT)
    body = {
        "messages": [{"role": "user", "content": prompt}],
        "max_tokens": tokens,
        "temperature": 0,
        # It may have nothing more to say.
        "ignore_eos": True,
    }
    headers = {"Authorization": f"Bearer {server.api_key}", "Content-Type": "application/json"}
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        answer = json.loads(connection.getresponse().read())
        return dict(answer["timings"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise ModelNotFound("The runtime does not answer, or not with its times.") from error
    finally:
        connection.close()


def _file() -> Path:
    return native.runtimes() / "speed.json"


def _known() -> dict[str, Speed]:
    try:
        return _KEPT.validate_json(_file().read_bytes())
    except (OSError, ValidationError):
        return {}
