from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import anyio
import pytest
from fakes import Answer, FakeClient, call, text_of

import extractor
from extractor import pipeline
from extractor.errors import (
    InputError,
    ModelAnswerInvalid,
    ModelError,
    ModelNotFound,
    ModelRefused,
    ModelUnreachable,
    OutputError,
)
from extractor.llm.pool import may_be_sent
from extractor.pipeline import Extractor, failed, is_embedded
from extractor.record import AnyRecord, FailedRecord, Record
from extractor.transcript import Transcript, Turn

MONEY = "We have ninety thousand dollars approved for this year."
THREAD = "bant-extractor"
UNREACHABLE = ModelUnreachable("m: no answer.", "Check the address.")
REFUSED = ModelRefused("m: refused (HTTP 401).", "Set a key.")


class Client(FakeClient):
    """A fake that answers every question in the same way unless told otherwise, and can be closed."""

    def __init__(self, answer: Answer | None = None) -> None:
        super().__init__()
        self.answer: Answer = answer or {}
        self.closed = 0
        self.close_error: Exception | None = None

    def _next(self, messages: Any) -> Any:
        self.answers.append(self.answer)
        return super()._next(messages)

    async def aclose(self) -> None:
        self.closed += 1
        if self.close_error:
            raise self.close_error


class Gate(Client):
    """A client whose answers wait until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Semaphore(0)
        self.cancelled = 0
        self.open = threading.Event()

    async def ask(self, *args: Any, **options: Any) -> Any:
        self.reached.release()
        try:
            while not self.open.is_set():  # noqa: ASYNC110 (it is opened by another thread)
                await anyio.sleep(0.005)
        except BaseException:
            self.cancelled += 1
            raise
        return await super().ask(*args, **options)


def use(monkeypatch: pytest.MonkeyPatch, client: FakeClient | Exception) -> None:
    async def open_client(*_: Any, **__: Any) -> FakeClient:
        if isinstance(client, Exception):
            raise client
        return client

    monkeypatch.setattr(pipeline, "open_client", open_client)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    made = Client()
    use(monkeypatch, made)
    return made


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = Gate()
    use(monkeypatch, made)
    return made


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert THREAD not in {t.name for t in threading.enumerate()}


def extractor_() -> Extractor:
    return Extractor(model="fake/scripted")


def calls(*names: str) -> list[Transcript | FailedRecord]:
    return [call(("buyer", f"This is {name}."), ("seller", "I see."), call_id=name) for name in names]


def unread(name: str) -> FailedRecord:
    return failed(name, f"{name}.txt", InputError(f"{name}.txt: the file is empty."))


def by_name(answers: dict[str, Answer]) -> Callable[[str], Any]:
    """Answers by the call that is asked about; `{}` for others."""

    def answer(text: str) -> Any:
        for name, said in answers.items():
            if f"This is {name}." in text:
                if isinstance(said, Exception):
                    raise said
                return said
        return {}

    return answer


def read_all(
    made: list[Transcript | FailedRecord], at_once: int = 1
) -> tuple[dict[str, str | None], list[AnyRecord]]:
    """The kind of each call's error (None where it was read), in order, and the records."""
    records: list[AnyRecord] = []

    async def work() -> None:
        async with extractor_() as ex:
            await ex.aextract_all(made, records.append, at_once=at_once)

    asyncio.run(work())
    return {r.call_id: r.error.kind if isinstance(r, FailedRecord) else None for r in records}, records


# One call


def test_a_call_becomes_a_record_with_proof(client: Client) -> None:
    client.answer = {
        "budget": [
            {"amount_min": 90000, "amount_max": 90000, "currency": "USD", "period": "year", "quotes": [MONEY]}
        ]
    }
    with extractor_() as ex:
        record = ex.extract(call(("seller", "What is set aside?"), ("buyer", MONEY), call_id="a01"))
    budget = record.fields["budget"]
    assert (record.call_id, budget.status, budget.option) == ("a01", "stated", "50k_100k")
    assert [(e.turn, e.quote) for e in budget.evidence] == [(1, MONEY)]
    assert record.missing == ["authority", "need", "timeline"]
    assert len(record.next_questions) == 3
    assert record.score == budget.points
    assert record.usage.llm_calls == 1


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        ((("seller", "Is anybody there?"),), "nobody on the buyer's side"),
        ((("", "We need a thing."), ("", "And a second.")), "sides can't be told with 0 named speakers"),
    ],
)
def test_a_call_without_a_buyer_is_read_with_a_warning(
    client: Client, turns: tuple[tuple[str, str], ...], said: str
) -> None:
    with extractor_() as ex:
        record = ex.extract(call(*turns))
    assert any(said in w for w in record.warnings)
    assert {f.status for f in record.fields.values()} == {"absent"}


def test_one_speaker_alone_has_no_side(client: Client) -> None:
    alone = Transcript(turns=(Turn(speaker="Tom", text="We need this."), Turn(speaker="Tom", text="Soon.")))
    with extractor_() as ex:
        record = ex.extract(alone)
    assert any("1 named speaker" in w for w in record.warnings)
    assert [p.side for p in record.participants] == [None]


def test_a_name_in_no_encoding_still_makes_a_record(client: Client) -> None:
    transcript = call(("buyer", "Hello."), call_id="caf\udce9", source="x/caf\udce9.txt")
    with extractor_() as ex:
        made = json.loads(ex.extract(transcript).model_dump_json())
    assert (made["call_id"], made["source"]) == ("caf\\udce9", "x/caf\\udce9.txt")
    gone = failed("caf\udce9", "caf\udce9.txt", InputError("caf\udce9.txt: the file is empty."))
    assert json.loads(gone.model_dump_json())["error"]["message"] == "caf\\udce9.txt: the file is empty."


def test_an_unknown_strategy_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="'wild'; there are whole, evidence"):
        Extractor(strategy="wild")


@pytest.mark.parametrize(
    ("model", "embedded"),
    [
        ("local", True), ("local:my.gguf", True), ("local/qwen", True), ("openai/gpt-5", False),
        ("localai", False),
    ],
)  # fmt: skip
def test_which_models_are_the_embedded_one(model: str, embedded: bool) -> None:
    assert is_embedded(model) is embedded
    assert Extractor(model=model)._strategy.name == ("evidence" if embedded else "whole")


# Many calls


def test_each_call_is_taken_when_its_turn_comes(client: Client) -> None:
    taken: list[str] = []
    seen: list[tuple[str, int]] = []

    def waiting() -> Iterator[Transcript | FailedRecord]:
        for one in calls("a", "b", "c"):
            taken.append(one.call_id)
            yield one

    async def work() -> None:
        async with extractor_() as ex:
            await ex.aextract_all(waiting(), lambda r: seen.append((r.call_id, len(taken))))

    asyncio.run(work())
    assert seen == [("a", 1), ("b", 2), ("c", 3)]


def test_as_many_calls_as_wanted_are_under_way_together(gate: Gate) -> None:
    def opener() -> None:
        for _ in range(3):
            assert gate.reached.acquire(timeout=10)
        # A fourth would have come by now.
        assert not gate.reached.acquire(timeout=0.1)
        gate.open.set()

    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(opener)
        kinds, _ = read_all(calls(*"abcdef"), at_once=3)
        opening.result()
    assert kinds == dict.fromkeys("abcdef")


class Counting(Client):
    """A client that counts how many questions it is asked together, before its first answer and after.

    It answers when as many have come as should, and a moment later, in which more of them would come.
    """

    def __init__(self, at_first: int, later: int) -> None:
        super().__init__()
        self.now = self.most_at_first = self.most = 0
        self.at_first, self.later = at_first, later
        self.came = anyio.Condition()

    async def ask(self, *args: Any, **options: Any) -> Any:
        await may_be_sent()
        self.now += 1
        self.most = max(self.most, self.now)
        if not self.asked:
            self.most_at_first = self.most
        with anyio.move_on_after(10):
            async with self.came:
                self.came.notify_all()
                while self.most < (self.later if self.asked else self.at_first):
                    await self.came.wait()
        await anyio.sleep(0.05)
        self.now -= 1
        return await super().ask(*args, **options)


@pytest.mark.parametrize(("jobs", "at_once", "most"), [(1, 1, 2), (4, 4, 8), (8, 8, 16), (16, 8, 8)])
def test_once_the_model_has_answered_as_many_calls_again_wait_for_their_place(
    monkeypatch: pytest.MonkeyPatch, jobs: int, at_once: int, most: int
) -> None:
    # This one has a place for everybody: so many are prepared.
    client = Counting(at_once, most)
    use(monkeypatch, client)

    async def work() -> None:
        async with Extractor(model="fake/scripted", jobs=jobs) as ex:
            await ex.aextract_all(calls(*map(str, range(40))), lambda _: None, at_once=at_once)

    asyncio.run(work())
    assert (client.most_at_first, client.most, len(client.asked)) == (at_once, most, 40)


def test_a_call_that_fails_leaves_the_others(client: Client) -> None:
    client.answer = by_name({"b": ModelError("m: no.")})
    kinds, _ = read_all([unread("x"), *calls("a", "b", "c")])
    assert kinds == {"x": "input", "a": None, "b": "model", "c": None}


def test_a_bug_of_ours_is_told_by_type_and_place_alone(client: Client) -> None:
    secret = "ninety thousand"
    client.answer = by_name({"b": LookupError(f"no {secret}")})
    kinds, records = read_all(calls("a", "b", "c"))
    assert kinds == {"a": None, "b": "internal", "c": None}
    (bug,) = [r for r in records if isinstance(r, FailedRecord)]
    assert bug.error.message.startswith("LookupError at llm/through.py:")
    assert "report" in bug.error.hint
    assert secret not in bug.model_dump_json()


def test_a_first_call_that_is_refused_ends_the_run_and_nothing_is_handed_on(client: Client) -> None:
    client.answer = REFUSED
    records: list[AnyRecord] = []

    async def work() -> None:
        async with extractor_() as ex:
            await ex.aextract_all([unread("x"), *calls("a", "b", "c")], records.append, at_once=2)

    with pytest.raises(ModelRefused):
        asyncio.run(work())
    assert records == []


def test_a_later_call_that_is_refused_fails_alone(client: Client) -> None:
    client.answer = by_name({"b": REFUSED})
    assert read_all(calls("a", "b", "c"))[0] == {"a": None, "b": "model_refused", "c": None}


@pytest.mark.parametrize("at_once", [1, 4])
def test_a_model_that_cannot_be_reached_is_not_tried_for_every_call(client: Client, at_once: int) -> None:
    client.answer = UNREACHABLE
    made = calls(*(f"c{n}" for n in range(50)))
    kinds, records = read_all([*made, unread("x")], at_once=at_once)
    assert set(kinds.values()) == {"model_unreachable", "input"}
    assert kinds["x"] == "input"
    assert len(kinds) == 51
    assert {r.error.message for r in records if isinstance(r, FailedRecord)} == {
        UNREACHABLE.message, "x.txt: the file is empty.",
    }  # fmt: skip
    assert len(client.asked) <= at_once


def test_before_the_model_has_answered_nothing_is_asked_about_calls_only_prepared(client: Client) -> None:
    client.answer = UNREACHABLE

    async def work() -> None:
        async with Extractor(model="fake/scripted", jobs=8) as ex:
            await ex.aextract_all(calls(*map(str, range(40))), lambda _: None, at_once=8)

    asyncio.run(work())
    assert len(client.asked) <= 8


def test_a_model_that_has_answered_may_miss_two_calls(client: Client) -> None:
    client.answer = by_name(dict.fromkeys(("b", "c", "e", "f"), UNREACHABLE))
    kinds, _ = read_all(calls(*"abcdefg"))
    assert [name for name, kind in kinds.items() if kind] == ["b", "c", "e", "f"]
    assert len(client.asked) == 7


def test_a_model_that_goes_away_is_given_up_after_three(client: Client) -> None:
    client.answer = by_name(dict.fromkeys("bcde", UNREACHABLE))
    kinds, _ = read_all(calls(*"abcdefgh"))
    assert kinds == {"a": None} | dict.fromkeys("bcdefgh", "model_unreachable")
    assert len(client.asked) == 4


def test_while_one_worker_gets_answers_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call can't be reached while the second is under way, which then is answered."""

    class Late(Client):
        async def ask(self, messages: Any, *args: Any, **options: Any) -> Any:
            if "This is a." not in text_of(messages):
                await anyio.sleep(0.05)
            return await super().ask(messages, *args, **options)

    use(monkeypatch, Late(by_name({"a": UNREACHABLE})))
    kinds, _ = read_all(calls(*"abcd"), at_once=2)
    assert kinds == {"a": "model_unreachable", "b": None, "c": None, "d": None}


def test_an_answer_that_cannot_be_used_is_an_answer(client: Client) -> None:
    """So a refusal after it is that call's own."""
    client.answer = by_name({"a": ModelAnswerInvalid("m: no valid answer."), "b": REFUSED})
    kinds, records = read_all(calls("a", "b", "c"))
    assert kinds == {"a": None, "b": "model_refused", "c": None}
    assert isinstance(records[0], Record)
    assert records[0].incomplete


@pytest.mark.parametrize("at_once", [1, 3])
def test_an_error_of_the_taker_is_raised_as_itself(client: Client, at_once: int) -> None:
    def full(_: AnyRecord) -> None:
        raise OutputError("the disk is full.")

    async def work() -> None:
        async with extractor_() as ex:
            await ex.aextract_all(calls("a", "b", "c", "d"), full, at_once=at_once)

    with pytest.raises(OutputError, match="full"):
        asyncio.run(work())


def test_without_a_model_the_first_call_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, ModelNotFound("m: no such model."))
    taken: list[str] = []

    def waiting() -> Iterator[Transcript | FailedRecord]:
        for one in [unread("x"), *calls("a", "b")]:
            taken.append(one.call_id)
            yield one

    async def work() -> None:
        async with extractor_() as ex:
            await ex.aextract_all(waiting(), lambda _: pytest.fail("handed on"))

    with pytest.raises(ModelNotFound):
        asyncio.run(work())
    assert taken == ["x", "a"]


# Used from anywhere


def test_the_functions_let_go_of_the_model(client: Client) -> None:
    record = extractor.extract(call(("buyer", "Hello.")), model="fake/scripted")
    again = asyncio.run(extractor.aextract(call(("buyer", "Hello.")), model="fake/scripted"))
    assert record.fields == again.fields
    assert client.closed == 2


def test_inside_a_running_loop_and_in_several_loops(client: Client) -> None:
    one = call(("buyer", "Hello."))

    async def work(ex: Extractor) -> None:
        assert ex.extract(one).score == 0
        together = await asyncio.gather(*(ex.aextract(one) for _ in range(3)))
        assert [r.score for r in together] == [0, 0, 0]

    with extractor_() as ex:
        asyncio.run(work(ex))
        asyncio.run(work(ex))
        assert ex.extract(one).score == 0
    assert (client.closed, len(client.asked)) == (1, 9)


def test_calls_that_are_gathered_are_asked_about_together(gate: Gate) -> None:
    async def work() -> None:
        async with extractor_() as ex:
            reading = asyncio.gather(*(ex.aextract(one) for one in calls("a", "b", "c")))
            for _ in range(3):
                assert await asyncio.to_thread(gate.reached.acquire, timeout=10)
            gate.open.set()
            assert [r.call_id for r in await reading] == ["a", "b", "c"]

    asyncio.run(work())


def test_several_threads_share_one_client(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []

    async def open_client(*_: Any, **__: Any) -> Client:
        opened.append(1)
        await anyio.sleep(0.02)
        return Client()

    monkeypatch.setattr(pipeline, "open_client", open_client)
    with extractor_() as ex, ThreadPoolExecutor(8) as pool:
        names = [r.call_id for r in pool.map(ex.extract, calls(*"abcdefgh"))]
    assert names == list("abcdefgh")
    assert len(opened) == 1


def test_after_closing_it_says_so(client: Client) -> None:
    ex = extractor_()
    ex.extract(call(("buyer", "Hello.")))
    ex.close()
    ex.close()
    assert client.closed == 1
    with pytest.raises(RuntimeError, match="closed; open another"):
        ex.extract(call(("buyer", "Hello.")))
    with pytest.raises(RuntimeError, match="closed; open another"):
        asyncio.run(ex.aextract(call(("buyer", "Hello."))))


def test_closing_one_that_was_never_used(client: Client) -> None:
    with extractor_():
        pass
    assert client.closed == 0


@pytest.mark.parametrize("wrong", ["model", "reading", "closing"])
def test_the_thread_ends_whatever_went_wrong(
    monkeypatch: pytest.MonkeyPatch, client: Client, wrong: str
) -> None:
    expected: type[Exception] = LookupError
    if wrong == "model":
        use(monkeypatch, ModelNotFound("m: no such model."))
        expected = ModelNotFound
    elif wrong == "reading":
        client.answer = LookupError("x")
    else:
        client.close_error = LookupError("x")
    with pytest.raises(expected), extractor_() as ex:
        ex.extract(call(("buyer", "Hello.")))


def test_what_is_under_way_when_it_is_closed_fails(gate: Gate) -> None:
    ex = extractor_()
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(ex.extract, call(("buyer", "Hello.")))
        assert gate.reached.acquire(timeout=10)
        ex.close()
        with pytest.raises(RuntimeError, match="was closed"):
            reading.result(timeout=10)
    assert gate.closed == 1


def test_a_cancelled_call_ends_its_question(gate: Gate) -> None:
    async def work() -> None:
        async with extractor_() as ex:
            reading = asyncio.create_task(ex.aextract(call(("buyer", "Hello."))))
            assert await asyncio.to_thread(gate.reached.acquire, timeout=10)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading

    asyncio.run(work())
    assert gate.cancelled == 1


def test_one_that_nobody_closes_lets_the_program_end(tmp_path: Path) -> None:
    code = (
        "from fakes import FakeClient, call\n"
        "from extractor import Extractor, pipeline\n"
        "async def open_client(*_, **__): return FakeClient({})\n"
        "pipeline.open_client = open_client\n"
        "ex = Extractor(model='fake/scripted')\n"
        "print(ex.extract(call(('buyer', 'Hello.'))).score)\n"
    )
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={"PYTHONPATH": f"{here}:{here.parent}", "HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")


def test_one_that_is_dropped_stops_its_thread(client: Client) -> None:
    ex: Extractor | nullcontext[None] = extractor_()
    assert isinstance(ex, Extractor)
    ex.extract(call(("buyer", "Hello.")))
    del ex
    assert client.closed == 1
