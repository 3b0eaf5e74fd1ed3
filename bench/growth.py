"""What longer calls and more calls at once cost: seconds, tokens, memory, and how much is read twice.

    python -m bench.growth

Long calls are made from the labelled calls of eval/dev in the order of their names: their turns end to end,
from the beginning again where that is not enough, up to the turn that reaches the wanted words. Each call's
speakers take the names of the first call's, buyers of buyers and sellers of sellers. Several at once are so
many different calls of the same length, each made from another call on.

Each measurement is a process of its own (memory, and a cache that is cold). Those done are kept in
bench/out/.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from bench.meter import Meter, Request, embedded
from bench.results import Sheet, keep, show
from bench.systems import OUT, ROOT
from extractor.cli.console import complain, say
from extractor.evaluation.labels import LabelledCall, load_labelled
from extractor.evaluation.runs import write_whole
from extractor.llm import weights
from extractor.pipeline import Extractor
from extractor.readers import read_file
from extractor.record import AnyRecord, Record
from extractor.transcript import Transcript, Turn

FOLDER = ROOT / "eval" / "dev"
WORDS = (500, 2_000, 5_000, 15_000, 50_000)
AT_ONCE = (1, 2, 4)
WORDS_AT_ONCE = 2_000
# So that no two calls at once are the same.
_APART = 5


@dataclass(frozen=True)
class Measured:
    """One measurement. Tokens are the server's; `mib` is the most memory that the process had, MiB."""

    words: int
    at_once: int
    seconds: float
    requests: int
    prompt_tokens: int
    read_tokens: int
    completion_tokens: int
    least_by_prefix: int
    least_by_line: int
    mib: float


def long_call(calls: Sequence[tuple[LabelledCall, Transcript]], words: int) -> Transcript:
    """A call of at least so many words; see above for how."""
    first = calls[0][1]
    turns = _turns(calls)
    taken: list[Turn] = []
    count = 0
    while count < words:
        turn = next(turns)
        taken.append(turn)
        count += len(turn.text.split())
    return Transcript(
        turns=tuple(taken), date=first.date or calls[0][0].label.date, call_id=f"{first.call_id}-{words}"
    )


def _turns(calls: Sequence[tuple[LabelledCall, Transcript]]) -> Iterator[Turn]:
    names = _by_side(calls[0][0])
    for call, transcript in cycle(calls):
        own = _by_side(call)
        told = {
            name: names[side][n % len(names[side])] for side in names for n, name in enumerate(own[side])
        }
        for turn in transcript.turns:
            yield Turn(speaker=told.get(turn.speaker or "", turn.speaker), text=turn.text)


def _by_side(call: LabelledCall) -> dict[str, list[str]]:
    speakers = call.label.speakers.items()
    return {side: [name for name, own in speakers if own == side] for side in ("buyer", "seller")}


def least_by_prefix(prompts: Iterable[Sequence[int]]) -> int:
    """Tokens of prompts that no prompt before began with: what a perfect prefix cache would read."""
    seen: set[int] = set()
    count = 0
    for prompt in prompts:
        begun = 0
        for token in prompt:
            begun = hash((begun, token))
            count += begun not in seen
            seen.add(begun)
    return count


def measure(words: int, at_once: int, path: Path) -> Measured:
    """Read `at_once` calls of so many words at the same time, with an embedded model started for it."""
    sold = [c for c in load_labelled(FOLDER) if any(c.label.stated(f.id) for f in c.form.fields)]
    known = sorted(((c, read_file(c.transcript)) for c in sold), key=lambda k: k[0].call_id)
    starts = (known[_APART * n :] + known[: _APART * n] for n in range(at_once))
    calls = [long_call(start, words) for start in starts]
    with embedded(path, slots=at_once) as meter:
        model = f"local/{path.stem}"
        extractor = Extractor(
            known[0][0].form, model, base_url=meter.base_url, api_key=meter.api_key, jobs=at_once
        )
        started = time.perf_counter()
        records = asyncio.run(_read(extractor, calls, at_once))
        seconds = time.perf_counter() - started
        if failed := [r for r in records if not isinstance(r, Record)]:
            raise RuntimeError(f"{len(failed)} calls failed: {failed[0].error.message}")
        # Before the prompts are looked at.
        mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        total, requests = meter.total(), list(meter.requests)
        by_prefix, by_line = _least(meter, requests)
    # A llama-server beside this process has ended by now, and counts.
    mib += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return Measured(
        words=sum(c.words() for c in calls) // at_once,
        at_once=at_once,
        seconds=round(seconds, 1),
        requests=total["requests"],
        prompt_tokens=total["prompt_tokens"],
        read_tokens=total["prompt_tokens"] - total["cached_tokens"],
        completion_tokens=total["completion_tokens"],
        least_by_prefix=by_prefix,
        least_by_line=by_line,
        mib=round(mib),
    )


async def _read(extractor: Extractor, calls: Sequence[Transcript], at_once: int) -> list[AnyRecord]:
    records: list[AnyRecord] = []
    async with extractor:
        await extractor.aextract_all(calls, records.append, at_once=at_once)
    return records


def _least(meter: Meter, requests: Sequence[Request]) -> tuple[int, int]:
    prompts = []
    lines: set[str] = set()
    for request in requests:
        prompt = meter.ask("/apply-template", {"messages": request.messages})["prompt"]
        lines.update(prompt.splitlines(keepends=True))
        prompts.append(_tokens(meter, prompt))
    return least_by_prefix(prompts), sum(len(_tokens(meter, line)) for line in lines)


def _tokens(meter: Meter, text: str) -> list[int]:
    answer = meter.ask("/tokenize", {"content": text, "add_special": False, "parse_special": True})
    tokens: list[int] = answer["tokens"]
    return tokens


def sheets(by_length: Sequence[Measured], by_number: Sequence[Measured]) -> list[Sheet]:
    """The two tables."""
    return [
        Sheet(
            "Longer calls, one at a time",
            ("words", "seconds", *_TOKENS, "memory, MiB"),
            [(f"{m.words:,}", f"{m.seconds:.0f}", *_cells(m), f"{m.mib:,.0f}") for m in by_length],
        ),
        Sheet(
            f"Calls of {WORDS_AT_ONCE:,} words at once",
            ("calls", "seconds for all", "seconds a call", *_TOKENS, "memory, MiB"),
            [
                (
                    str(m.at_once), f"{m.seconds:.0f}", f"{m.seconds / m.at_once:.0f}", *_cells(m),
                    f"{m.mib:,.0f}",
                )
                for m in by_number
            ],
        ),
    ]  # fmt: skip


_TOKENS = (
    "requests", "prompt tokens", "read", "written", "read / least by prefix", "read / least by line",
)  # fmt: skip


def _cells(m: Measured) -> Iterator[str]:
    yield from (f"{n:,}" for n in (m.requests, m.prompt_tokens, m.read_tokens, m.completion_tokens))
    for least in (m.least_by_prefix, m.least_by_line):
        yield f"{m.read_tokens / least:.2f}" if least else "n/a"


def main(most_words: int) -> int:
    """Measure what was not measured yet, print the tables, and keep them for RESULTS.md."""
    if weights.find() is None:
        complain("The embedded model is not on this machine.", "Get it once: bant model pull")
        return 2
    by_length = [_measured(words, 1) for words in WORDS if words <= most_words]
    by_number = [_measured(WORDS_AT_ONCE, n) for n in AT_ONCE]
    made = sheets(by_length, by_number)
    keep("growth", {}, made)
    show(made)
    return 0


def _measured(words: int, at_once: int) -> Measured:
    file = OUT / "growth" / f"{words}-words-{at_once}-at-once.json"
    if not file.is_file():
        one = [sys.executable, "-m", "bench.growth", "--one", str(words), str(at_once)]
        told = subprocess.run(one, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
        write_whole(file, told)
        say(f"{words:,} words, {at_once} at once: {json.loads(told)['seconds']:.0f} s")
    kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return Measured(**kept)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--most-words", type=int, default=WORDS[-1], help="leave longer calls out")
    parser.add_argument("--one", type=int, nargs=2, metavar=("WORDS", "AT_ONCE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is None:
        sys.exit(main(options.most_words))
    found = weights.find()
    assert found is not None
    words, at_once = options.one
    sys.stdout.write(json.dumps(asdict(measure(words, at_once, found))) + "\n")
