"""Text that a report is made of, on the disk until all of it is there."""

from __future__ import annotations

import contextlib
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple, Self


class Place(NamedTuple):
    """Where a text is kept, in bytes."""

    start: int
    end: int


class Kept:
    """Keeps texts in a file without a name while it is entered.

    Args:
        folder: where the file lies; else where such files do.

    Raises:
        OSError: on entering and keeping, the file can't be written.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._file: IO[bytes]

    def __enter__(self) -> Self:
        self._file = TemporaryFile(dir=self._folder)
        return self

    def __exit__(self, *_: object) -> None:
        # What could not be written was told when it was kept, and is not wanted any more.
        with contextlib.suppress(OSError):
            self._file.close()

    def _keep(self, text: str) -> Place:
        start = self._file.tell()
        self._file.write(text.encode())
        return Place(start, self._file.tell())

    def _kept(self, place: Place) -> str:
        self._file.seek(place.start)
        return self._file.read(place.end - place.start).decode()
