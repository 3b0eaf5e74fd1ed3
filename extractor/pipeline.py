"""From a transcript to a record: the only module that knows all the others."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Self, TypedDict, TypeVar, Unpack

import anyio

import extractor
from extractor import hostile, redaction, sides
from extractor.assembling import assemble, utf8, without_unsure
from extractor.batch import REPORT_IT, Batch, failed, place_of
from extractor.errors import ModelError
from extractor.form import Form
from extractor.formfile import load_form
from extractor.learned import FILE as LEARNED_FILE
from extractor.llm.background import BackgroundClient
from extractor.llm.client import About, Client, Limits, about, is_loopback, open_client
from extractor.llm.estimating import Estimate
from extractor.llm.pricing import minus
from extractor.llm.remembered import Remembered
from extractor.llm.through import After, Elsewhere
from extractor.prompting import prompts_sha256
from extractor.record import AnyRecord, FailedRecord, Record, Usage
from extractor.store import Inputs, Store
from extractor.strategies import STRATEGIES, Found
from extractor.transcript import Transcript

__all__ = ["REPORT_IT", "Extractor", "Options", "aextract", "extract", "failed", "is_embedded", "place_of"]

C = TypeVar("C")

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
        limits: how many requests and tokens a minute, and what all of them may cost.
        min_confidence: 0 to 1; fields below are reported as absent, with a warning.
        redact: send no e-mail address, phone, card or account number to a model that is not on this machine;
            the record has them all the same.
        store: where calls and answers are kept, so that nothing is paid for twice. It must be open while
            calls are read.

    Raises:
        FormError: the form has a mistake.
        ValueError: there is no such strategy.
        ModelError: a cap on the cost is given and the model's price is not known.
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
        limits: Limits | None = None,
        min_confidence: float = 0.0,
        redact: bool = False,
        store: Store | None = None,
    ) -> None:
        if strategy is not None and strategy not in STRATEGIES:
            raise ValueError(f"no strategy {strategy!r}; there are {', '.join(STRATEGIES)}")
        self.form = form if isinstance(form, Form) else load_form(form)
        self.model = model
        self._base_url, self._jobs, self._store = base_url, jobs, store
        self._min_confidence = min_confidence
        self._redacts = redact and not is_here(model, base_url)
        self._strategy = STRATEGIES[strategy or _default_strategy(model)]()
        if limits and limits.cost_usd is not None and not self._about.pricing.known:
            raise ModelError(f"{model}: its price is not known, so no cap on it can be kept.", "Cap tokens.")
        self._client = BackgroundClient(
            lambda: open_client(model, base_url=base_url, api_key=api_key, concurrency=jobs, limits=limits)
        )
        # Also for one that nobody closes.
        self._close = weakref.finalize(self, self._client.close)

    def extract(self, transcript: Transcript) -> Record:
        """Read one call. Inside a running event loop it blocks that loop: use `aextract` there.

        Raises:
            ModelError: the model can't be had, can't be reached, or refuses.
            RuntimeError: the extractor is closed, or is while it reads.
        """
        inputs = self._inputs(transcript, self.form)
        if (record := self._stored(transcript, self.form, inputs)) is not None:
            return record
        reading = self._client.start(partial(self._read, transcript, self.form, inputs, None))
        try:
            return self._shown(reading.result(), self.form)
        finally:
            reading.cancel()

    async def aextract(self, transcript: Transcript, form: Form | None = None) -> Record:
        """Read one call, with a form of its own where one is given.

        Raises:
            ModelError: the model can't be had, can't be reached, or refuses.
            RuntimeError: the extractor is closed, or is while it reads.
        """
        form = form or self.form
        inputs = self._inputs(transcript, form)
        if (record := self._stored(transcript, form, inputs)) is not None:
            return record
        return await self._aread(transcript, form, inputs)

    async def aextract_all(
        self,
        calls: Iterable[Transcript | FailedRecord],
        on_record: Callable[[AnyRecord], None],
        *,
        at_once: int = 1,
        form: Form | None = None,
        on_known: Callable[[Record], None] | None = None,
    ) -> None:
        """Read many calls, `at_once` at a time, taking each from `calls` only when its turn comes.

        Where a server takes no more requests than that at once, as many calls again are prepared for the next
        places that are free.

        `on_record` gets each record as soon as it is done, a call that failed as a failed record, and
        `on_known` (else `on_record`, too) each that was taken from the store. One that could not even be read
        comes as a failed record and is handed on once the model is known to take calls. Where the model can't
        be reached, or a cap is reached, the calls that are left fail at once for the same reason.

        Raises:
            ModelNotFound: there is no such model.
            ModelRefused: the very first call is refused (a wrong key): all others would be, too.
            OutputError: what was read can't be kept in the store.
            RuntimeError: the extractor is closed, or is while it reads.
        """
        form = form or self.form
        # Of the calls under way, by identity.
        inputs: dict[int, Inputs | None] = {}

        def known(call: Transcript) -> Record | None:
            made_from = self._inputs(call, form)
            if (record := self._stored(call, form, made_from)) is None:
                inputs[id(call)] = made_from
            return record

        def done(record: AnyRecord) -> None:
            if self._store is not None and isinstance(record, FailedRecord):
                self._store.keep(Inputs(record.call_id, "", self._settings(form)), record)
            on_record(record)

        batch = Batch(
            known,
            lambda: asyncio.wrap_future(self._client.open()),
            lambda call, after: self._aread(call, form, inputs.pop(id(call)), after),
            self._unhurried(calls),
            on_known or done,
            done,
            at_once=at_once,
            ahead=0 if is_embedded(self.model) or at_once < (self._jobs or self._about.at_once) else at_once,
        )
        await batch.run()

    def _unhurried(self, calls: Iterable[C]) -> Iterator[C]:
        """Take each call only when no request has to wait while its file is read."""
        self._client.stand_back()
        for call in calls:
            yield call
            self._client.stand_back()

    async def estimate(self, calls: Iterable[Transcript]) -> Estimate:
        """What reading these calls would use. No model is asked or opened.

        Raises:
            ModelNotFound: there is no such model.
        """
        estimate = Estimate(self._about, self._store)
        for call in calls:
            await self._find(hostile.heard(self._sendable(call)[0]).transcript, self.form, estimate, Usage())
        return estimate

    def known(self, transcript: Transcript, form: Form | None = None) -> Record | None:
        """The record that the store has of a call, where nothing has changed that it was made from."""
        form = form or self.form
        return self._stored(transcript, form, self._inputs(transcript, form))

    def last_known(self, call_id: str) -> AnyRecord | None:
        """What the store last had of a call, whatever its file holds now."""
        if self._store is None:
            return None
        record = self._store.last(utf8(call_id), self._settings(self.form))
        return self._shown(record, self.form) if isinstance(record, Record) else record

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

    def _stored(self, transcript: Transcript, form: Form, inputs: Inputs | None) -> Record | None:
        if self._store is None or inputs is None or (record := self._store.done(inputs)) is None:
            return None
        # The file may lie elsewhere now.
        record = record.model_copy(update={"source": utf8(transcript.source)})
        return self._shown(record, form)

    async def _aread(
        self, transcript: Transcript, form: Form, inputs: Inputs | None, after: Future[None] | None = None
    ) -> Record:
        reading = self._client.start(partial(self._read, transcript, form, inputs, after))
        return self._shown(await asyncio.wrap_future(reading), form)

    async def _read(
        self,
        transcript: Transcript,
        form: Form,
        inputs: Inputs | None,
        after: Future[None] | None,
        client: Elsewhere,
    ) -> Record:
        if after is not None:
            client = replace(client, inside=After(client.inside, after))
        started = time.perf_counter()
        if _log.isEnabledFor(logging.INFO):
            _log.info("%r: %d turns, %d words", transcript.call_id, len(transcript.turns), transcript.words())
        self._client.stand_back()
        sent, redacted = self._sendable(transcript)
        call = hostile.heard(sent)
        if self._store is None or inputs is None:
            usage = Usage()
            heard, found = await self._find(call.transcript, form, client, usage)
        else:
            usage = self._store.spent(inputs)
            # An answer is kept where it comes in, before anything else is asked.
            remembered = Remembered(client.inside, self._store, inputs.call_id)
            try:
                heard, found = await self._find(
                    call.transcript, form, replace(client, inside=remembered), usage
                )
            finally:
                # Attempts that gave no answer are part of what the call costs, also when it is read again.
                self._store.keep_spent(inputs, minus(usage, remembered.kept))
        usage.seconds = round(time.perf_counter() - started, 2)
        _log.info("%r: %d requests, %.1f s", transcript.call_id, usage.llm_calls, usage.seconds)
        self._client.stand_back()
        record = hostile.restored(assemble(heard, form, found, client.model, usage), call, sent)
        if redacted is not None:
            record = redacted.restore_record(record)
        if self._store is not None and inputs is not None:
            self._store.keep(inputs, record)
        return record

    def _sendable(self, transcript: Transcript) -> tuple[Transcript, redaction.Redacted | None]:
        """The transcript as it may leave this machine, and what puts back what is left out of it."""
        if not self._redacts:
            return transcript, None
        redacted = redaction.redact(transcript)
        return redacted.transcript, redacted

    async def _find(
        self, transcript: Transcript, form: Form, client: Client, usage: Usage
    ) -> tuple[Transcript, Found]:
        if not any(t.side for t in transcript.turns):
            transcript = await sides.decide(transcript, client, usage)
        return transcript, await self._strategy.find(transcript, form, client, usage)

    def _shown(self, record: Record, form: Form) -> Record:
        return without_unsure(record, form, self._min_confidence)

    def _inputs(self, transcript: Transcript, form: Form) -> Inputs | None:
        """What a call's record is made from, None without a store: hashing it takes time."""
        if self._store is None:
            return None
        read = json.dumps(transcript.model_dump(mode="json", exclude={"call_id", "source"}))
        transcript_sha256 = hashlib.sha256(read.encode()).hexdigest()
        return Inputs(utf8(transcript.call_id), transcript_sha256, self._settings(form))

    @cached_property
    def _about(self) -> About:
        return about(self.model, self._base_url)

    def _settings(self, form: Form) -> str:
        """The hash of all that a record depends on besides the transcript."""
        parts = (
            form.model_dump_json(), prompts_sha256(), _learned_sha256(), self._about.model,
            self._strategy.name, _version(), str(self._redacts),
        )  # fmt: skip
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def is_embedded(model: str) -> bool:
    """Whether a model's name means the embedded model, a file for its runtime, or a server of it."""
    return re.split("[:/]", model)[0] == "local"


def is_here(model: str, base_url: str | None) -> bool:
    """Whether what a model is asked stays on this machine."""
    return is_loopback(base_url) if base_url else is_embedded(model)


class Options(TypedDict, total=False):
    """What `extract` and `aextract` take: see `Extractor`."""

    form: str | Path | Form
    model: str
    base_url: str | None
    api_key: str | None
    min_confidence: float
    redact: bool


def extract(transcript: Transcript, **options: Unpack[Options]) -> Record:
    """Read one call. For many calls, keep an `Extractor` open.

    Raises:
        FormError: the form has a mistake.
        ModelError: the model can't be had, can't be reached, or refuses.
    """
    with Extractor(**options) as extractor:
        return extractor.extract(transcript)


async def aextract(transcript: Transcript, **options: Unpack[Options]) -> Record:
    """`extract` for async callers.

    Raises:
        FormError: the form has a mistake.
        ModelError: the model can't be had, can't be reached, or refuses.
    """
    async with Extractor(**options) as extractor:
        return await extractor.aextract(transcript)


def _default_strategy(model: str) -> str:
    return "evidence" if is_embedded(model) else "whole"


@lru_cache(maxsize=1)
def _learned_sha256() -> str:
    return hashlib.sha256(LEARNED_FILE.read_bytes()).hexdigest()


def _version() -> str:
    # The package imports this module.
    return extractor.__version__
