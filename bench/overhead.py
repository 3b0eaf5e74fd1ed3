"""What this program adds to the time that a model takes, and the memory it needs as a folder grows.

    python -m bench.overhead [--calls N] [--at-once N] [--delay SECONDS] [--memory N ...]

A stand-in for a model answers every request after the same delay, in a process of its own. Each measurement
is one `bant extract` over a folder of invented calls of 5,000 words. The ideal is what the delays alone take:
as many rounds as there are calls for each place, one request a call. The memory is the most that the command
had. The stand-in's own processor time is told apart; it runs on the same machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from extractor.cli.console import say, stdout

WORDS = 5_000
# A call holds one of these; what it leaves open, currency or period, is looked for in the whole call.
BUDGETS = (
    "We have ninety thousand dollars approved for this year.",
    "We have ninety thousand dollars approved for it.",
    "We have ninety thousand approved for it.",
)
# Every call holds the others, so that quotes are tied and answers merged as for a real one.
STATED = {
    "budget": BUDGETS[0],
    "need": "Two people type every order twice and we lose half a day.",
    "timeline": "It has to be running by the end of May.",
}
ANSWER = {
    "budget": [
        {
            "amount_min": 90_000, "amount_max": 90_000, "currency": "USD", "period": "year",
            "quotes": ["We have ninety thousand"],
        }
    ],
    "need": [
        {
            "text": "typing twice", "catalog": "none_of_these", "intensity": "very",
            "quotes": [STATED["need"]],
        }
    ],
    "timeline": [{"words": "by the end of May", "quotes": [STATED["timeline"]]}],
}  # fmt: skip
_VOCABULARY = (
    "and so then we look at it again because the team over there said that one of our sites is late with its "
    "reports which nobody had seen before while others wait for a day or two until somebody calls them back"
).split()
_TURN_WORDS = 60
_CODE = "from extractor.cli import main; main()"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.I)


@dataclass
class StandIn:
    """A stand-in for a model. `cpu` is the processor time that it took, known when it has ended."""

    url: str
    cpu: float = 0.0


@dataclass(frozen=True)
class Measured:
    """One run of the command. `cpu` is processor time, `mib` the most memory that it had."""

    calls: int
    seconds: float
    ideal: float
    cpu: float
    mib: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=1_000)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--delay", type=float, default=5.0)
    parser.add_argument("--memory", type=int, nargs="*", default=[10, 1_000, 10_000])
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve is not None:
        asyncio.run(_serve(given.serve))
        return
    with stand_in(given.delay) as server:
        timed = measure(given.calls, given.at_once, given.delay, server.url)
    over = timed.seconds / timed.ideal - 1
    stdout().print(
        f"{timed.calls} calls of {WORDS} words, {given.at_once} at once, {given.delay:g} s an answer: "
        f"{timed.seconds:.1f} s, ideal {timed.ideal:.1f} s, overhead {over:.1%}, "
        f"{1000 * timed.cpu / timed.calls:.1f} ms of processor time a call "
        f"(the stand-in's own: {1000 * server.cpu / timed.calls:.1f} ms)",
        soft_wrap=True,
    )
    with stand_in(0.0) as server:
        for calls in given.memory:
            run = measure(calls, given.at_once, 0.0, server.url)
            stdout().print(f"{calls} calls: at most {run.mib:.0f} MiB, {run.seconds:.1f} s without any delay")


def measure(calls: int, at_once: int, delay: float, url: str) -> Measured:
    """Run the command over a new folder."""
    with tempfile.TemporaryDirectory() as folder:
        write_calls(Path(folder) / "calls", calls)
        say(f"{calls} calls are written")
        command = [
            sys.executable, "-c", _CODE, "extract", f"{folder}/calls", "--seller", "Priya Nair",
            "--model", "stand-in", "--base-url", url, "--jobs", str(at_once), "--out", f"{folder}/out",
        ]  # fmt: skip
        started = time.monotonic()
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert running.stderr is not None
        told = running.stderr.read().decode()
        _, status, used = os.wait4(running.pid, 0)
        seconds = time.monotonic() - started
        running.returncode = os.waitstatus_to_exitcode(status)
        running.stderr.close()
        if running.returncode:
            raise SystemExit(f"The command ended with {running.returncode}: {told}")
        with (Path(folder) / "out" / "records.jsonl").open(encoding="utf-8") as lines:
            made = sum('"amount_min":90000' in line for line in lines)
    if made < calls:
        raise SystemExit(f"Only {made} of {calls} calls have their budget.")
    ideal = math.ceil(calls / at_once) * delay
    return Measured(calls, seconds, ideal, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def write_calls(folder: Path, calls: int) -> None:
    """Write invented calls, no two of them the same."""
    folder.mkdir()
    for number in range(calls):
        budget = BUDGETS[number % len(BUDGETS)]
        text = "\n".join(_lines(random.Random(number), budget))  # noqa: S311 (nothing here is a secret)
        (folder / f"2026-03-12-c{number:05}.txt").write_text(text, encoding="utf-8")


def _lines(chance: random.Random, budget: str) -> Iterator[str]:
    turns = WORDS // _TURN_WORDS
    told = (STATED | {"budget": budget}).values()
    stated = dict(zip(sorted(chance.sample(range(turns // 2), len(STATED))), told, strict=True))
    for turn in range(turns):
        speaker = "Tom Okafor" if turn % 2 else "Priya Nair"
        words = " ".join(chance.choices(_VOCABULARY, k=_TURN_WORDS)).capitalize()
        said = f" {stated[turn // 2]}" if turn % 2 and turn // 2 in stated else ""
        yield f"[{turn * 20 // 60:02}:{turn * 20 % 60:02}] {speaker}: {words}.{said}"


@contextmanager
def stand_in(delay: float) -> Iterator[StandIn]:
    """A stand-in that runs as a process of its own."""
    command: Sequence[str] = [sys.executable, "-m", "bench.overhead", "--serve", str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        server = StandIn(running.stdout.readline().strip())
        try:
            yield server
        finally:
            running.terminate()
            _, status, used = os.wait4(running.pid, 0)
            running.returncode = os.waitstatus_to_exitcode(status)
            server.cpu = used.ru_utime + used.ru_stime


async def _serve(delay: float) -> None:
    body = json.dumps(
        {
            "id": "x", "object": "chat.completion", "created": 0, "model": "stand-in",
            "choices": [
                {
                    "index": 0, "finish_reason": "stop",
                    "message": {"role": "assistant", "content": json.dumps(ANSWER)},
                }
            ],
            "usage": {"prompt_tokens": 8000, "completion_tokens": 150, "total_tokens": 8150},
        }
    ).encode()  # fmt: skip
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    reply = head.encode() + body

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                length = _LENGTH.search(await reader.readuntil(b"\r\n\r\n"))
                await reader.readexactly(int(length[1]) if length else 0)
                await asyncio.sleep(delay)
                writer.write(reply)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=1 << 20, backlog=256)
    address = server.sockets[0].getsockname()
    sys.stdout.write(f"http://127.0.0.1:{address[1]}/v1\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    main()
