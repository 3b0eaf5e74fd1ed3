"""What the measurements that read a call more than once have in common: each question is asked once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extractor.record import Record
from extractor.store import FILE, Inputs, Store


class Answers(Store):
    """A store of the model's answers alone: what is measured may be the code that makes records of them."""

    def done(self, inputs: Inputs) -> Record | None:
        """Nothing: each call is read."""
        return None


@contextmanager
def answers(file: Path | None) -> Iterator[Store]:
    """Answers as they are kept in a file; without one, for as long as this lasts."""
    with tempfile.TemporaryDirectory() as folder, Answers(file or Path(folder) / FILE) as store:
        yield store
