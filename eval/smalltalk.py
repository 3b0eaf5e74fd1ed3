"""Measure what talk beside the matter changes: read calls without and with small talk, and tell what moved.

    python eval/smalltalk.py [FOLDER ...] [--store FILE] [--every N] [--seed N] ...

Three exchanges of `eval/smalltalk.yaml` (weather, children, trouble with the line) are put into each labelled
call, said by its own speakers, at places that the seed chooses: never beside a turn that is evidence of the
label. Nothing that counts is added or taken away, so options and score should stay. The exit code is 1 if
less than 95% of the options or of the scores do.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remembering import Reader, add_options, reader, write_results

from extractor.evaluation.labels import LabelledCall, load_labelled
from extractor.evaluation.overlap import overlap
from extractor.parsing.yamlfile import read_yaml
from extractor.readers import read_file
from extractor.readers.callsfile import NAME as CALLS_FILE
from extractor.record import Record
from extractor.transcript import Side, Transcript, Turn

HERE = Path(__file__).resolve().parent
SNIPPETS = HERE / "smalltalk.yaml"
PLACES = 3
AT_LEAST = 0.95


@dataclass(frozen=True)
class Snippet:
    """One exchange: who says what, by side."""

    topic: str
    turns: tuple[tuple[Side, str], ...]


@dataclass(frozen=True)
class Result:
    """What small talk did to one call: for each field status and option without it and with it."""

    call: str
    topics: list[str]
    fields: dict[str, tuple[str, str]]
    score_before: int
    score: int

    @property
    def changed(self) -> dict[str, tuple[str, str]]:
        """The fields with another option, or stated where they were absent, or the other way round."""
        return {name: (a, b) for name, (a, b) in self.fields.items() if a != b}


def load_snippets(file: Path = SNIPPETS) -> list[Snippet]:
    """The exchanges of a file, in its order.

    Raises:
        FormError: the file can't be read.
        KeyError: an exchange lacks something.
    """
    return [
        Snippet(one["topic"], tuple(said for turn in one["turns"] for said in turn.items()))
        for one in read_yaml(file).plain()
    ]


def places(call: LabelledCall, transcript: Transcript) -> list[int]:
    """Numbers of turns before which something may be put: neither it nor the one before it is evidence."""
    quotes = [q for field in call.form.fields for q in call.gold_quotes(field)]
    proves = [any(overlap(q, turn.text) for q in quotes) for turn in transcript.turns]
    return [n for n in range(1, len(proves)) if not proves[n - 1] and not proves[n]]


def with_talk(
    call: LabelledCall, transcript: Transcript, snippets: Sequence[Snippet], dice: random.Random
) -> tuple[Transcript, list[str]]:
    """The call with small talk in it, and the topics in their order.

    Fewer than `PLACES` where the call has no more places.
    """
    free = places(call, transcript)
    chosen = sorted(dice.sample(free, min(PLACES, len(free))))
    talk = dict(zip(chosen, dice.sample(snippets, len(chosen)), strict=True))
    turns: list[Turn] = []
    for n, turn in enumerate(transcript.turns):
        if n in talk:
            turns += _said(call, transcript, talk[n], dice)
        turns.append(turn)
    topics = [talk[n].topic for n in chosen]
    return transcript.model_copy(update={"turns": tuple(turns)}), topics


def _said(
    call: LabelledCall, transcript: Transcript, snippet: Snippet, dice: random.Random
) -> Iterator[Turn]:
    """A snippet as turns, each side's by one of its speakers; by anybody, where a side has none."""
    everybody = transcript.speakers()
    who: dict[Side, str | None] = {}
    for side in dict.fromkeys(side for side, _ in snippet.turns):
        own = [s for s in everybody if call.label.speakers.get(s) == side]
        who[side] = dice.choice(own or everybody or [None])
    # The file's own sides, where it has any: none is given away.
    sides = {t.speaker: t.side for t in transcript.turns}
    return (Turn(speaker=who[side], side=sides.get(who[side]), text=text) for side, text in snippet.turns)


def dated(call: LabelledCall) -> Transcript:
    """The call as `bant eval` reads it: with its label's date, unless calls.yaml tells one."""
    transcript = read_file(call.transcript)
    update: dict[str, Any] = {"call_id": call.call_id}
    if transcript.date_from != CALLS_FILE:
        update |= {"date": call.label.date, "date_from": "label"}
    return transcript.model_copy(update=update)


def measure(
    calls: Sequence[LabelledCall], seed: int, read: Reader
) -> Iterator[Result]:
    """Read every call without and with small talk. A call's own is the same whichever others are read."""
    snippets = load_snippets()
    for call in calls:
        transcript = dated(call)
        dice = random.Random(f"{seed} {call.call_id}")  # noqa: S311 (nobody's secret)
        talkative, topics = with_talk(call, transcript, snippets, dice)
        before, after = read(transcript, call), read(talkative, call)
        fields = {name: (_answer(before, name), _answer(after, name)) for name in before.fields}
        yield Result(call.call_id, topics, fields, before.score, after.score)


def _answer(record: Record, name: str) -> str:
    field = record.fields[name]
    return field.option or field.status


def rates(results: Sequence[Result]) -> tuple[float, float]:
    """The share of fields whose option is unchanged, and of calls whose score is; of nothing all."""
    fields = [a == b for r in results for a, b in r.fields.values()]
    scores = [r.score == r.score_before for r in results]
    return (
        sum(fields) / len(fields) if fields else 1.0,
        sum(scores) / len(scores) if scores else 1.0,
    )


def told(result: Result) -> str:
    """What changed in a call, in one line."""
    changes = [f"{name}: {a} -> {b}" for name, (a, b) in result.changed.items()]
    if result.score != result.score_before:
        changes.append(f"score: {result.score_before} -> {result.score}")
    return f"{result.call} ({', '.join(result.topics)}): {'; '.join(changes)}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; the exit code is 1 if less stays than should."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, default=[HERE / "dev"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth call only")
    add_options(parser)
    options = parser.parse_args(argv)
    calls = [c for folder in options.folders for c in load_labelled(folder)][:: options.every]
    results: list[Result] = []
    with reader(options) as read:
        for result in measure(calls, options.seed, read):
            results.append(result)
            if result.changed or result.score != result.score_before:
                print(told(result), flush=True)
    if options.out:
        write_results(results, options.out)
    fields, scores = rates(results)
    kept = sum(r.score == r.score_before and not r.changed for r in results)
    print(f"{len(results)} calls, seed {options.seed}: {fields:.1%} of the options and {scores:.1%} of the")
    print(f"scores are unchanged; {kept} calls have all unchanged.")
    return int(min(fields, scores) < AT_LEAST)


if __name__ == "__main__":
    sys.exit(main())
