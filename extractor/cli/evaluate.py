"""`bant eval`: how good are the records, against labelled calls; and is one run better than another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from extractor.cli.console import CallsBar, say, stdout
from extractor.cli.extract import BaseUrlOption, JobsOption, StrategyOption, default_jobs, prepare
from extractor.cli.remarks import Remarks
from extractor.evaluation import compare as comparing
from extractor.evaluation.figures import THRESHOLD, gates
from extractor.evaluation.junit import junit_xml
from extractor.evaluation.labels import LabelledCall, load_labelled
from extractor.evaluation.predictions import Predictions, from_records
from extractor.evaluation.records import read_table
from extractor.evaluation.report import print_comparison, print_run, run_markdown
from extractor.evaluation.runs import Run, default_out, load_run, make_run, save_run, write_whole
from extractor.formfile import load_form
from extractor.pipeline import Extractor, failed
from extractor.readers import read_file
from extractor.readers.callsfile import NAME as CALLS_FILE
from extractor.record import AnyRecord, FailedRecord
from extractor.reports.files import RecordWriter, read_records
from extractor.transcript import Transcript

CALLS_FAILED = 3
GATE_NOT_MET = 4
_RUN = "run"
_JSON_LINES = (".jsonl", ".ndjson", ".json", ".partial")


class _FolderGroup(TyperGroup):
    """Takes what is no command's name as the first word of the one that needs no name: `bant eval FOLDER`."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        if args and args[0] in self.commands and args[0] != _RUN:
            return super().make_context(info_name, args, parent, **extra)
        return self.commands[_RUN].make_context(info_name, args, parent, **extra)


app = typer.Typer(cls=_FolderGroup, rich_markup_mode=None, add_completion=False)


@app.command(_RUN, hidden=True)
def run(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Labelled calls: ID.gold.yaml beside each transcript.")
    ],
    records: Annotated[
        Path | None,
        typer.Option("--records", help="Score this records.jsonl, or any tool's CSV, and ask no model."),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--form", help="A form for all calls; else their folder's form.yaml, or bant."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="local (the default), or provider/name: openai/gpt-5.")
    ] = None,
    base_url: BaseUrlOption = None,
    strategy: StrategyOption = None,
    jobs: JobsOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the run; else bant-eval/ and the time.")
    ] = None,
    threshold: Annotated[
        int, typer.Option("--threshold", min=0, max=100, help="The score from which on a lead is promising.")
    ] = THRESHOLD,
    least: Annotated[
        list[str] | None,
        typer.Option(
            "--min", metavar="NAME=VALUE", envvar="BANT_EVAL_MIN",
            help="A figure's least value, such as strict_f1=0.8.",
        ),
    ] = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML here.")] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write the report here as Markdown.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no tables and no progress.")] = False,
) -> int:
    """Read labelled calls (or take the records of them) and score each field against its label.

    To compare two runs: bant eval compare A B (folders that this command has written).

    Exit codes: 0 all done, 2 your mistake, 3 some calls failed (they count as all absent), 4 a --min was not
    met, 130 interrupted.
    """
    calls = load_labelled(folder, load_form(form) if form else None)
    wanted = _wanted(least or [], calls)
    out = out or default_out()
    if records:
        if model or base_url or strategy or jobs:
            say("bant: with --records no model is asked; its options are not used.")
        predictions, source, strategy = _read(records, calls), str(records), None
    else:
        source = model or "local"
        at_once = jobs or default_jobs(source)
        extractor = Extractor(calls[0].form, source, base_url=base_url, strategy=strategy, jobs=at_once)
        # Forms that differ in more than their catalogues have no columns in common.
        names = {call.form.form for call in calls}
        with RecordWriter(out, calls[0].form if len(names) == 1 else None) as writer:
            prepare(source, base_url, quiet=quiet)
            made = _extract(extractor, calls, writer.add, at_once=at_once, quiet=quiet)
        predictions = from_records(made, calls)
    result = make_run(folder, calls, predictions, source=source, threshold=threshold, strategy=strategy)
    written = [save_run(result, out)]
    if junit:
        write_whole(junit, junit_xml(result))
        written.append(junit)
    if markdown:
        write_whole(markdown, run_markdown(result))
        written.append(markdown)
    if not quiet:
        print_run(result, stdout())
        say(f"Written: {', '.join(map(str, written))}")
    return _exit_code(result, predictions, wanted)


@app.command("compare")
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A run's folder, or its run.json.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another run over the same calls.")],
) -> None:
    """Compare two runs: figures with the interval of their difference, and each call that changed."""
    print_comparison(comparing.compare(load_run(a), load_run(b)), stdout())


def _wanted(least: Sequence[str], calls: Sequence[LabelledCall]) -> dict[str, float]:
    """The gates, checked before any model is asked."""
    fields = list(dict.fromkeys(field.id for call in calls for field in call.form.fields))
    known = gates(fields)
    wanted: dict[str, float] = {}
    for gate in least:
        name, _, value = gate.partition("=")
        if name not in known:
            problem = f"no figure {name!r}. It is one of: {', '.join(known)}"
            raise typer.BadParameter(problem, param_hint="--min")
        try:
            wanted[name] = float(value)
        except ValueError:
            problem = f"{gate!r} has no number. As in: {name}=0.8"
            raise typer.BadParameter(problem, param_hint="--min") from None
    return wanted


def _read(file: Path, calls: Sequence[LabelledCall]) -> Predictions:
    if file.suffix.lower() in _JSON_LINES:
        return from_records(read_records(file), calls)
    return read_table(file, calls)


def _extract(
    extractor: Extractor,
    calls: Sequence[LabelledCall],
    write: Callable[[AnyRecord], None],
    *,
    at_once: int,
    quiet: bool,
) -> list[AnyRecord]:
    """Read each call as any other call is read; of its label the pipeline sees the date at most."""
    made: list[AnyRecord] = []
    bar = CallsBar(len(calls), quiet=quiet)
    remarks = Remarks(bar.say)

    def done(record: AnyRecord) -> None:
        write(record)
        made.append(record)
        bar.one_done()
        remarks.add(record)

    async def work() -> None:
        async with extractor:
            for _, group in groupby(calls, key=lambda call: call.form.sha256):
                some = list(group)
                # One client for all forms: opening an embedded model takes longer than reading a call.
                await extractor.aextract_all(_transcripts(some), done, at_once=at_once, form=some[0].form)

    with bar:
        try:
            asyncio.run(work())
        finally:
            remarks.end()
    return made


def _transcripts(calls: Sequence[LabelledCall]) -> Iterator[Transcript | FailedRecord]:
    """Read each call when its turn comes; one that can't be read becomes a failed record."""
    for call in calls:
        try:
            transcript = read_file(call.transcript)
        except Exception as error:
            yield failed(call.call_id, str(call.transcript), error)
            continue
        update: dict[str, Any] = {"call_id": call.call_id}
        if transcript.date_from != CALLS_FILE:
            update |= {"date": call.label.date, "date_from": "label"}
        yield transcript.model_copy(update=update)


def _exit_code(result: Run, predictions: Predictions, wanted: dict[str, float]) -> int:
    unmet = []
    for name, least in wanted.items():
        figure = result.figure(name)
        if figure.value is None or figure.value < least:
            said = "n/a" if figure.value is None else f"{figure.value:.3f}"
            unmet.append(f"{name} is {said}, not {least:g}")
    for line in unmet:
        say(f"bant: --min not met: {line}")
    if result.failed or any(record.incomplete for record in predictions.records):
        return CALLS_FAILED
    return GATE_NOT_MET if unmet else 0
