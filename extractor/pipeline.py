"""From a transcript to a record: the only module that knows all the others."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal

from extractor import sides
from extractor.errors import BantError, ModelError, ModelRefused
from extractor.form import Form
from extractor.formfile import load_form
from extractor.llm.client import Client, open_client
from extractor.merging import UNKNOWN_CONFIDENCE, merge
from extractor.prompting import prompts_sha256
from extractor.record import AnyRecord, FailedRecord, Failure, FieldResult, Record, Usage
from extractor.scoring import score, tier
from extractor.strategies import STRATEGIES, Found
from extractor.transcript import Participant, Transcript


class Extractor:
    """Reads calls with one form and one model. Open it once for many calls; close it, or use `with`.

    Args:
        form: a form's name, a YAML file, or a form.
        model: "local" (embedded, the default) or "provider/name".
        base_url: an OpenAI-compatible server, for a model that is served by one.
        api_key: the key for it; else the provider's environment variable.
        strategy: how to ask ("whole", "evidence"); chosen by the model unless given.
        jobs: how many requests may be under way at once; by the model unless given.

    Raises:
        FormError: the form has a mistake.
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
        self.form = form if isinstance(form, Form) else load_form(form)
        self.model = model
        self._base_url, self._api_key, self._jobs = base_url, api_key, jobs
        self._strategy = STRATEGIES[strategy or _default_strategy(model)]()
        self._client: Client | None = None
        self._opening = anyio.Lock()
        self._portal: BlockingPortal | None = None

    async def aextract(self, transcript: Transcript, form: Form | None = None) -> Record:
        """Read one call, with a form of its own where one is given.

        Raises:
            ModelError: the model can't be had, can't be reached, or refuses.
        """
        started = time.perf_counter()
        client = await self._ready()
        usage = Usage()
        if not any(t.side for t in transcript.turns):
            transcript = await sides.decide(transcript, client, usage)
        form = form or self.form
        found = await self._strategy.find(transcript, form, client, usage)
        usage.seconds = round(time.perf_counter() - started, 2)
        return _record(transcript, form, found, client.model, usage)

    async def aextract_all(
        self,
        calls: Iterable[Transcript | FailedRecord],
        on_record: Callable[[AnyRecord], None],
        *,
        at_once: int = 1,
        form: Form | None = None,
    ) -> None:
        """Read many calls, `at_once` at a time, taking each from `calls` only when its turn comes.

        `on_record` gets each record as soon as it is done: a call that failed as a failed record, one that
        could not even be read (it comes as a failed record) as it is.

        Raises:
            ModelNotFound: there is no such model.
            ModelRefused: the very first call is refused (a wrong key): all others would be, too.
        """
        await self._ready()
        waiting = iter(calls)
        refusal: ModelRefused | None = None
        done = 0

        async def work() -> None:
            nonlocal refusal, done
            for call in waiting:
                if isinstance(call, FailedRecord):
                    on_record(call)
                    continue
                try:
                    record: AnyRecord = await self.aextract(call, form)
                except ModelError as error:
                    if isinstance(error, ModelRefused) and not done:
                        refusal = error
                        group.cancel_scope.cancel()
                        return
                    record = failed(call.call_id, call.source, error)
                done += 1
                on_record(record)

        async with anyio.create_task_group() as group:
            for _ in range(at_once):
                group.start_soon(work)
        if refusal is not None:
            raise refusal

    def extract(self, transcript: Transcript) -> Record:
        """`aextract` for callers without an event loop (or inside one: it runs on a thread of its own).

        Raises:
            ModelError: the model can't be had, can't be reached, or refuses.
        """
        if self._portal is None:
            self._portal_context = start_blocking_portal()
            self._portal = self._portal_context.__enter__()
        return self._portal.call(self.aextract, transcript)

    async def aclose(self) -> None:
        """Let go of the model."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    def close(self) -> None:
        """Let go of the model."""
        if self._portal is not None:
            self._portal.call(self.aclose)
            self._portal = None
            self._portal_context.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _ready(self) -> Client:
        async with self._opening:
            if self._client is None:
                self._client = await open_client(
                    self.model, base_url=self._base_url, api_key=self._api_key, concurrency=self._jobs
                )
            return self._client


def failed(call_id: str, source: str | None, error: BantError) -> FailedRecord:
    """The record of a call that could not be read."""
    return FailedRecord(
        call_id=call_id,
        source=source,
        error=Failure(kind=error.kind, message=error.message, hint=error.hint),
    )


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


def _default_strategy(model: str) -> str:
    return "evidence" if model.split(":")[0] == "local" and "evidence" in STRATEGIES else "whole"


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
        call_id=transcript.call_id,
        source=transcript.source,
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
