"""Running `bant` in tests: in this process, or as a process of its own where signals and streams matter."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from extractor.cli import app

ROOT = Path(__file__).parents[1]
_CODE = "from extractor.cli import main; main()"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def bant(capsys: pytest.CaptureFixture[str], *args: object) -> Done:
    """Run the command in this process, to its exit."""
    root, ours = logging.getLogger(), logging.getLogger("extractor")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    try:
        with mock.patch.object(sys, "argv", ["bant", *map(str, args)]), pytest.raises(SystemExit) as ended:
            app.main()
    finally:
        root.handlers[:] = handlers
        root.setLevel(levels[0])
        ours.setLevel(levels[1])
    assert isinstance(ended.value.code, int)
    return Done(ended.value.code, *capsys.readouterr())


# A shell's background job ignores Ctrl-C, and its children inherit that.
_PIPES: dict[str, Any] = {
    "stdout": subprocess.PIPE,
    "stderr": subprocess.PIPE,
    "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
}


def process(*args: object, env: dict[str, str] | None = None, **options: Any) -> subprocess.Popen[bytes]:
    """Start the command as a process, with pipes for its output, which is buffered as users have it."""
    return subprocess.Popen(
        [sys.executable, "-c", _CODE, *map(str, args)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""} | (env or {}),
        **_PIPES | options,
    )


def ended(started: subprocess.Popen[bytes], encoding: str = "utf-8") -> Done:
    """Wait for a process."""
    out, err = started.communicate(timeout=60)
    return Done(started.returncode, (out or b"").decode(encoding), (err or b"").decode(encoding))
