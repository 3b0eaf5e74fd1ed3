"""From a transcript to a record: the only module that knows all the others."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
import time
import traceback
import weakref
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

import anyio
from anyio.abc import TaskGroup

from extractor import sides
from extractor.errors import BantError, ModelAnswerInvalid, ModelRefused, ModelUnreachable
from extractor.form import Form
from extractor.formfile import load_form
from extractor.llm.background import BackgroundClient
from extractor.llm.client import Client, open_client
from extractor.merging import UNKNOWN_CONFIDENCE, merge
from extractor.prompting import prompts_sha256
from extractor.record import AnyRecord, FailedRecord, Failure, FieldResult, Record, Usage
from extractor.scoring import score, tier
from extractor.strategies import STRATEGIES, Found
from extractor.transcript import Participant, Transcript

# A model that has answered may miss a call or two; after this many in a row it is taken to be gone.
_PATIENCE = 3

REPORT_IT = "This is a mistake in this program: please report it."

N = TypeVar("N", str, str | None)

_PACKAGE = Path(__file__).parent
_log = logging.getLogger(__name__)

class Extractor:
    """Reads calls with one form and one model. Open it once for many calls; close it, or use `with`.

    One extractor may be shared by threads, event loops and calls at the same time: the model is asked on a
    thread of its own.

    Args:
        form: a form's name, a YAML file, or a form.
        model: "local" (embedded, the default) or "provider/name".
        base_url: an OpenAI-compatible server, for a model that is served by one.
        api_key: the key for it; else the provider's environment variable.
        strategy: how to ask ("whole", "evidence"); chosen by the model unless given.
        jobs: how many requests may be under way at once; by the model unless given.

    Raises:
        FormError: the form has a mistake.
        ValueError: there is no such strategy.
    """

    def __init__(
        self,
        form: str | Path | Form = "bant",
        model: str = "local",
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        strategy: str | None = None,
        jobs: int | None = None,
    ) -> None:
        if strategy is not None and strategy not in STRATEGIES:
            raise ValueError(f"no strategy {strategy!r}; there are {', '.join(STRATEGIES)}")
        self.form = form if isinstance(form, Form) else load_form(form)
        self.model = model
        self._strategy = STRATEGIES[strategy or _default_strategy(model)]()
        self._client = BackgroundClient(
            lambda: open_client(model, base_url=base_url, api_key=api_key, concurrency=jobs)
        )
        # Also for one that nobody closes.
        self._close = weakref.finalize(self, self._client.close)

    def extract(self, transcript: Transcript) -> Record:
        """Read one call. Inside a running event loop it blocks that loop: use `aextract` there.

        Raises:
            ModelError: the model can't be had, can't be reached, or refuses.
            RuntimeError: the extractor is closed, or is while it reads.
        """
        reading = self._client.start(partial(self._read, transcript, self.form))
        try:
            return reading.result()
        finally:
            reading.cancel()

    async def aextract(self, transcript: Transcript, form: Form | None = None) -> Record:
        """Read one call, with a form of its own where one is given.

        Raises:
            ModelError: the model can't be had, can't be reached, or refuses.
            RuntimeError: the extractor is closed, or is while it reads.
        """
        reading = self._client.start(partial(self._read, transcript, form or self.form))
        return await asyncio.wrap_future(reading)

    async def aextract_all(
        self,
        calls: Iterable[Transcript | FailedRecord],
        on_record: Callable[[AnyRecord], None],
        *,
        at_once: int = 1,
        form: Form | None = None,
    ) -> None:
        """Read many calls, `at_once` at a time, taking each from `calls` only when its turn comes.

        `on_record` gets each record as soon as it is done, a call that failed as a failed record. One that
        could not even be read comes as a failed record and is handed on once the model is known to take
        calls. Where the model can't be reached, the calls that are left fail at once for the same reason.

        Raises:
            ModelNotFound: there is no such model.
            ModelRefused: the very first call is refused (a wrong key): all others would be, too.
            RuntimeError: the extractor is closed, or is while it reads.
        """
        await asyncio.wrap_future(self._client.start(_told))
        batch = _Batch(lambda call: self.aextract(call, form), iter(calls), on_record)
        await batch.run(at_once)

    async def aclose(self) -> None:
        """`close` for async callers."""
        await anyio.to_thread.run_sync(self.close)

    def close(self) -> None:
        """Let go of the model; what is still under way fails. An extractor that is closed stays closed."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _read(self, transcript: Transcript, form: Form, client: Client) -> Record:
        started = time.perf_counter()
        _log.info("%r: %d turns, %d words", transcript.call_id, len(transcript.turns), transcript.words())
        usage = Usage()
        if not any(t.side for t in transcript.turns):
            transcript = await sides.decide(transcript, client, usage)
        found = await self._strategy.find(transcript, form, client, usage)
        usage.seconds = round(time.perf_counter() - started, 2)
        _log.info("%r: %d requests, %.1f s", transcript.call_id, usage.llm_calls, usage.seconds)
        return _record(transcript, form, found, client.model, usage)


class _Batch:
    """A run over many calls, and what is known of the model by then."""

    def __init__(
        self,
        read: Callable[[Transcript], Awaitable[Record]],
        waiting: Iterator[Transcript | FailedRecord],
        on_record: Callable[[AnyRecord], None],
    ) -> None:
        self.read, self.waiting, self.on_record = read, waiting, on_record
        self.answered = False
        # Since the model last answered.
        self.unreachable: list[ModelUnreachable] = []
        self.unread: list[FailedRecord] = []
        self.stopped_by: Exception | None = None

    async def run(self, at_once: int) -> None:
        async with anyio.create_task_group() as group:
            for _ in range(at_once):
                group.start_soon(self._work, group)
        if self.stopped_by is not None:
            raise self.stopped_by
        self._hand_on_unread()
        for call in self.waiting:
            if isinstance(call, Transcript):
                call = failed(call.call_id, call.source, self.unreachable[-1])
            self.on_record(call)

    async def _work(self, group: TaskGroup) -> None:
        """What stops one worker for good stops all, and is raised as itself, not in a group."""
        try:
            await self._calls()
        except Exception as error:
            self.stopped_by = error
            group.cancel_scope.cancel()

    async def _calls(self) -> None:
        """Take one call after the other while the model can be reached."""
        for call in self.waiting:
            if isinstance(call, FailedRecord):
                self.unread.append(call)
                if self.answered:
                    self._hand_on_unread()
                continue
            record = await self._one(call)
            if self.answered:
                self._hand_on_unread()
            self.on_record(record)
            if len(self.unreachable) >= (_PATIENCE if self.answered else 1):
                return

    async def _one(self, call: Transcript) -> AnyRecord:
        try:
            record = await self.read(call)
        except Exception as error:
            if isinstance(error, ModelRefused) and not self.answered:
                raise
            if isinstance(error, ModelUnreachable):
                self.unreachable.append(error)
            elif isinstance(error, ModelAnswerInvalid):
                self._has_answered()
            return failed(call.call_id, call.source, error)
        self._has_answered()
        return record

    def _has_answered(self) -> None:
        self.answered = True
        self.unreachable.clear()

    def _hand_on_unread(self) -> None:
        while self.unread:
            self.on_record(self.unread.pop(0))


def is_embedded(model: str) -> bool:
    """Whether a model's name means the embedded model, a file for its runtime, or a server of it."""
    return re.split("[:/]", model)[0] == "local"


def failed(call_id: str, source: str | None, error: Exception) -> FailedRecord:
    """The record of a call that could not be read. An exception that is no BantError is a bug: "internal"."""
    if isinstance(error, BantError):
        failure = Failure(kind=error.kind, message=_utf8(error.message), hint=error.hint)
    else:
        failure = Failure(kind="internal", message=f"{place_of(error)}.", hint=REPORT_IT)
    return FailedRecord(call_id=_utf8(call_id), source=_utf8(source), error=failure)


def place_of(error: Exception) -> str:
    """An unexpected exception in words: type and place, and not its text, which may quote a transcript."""
    places = [
        f"{Path(frame.f_code.co_filename).relative_to(_PACKAGE)}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if Path(frame.f_code.co_filename).is_relative_to(_PACKAGE)
    ]
    return f"{type(error).__name__}{f' at {places[-1]}' if places else ''}"


def extract(
    transcript: Transcript,
    *,
    form: str | Path | Form = "bant",
    model: str = "local",
    base_url: str | None = None,
    api_key: str | None = None,
) -> Record:
    """Read one call. For many calls, keep an `Extractor` open.

    Raises:
        FormError: the form has a mistake.
        ModelError: the model can't be had, can't be reached, or refuses.
    """
    with Extractor(form, model, base_url=base_url, api_key=api_key) as extractor:
        return extractor.extract(transcript)


async def aextract(
    transcript: Transcript,
    *,
    form: str | Path | Form = "bant",
    model: str = "local",
    base_url: str | None = None,
    api_key: str | None = None,
) -> Record:
    """`extract` for async callers.

    Raises:
        FormError: the form has a mistake.
        ModelError: the model can't be had, can't be reached, or refuses.
    """
    async with Extractor(form, model, base_url=base_url, api_key=api_key) as extractor:
        return await extractor.aextract(transcript)


async def _told(client: Client) -> None:
    _log.info("model %r", client.model)


def _default_strategy(model: str) -> str:
    return "evidence" if is_embedded(model) else "whole"


def _utf8(name: N) -> N:
    """A name that a record can hold: file names need not be valid in any encoding, JSON is UTF-8."""
    return name.encode("utf-8", "backslashreplace").decode() if name is not None else None


def _participants(transcript: Transcript) -> list[Participant]:
    named = {p.name for p in transcript.participants}
    sides_of = {t.speaker: t.side for t in transcript.turns if t.speaker}
    return [
        *transcript.participants,
        *(Participant(name=s, side=sides_of[s]) for s in transcript.speakers() if s not in named),
    ]


def _record(transcript: Transcript, form: Form, found: Found, model: str, usage: Usage) -> Record:
    fields: dict[str, FieldResult] = {}
    warnings = [*transcript.warnings, *found.warnings]
    if not any(t.side == "buyer" for t in transcript.turns):
        warnings.append("nobody on the buyer's side speaks; check the sides with `bant read`")
    for field in form.fields:
        fields[field.id], said = merge(
            field,
            form,
            found.findings.get(field.id, []),
            transcript,
            absent_confidence=found.absent_confidence.get(field.id, UNKNOWN_CONFIDENCE),
        )
        warnings += said
    total = score(form, {name: result.points for name, result in fields.items()})
    missing = [f for f in form.fields if fields[f.id].status == "absent"]
    return Record(
        call_id=_utf8(transcript.call_id),
        source=_utf8(transcript.source),
        source_sha256=transcript.source_sha256,
        call_date=transcript.date,
        form=form.form,
        form_sha256=form.sha256,
        prompts_sha256=prompts_sha256(),
        model=model,
        created_at=dt.datetime.now(dt.UTC).replace(microsecond=0),
        participants=_participants(transcript),
        fields=fields,
        score=total,
        tier=tier(form, total),
        missing=[f.id for f in missing],
        next_questions=[f.ask for f in missing],
        warnings=warnings,
        usage=usage,
    )
