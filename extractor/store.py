"""What a run keeps so that it may be interrupted: each call's state, each question, each answer.

One SQLite file beside the output. It holds what was said on calls, so only its owner may read it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from extractor.errors import OutputError
from extractor.record import AnyRecord, FailedRecord, Record, Usage

FILE = "bant.sqlite"

_VERSION = 1
# Of compression, 1 to 9: the usual 6 takes three times as long and saves a tenth of the space.
_LEVEL = 1
_DONE, _INCOMPLETE, _FAILED = "done", "incomplete", "failed"
# A question is noted before it is sent; its answer comes into the same row. `asked` says which calls it is
# of. `spent` is what a call's attempts have cost that gave no answer.
_TABLES = """
CREATE TABLE calls (
    call_id TEXT PRIMARY KEY, source TEXT, transcript TEXT NOT NULL, settings TEXT NOT NULL,
    state TEXT NOT NULL, record BLOB NOT NULL
);
CREATE TABLE questions (
    key BLOB PRIMARY KEY, model TEXT NOT NULL, messages BLOB NOT NULL, answer BLOB, warnings TEXT, usage TEXT
);
CREATE TABLE asked (
    number INTEGER PRIMARY KEY, call_id TEXT NOT NULL, key BLOB NOT NULL, UNIQUE (call_id, key)
);
CREATE INDEX asked_key ON asked (key);
CREATE TABLE spent (call_id TEXT PRIMARY KEY, transcript TEXT NOT NULL, settings TEXT NOT NULL, usage TEXT);
CREATE TABLE forms (sha256 TEXT PRIMARY KEY, form TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Inputs:
    """What a call's record is made from.

    Args:
        call_id: the call.
        transcript: the hash of the transcript as it was read, sides and date included.
        settings: the hash of all else: form, prompts, weights of code, model, strategy, version.
    """

    call_id: str
    transcript: str
    settings: str


@dataclass(frozen=True)
class Answer:
    """An answer that was paid for, with what it cost and the warnings that came with it."""

    value: Any
    warnings: tuple[str, ...]
    usage: Usage


@dataclass(frozen=True)
class Sent:
    """One question that was sent for a call; `answered` is False where no answer of use came back."""

    model: str
    messages: list[dict[str, str]]
    answered: bool
    requests: int


class Store:
    """The store in a file, made where there is none. Open it with `with`; threads may share it.

    While it is open no other process can open it, and when its process dies anyhow it is free again. What a
    method has written stays written when the process is killed.

    Args:
        path: the file.

    Raises:
        OutputError: by every method, also on entering: the file can't be written, another process has it
            open, or it is no store.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db: sqlite3.Connection | None = None
        self._one_at_a_time = threading.RLock()

    def __enter__(self) -> Self:
        try:
            with self._told():
                self._db = _connected(self.path)
            with self._writing() as db:
                version = db.execute("PRAGMA user_version").fetchone()[0]
                if version not in (0, _VERSION):
                    raise OutputError(
                        f"{self.path}: another version of this program wrote it.",
                        "Name another --out, or delete it.",
                    )
                if not version:
                    for statement in _TABLES.split(";"):
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {_VERSION}")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Doing it again does nothing."""
        with self._one_at_a_time:
            if self._db is not None:
                db, self._db = self._db, None
                db.close()

    # Calls

    def done(self, inputs: Inputs) -> Record | None:
        """The whole record of a call, where it was made from the same inputs."""
        row = self._row(
            "SELECT record FROM calls WHERE call_id = ? AND transcript = ? AND settings = ? AND state = ?",
            inputs.call_id, inputs.transcript, inputs.settings, _DONE,
        )  # fmt: skip
        return Record.model_validate_json(_unpacked(row[0])) if row else None

    def last(self, call_id: str, settings: str) -> AnyRecord | None:
        """What was last made of a call with these settings, a failure too, whatever it was read from."""
        row = self._row(
            "SELECT state, record FROM calls WHERE call_id = ? AND settings = ?", call_id, settings
        )
        if row is None:
            return None
        model = FailedRecord if row[0] == _FAILED else Record
        return model.model_validate_json(_unpacked(row[1]))

    def keep(self, inputs: Inputs, record: AnyRecord) -> None:
        """Keep what became of a call, in place of what became of it before."""
        state = _FAILED if isinstance(record, FailedRecord) else _INCOMPLETE if record.incomplete else _DONE
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?)",
                (
                    inputs.call_id, record.source, inputs.transcript, inputs.settings, state,
                    _packed(record.model_dump_json()),
                ),
            )  # fmt: skip
            if state == _DONE:
                db.execute("DELETE FROM spent WHERE call_id = ?", (inputs.call_id,))

    def spent(self, inputs: Inputs) -> Usage:
        """What earlier attempts at a call have cost without giving an answer."""
        row = self._row(
            "SELECT usage FROM spent WHERE call_id = ? AND transcript = ? AND settings = ?",
            inputs.call_id, inputs.transcript, inputs.settings,
        )  # fmt: skip
        return Usage.model_validate_json(row[0]) if row else Usage()

    def keep_spent(self, inputs: Inputs, usage: Usage) -> None:
        """Keep what the attempts at a call have cost so far without giving an answer."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO spent VALUES (?, ?, ?, ?)",
                (inputs.call_id, inputs.transcript, inputs.settings, usage.model_dump_json()),
            )

    def calls(self) -> list[str]:
        """The ids of all calls that anything is kept of."""
        rows = self._rows(
            "SELECT call_id FROM calls UNION SELECT call_id FROM asked UNION SELECT call_id FROM spent "
            "ORDER BY call_id"
        )
        return [row[0] for row in rows]

    # Questions and answers

    def asked(self, call_id: str, key: bytes, model: str, messages: Sequence[Any]) -> None:
        """Note a question of a call before it is sent."""
        with self._writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO questions (key, model, messages) VALUES (?, ?, ?)",
                (key, model, _packed(json.dumps(list(messages)))),
            )
            db.execute("INSERT OR IGNORE INTO asked (call_id, key) VALUES (?, ?)", (call_id, key))

    def answered(self, key: bytes, answer: Answer) -> None:
        """Keep the answer to a question that was noted."""
        with self._writing() as db:
            db.execute(
                "UPDATE questions SET answer = ?, warnings = ?, usage = ? WHERE key = ?",
                (
                    _packed(json.dumps(answer.value)), json.dumps(answer.warnings),
                    answer.usage.model_dump_json(), key,
                ),
            )  # fmt: skip

    def answer(self, key: bytes) -> Answer | None:
        """The answer to a question, where one was kept."""
        row = self._row("SELECT answer, warnings, usage FROM questions WHERE key = ?", key)
        if row is None or row[0] is None:
            return None
        return Answer(
            json.loads(_unpacked(row[0])), tuple(json.loads(row[1])), Usage.model_validate_json(row[2])
        )

    def sent(self, call_id: str) -> list[Sent]:
        """The questions that were sent for a call, in their order."""
        rows = self._rows(
            "SELECT model, messages, usage FROM asked JOIN questions USING (key) WHERE call_id = ? "
            "ORDER BY number", call_id,
        )  # fmt: skip
        return [
            Sent(
                model,
                json.loads(_unpacked(messages)),
                usage is not None,
                Usage.model_validate_json(usage).llm_calls if usage is not None else 1,
            )
            for model, messages, usage in rows
        ]

    # Forms

    def keep_form(self, sha256: str, form: str) -> None:
        """Keep a form, as JSON, so that the records made with it can be shown when its file has changed."""
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO forms VALUES (?, ?)", (sha256, form))

    def form(self, sha256: str) -> str | None:
        """A form as it was kept."""
        row = self._row("SELECT form FROM forms WHERE sha256 = ?", sha256)
        return row[0] if row else None

    # Forgetting

    def purge(self, call_id: str) -> bool:
        """Remove all that is kept of a call, so that no byte of it stays in the file.

        Questions that another call, too, has asked stay: they are kept of that call.

        Returns:
            Whether there was anything.
        """
        known = call_id in self.calls()
        with self._writing() as db:
            for table in ("calls", "asked", "spent"):
                db.execute(f"DELETE FROM {table} WHERE call_id = ?", (call_id,))  # noqa: S608 (our own names)
            db.execute("DELETE FROM questions WHERE key NOT IN (SELECT key FROM asked)")
        self._write_over()
        return known

    def clear(self) -> None:
        """Forget everything."""
        with self._writing() as db:
            for table in ("calls", "asked", "spent", "questions", "forms"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608 (our own names)
        self._write_over()

    def _write_over(self) -> None:
        """What was deleted is gone from the pages (secure_delete); here also from the log beside them."""
        with self._told(), self._one_at_a_time:
            self._open().execute("VACUUM")
            self._open().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # The file

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            raise OutputError(f"{self.path}: is not open.", "Use `with Store(path) as store:`.")
        return self._db

    def _row(self, query: str, *values: Any) -> Any:
        with self._told(), self._one_at_a_time:
            return self._open().execute(query, values).fetchone()

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with self._told(), self._one_at_a_time:
            return self._open().execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All that is written inside is written, or nothing of it."""
        with self._told(), self._one_at_a_time:
            db = self._open()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__, "Name another --out.") from None
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_BUSY:
                raise OutputError(
                    f"{self.path.parent}: another run is using this folder.",
                    "Wait for it to end, or name another --out.",
                ) from None
            if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise self._unusable("it is damaged", "Delete it, or name another --out.") from None
            raise self._unusable(str(error), "Make room, or name another --out.") from None

    def _unusable(self, why: str, hint: str) -> OutputError:
        return OutputError(f"{self.path}: can't be used ({why}).", hint)


def _connected(path: Path) -> sqlite3.Connection:
    # Made before SQLite sees it, which gives its other files the same mode.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    db = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        # Before the first access to the file: then no other process gets at it.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA secure_delete = ON")
        # What is said on calls is written to no other folder, not even for a moment.
        db.execute("PRAGMA temp_store = MEMORY")
    except BaseException:
        db.close()
        raise
    return db


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode(), _LEVEL)


def _unpacked(blob: bytes) -> str:
    return zlib.decompress(blob).decode()
