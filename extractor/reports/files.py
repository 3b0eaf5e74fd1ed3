"""The files that a run writes: `records.jsonl`, `records.csv` and `records.md`; and reading records back."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self, TextIO

from pydantic import ValidationError

from extractor.errors import InputError, OutputError
from extractor.form import Form
from extractor.record import SCHEMA_VERSION, AnyRecord, FailedRecord, Record
from extractor.reports.markdown import MarkdownReport
from extractor.reports.sheet import Sheet

JSONL, CSV, MARKDOWN = "records.jsonl", "records.csv", "records.md"
PARTIAL = f"{JSONL}.partial"
# What a run that was killed left behind is moved here, so that the next run does not lose it.
LEFT_BEHIND = f"{PARTIAL}.old"
# What is being written, until it is whole.
_NEW = ".new"

# Ends of line to some programs, though not to JSON.
_LINE_ENDS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029", "\x85": "\\u0085"})


class RecordWriter:
    """Writes records as they come, and the finished files at the end, also after an error or Ctrl-C.

    A record is on disk (in `records.jsonl.partial`) when `add` returns, and there alone: however many there
    are, they take no memory. Its words for the other files are made then, too: all at the end would take
    long. On leaving, the three files replace earlier ones, each whole or not at all, sorted by call; where
    nothing was added, earlier ones stay as they are.

    Args:
        out: the folder, made where there is none.
        form: the form of the records: it says which columns the table has, and the words of the options.

    Raises:
        OutputError: on entering, the folder can't be made; on adding or leaving, a file can't be written
            (then the partial file stays).
    """

    def __init__(self, out: Path, form: Form | None = None) -> None:
        self.out = out
        self.call_ids: set[str] = set()
        self._places: list[_Place] = []
        self._partial: BinaryIO | None = None
        self._report, self._sheet = MarkdownReport(form, out), Sheet(form, out)
        self._opened = contextlib.ExitStack()
        self._broken = False

    def __enter__(self) -> Self:
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            if not os.access(self.out, os.W_OK | os.X_OK):
                raise PermissionError(None, "Permission denied")
            self._opened.enter_context(self._report)
            self._opened.enter_context(self._sheet)
        except OSError as error:
            raise OutputError(
                f"{self.out}: this folder can't be written ({error.strerror}).",
                "Name another one with --out.",
            ) from None
        return self

    def add(self, record: AnyRecord) -> None:
        """Write a record; it is on disk when this returns.

        Raises:
            OutputError: it can't be written.
        """
        line = _line(record)
        start = self._places[-1].end if self._places else 0
        try:
            if self._partial is None:
                self._partial = self._open()
            self._partial.write(line)
            self._partial.flush()
            self._report.add(record)
            self._sheet.add(record)
        except OSError as error:
            self._broken = True
            raise self._unwritable(PARTIAL, error) from None
        self._places.append(_Place(record.call_id, record.source or "", start, start + len(line)))
        self.call_ids.add(record.call_id)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._opened:
            if self._partial is None:
                return
            # What could not be flushed before can't be on closing either, and was told then.
            with contextlib.suppress(OSError):
                self._partial.close()
            if not self._broken:
                self._finish()

    def _open(self) -> BinaryIO:
        partial = self.out / PARTIAL
        if partial.exists():
            partial.replace(self.out / LEFT_BEHIND)
        return partial.open("wb")

    def _finish(self) -> None:
        with (self.out / PARTIAL).open("rb") as file:
            writers: dict[str, Callable[[TextIO], None]] = {
                JSONL: lambda out: out.writelines(_lines(file, sorted(self._places))),
                CSV: self._sheet.write,
                MARKDOWN: self._report.write,
            }
            for name, write in writers.items():
                try:
                    _replace(self.out / name, write)
                except OSError as error:
                    raise self._unwritable(name, error) from None
        (self.out / PARTIAL).unlink(missing_ok=True)

    def _unwritable(self, name: str, error: OSError) -> OutputError:
        hint = f"Make room or choose another --out. What was done so far is in {self.out / PARTIAL}."
        return OutputError(f"{self.out / name}: can't be written ({error.strerror}).", hint)


class _Place(NamedTuple):
    """Where a record stands in the partial file, and among the others."""

    call_id: str
    source: str
    start: int
    end: int


def _lines(file: BinaryIO, places: Iterable[_Place]) -> Iterator[str]:
    """The records at these places, as they are written."""
    for place in places:
        file.seek(place.start)
        yield file.read(place.end - place.start).decode()


def drop_call(out: Path, call_id: str, form: Form | None) -> bool:
    """Take a call out of all that a run has written in a folder, and what a killed run has left there.

    Returns:
        Whether it stood there.

    Raises:
        InputError: `records.jsonl` can't be read.
        OutputError: a file can't be written.
    """
    found = False
    if (out / JSONL).is_file():
        records = read_records(out / JSONL)
        rest = [r for r in records if r.call_id != call_id]
        if len(rest) < len(records):
            found = True
            with RecordWriter(out, form) as writer:
                for record in rest:
                    writer.add(record)
            if not rest:
                for name in (JSONL, CSV, MARKDOWN):
                    (out / name).unlink(missing_ok=True)
    for name in (JSONL, CSV, MARKDOWN, PARTIAL, LEFT_BEHIND):
        (out / f"{name}{_NEW}").unlink(missing_ok=True)
    for path in (out / PARTIAL, out / LEFT_BEHIND):
        if path.is_file():
            found = _drop_lines(path, call_id) or found
    return found


def _drop_lines(path: Path, call_id: str) -> bool:
    """Of a file that was cut off, keep the whole lines of other calls."""
    with path.open(encoding="utf-8", newline="\n", errors="replace") as file:
        lines = file.readlines()
    rest = [line for line in lines if line.endswith("\n") and not _is_of(line, call_id)]
    if not rest:
        path.unlink()
    elif len(rest) < len(lines):
        _replace(path, lambda out: out.writelines(rest))
    return any(_is_of(line, call_id) for line in lines)


def _is_of(line: str, call_id: str) -> bool:
    try:
        return bool(json.loads(line).get("call_id") == call_id)
    except (ValueError, AttributeError):
        return False


def _line(record: AnyRecord) -> bytes:
    return record.model_dump_json().translate(_LINE_ENDS).encode() + b"\n"


def _replace(path: Path, write: Callable[[TextIO], None]) -> None:
    """Write a file whole or not at all."""
    new = path.with_name(f"{path.name}{_NEW}")
    try:
        with new.open("w", encoding="utf-8", newline="") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def read_records(path: Path) -> list[AnyRecord]:
    """Read the records of a JSONL file.

    Raises:
        InputError: it can't be read, or a line is no record (the message has its number).
    """
    records: list[AnyRecord] = []
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    records.append(_record(f"{path}:{number}", line))
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror}).", "`bant extract` writes it.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text.", "Name the records.jsonl of `bant extract`.") from None
    return records


def _record(where: str, line: str) -> AnyRecord:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError(f"{where}: not JSON.", "A line may be cut off: read its call again.") from None
    if not isinstance(found, dict):
        raise InputError(f"{where}: not a record.", "A line is an object as `bant extract` writes it.")
    version = found.get("schema_version")
    if version != SCHEMA_VERSION:
        problem = f"{where}: schema_version is {json.dumps(version)}, this program reads {SCHEMA_VERSION}."
        raise InputError(problem, "Read the calls again with this version.")
    model = FailedRecord if "error" in found else Record
    try:
        return model.model_validate_json(line)
    except ValidationError as error:
        part = ".".join(str(step) for step in error.errors()[0]["loc"]) or "the line"
        raise InputError(f"{where}: not a record ({part}).", "See schemas/record.schema.json.") from None
