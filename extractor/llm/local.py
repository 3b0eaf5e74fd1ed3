"""The embedded model: a server on loopback for its file, which all clients of the process share.

One server for each file and number of slots; it stops with its last client. It is a llama-server where the
user names one or has built one for this machine, else the installed wheel's.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import threading
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from extractor.errors import ModelNotFound
from extractor.llm import native
from extractor.llm.runtimes import Program, Server, Settings, Wheel

# For each slot, prompt and answer together.
CONTEXT_TOKENS = 8192
# The environment variable that names a llama-server to use.
SERVER_VARIABLE = "BANT_LLAMA_SERVER"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choice:
    """What runs the model.

    Args:
        name: what people call it.
        version: its version; of a llama-server that the user names, only that it is one.
        program: the llama-server, None for the installed wheel.
    """

    name: str
    version: str
    program: Path | None = None

    def start(self, settings: Settings) -> Server:
        """Start it.

        Raises:
            ModelNotFound: it can't be run, or can't load the file.
        """
        return Wheel(settings) if self.program is None else Program(self.program, settings)


@dataclass
class Runtime:
    """A running server. `release` it once for each `acquire`."""

    base_url: str
    api_key: str
    _key: tuple[Path, int]
    _server: Server
    _users: int = field(default=0)

    def release(self) -> None:
        """Stop the server if nobody else uses it."""
        with _lock:
            self._users -= 1
            if self._users <= 0 and _running.pop(self._key, None) is not None:
                self._server.stop()


_lock = threading.Lock()
_running: dict[tuple[Path, int], Runtime] = {}


def acquire(weights: Path, slots: int = 1) -> Runtime:
    """Start a server for a GGUF file, or share the one that runs. Blocks for some seconds.

    Args:
        weights: the GGUF file.
        slots: how many requests it works on at once, each with a context of `CONTEXT_TOKENS`.

    Raises:
        ModelNotFound: there is no runtime, or it can't load the file.
    """
    key = (weights.resolve(), slots)
    with _lock:
        runtime = _running.get(key)
        if runtime is None:
            server = _start(key)
            runtime = _running[key] = Runtime(f"{server.address}/v1", server.api_key, key, server)
        runtime._users += 1
        return runtime


def choices() -> list[Choice]:
    """What could run the model here, best first: the first one does.

    A llama-server that merely lies on the PATH is none of them: it may be of any age and build.
    """
    found: list[Choice] = []
    if named := os.environ.get(SERVER_VARIABLE):
        program = Path(shutil.which(named) or named).expanduser()
        found.append(Choice(f"{program} ({SERVER_VARIABLE})", f"named by {SERVER_VARIABLE}", program))
    if (built := native.find()) is not None:
        told = f"{native.version()}, compiled for this machine"
        found.append(Choice(f"xllamacpp {told}", told, built))
    try:
        installed = version(native.DISTRIBUTION)
        found.append(Choice(f"xllamacpp {installed}, prebuilt", installed))
    except PackageNotFoundError:
        pass
    return found


def runtime_version() -> str | None:
    """The version of what runs the model, None where nothing does."""
    return next((choice.version for choice in choices()), None)


def _start(key: tuple[Path, int]) -> Server:
    weights, slots = key
    if not weights.is_file():
        raise ModelNotFound(f"{weights}: no such file.", "Give a GGUF file, or use the model local.")
    settings = Settings(weights, CONTEXT_TOKENS, slots)
    # Without any, the wheel's own error says what to install.
    first, *others = choices() or [Choice("", "")]
    _log.info("the model runs on %s", first.name)
    try:
        return first.start(settings)
    except ModelNotFound as error:
        # What the user has named is used or refused; what was compiled here has the wheel behind it.
        if not others or os.environ.get(SERVER_VARIABLE):
            raise
        _log.error("%s Using %s.", error.message, others[0].name)
    return others[0].start(settings)


@atexit.register
def _stop_all() -> None:
    with _lock:
        while _running:
            _running.popitem()[1]._server.stop()
