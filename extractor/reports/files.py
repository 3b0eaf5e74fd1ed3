"""The files that a run writes: `records.jsonl`, `records.csv` and `records.md`; and reading records back."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from pydantic import ValidationError

from extractor.errors import InputError, OutputError
from extractor.form import Form
from extractor.record import SCHEMA_VERSION, AnyRecord, FailedRecord, Record
from extractor.reports.markdown import as_markdown
from extractor.reports.sheet import as_csv

JSONL = "records.jsonl"
PARTIAL = f"{JSONL}.partial"
# What a run that was killed left behind is moved here, so that the next run does not lose it.
LEFT_BEHIND = f"{PARTIAL}.old"

# Ends of line to some programs, though not to JSON.
_LINE_ENDS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029", "\x85": "\\u0085"})


class RecordWriter:
    """Writes records as they come, and the finished files at the end, also after an error or Ctrl-C.

    A record is on disk (in `records.jsonl.partial`) when `add` returns. On leaving, the three files replace
    earlier ones, sorted by call; where nothing was added, earlier ones stay as they are.

    Args:
        out: the folder, made where there is none.
        form: the form of the records: it says which columns the table has, and the words of the options.

    Raises:
        OutputError: on entering, the folder can't be made; on adding or leaving, a file can't be written
            (then the partial file stays).
    """

    def __init__(self, out: Path, form: Form | None = None) -> None:
        self.out = out
        self._form = form
        self._records: list[AnyRecord] = []
        self._partial: TextIO | None = None
        self._broken = False

    def __enter__(self) -> Self:
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            if not os.access(self.out, os.W_OK | os.X_OK):
                raise PermissionError(None, "Permission denied")
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
        try:
            if self._partial is None:
                self._partial = self._open()
            self._partial.write(_line(record))
            self._partial.flush()
        except OSError as error:
            self._broken = True
            raise self._unwritable(PARTIAL, error) from None
        self._records.append(record)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._partial is None:
            return
        # What could not be flushed before can't be on closing either, and was told then.
        with contextlib.suppress(OSError):
            self._partial.close()
        if not self._broken:
            self._finish()

    def _open(self) -> TextIO:
        partial = self.out / PARTIAL
        if partial.exists():
            partial.replace(self.out / LEFT_BEHIND)
        return partial.open("w", encoding="utf-8", newline="\n")

    def _finish(self) -> None:
        records = sorted(self._records, key=lambda r: (r.call_id, r.source or ""))
        texts = {
            JSONL: "".join(_line(r) for r in records),
            "records.csv": as_csv(records, self._form),
            "records.md": as_markdown(records, self._form),
        }
        for name, text in texts.items():
            try:
                _replace(self.out / name, text)
            except OSError as error:
                raise self._unwritable(name, error) from None
        (self.out / PARTIAL).unlink(missing_ok=True)

    def _unwritable(self, name: str, error: OSError) -> OutputError:
        hint = f"Make room or choose another --out. What was done so far is in {self.out / PARTIAL}."
        return OutputError(f"{self.out / name}: can't be written ({error.strerror}).", hint)


def _line(record: AnyRecord) -> str:
    return record.model_dump_json().translate(_LINE_ENDS) + "\n"


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
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
