"""Where things are printed: results on stdout, everything else on stderr."""

from __future__ import annotations

import sys

from rich.console import Console

_PIPE_WIDTH = 120


def stdout() -> Console:
    """A console for results; 120 columns wide where stdout is not a terminal."""
    return Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False, soft_wrap=False)


def stderr() -> Console:
    """A console for progress and messages."""
    return Console(stderr=True, highlight=False)


def say(message: str) -> None:
    """One message on stderr, never wrapped and never read as markup."""
    stderr().print(message, markup=False, soft_wrap=True)
