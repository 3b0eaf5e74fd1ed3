"""What each part of the evidence strategy buys: the same calls read without one part at a time.

    python eval/ablate.py eval/dev

The embedded model is asked each question once, and a question that a variant asks, too, gets the same answer;
so the calls are read in the time of one run. Thresholds stay as they were fitted with all parts in place. A
figure that the folder has no case for is a dash.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import datetime as dt
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest import mock

from remembering import answers
from smalltalk import dated

from extractor import Extractor
from extractor.cues import Features
from extractor.evaluation.figures import figures
from extractor.evaluation.labels import LabelledCall, load_labelled
from extractor.evaluation.outcomes import judge_all
from extractor.evaluation.predictions import from_records
from extractor.evaluation.runs import this_machine
from extractor.learned import Learned, learned
from extractor.record import Record
from extractor.replies import coverage_features
from extractor.sides import with_sides
from extractor.store import Store
from extractor.strategies import evidence
from extractor.transcript import Transcript, Turn
from extractor.vocabulary import SAID

FIGURES = ("strict_f1", "found_precision", "found_recall", "items_f1", "quotes_overlap", "no_sale_stated",
           "lead_recall", "score_mae")
NEIGHBOURS = ("before", "after", "around", "quote")

Part = Callable[[str, Learned], Learned]
Coverage = Callable[[Sequence[Turn], int, Sequence[float]], Features]


def whole(name: str, model: Learned) -> Learned:
    """The strategy as it is."""
    return model


def without_judge(name: str, model: Learned) -> Learned:
    """Places are ranked by code alone; the language model is not asked about them."""
    return dataclasses.replace(model, judge_weight=0.0)


def without_neighbours(name: str, model: Learned) -> Learned:
    """The catalogue is compared with the turn itself and not with what stands around it."""
    if name != "catalog":
        return model
    own = {n: w for n, w in model.weights.items() if not any(part in n for part in NEIGHBOURS)}
    return dataclasses.replace(model, weights=own)


def without_words(name: str, model: Learned) -> Learned:
    """Places are ranked by cues alone, not by the words that are said there."""
    cues = {n: w for n, w in model.weights.items() if not n.startswith(SAID)}
    return dataclasses.replace(model, weights=cues)


def without_more(name: str, model: Learned) -> Learned:
    """One place a field: no further evidence, no earlier word, one need a call."""
    return dataclasses.replace(model, also_from=math.inf)


def without_sale(name: str, model: Learned) -> Learned:
    """Whether anything is sold on the call does not count."""
    place, _, bias = model.stated_curve
    return dataclasses.replace(model, stated_curve=(place, 0.0, bias))


def unanswered(turns: Sequence[Turn], need: int, match_odds: Sequence[float]) -> Features:
    """A need as if the seller had said nothing to it."""
    return coverage_features(turns[: need + 1], need, match_odds)


async def read_all(
    calls: Sequence[LabelledCall],
    transcripts: Sequence[Transcript],
    part: Part,
    coverage: Coverage,
    store: Store,
) -> list[Record]:
    """Read the calls with one part changed."""
    with (
        mock.patch.object(evidence, "learned", lambda name: part(name, learned(name))),
        mock.patch.object(evidence, "coverage_features", coverage),
    ):
        async with Extractor(calls[0].form, store=store) as extractor:
            return [
                await extractor.aextract(transcript, call.form)
                for call, transcript in zip(calls, transcripts, strict=True)
            ]


def told_sides(call: LabelledCall, transcript: Transcript) -> Transcript:
    """The call with the label's sides, as if `calls.yaml` told them: what wrong ones cost."""
    return with_sides(transcript, dict(call.label.speakers), "label")


def row(title: str, calls: Sequence[LabelledCall], records: Sequence[Record]) -> str:
    """A variant's line of the table."""
    outcomes = judge_all(calls, from_records(records, calls))
    found = {f.name: f.value for f in figures(outcomes)}
    values = (found.get(name) for name in FIGURES)
    return f"| {title} | {' | '.join('–' if v is None else f'{v:.2f}' for v in values)} |"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the folder in every variant and print a table in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(argv)
    calls = load_labelled(options.folder)
    if not any(call.label.stated(field.id) for call in calls for field in call.form.fields):
        raise SystemExit(f"{options.folder}: no label states anything, so there is nothing to find.")
    transcripts = [dated(call) for call in calls]
    told = [told_sides(c, t) for c, t in zip(calls, transcripts, strict=True)]
    variants: dict[str, tuple[Part, Coverage, Sequence[Transcript]]] = {
        "all of it": (whole, coverage_features, transcripts),
        "without the language model's word on places": (without_judge, coverage_features, transcripts),
        "without the words of a place, with cues alone": (without_words, coverage_features, transcripts),
        "without the words that tell a sale": (without_sale, coverage_features, transcripts),
        "without what the seller answers to a need": (whole, unanswered, transcripts),
        "without the neighbours in matching the catalogue": (
            without_neighbours, coverage_features, transcripts
        ),
        "with one place a field": (without_more, coverage_features, transcripts),
        "with the label's sides": (whole, coverage_features, told),
    }  # fmt: skip
    machine = this_machine()
    print(f"{options.folder}, {len(calls)} calls, {dt.date.today()}, {machine.cpu}, {machine.cores} cores\n")
    print(f"| | {' | '.join(FIGURES)} |\n|---|{'---|' * len(FIGURES)}")
    with answers(None) as store:
        for title, (part, coverage, heard) in variants.items():
            records = asyncio.run(read_all(calls, heard, part, coverage, store))
            print(row(title, calls, records), flush=True)


if __name__ == "__main__":
    main()
