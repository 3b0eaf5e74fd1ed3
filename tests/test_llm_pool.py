"""Who may ask when, with a clock that the tests move."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio.lowlevel
import pytest
from fault_server import FaultServer, Reply, fails, says

from extractor.errors import CapReached, ModelUnreachable
from extractor.llm import transport
from extractor.llm.connection import Connection
from extractor.llm.pool import Limits, Place, Pool, sent_after
from extractor.llm.pricing import Pricing, add, minus, tokens_of
from extractor.llm.transport import Fault
from extractor.record import Usage

pytestmark = pytest.mark.anyio

PRICED = Pricing("gpt-4.1-mini", "openai")


class Clock:
    """Goes on only while somebody pauses."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()

    async def pause(seconds: float) -> None:
        made.now += seconds

    monkeypatch.setattr(transport, "pause", pause)
    return made


def pool(clock: Callable[[], float], at_once: int = 4, pricing: Pricing = PRICED, **limits: float) -> Pool:
    return Pool("m", at_once, Limits(**limits), pricing, clock)  # type: ignore[arg-type]


@asynccontextmanager
async def placed(one: Pool, prompt: int, answer: int) -> AsyncIterator[Place]:
    """A request while it is under way."""
    async with one.place(prompt, answer) as place:
        await place.take()
        yield place


async def ask(one: Pool, prompt: int = 100, answer: int = 10, used: int | None = None) -> None:
    """A request that is answered with `used` tokens in all, or as many as were expected."""
    async with placed(one, prompt, answer):
        total = prompt + answer if used is None else used
        one.pay(Usage(llm_calls=1, prompt_tokens=total), prompt)


async def refused(one: Pool, status: int | None, wait: float | None = None) -> None:
    with pytest.raises(Fault):
        async with placed(one, 1, 1):
            raise Fault(status, wait)


# Rates


async def test_requests_are_spread_over_the_minute(clock: Clock) -> None:
    one = pool(clock, requests_per_minute=120)
    for _ in range(5):
        await ask(one)
    assert clock.now - 100 == pytest.approx(4 * 0.5)


async def test_tokens_are_counted_as_they_were_used(clock: Clock) -> None:
    one = pool(clock, tokens_per_minute=6000)
    # 100 tokens are expected, 300 come: three seconds each.
    for _ in range(4):
        await ask(one, prompt=100, used=300)
    assert clock.now - 100 == pytest.approx(3 * 3.0)


async def test_the_stricter_limit_holds(clock: Clock) -> None:
    one = pool(clock, requests_per_minute=60, tokens_per_minute=60)
    for _ in range(3):
        await ask(one, prompt=5, used=5)
    assert clock.now - 100 == pytest.approx(2 * 5.0)


async def test_without_limits_nobody_waits(clock: Clock) -> None:
    one = pool(clock)
    for _ in range(50):
        await ask(one)
    assert clock.now == 100


# Together


async def test_a_server_that_is_overloaded_is_asked_by_fewer_and_then_by_more(clock: Clock) -> None:
    one = pool(clock, at_once=8)
    await refused(one, 429)
    assert one.at_once == 4
    clock.now += 1
    await refused(one, 503)
    assert one.at_once == 2
    for _ in range(2):
        await ask(one)
    assert 2.5 < one.at_once < 3
    for _ in range(60):
        await ask(one)
    assert one.at_once == 8


async def test_refusals_of_what_was_sent_together_are_one_sign(clock: Clock) -> None:
    one = pool(clock, at_once=8)
    begun = 0

    async def request() -> None:
        nonlocal begun
        async with placed(one, 1, 1):
            begun += 1
            while begun < 6:
                await anyio.lowlevel.checkpoint()
            clock.now += 0.01
            raise Fault(429, None)

    async def together() -> None:
        with pytest.raises(Fault):
            await request()

    async with anyio.create_task_group() as group:
        for _ in range(6):
            group.start_soon(together)
    assert one.at_once == 4


async def test_it_never_goes_below_one(clock: Clock) -> None:
    one = pool(clock, at_once=2)
    for _ in range(4):
        clock.now += 1
        await refused(one, 429)
    assert one.at_once == 1
    await ask(one)


async def test_no_more_are_under_way_than_there_are_places(clock: Clock) -> None:
    one = pool(clock, at_once=4)
    await refused(one, 429)
    most = under_way = 0

    async def request() -> None:
        nonlocal most, under_way
        async with placed(one, 1, 1):
            under_way += 1
            most = max(most, under_way)
            for _ in range(3):
                await anyio.lowlevel.checkpoint()
            under_way -= 1

    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(request)
    # Two at first, and more again after some answers.
    assert 2 <= most <= 4
    assert one.at_once == 4


async def test_retry_after_holds_for_everybody(clock: Clock) -> None:
    one = pool(clock)
    await refused(one, 429, wait=20)
    await ask(one)
    assert clock.now - 100 == pytest.approx(20)


async def test_first_come_first_served(clock: Clock) -> None:
    one = pool(clock, at_once=2)
    served: list[int] = []

    async def request(number: int) -> None:
        async with placed(one, 1, 1):
            served.append(number)
            # The first comes back last.
            for _ in range(3 if number else 20):
                await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        for number in range(9):
            group.start_soon(request, number)
    assert served == list(range(9))


@pytest.mark.parametrize("hops", range(8))
async def test_one_that_is_cancelled_while_it_waits_or_is_served_takes_no_place(
    clock: Clock, hops: int
) -> None:
    one = pool(clock, at_once=1)
    served: list[str] = []

    async def first() -> None:
        async with placed(one, 1, 1):
            for _ in range(4):
                await anyio.lowlevel.checkpoint()

    async def second(scope: anyio.CancelScope) -> None:
        with scope:
            await ask(one)
            served.append("second")

    async def third() -> None:
        await ask(one)
        served.append("third")

    scope = anyio.CancelScope()
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(first)
            group.start_soon(second, scope)
            group.start_soon(third)
            for _ in range(hops):
                await anyio.lowlevel.checkpoint()
            scope.cancel()
    assert served[-1] == "third"
    await ask(one)


async def test_a_cap_is_told_to_all_who_wait(clock: Clock) -> None:
    one = pool(clock, at_once=1, tokens=250)
    told: list[str] = []

    async def request() -> None:
        try:
            await ask(one, prompt=100, answer=10)
            told.append("answered")
        except CapReached as error:
            told.append(error.kind)

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(request)
    assert told == ["answered"] * 2 + ["cap_reached"] * 4


async def test_a_place_is_given_back_by_one_that_is_cancelled(clock: Clock) -> None:
    one = pool(clock, at_once=1)
    with anyio.move_on_after(0.01):
        async with placed(one, 1, 1):
            await anyio.sleep(10)
    with anyio.fail_after(5):
        await ask(one)


async def test_a_place_is_free_for_the_next_while_an_answer_is_read(clock: Clock) -> None:
    one = pool(clock, at_once=1)
    async with placed(one, 1, 1) as place:
        with anyio.move_on_after(0.01) as waiting:
            await ask(one)
        assert waiting.cancelled_caught
        place.free()
        with anyio.fail_after(5):
            await ask(one)
    # It is not given back twice.
    async with placed(one, 1, 1):
        with anyio.move_on_after(0.01) as waiting:
            await ask(one)
        assert waiting.cancelled_caught


async def test_what_taking_a_place_raises_comes_out_whatever_becomes_of_it(clock: Clock) -> None:
    one = pool(clock, tokens=10)

    async def wrapped() -> None:
        async with one.place(100, 100) as place:
            try:
                await place.take()
            except CapReached:
                raise Fault(None, None) from None

    for _ in range(11):
        with pytest.raises(CapReached):
            await wrapped()


async def test_what_comes_after_something_is_made_ready_before_it(clock: Clock) -> None:
    one = pool(clock, at_once=1)
    first = Future[None]()
    order: list[str] = []

    async def request() -> None:
        with sent_after(first):
            async with one.place(1, 1) as place:
                order.append("made")
                await place.take()
                order.append("sent")

    async with anyio.create_task_group() as group:
        group.start_soon(request)
        await anyio.wait_all_tasks_blocked()
        # It waits in nobody's way.
        await ask(one)
        order.append("first")
        first.set_result(None)
    assert order == ["made", "first", "sent"]


@pytest.mark.parametrize(("reply", "held"), [(says("{}"), False), (fails(429), True), (fails(400), True)])
async def test_a_connection_frees_its_place_when_the_whole_answer_is_in(
    clock: Clock, reply: Reply, held: bool
) -> None:
    one = pool(clock)
    with FaultServer(reply).running() as server:
        async with Connection(5, trust_env=False) as connection, one.place(1, 1) as place:
            await connection.post(f"{server.base_url}/chat/completions", json={})
            assert (place.started is not None, place.held) == (True, held)


async def test_a_connection_gives_up_after_its_seconds_not_counting_those_that_it_waits(clock: Clock) -> None:
    one = pool(clock, at_once=1)
    with FaultServer(replace(says("{}"), drip=0.05)).running() as server:
        url = f"{server.base_url}/chat/completions"
        async with Connection(0.2, trust_env=False) as connection:

            async def request() -> None:
                with pytest.raises(TimeoutError):
                    async with one.place(1, 1):
                        await connection.post(url, json={})

            async with anyio.create_task_group() as group, placed(one, 1, 1):
                group.start_soon(request)
                # Longer than the request may take, which has not been sent.
                await anyio.sleep(0.4)
                assert not server.requests


async def test_who_waits_is_not_sent_while_others_are_being_cancelled(clock: Clock) -> None:
    one = pool(clock, at_once=2)
    sent: list[int] = []

    async def request(number: int, scope: anyio.CancelScope) -> None:
        with scope:
            async with placed(one, 1, 1):
                sent.append(number)
                await anyio.sleep(10)

    scopes = [anyio.CancelScope() for _ in range(6)]
    async with anyio.create_task_group() as group:
        for number, scope in enumerate(scopes):
            group.start_soon(request, number, scope)
        await anyio.wait_all_tasks_blocked()
        for scope in scopes:
            scope.cancel()
            await anyio.sleep(0.01)
    assert sent == [0, 1]


# Down


async def test_after_ten_faults_in_a_row_nobody_asks_for_a_minute(clock: Clock) -> None:
    one = pool(clock)
    for _ in range(10):
        await refused(one, None)
    with pytest.raises(ModelUnreachable, match="no answer to 10 requests in a row"):
        await ask(one)
    clock.now += 61
    await ask(one)
    await refused(one, 500)
    await ask(one)


async def test_a_server_that_is_only_busy_is_not_down(clock: Clock) -> None:
    one = pool(clock)
    for _ in range(30):
        await refused(one, 429)
    await ask(one)


# Caps


async def test_tokens_are_never_more_than_the_cap(clock: Clock) -> None:
    one = pool(clock, tokens=1000)
    for _ in range(5):
        await ask(one, prompt=100, answer=200, used=150)
    # Now 750 are used: 300 more might be too many.
    with pytest.raises(CapReached, match="1000 tokens"):
        await ask(one, prompt=100, answer=200)
    assert tokens_of(one.paid) == 750
    with pytest.raises(CapReached):
        await ask(one, prompt=1, answer=1)


async def test_what_is_under_way_counts_with_all_that_it_may_use(clock: Clock) -> None:
    one = pool(clock, tokens=1000)
    order: list[str] = []

    async def first() -> None:
        async with placed(one, 400, 300):
            order.append("first")
            for _ in range(5):
                await anyio.lowlevel.checkpoint()
            one.pay(Usage(prompt_tokens=400, completion_tokens=10), 400)
            order.append("first ends")

    async def second() -> None:
        async with placed(one, 300, 100):
            order.append("second")

    async with anyio.create_task_group() as group:
        group.start_soon(first)
        group.start_soon(second)
    # It did not fit beside the first as expected, and fits beside it as it was.
    assert order == ["first", "first ends", "second"]


async def test_what_is_still_read_counts_with_all_that_it_may_use(clock: Clock) -> None:
    one = pool(clock, tokens=1000)
    order: list[str] = []

    async def second() -> None:
        async with placed(one, 300, 100):
            order.append("second")

    async with anyio.create_task_group() as group, placed(one, 400, 300) as place:
        place.free()
        group.start_soon(second)
        await anyio.wait_all_tasks_blocked()
        one.pay(Usage(prompt_tokens=400, completion_tokens=10), 400)
        order.append("first ends")
    assert order == ["first ends", "second"]


async def test_money_is_never_more_than_the_cap(clock: Clock) -> None:
    # gpt-4.1-mini: 0.40 USD a million tokens read, 1.60 written.
    one = pool(clock, cost_usd=1.0)

    async def request() -> None:
        async with placed(one, 1_000_000, 0):
            one.pay(PRICED.usage(1_000_000, 0), 1_000_000)

    await request()
    await request()
    with pytest.raises(CapReached, match="1 USD"):
        await request()
    assert one.paid.cost_usd == pytest.approx(0.8)


def test_usages_are_added_and_taken_away() -> None:
    usage = Usage(llm_calls=1, prompt_tokens=5)
    add(usage, Usage(llm_calls=2, prompt_tokens=3, cached_tokens=1, completion_tokens=4, cost_usd=0.5))
    assert usage == Usage(llm_calls=3, prompt_tokens=8, cached_tokens=1, completion_tokens=4, cost_usd=0.5)
    left = minus(usage, Usage(llm_calls=1, prompt_tokens=5))
    assert left == Usage(llm_calls=2, prompt_tokens=3, cached_tokens=1, completion_tokens=4, cost_usd=0.5)
    assert minus(Usage(), Usage()).cost_usd is None


def test_only_some_models_have_a_price() -> None:
    assert PRICED.known
    assert not Pricing("tiny").known
