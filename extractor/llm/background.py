"""A client on threads of its own, for callers on any thread and in any event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from pydantic import BaseModel

from extractor.llm.asking import ModelClient
from extractor.llm.base import Client, Message
from extractor.record import Usage

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")


class BackgroundClient:
    """Opens the client when it is first needed, and does what is to be done with it beside its callers.

    An SDK's connections belong to one event loop. This one lasts as long as the client, whatever loops its
    callers have, and does nothing else: calls are read in another, or what is ready to be sent would wait
    until all calls that have come so far are prepared.

    Args:
        open_client: opens the client.
    """

    def __init__(self, open_client: Callable[[], Awaitable[ModelClient]]) -> None:
        self._open_client = open_client
        self._client: ModelClient | None = None
        self._opening = anyio.Lock()
        self._under_way: set[anyio.CancelScope] = set()
        self._starting = threading.Lock()
        self._threads = ExitStack()
        self._reading: BlockingPortal | None = None
        self._asking: BlockingPortal | None = None
        self._closed = False

    def open(self) -> Future[None]:
        """Open the client before there is work for it. Raises what `start` raises."""

        async def opened(_: Client) -> None:
            pass

        return self.start(opened)

    def start(self, work: Callable[[Elsewhere], Awaitable[R]]) -> Future[R]:
        """Begin `work` on a thread of its own. Its future raises what `open_client` and `work` raise.

        Raises:
            RuntimeError: it is closed; the future raises it where it is closed before the work is done.
        """
        with self._starting:
            if self._closed:
                raise RuntimeError("The extractor is closed; open another.")
            if self._reading is None:
                # Left in the reverse order: what is read needs the model to its end.
                self._asking = self._threads.enter_context(start_blocking_portal(name="bant-model"))
                self._reading = self._threads.enter_context(start_blocking_portal(name="bant-extractor"))
            return self._reading.start_task_soon(self._do, work)

    def close(self) -> None:
        """End what is under way, close the client and stop the threads. Doing it again does nothing."""
        with self._starting:
            self._closed = True
            reading, self._reading = self._reading, None
        if reading is not None:
            with self._threads:
                reading.call(self._let_go)

    async def _do(self, work: Callable[[Elsewhere], Awaitable[R]]) -> R:
        with anyio.CancelScope() as scope:
            self._under_way.add(scope)
            try:
                return await work(await self._opened())
            finally:
                self._under_way.discard(scope)
        raise RuntimeError("The extractor was closed before this was done.")

    async def _opened(self) -> Elsewhere:
        assert self._asking is not None
        async with self._opening:
            if self._client is None:
                self._client = await _on(self._asking, self._open_client)
            return Elsewhere(self._client, self._asking)

    async def _let_go(self) -> None:
        for scope in self._under_way:
            scope.cancel()
        async with self._opening:
            if self._client is not None and self._asking is not None:
                client, self._client = self._client, None
                await _on(self._asking, client.aclose)


@dataclass(frozen=True)
class _Through:
    """A client that asks another in its own way."""

    inside: Client

    @property
    def model(self) -> str:
        """The client's."""
        return self.inside.model

    @property
    def context_tokens(self) -> int:
        """The client's."""
        return self.inside.context_tokens

    def count_tokens(self, text: str) -> int:
        """As the client counts."""
        return self.inside.count_tokens(text)

    async def ask(
        self,
        messages: Sequence[Message],
        answer: type[M],
        *,
        max_tokens: int,
        usage: Usage,
        warnings: list[str] | None = None,
    ) -> M:
        """As `Client.ask`."""
        asking = partial(
            self.inside.ask, messages, answer, max_tokens=max_tokens, usage=usage, warnings=warnings
        )
        return await self._do(asking)

    async def choose(
        self, messages: Sequence[Message], choices: Sequence[str], *, usage: Usage
    ) -> dict[str, float]:
        """As `Client.choose`."""
        return await self._do(partial(self.inside.choose, messages, choices, usage=usage))

    async def _do(self, work: Callable[[], Awaitable[R]]) -> R:
        raise NotImplementedError


@dataclass(frozen=True)
class Elsewhere(_Through):
    """A client that lives in another event loop, and is used nowhere else."""

    loop: BlockingPortal

    async def _do(self, work: Callable[[], Awaitable[R]]) -> R:
        return await _on(self.loop, work)


@dataclass(frozen=True)
class After(_Through):
    """A client that asks nothing before something else is done."""

    first: Future[None]

    async def _do(self, work: Callable[[], Awaitable[R]]) -> R:
        if not self.first.done():
            # Others wait for it, too, also when this waiting is cancelled.
            await asyncio.shield(asyncio.wrap_future(self.first))
        return await work()


async def _on(loop: BlockingPortal, work: Callable[[], Awaitable[R]]) -> R:
    """Do work in another loop; where the waiting is cancelled, so is the work."""
    return await asyncio.wrap_future(loop.start_task_soon(work))
