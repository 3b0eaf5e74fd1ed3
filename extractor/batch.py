"""A run over many calls, and what is known of the model by then."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

import anyio

from extractor.assembling import utf8
from extractor.errors import (
    BantError,
    CapReached,
    ModelAnswerInvalid,
    ModelError,
    ModelNotFound,
    ModelRefused,
    ModelUnreachable,
    OutputError,
)
from extractor.record import AnyRecord, FailedRecord, Failure, Record
from extractor.transcript import Transcript

REPORT_IT = "This is a mistake in this program: please report it."

# A model that has answered may miss a call or two; after this many in a row it is taken to be gone.
_PATIENCE = 3
_PACKAGE = Path(__file__).parent


class Batch:
    """Reads calls, some at once, each taken when its turn comes. It is made in the event loop it runs in.

    A model that can only take so many questions at once must not wait while a call is prepared, or while what
    was answered is read and kept: more calls are under way than it takes at once, which are prepared and wait
    for a place. Where it turns out that the model can't be reached, they are not tried.

    Args:
        known: the record of a call that needs no reading, or None.
        open_model: makes the model ready, and is done when the calls begun before are asked about. While it
            takes all there is of a processor, nothing else is done.
        read: reads one; its questions are sent once the future is done, where there is one.
        waiting: the calls.
        on_known: gets each record that was known, at once.
        on_record: gets each other one, as soon as it is done.
        at_once: how many calls are read at a time.
        ahead: how many more are prepared.
    """

    def __init__(
        self,
        known: Callable[[Transcript], Record | None],
        open_model: Callable[[], Awaitable[None]],
        read: Callable[[Transcript, Future[None] | None], Awaitable[Record]],
        waiting: Iterator[Transcript | FailedRecord],
        on_known: Callable[[Record], None],
        on_record: Callable[[AnyRecord], None],
        *,
        at_once: int,
        ahead: int,
    ) -> None:
        self.known, self.open_model, self.read, self.waiting = known, open_model, read, waiting
        self.on_known, self.on_record = on_known, on_record
        self.at_once, self.ahead = at_once, ahead
        self._workers = anyio.create_task_group()
        self.opened = self.answered = False
        # Done when something is known of the model; until then some calls are only prepared.
        self.known_model: Future[None] = Future()
        self.prepared: set[anyio.CancelScope] = set()
        # Since the model last answered.
        self.unreachable: list[ModelError] = []
        self.capped: ModelError | None = None
        self.unread: list[FailedRecord] = []
        self.stopped_by: Exception | None = None

    async def run(self) -> None:
        """Read all of them.

        Raises:
            ModelNotFound: there is no such model.
            ModelRefused: the very first call is refused (a wrong key): all others would be, too.
            OutputError: what was read can't be kept.
        """
        async with self._workers:
            self._workers.start_soon(self._work)
        if self.stopped_by is not None:
            raise self.stopped_by
        self._hand_on_unread()
        for call in self.waiting:
            if isinstance(call, FailedRecord):
                self.on_record(call)
            elif (record := self.known(call)) is not None:
                self.on_known(record)
            else:
                self.on_record(failed(call.call_id, call.source, self.capped or self.unreachable[-1]))

    async def _open(self) -> None:
        """Make the model ready for the first call that needs it; then let others be read."""
        if self.opened:
            return
        self.opened = True
        # Why it can't be had is what reading that call says.
        with suppress(Exception):
            await self.open_model()
        for _ in range(1, self.at_once):
            self._workers.start_soon(self._work)
        self._workers.start_soon(self._go_ahead)

    async def _go_ahead(self) -> None:
        """Prepare more calls once those that come first are on their way: its turn comes after theirs."""
        with suppress(Exception):
            await self.open_model()
        for _ in range(self.ahead):
            self._workers.start_soon(self._work, True)

    async def _work(self, ahead: bool = False) -> None:
        """What stops one worker for good stops all, and is raised as itself, not in a group."""
        try:
            await self._calls(ahead)
        except Exception as error:
            self.stopped_by = error
            self._workers.cancel_scope.cancel()

    async def _calls(self, ahead: bool) -> None:
        """Take one call after the other while the model can be reached."""
        while not self._given_up() and (call := next(self.waiting, None)) is not None:
            if isinstance(call, FailedRecord):
                self.unread.append(call)
            elif (known := self.known(call)) is not None:
                self.on_known(known)
                # Others are under way: a long row of known calls must not keep them waiting.
                await anyio.lowlevel.checkpoint()
                continue
            else:
                await self._open()
                waits = ahead and not self.known_model.done()
                self.on_record(await (self._prepared(call) if waits else self._one(call)))
            if self.answered:
                self._hand_on_unread()

    def _given_up(self) -> bool:
        return self.capped is not None or len(self.unreachable) >= (_PATIENCE if self.answered else 1)

    async def _prepared(self, call: Transcript) -> AnyRecord:
        """Read a call unless the model turns out not to be there."""
        with anyio.CancelScope() as scope:
            self.prepared.add(scope)
            return await self._one(call, self.known_model)
        return failed(call.call_id, call.source, self.unreachable[-1])

    async def _one(self, call: Transcript, after: Future[None] | None = None) -> AnyRecord:
        try:
            record = await self.read(call, after)
        except (ModelNotFound, OutputError):
            raise
        except Exception as error:
            if isinstance(error, ModelRefused) and not self.answered:
                raise
            if isinstance(error, CapReached):
                self.capped = error
            elif isinstance(error, ModelUnreachable):
                self.unreachable.append(error)
                if not self.known_model.done():
                    for scope in self.prepared:
                        scope.cancel()
                return failed(call.call_id, call.source, error)
            elif isinstance(error, ModelAnswerInvalid):
                self._has_answered()
            self._go_on()
            return failed(call.call_id, call.source, error)
        self._has_answered()
        return record

    def _has_answered(self) -> None:
        self.answered = True
        self.unreachable.clear()
        self._go_on()

    def _go_on(self) -> None:
        if not self.known_model.done():
            self.known_model.set_result(None)

    def _hand_on_unread(self) -> None:
        while self.unread:
            self.on_record(self.unread.pop(0))


def failed(call_id: str, source: str | None, error: Exception) -> FailedRecord:
    """The record of a call that could not be read. An exception that is no BantError is a bug: "internal"."""
    if isinstance(error, BantError):
        failure = Failure(kind=error.kind, message=utf8(error.message), hint=error.hint)
    else:
        failure = Failure(kind="internal", message=f"{place_of(error)}.", hint=REPORT_IT)
    return FailedRecord(call_id=utf8(call_id), source=utf8(source), error=failure)


def place_of(error: Exception) -> str:
    """An unexpected exception in words: type and place, and not its text, which may quote a transcript."""
    places = [
        f"{Path(frame.f_code.co_filename).relative_to(_PACKAGE)}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if Path(frame.f_code.co_filename).is_relative_to(_PACKAGE)
    ]
    return f"{type(error).__name__}{f' at {places[-1]}' if places else ''}"
