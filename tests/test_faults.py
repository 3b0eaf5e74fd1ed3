"""A provider that misbehaves in every way, over real HTTP: what the record says, and what it cost."""

from __future__ import annotations

import asyncio
import json
import random
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio.lowlevel
import openai.resources.chat.completions  # noqa: F401 (else the first request imports it, and its clock runs)
import pytest
from command import bant, ended, process
from fakes import call
from fault_server import RESET, FaultServer, Reply, fails, says

from extractor import pipeline
from extractor.errors import ModelUnreachable
from extractor.llm import transport
from extractor.llm.client import open_client
from extractor.pipeline import Extractor
from extractor.record import INCOMPLETE, AnyRecord, FailedRecord, Record
from extractor.store import FILE, Store
from extractor.transcript import Transcript

# Of requests, in the tests with replies that drip; long enough for a busy machine to answer in.
TIMEOUT = 2.0
AMOUNT = re.compile(r"We have (\d+) thousand dollars approved for this year")
INVENTED = "Our chief executive signs whatever I recommend to her"


def answer_for(text: str, *, invented: bool = False) -> str:
    """The right answer for what a request shows of a call, with a quote that nobody said beside it."""
    found = AMOUNT.search(text)
    answers: dict[str, Any] = {"budget": [], "authority": []}
    if found:
        amount = int(found[1]) * 1000
        answers["budget"] = [
            {
                "amount_min": amount, "amount_max": amount, "currency": "USD", "period": "year",
                "quotes": [found[0]],
            }
        ]  # fmt: skip
    if invented:
        answers["authority"] = [{"contact": "Tom Okafor", "role": "decision_maker", "quotes": [INVENTED]}]
    return json.dumps(answers)


def right(request: dict[str, Any]) -> Reply:
    return says(answer_for(request["messages"][1]["content"]))


def invented(request: dict[str, Any]) -> Reply:
    return says(answer_for(request["messages"][1]["content"], invented=True))


def dripping(request: dict[str, Any]) -> Reply:
    return replace(right(request), drip=TIMEOUT / 5)


def half(request: dict[str, Any]) -> Reply:
    return replace(right(request), half=True)


@dataclass(frozen=True)
class Kind:
    """A way to misbehave.

    `answered` says whether such a reply is an answer, which is paid for. `always` is how a call ends where
    nothing else comes: the kind of its error, "incomplete", or "" where the record is right in spite of it.
    """

    reply: Callable[[dict[str, Any]], Reply]
    answered: bool
    always: str


def fixed(reply: Reply) -> Callable[[dict[str, Any]], Reply]:
    return lambda _: reply


KINDS = {
    "429": Kind(fixed(fails(429)), False, "model_unreachable"),
    "429 with Retry-After": Kind(
        fixed(fails(429, headers={"Retry-After": "7"})), False, "model_unreachable"
    ),
    "500": Kind(fixed(fails(500)), False, "model_unreachable"),
    "503": Kind(fixed(fails(503)), False, "model_unreachable"),
    "reset": Kind(fixed(RESET), False, "model_unreachable"),
    "half": Kind(half, False, "model_unreachable"),
    "drip": Kind(dripping, False, "model_unreachable"),
    "no JSON": Kind(fixed(says("I would rather not.")), True, "incomplete"),
    "wrong shape": Kind(fixed(says('{"budget": "a lot", "need": [[]]}')), True, ""),
    "truncated": Kind(fixed(says('{"budget": [{"amo', "length")), True, "incomplete"),
    "empty": Kind(fixed(says("")), True, "incomplete"),
    "invented": Kind(invented, True, ""),
}


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """No waiting between attempts."""
    told: list[float] = []

    async def pause(seconds: float) -> None:
        told.append(seconds)
        await anyio.lowlevel.checkpoint()

    monkeypatch.setattr(transport, "pause", pause)
    return told


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes the time-out short."""
    return lambda: monkeypatch.setattr(pipeline, "open_client", partial(open_client, timeout=TIMEOUT))


def a_call(n: int) -> Transcript:
    return call(
        ("seller", "What is set aside for it?"),
        ("buyer", f"We have {n} thousand dollars approved for this year."),
        call_id=f"c{n:03}",
    )


def read(server: FaultServer, *calls: Transcript, at_once: int = 1, **options: Any) -> dict[str, AnyRecord]:
    records: list[AnyRecord] = []

    async def work() -> None:
        async with Extractor(model="m", base_url=server.base_url, **options) as extractor:
            await extractor.aextract_all(calls, records.append, at_once=at_once)

    asyncio.run(work())
    return {r.call_id: r for r in records}


def how(record: AnyRecord) -> str:
    """As `Kind.always` says it."""
    if isinstance(record, FailedRecord):
        return record.error.kind
    return "incomplete" if record.incomplete else ""


def assert_right(record: AnyRecord, n: int) -> None:
    assert isinstance(record, Record), record
    assert not record.incomplete
    assert (record.fields["budget"].value or {}).get("amount_min") == n * 1000
    assert record.fields["authority"].status == "absent"


@pytest.mark.parametrize("name", KINDS)
def test_one_fault_changes_nothing_but_the_cost(
    name: str, waits: list[float], impatient: Callable[[], None]
) -> None:
    kind = KINDS[name]
    if name == "drip":
        impatient()
    seen: list[str] = []

    def answer(request: dict[str, Any]) -> Reply:
        text = request["messages"][1]["content"]
        seen.append(text)
        return kind.reply(request) if "We have 2 thousand" in text and len(seen) == 2 else right(request)

    with FaultServer(answer=answer).running() as server:
        made = read(server, a_call(1), a_call(2), a_call(3))
    for n in (1, 2, 3):
        assert_right(made[f"c{n:03}"], n)
    faulty = made["c002"]
    assert isinstance(faulty, Record)
    # A truncated answer is asked for again in halves; an invented quote needs nothing more.
    asked = {"truncated": 3, "invented": 1}.get(name, 2)
    assert len(server.requests) == 2 + asked
    assert faulty.usage.llm_calls == (asked if kind.answered else 1)
    assert faulty.usage.prompt_tokens == 100 * faulty.usage.llm_calls
    assert faulty.usage.completion_tokens == 10 * faulty.usage.llm_calls
    assert any("quotes rejected: 1" in w for w in faulty.warnings) is (name == "invented")
    assert bool(waits) is (not kind.answered)


@pytest.mark.parametrize("name", KINDS)
def test_a_fault_without_end_is_told_and_done_again(
    name: str,
    waits: list[float],
    impatient: Callable[[], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kind = KINDS[name]
    broken = True
    if name == "drip":
        impatient()
        monkeypatch.setattr(transport, "ATTEMPTS", 1)

    def answer(request: dict[str, Any]) -> Reply:
        faulty = broken and "We have 2 thousand" in request["messages"][1]["content"]
        return kind.reply(request) if faulty else right(request)

    with FaultServer(answer=answer).running() as server, Store(tmp_path / FILE) as store:
        calls = [a_call(1), a_call(2), a_call(3)]
        first = read(server, *calls, store=store)
        assert how(first["c002"]) == kind.always
        assert_right(first["c001"], 1)
        assert_right(first["c003"], 3)
        asked = len(server.requests) - 2
        broken = False
        second = read(server, *calls, store=store)
        again = len(server.requests) - 2 - asked
    if name == "wrong shape":
        # What of an answer has the right shape is kept, and that is nothing.
        assert second["c002"] == first["c002"]
        assert any("dropped" in w for w in second["c002"].warnings)
        return
    assert again == {"": 0, "incomplete": 1}.get(kind.always, 1)
    assert_right(second["c002"], 2)
    last = second["c002"]
    assert isinstance(last, Record)
    # What the failed attempts have cost is part of what the call has cost; not so the answer to a half that
    # is of no more use.
    paid = asked + again - (name == "truncated") if kind.answered else 1
    assert last.usage.llm_calls == paid
    assert last.usage.prompt_tokens == 100 * paid
    assert second["c001"] == first["c001"]


# Many calls, from the command line


CALLS = 200
SHARE = 0.2


def write(folder: Path, number: int) -> Path:
    folder.mkdir()
    for n in range(20, 20 + number):
        said = f"We have {n} thousand dollars approved for this year."
        text = f"Priya Nair: What is set aside for it?\nTom Okafor: {said}\n"
        (folder / f"2026-03-12-c{n:03}.txt").write_text(text)
    sides = "{seller: {speakers: [Priya Nair]}, buyer: {speakers: [Tom Okafor]}}"
    lines = [f"2026-03-12-c{n:03}.txt: {sides}\n" for n in range(20, 20 + number)]
    (folder / "calls.yaml").write_text("".join(lines))
    return folder


class Unreliable:
    """One request in five goes wrong, in any of the ways, and the same ones whenever it is run."""

    def __init__(self, seed: int) -> None:
        self.seed, self.faults, self.well = seed, Counter[str](), False
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, request: dict[str, Any]) -> Reply:
        text = request["messages"][1]["content"]
        found = AMOUNT.search(text)
        name = found[1] if found else text[-40:]
        with self._lock:
            self._asked[name] += 1
            chance = random.Random(f"{self.seed} {name} {self._asked[name]}")
            if self.well or chance.random() >= SHARE:
                return right(request)
            kind = chance.choice([k for k in KINDS if k != "wrong shape"])
            self.faults[kind] += 1
        return KINDS[kind].reply(request)


def options(folder: Path, server: FaultServer, out: Path) -> tuple[object, ...]:
    return ("extract", folder, "--model", "m", "--base-url", server.base_url, "--out", out)


def made_in(out: Path) -> dict[str, AnyRecord]:
    lines = (out / "records.jsonl").read_text(encoding="utf-8").splitlines()
    records = [(FailedRecord if '"error":' in line else Record).model_validate_json(line) for line in lines]
    return {r.call_id: r for r in records}


def survives(tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int, seed: int) -> Unreliable:
    """Read calls from an unreliable server, and again from one that is well: none is read twice."""
    folder, out = write(tmp_path / f"calls{seed}", number), tmp_path / f"out{seed}"
    unreliable = Unreliable(seed)
    with FaultServer(answer=unreliable).running() as server:
        command = (*options(folder, server, out), "-q")
        first = bant(capsys, *command, "--jobs", "16")
        made = made_in(out)
        assert len(made) == number
        unfinished = {name for name, record in made.items() if how(record)}
        assert first.code == (3 if unfinished else 0)
        for name, record in made.items():
            if name in unfinished:
                assert how(record) in ("model_unreachable", "incomplete")
                # One reason is told once, however many calls it stops.
                told = record.error.message if isinstance(record, FailedRecord) else f"{name}: {INCOMPLETE}"
                assert told in first.err
            else:
                assert_right(record, int(name.rpartition("c")[2]))
        unreliable.well = True
        asked = len(server.requests)
        assert bant(capsys, *command).code == 0
        again = server.requests[asked:]
    for name, record in made_in(out).items():
        assert_right(record, int(name.rpartition("c")[2]))
        if name not in unfinished:
            assert record == made[name]
    assert len(again) == len(unfinished)
    return unreliable


def test_two_hundred_calls_and_a_server_that_is_often_wrong(
    tmp_path: Path, waits: list[float], impatient: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    impatient()
    unreliable = survives(tmp_path, capsys, CALLS, seed=1)
    assert len(unreliable.faults) >= len(KINDS) - 2
    assert unreliable.faults.total() > CALLS * SHARE / 2


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 12))
def test_soak(
    tmp_path: Path,
    waits: list[float],
    impatient: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    seed: int,
) -> None:
    impatient()
    survives(tmp_path, capsys, 1000, seed)


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")
def test_a_kill_loses_at_most_what_is_under_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number, jobs = 40, 4
    folder, out = write(tmp_path / "calls", number), tmp_path / "out"
    answered = threading.Semaphore(0)

    def answer(request: dict[str, Any]) -> Reply:
        answered.release()
        return right(request)

    with FaultServer(answer=answer, delay=0.1).running() as server:
        command = options(folder, server, out)
        killed = 0
        for _ in range(2):
            running = process(*command, "--jobs", jobs)
            for _ in range(9):
                assert answered.acquire(timeout=30)
            running.send_signal(signal.SIGKILL)
            assert ended(running).code == -signal.SIGKILL
            killed += 1
            assert not (out / "records.jsonl").exists()
        done = bant(capsys, *command, "--jobs", jobs)
        assert done.code == 0, done.err
        asked = Counter(AMOUNT.search(r["messages"][1]["content"])[1] for r in server.requests)  # type: ignore[index]
    for name, record in made_in(out).items():
        assert_right(record, int(name.rpartition("c")[2]))
    assert len(asked) == number
    # Asked twice were at most those that were under way at each kill.
    assert sum(n - 1 for n in asked.values()) <= killed * jobs
    assert "calls were read before and are unchanged" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_two_runs_in_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = write(tmp_path / "calls", 20), tmp_path / "out"
    with FaultServer(answer=right, delay=0.2).running() as server:
        command = (*options(folder, server, out), "--jobs", 1)
        first = process(*command)
        while len(server.requests) < 2:
            assert first.poll() is None
            time.sleep(0.02)
        second = bant(capsys, *command)
        assert (second.code, second.out) == (2, "")
        assert second.err.splitlines()[0] == f"bant: {out}: another run is using this folder."
        first.send_signal(signal.SIGINT)
        assert ended(first).code == 130
        kept = made_in(out)
        assert 0 < len(kept) < 20
        assert bant(capsys, *command).code == 0
    assert len(made_in(out)) == 20
    assert len(server.requests) <= 21


def test_an_interruption_does_not_shrink_what_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Calls that a run has not come to stay as an earlier run has left them."""
    folder, out = write(tmp_path / "calls", 6), tmp_path / "out"
    interrupted = KeyboardInterrupt()

    with FaultServer(answer=right).running() as server:
        command = (*options(folder, server, out), "--jobs", 1)
        assert bant(capsys, *command).code == 0
        before = made_in(out)
        (folder / "2026-03-12-c022.txt").write_text("Priya Nair: Well?\nTom Okafor: No.\n")
        with pytest.MonkeyPatch.context() as patched:

            async def stop(*_: Any, **__: Any) -> None:
                raise interrupted

            patched.setattr("extractor.llm.asking.send", stop)
            assert bant(capsys, *command).code == 130
        assert made_in(out) == before
        assert bant(capsys, *command).code == 0
    after = made_in(out)
    assert {n for n, r in after.items() if r != before[n]} == {"2026-03-12-c022"}


# The provider is down


def test_a_server_that_is_down_is_left_alone(tmp_path: Path, waits: list[float]) -> None:
    with FaultServer(answer=fixed(fails(500))).running() as server:
        made = read(server, *(a_call(n) for n in range(100)), at_once=8, jobs=8)
        assert {how(r) for r in made.values()} == {"model_unreachable"}
        assert len(made) == 100
        # Each of those under way made its attempts, and no other did.
        assert len(server.requests) <= 8 * transport.ATTEMPTS


async def test_a_server_that_was_down_is_asked_again_after_a_rest(waits: list[float]) -> None:
    now = 1000.0
    down = True

    def answer(request: dict[str, Any]) -> Reply:
        return RESET if down else says("Yes", logprobs={"Yes": -0.1})

    with FaultServer(answer=answer).running() as server:
        client = await open_client("m", base_url=server.base_url, concurrency=2)
        client.pool._clock = lambda: now
        for _ in range(2):
            with pytest.raises(ModelUnreachable, match="no answer after"):
                await client.choose([{"role": "user", "content": "?"}], ["Yes"], usage=pipeline.Usage())
        asked = len(server.requests)
        with pytest.raises(ModelUnreachable, match="10 requests in a row") as caught:
            await client.choose([{"role": "user", "content": "?"}], ["Yes"], usage=pipeline.Usage())
        assert re.search(r"try again after \d\d:\d\d", caught.value.hint)
        assert len(server.requests) == asked
        now, down = now + 61, False
        await client.choose([{"role": "user", "content": "?"}], ["Yes"], usage=pipeline.Usage())
        assert len(server.requests) > asked
        await client.aclose()


pytestmark = pytest.mark.anyio
