"""Where things are printed: results on stdout, everything else on stderr."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from extractor.reports.words import clean

_PIPE_WIDTH = 120


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Whoever read this has gone (`| head`). What is left is dropped; the command goes on to its end."""
        _send_nowhere(self.file)


class CallsBar(Progress):
    """The bar of a run over calls, on stderr; none where stderr is not a terminal or `quiet`."""

    def __init__(self, total: int, *, quiet: bool) -> None:
        console = stderr()
        super().__init__(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=console, disable=quiet or not console.is_terminal, transient=True,
        )  # fmt: skip
        self._calls = self.add_task("Reading calls", total=total)

    def one_done(self) -> None:
        """One more call is done."""
        self.advance(self._calls)

    def say(self, message: str) -> None:
        """A message above the bar."""
        _print(self.console, message)

    def stop(self) -> None:
        """Take the bar away. Without one, rich would print an empty line for it."""
        if not self.disable:
            super().stop()


def make_printable() -> None:
    """Let everything be printed: letters that the locale lacks as escapes, to a closed stream as nothing."""
    nowhere = Path(os.devnull)
    sys.stdout = sys.stdout or nowhere.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def drop_unwritable() -> None:
    """Drop what stdout can't take: else the interpreter fails over it once more as it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        _send_nowhere(sys.stdout)


def _send_nowhere(stream: IO[str]) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def stdout() -> Console:
    """A console for results; 120 columns wide where stdout is not a terminal."""
    return _Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False, soft_wrap=False)


def stderr() -> Console:
    """A console for progress and messages."""
    return _Console(stderr=True, highlight=False)


def say(message: str) -> None:
    """One message on stderr, in one line: never wrapped, never read as markup, without escape sequences."""
    _print(stderr(), message)


def complain(message: str, hint: str = "") -> None:
    """What went wrong, and below it what to do next."""
    console = stderr()
    _print(console, message, before="bant: ")
    if hint:
        _print(console, hint, before="      ")


def _print(console: Console, message: str, before: str = "") -> None:
    # Names of files may hold bytes of no encoding.
    text = clean(message.encode("utf-8", "backslashreplace").decode())
    console.print(before + text, markup=False, emoji=False, soft_wrap=True)
