"""A client on threads of its own, for callers on any thread and in any event loop."""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import ExitStack
from typing import TypeVar

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal

from extractor.llm.asking import ModelClient
from extractor.llm.base import Client
from extractor.llm.through import Elsewhere, do_in

R = TypeVar("R")

# Seconds that other work stands back at most: a thread that is always busy must stop neither it nor a
# caller's event loop.
_STANDS_BACK = 0.05


class _Waiting(selectors.DefaultSelector):
    """Tells when its event loop has nothing to do but to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.idle = threading.Event()
        self.idle.set()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.idle.set()
        try:
            return super().select(timeout)
        finally:
            self.idle.clear()


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
        self._asking_waits = _Waiting()
        self._closed = False

    def stand_back(self) -> None:
        """Wait until requests and answers are all on their way: for before work that takes milliseconds.

        One thread runs at a time. A place at the model stays empty for as long as the thread that asks has to
        wait for the others.
        """
        self._asking_waits.idle.wait(_STANDS_BACK)

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
                loop = {"loop_factory": lambda: asyncio.SelectorEventLoop(self._asking_waits)}
                asking = start_blocking_portal(backend_options=loop, name="bant-model")
                self._asking = self._threads.enter_context(asking)
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
                self._client = await do_in(self._asking, self._open_client)
            return Elsewhere(self._client, self._asking)

    async def _let_go(self) -> None:
        for scope in self._under_way:
            scope.cancel()
        async with self._opening:
            if self._client is not None and self._asking is not None:
                client, self._client = self._client, None
                await do_in(self._asking, client.aclose)
