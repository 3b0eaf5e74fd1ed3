"""When a request may start: how many are under way at once, how many a minute, and what a run may cost.

A server that refuses for load (429, 503, 529) is asked by half as many at once, and by one more again for
each round of answers; one that gives no answer to anybody is left alone for a while.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field

import anyio

from extractor.errors import CapReached, ModelError, ModelUnreachable
from extractor.llm import transport
from extractor.llm.pricing import Pricing, add, minus, tokens_of
from extractor.record import Usage

_OVERLOADED = frozenset({429, 503, 529})
# Faults in a row, whoever asked, after which the server is taken to be down; and the seconds until the next
# request goes to it.
_FAULTS = 10
_REST = 60.0
# Who interrupts a run cancels all that wait, too, one after the other and from another thread: for so many
# seconds nobody gets the place of a request that was cancelled, or it would be sent and paid for in vain.
_CANCELLING = 0.5


@dataclass(frozen=True)
class Limits:
    """What a run may use; None is no limit.

    Args:
        requests_per_minute: sent evenly, and not all at the beginning of each minute.
        tokens_per_minute: of prompts and answers.
        cost_usd: of the run, by the price that is known of the model.
        tokens: of the run, of prompts and answers.
    """

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    cost_usd: float | None = None
    tokens: int | None = None


@dataclass(eq=False)
class Place:
    """The place of one request: taken when all is ready to be sent, free as soon as the answer is there.

    Making a request and reading its answer take time, too; who waits for the place need not wait for that.
    """

    pool: Pool
    prompt_tokens: int
    expected: Usage
    # Once it is told, the request may be sent, or why it may not.
    told: anyio.Event = field(default_factory=anyio.Event)
    held: bool = False
    refused: ModelError | None = None
    started: float | None = None

    async def take(self) -> None:
        """Wait until the request may be sent.

        Raises:
            CapReached: the run may not use as much as this request might.
            ModelUnreachable: the server is taken to be down.
        """
        await self.pool.take(self)

    def free(self) -> None:
        """Let another be sent."""
        self.pool.free(self)


# Of the request that is being made: between it and what is sent stands an SDK, which knows nothing of places.
_MINE: ContextVar[Place] = ContextVar("_MINE")
_FIRST: ContextVar[Future[None] | None] = ContextVar("_FIRST", default=None)


@contextmanager
def sent_after(first: Future[None]) -> Iterator[None]:
    """What is asked in here is made ready, and takes no place before `first` is done."""
    token = _FIRST.set(first)
    try:
        yield
    finally:
        _FIRST.reset(token)


async def may_be_sent() -> None:
    """Wait for what `sent_after` says of the request that is being made."""
    if (first := _FIRST.get()) is not None and not first.done():
        # Others wait for it, too, also when this waiting is cancelled.
        await asyncio.shield(asyncio.wrap_future(first))


@asynccontextmanager
async def in_my_place(seconds: float) -> AsyncIterator[Place]:
    """Take the place of the request that is being made, and send it within so many seconds.

    Raises:
        ModelError: what `Place.take` raises.
        TimeoutError: it took longer. An SDK's own time-out is that between two bytes.
    """
    place = _MINE.get()
    await place.take()
    with anyio.fail_after(seconds):
        yield place


class Pool:
    """The places for requests to one model, first come, first served. All requests go through one pool.

    Args:
        model: its name, for errors.
        at_once: the most requests under way together.
        limits: the limits of the run.
        pricing: what a request costs.
        clock: seconds that go on evenly.
    """

    def __init__(
        self,
        model: str,
        at_once: int,
        limits: Limits,
        pricing: Pricing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.at_once = float(at_once)
        self.paid = Usage()
        self._model, self._most, self._limits, self._pricing, self._clock = (
            model, at_once, limits, pricing, clock,
        )  # fmt: skip
        self._under_way = 0
        # Of all whose use is not known yet.
        self._expected = Usage()
        self._waiting: deque[Place] = deque()
        self._capped = False
        # When the next request may start, and when the server was last found overloaded.
        self._next = self._cut = clock()
        self._faults = 0
        self._back = self._next

    @asynccontextmanager
    async def place(self, prompt_tokens: int, answer_tokens: int) -> AsyncIterator[Place]:
        """A place that is to be taken; what is learned from how the request went; and the place given back.

        Args:
            prompt_tokens: how many tokens will be sent, rather too many.
            answer_tokens: the most that may come back.

        Raises:
            ModelError: what `Place.take` raised, whatever it was made into on its way.
        """
        expected = Usage(llm_calls=1, prompt_tokens=prompt_tokens, completion_tokens=answer_tokens)
        if self._limits.cost_usd is not None:
            expected = self._pricing.usage(prompt_tokens, answer_tokens)
        place = Place(self, prompt_tokens, expected)
        leave = self._leave
        mine = _MINE.set(place)
        try:
            yield place
            self._faults = 0
            self.at_once = min(float(self._most), self.at_once + 1 / self.at_once)
        except asyncio.CancelledError:
            leave = self._leave_later
            raise
        except Exception as error:
            if place.refused is not None:
                raise place.refused from None
            if isinstance(error, transport.Fault) and place.started is not None:
                self._went_wrong(error, place.started)
            raise
        finally:
            _MINE.reset(mine)
            leave(place)

    def pay(self, usage: Usage, prompt_tokens: int) -> None:
        """Count what an answered request used in place of the prompt tokens that were expected."""
        add(self.paid, usage)
        if self._limits.tokens_per_minute:
            more = tokens_of(usage) - prompt_tokens
            self._next += 60 * more / self._limits.tokens_per_minute

    async def take(self, place: Place) -> None:
        """As `Place.take`."""
        await may_be_sent()
        self._waiting.append(place)
        self._serve()
        await place.told.wait()
        if place.refused is not None:
            raise place.refused
        await self._turn(place.prompt_tokens)
        place.started = self._clock()

    def free(self, place: Place) -> None:
        """As `Place.free`."""
        if place.held:
            place.held = False
            self._under_way -= 1
        self._serve()

    def _leave(self, place: Place) -> None:
        """Give the place back, also one that was free before: what was expected of it kept others waiting."""
        if not place.told.is_set():
            with suppress(ValueError):
                self._waiting.remove(place)
        elif place.refused is None:
            self._expected = minus(self._expected, place.expected)
        self.free(place)

    def _leave_later(self, place: Place) -> None:
        if place.held:
            asyncio.get_running_loop().call_later(_CANCELLING, self._leave, place)
        else:
            self._leave(place)

    def _serve(self) -> None:
        """Give the places that are free to those that came first. What can't be sent is refused at once."""
        while self._waiting:
            first = self._waiting[0]
            try:
                if not self._is_free(first.expected):
                    return
                self._under_way += 1
                add(self._expected, first.expected)
                first.held = True
            except ModelError as error:
                first.refused = error
            self._waiting.popleft()
            first.told.set()

    def _is_free(self, expected: Usage) -> bool:
        if self._faults >= max(_FAULTS, self._most) and self._clock() < self._back:
            again = dt.datetime.now() + dt.timedelta(seconds=self._back - self._clock())
            raise ModelUnreachable(
                f"{self._model}: no answer to {self._faults} requests in a row.",
                f"It may be down: try again after {again:%H:%M}. What was answered is kept.",
            )
        if self._capped or not self._fits(expected):
            # What others use may turn out to be less than it could have been.
            if self._expected.llm_calls and not self._capped:
                return False
            self._capped = True
            raise CapReached(
                f"{self._model}: the run has used what it may use ({self._caps()}).",
                "The same command goes on where this one stopped; a higher cap lets it go further.",
            )
        return self._under_way < int(self.at_once)

    def _fits(self, expected: Usage) -> bool:
        limits = self._limits
        if limits.tokens is not None:
            used = tokens_of(self.paid) + tokens_of(self._expected) + tokens_of(expected)
            if used > limits.tokens:
                return False
        if limits.cost_usd is not None:
            cost = sum(u.cost_usd or 0.0 for u in (self.paid, self._expected, expected))
            if cost > limits.cost_usd:
                return False
        return True

    def _caps(self) -> str:
        caps = []
        if self._limits.cost_usd is not None:
            caps.append(f"{self._limits.cost_usd:g} USD")
        if self._limits.tokens is not None:
            caps.append(f"{self._limits.tokens} tokens")
        return ", ".join(caps)

    async def _turn(self, tokens: int) -> None:
        now = self._clock()
        start = max(now, self._next)
        spaces = [0.0]
        if self._limits.requests_per_minute:
            spaces.append(60 / self._limits.requests_per_minute)
        if self._limits.tokens_per_minute:
            spaces.append(60 * tokens / self._limits.tokens_per_minute)
        self._next = start + max(spaces)
        if start > now:
            await transport.pause(start - now)

    def _went_wrong(self, fault: transport.Fault, started: float) -> None:
        now = self._clock()
        if fault.status in _OVERLOADED:
            # A burst of refusals to what was sent together is one sign, not many.
            if started >= self._cut:
                self.at_once, self._cut = max(1.0, self.at_once / 2), now
            if fault.wait:
                self._next = max(self._next, now + min(fault.wait, transport.LONGEST_WAIT))
        if fault.status != 429:
            self._faults += 1
            self._back = now + max(_REST, fault.wait or 0.0)
