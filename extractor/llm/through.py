"""Clients that stand before another: they ask it in another event loop, or later."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from anyio.from_thread import BlockingPortal
from pydantic import BaseModel

from extractor.llm.base import Client, Message
from extractor.llm.pool import sent_after
from extractor.record import Usage

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")


@dataclass(eq=False)
class Before:
    """What all clients that stand before another have of it."""

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


@dataclass(eq=False)
class Through(Before, ABC):
    """A client that hands every question on, in its own way."""

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

    @abstractmethod
    async def _do(self, work: Callable[[], Awaitable[R]]) -> R:
        """Do what asks the other."""


@dataclass(eq=False)
class Elsewhere(Through):
    """A client that lives in another event loop, and is used nowhere else."""

    loop: BlockingPortal

    async def _do(self, work: Callable[[], Awaitable[R]]) -> R:
        return await do_in(self.loop, work)


@dataclass(eq=False)
class After(Through):
    """A client that sends nothing before something else is done."""

    first: Future[None]

    async def _do(self, work: Callable[[], Awaitable[R]]) -> R:
        with sent_after(self.first):
            return await work()


async def do_in(loop: BlockingPortal, work: Callable[[], Awaitable[R]]) -> R:
    """Do work in another loop; where the waiting is cancelled, so is the work."""
    return await asyncio.wrap_future(loop.start_task_soon(work))
