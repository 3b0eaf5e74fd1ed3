"""The embedded runtime: llama.cpp's HTTP server inside this process, on loopback, with a key of its own.

One server for each file and number of slots is shared by all clients of the process and stops with the last.
"""

from __future__ import annotations

import atexit
import http.client
import importlib
import os
import secrets
import threading
import time
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from extractor.errors import ModelNotFound
from extractor.llm.weights import INSTALL_HINT

# For each slot, prompt and answer together.
CONTEXT_TOKENS = 8192
# A request that was given up is noticed between two batches: small ones let the process end within seconds.
_BATCH_TOKENS = 256
# What the server may keep in memory to go back to an earlier prompt, MiB.
_PROMPT_CACHE_MIB = 1024
_SILENT = -1
_START_SECONDS = 60.0


@dataclass
class Runtime:
    """A running server. `release` it once for each `acquire`."""

    base_url: str
    api_key: str
    _key: tuple[Path, int]
    _server: Any
    _users: int = field(default=0)

    def release(self) -> None:
        """Stop the server if nobody else uses it."""
        with _lock:
            self._users -= 1
            if self._users <= 0 and _running.pop(self._key, None) is not None:
                self._server = None


_lock = threading.Lock()
_running: dict[tuple[Path, int], Runtime] = {}


def acquire(weights: Path, slots: int = 1) -> Runtime:
    """Start a server for a GGUF file, or share the one that runs. Blocks for some seconds.

    Args:
        weights: the GGUF file.
        slots: how many requests it works on at once, each with a context of `CONTEXT_TOKENS`.

    Raises:
        ModelNotFound: the runtime is not installed, or it can't load the file.
    """
    key = (weights.resolve(), slots)
    with _lock:
        runtime = _running.get(key)
        if runtime is None:
            runtime = _running[key] = _start(key)
        runtime._users += 1
        return runtime


def runtime_version() -> str | None:
    """The installed runtime's version, None without one."""
    try:
        return version("xllamacpp")
    except PackageNotFoundError:
        return None


def _start(key: tuple[Path, int]) -> Runtime:
    weights, slots = key
    if not weights.is_file():
        raise ModelNotFound(f"{weights}: no such file.", "Give a GGUF file, or use the model local.")
    try:
        xllamacpp = importlib.import_module("xllamacpp")
    except ImportError as error:
        raise ModelNotFound("The embedded model needs its runtime.", INSTALL_HINT) from error
    api_key = secrets.token_urlsafe(32)
    try:
        server = xllamacpp.Server(_parameters(xllamacpp, weights, slots, api_key))
    except RuntimeError as error:
        raise ModelNotFound(
            f"{weights}: the runtime can't load this file.", "Is it a GGUF model, and is there memory for it?"
        ) from error
    _wait_until_it_answers(server.listening_address)
    return Runtime(f"{server.listening_address}/v1", api_key, key, server)


def _parameters(xllamacpp: Any, weights: Path, slots: int, api_key: str) -> Any:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.n_ctx = CONTEXT_TOKENS * slots
    parameters.n_parallel = slots
    parameters.n_batch = parameters.n_ubatch = _BATCH_TOKENS
    parameters.cpuparams.n_threads = _cores()
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [api_key]
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.cache_prompt = True
    parameters.cache_ram_mib = _PROMPT_CACHE_MIB
    # Fitting would quietly shrink the context on a small machine.
    parameters.fit_params = False
    parameters.verbosity = _SILENT
    return parameters


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _wait_until_it_answers(address: str) -> None:
    """A server that is stopped before it has answered once can hang in its destructor."""
    until = time.monotonic() + _START_SECONDS
    place = urlsplit(address)
    while True:
        connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port, timeout=5)
        try:
            connection.request("GET", "/health")
            connection.getresponse().read()
            return
        except OSError as error:
            if time.monotonic() > until:
                raise ModelNotFound("The embedded runtime does not answer.", "Start again.") from error
            time.sleep(0.05)
        finally:
            connection.close()


@atexit.register
def _stop_all() -> None:
    with _lock:
        _running.clear()
