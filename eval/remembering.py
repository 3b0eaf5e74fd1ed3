"""What the measurements that read a call more than once have in common: each question is asked once."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from extractor import Extractor
from extractor.evaluation.labels import LabelledCall
from extractor.record import Record
from extractor.store import FILE, Inputs, Store
from extractor.transcript import Transcript

Reader = Callable[[Transcript, LabelledCall], Record]


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


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is asked, and where answers and results are kept."""
    parser.add_argument("--model", default="local")
    parser.add_argument("--strategy")
    parser.add_argument("--base-url")
    parser.add_argument("--store", type=Path, help="where the model's answers are kept for the next run")
    parser.add_argument("--out", type=Path, help="all results as JSON lines")


@contextmanager
def reader(options: argparse.Namespace) -> Iterator[Reader]:
    """What reads a call with its own form, as `add_options` has it."""
    model = {"model": options.model, "strategy": options.strategy, "base_url": options.base_url}
    with answers(options.store) as store, Extractor(**model, store=store) as extractor:

        def read(transcript: Transcript, call: LabelledCall) -> Record:
            return asyncio.run(extractor.aextract(transcript, call.form))

        yield read


def write_results(results: Sequence[Any], file: Path) -> None:
    """Write results, which are dataclasses, as JSON lines."""
    lines = [json.dumps(asdict(r), ensure_ascii=False) for r in results]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
