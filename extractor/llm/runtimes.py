"""The two runtimes that serve a model's file: llama.cpp inside this process, and a llama-server beside it.

Both are the same server: OpenAI's API over HTTP on loopback, on a free port, with a key of its own, without
web pages and without the endpoint that shows what others have asked.
"""

from __future__ import annotations

import http.client
import importlib
import logging
import os
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

from extractor.errors import ModelNotFound
from extractor.llm import guard
from extractor.llm.weights import INSTALL_HINT

# A request that was given up is noticed between two batches: small ones let the process end within seconds.
_BATCH_TOKENS = 256
# What the server may keep in memory to go back to an earlier prompt, MiB.
_PROMPT_CACHE_MIB = 1024
_LOOPBACK = "127.0.0.1"
_SILENT = -1
# From a slow disk the file takes minutes.
_START_SECONDS = 300.0
_END_SECONDS = 10.0
_LISTENING = re.compile(rb"listening on (http://127\.0\.0\.1:(\d+))")
# Settings of other servers, which might open more than is meant or another port.
_FOREIGN = ("LLAMA_", "AIP_")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """What is served.

    Args:
        weights: the GGUF file.
        context_tokens: prompt and answer together, for each slot.
        slots: how many requests are worked on at once.
    """

    weights: Path
    context_tokens: int
    slots: int


class Server(Protocol):
    """A running server. `address` is its URL without a path."""

    address: str
    api_key: str

    def stop(self) -> None:
        """End it and give its memory back."""


class Wheel:
    """xllamacpp's server, inside this process.

    Raises:
        ModelNotFound: the wheel is not installed, or it can't load the file.
    """

    def __init__(self, settings: Settings) -> None:
        try:
            xllamacpp = importlib.import_module("xllamacpp")
        except ImportError as error:
            raise ModelNotFound("The embedded model needs its runtime.", INSTALL_HINT) from error
        self.api_key = secrets.token_urlsafe(32)
        try:
            self._server = xllamacpp.Server(self._parameters(xllamacpp, settings))
        except RuntimeError as error:
            raise ModelNotFound(
                f"{settings.weights}: the runtime can't load this file.",
                "Is it a GGUF model, and is there memory for it?",
            ) from error
        self.address: str = self._server.listening_address
        # A server that is stopped before it has answered once can hang in its destructor.
        _wait_until_it_answers(self.address, lambda: True)

    def stop(self) -> None:
        """End it: its destructor does."""
        self._server = None

    def _parameters(self, xllamacpp: Any, settings: Settings) -> Any:
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(settings.weights)
        parameters.n_ctx = settings.context_tokens * settings.slots
        parameters.n_parallel = settings.slots
        parameters.n_batch = parameters.n_ubatch = _BATCH_TOKENS
        parameters.cpuparams.n_threads = cores()
        parameters.hostnames = [_LOOPBACK]
        parameters.port = 0
        parameters.api_keys = [self.api_key]
        parameters.ui = False
        parameters.endpoint_slots = False
        parameters.cache_prompt = True
        parameters.cache_ram_mib = _PROMPT_CACHE_MIB
        # Fitting would quietly shrink the context on a small machine.
        parameters.fit_params = False
        parameters.verbosity = _SILENT
        return parameters


class Program:
    """A llama-server, as a process of its own that ends with this one. One that dies is started again, once.

    Args:
        program: the llama-server.
        settings: what it serves.

    Raises:
        ModelNotFound: it can't be run, or can't load the file.
    """

    def __init__(self, program: Path, settings: Settings) -> None:
        self.api_key = secrets.token_urlsafe(32)
        self.address = ""
        self._program, self._settings = program, settings
        self._started = threading.Event()
        self._lock = threading.Lock()
        self._stopping = False
        self._process = self._run(port=0)
        self._reader = threading.Thread(target=self._attend, daemon=True)
        self._reader.start()
        self._started.wait(_START_SECONDS)
        if not self.address:
            code = self._process.poll()
            self.stop()
            raise self._no_start(code)
        try:
            _wait_until_it_answers(self.address, lambda: self._process.poll() is None)
        except ModelNotFound:
            self.stop()
            raise

    def stop(self) -> None:
        """End the process."""
        with self._lock:
            self._stopping = True
            process = self._process
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._reader.join(_END_SECONDS)

    def _run(self, port: int) -> subprocess.Popen[bytes]:
        settings = self._settings
        arguments = {
            "--model": settings.weights,
            "--ctx-size": settings.context_tokens * settings.slots,
            "--parallel": settings.slots,
            "--batch-size": _BATCH_TOKENS,
            "--ubatch-size": _BATCH_TOKENS,
            "--threads": cores(),
            "--host": _LOOPBACK,
            "--port": port,
            # Where it listens is told at this level and above, what it is asked only below.
            "--log-verbosity": 3,
        }
        # No other user can read a process's environment. What stands here an older server may lack, too.
        settled = {
            "LLAMA_API_KEY": self.api_key,
            "LLAMA_ARG_CACHE_RAM": str(_PROMPT_CACHE_MIB),
            "LLAMA_ARG_FIT": "off",
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        given = [str(word) for pair in arguments.items() for word in pair]
        return subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", guard.__file__),
                *(str(self._program), *given, "--no-webui", "--no-slots"),
            ],
            env=inherited | settled,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C is this process's business: it lets the requests under way end first.
            start_new_session=True,
        )

    def _attend(self) -> None:
        """Read what the process says, for nobody, and start it again where it ends too early."""
        self._read()
        with self._lock:
            if self._stopping or not self.address:
                return
            self._log_end("it is started again")
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process = self._run(port=urlsplit(self.address).port or 0)
        self._read()
        with self._lock:
            if not self._stopping:
                self._log_end("it is not started a third time")

    def _read(self) -> None:
        output: IO[bytes] | None = self._process.stdout
        assert output is not None
        with output:
            for line in output:
                if not self._started.is_set() and (found := _LISTENING.search(line)):
                    self.address = found[1].decode()
                    self._started.set()
        self._process.wait()
        self._started.set()

    def _log_end(self, then: str) -> None:
        _log.error("%s ended by itself (exit code %d): %s", self._program, self._process.returncode, then)

    def _no_start(self, code: int | None) -> ModelNotFound:
        if code == guard.CAN_NOT_RUN:
            return ModelNotFound(f"{self._program}: can't be run.", "Is it a llama-server for this machine?")
        how = "it does not say where it listens" if code is None else f"it ended with exit code {code}"
        return ModelNotFound(
            f"{self._program}: {how}, serving {self._settings.weights}.",
            "Is that a GGUF model, is there memory for it, and is this a llama-server? By hand it says more.",
        )


def cores() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _wait_until_it_answers(address: str, lives: Callable[[], bool]) -> None:
    until = time.monotonic() + _START_SECONDS
    place = urlsplit(address)
    while lives() and time.monotonic() < until:
        connection = http.client.HTTPConnection(place.hostname or _LOOPBACK, place.port, timeout=5)
        try:
            connection.request("GET", "/health")
            response = connection.getresponse()
            response.read()
            if response.status == http.HTTPStatus.OK:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise ModelNotFound("The embedded runtime does not answer.", "Start again.")
