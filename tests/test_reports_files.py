"""Records are on disk as soon as they are added, and in three files at the end, whatever happens between."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invented import budget, failure, form, record

from extractor.errors import InputError, OutputError
from extractor.record import AnyRecord
from extractor.reports.files import LEFT_BEHIND, PARTIAL, RecordWriter, read_records


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


DONE = ["records.csv", "records.jsonl", "records.md"]


def test_a_run_writes_three_files_sorted_by_call(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    added: list[AnyRecord] = [record("c"), failure("b"), record("a")]
    with RecordWriter(out) as writer:
        assert out.is_dir()
        for r in added:
            writer.add(r)
    assert names(out) == DONE
    assert read_records(out / "records.jsonl") == [added[2], added[1], added[0]]
    rows = list(csv.DictReader(io.StringIO((out / "records.csv").read_text(encoding="utf-8"))))
    assert [r["call_id"] for r in rows] == ["a", "b", "c"]
    assert (out / "records.md").read_text(encoding="utf-8").startswith("# Leads\n")


def test_a_record_is_on_disk_at_once(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        writer.add(record("a"))
        assert read_records(tmp_path / PARTIAL) == [record("a")]
        writer.add(failure("b"))
        assert len(read_records(tmp_path / PARTIAL)) == 2
        assert names(tmp_path) == [PARTIAL]


def interrupted(out: Path, error: type[BaseException]) -> None:
    with RecordWriter(out) as writer:
        writer.add(record("a"))
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_was_done_is_written_after_an_interruption(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error):
        interrupted(tmp_path, error)
    assert names(tmp_path) == DONE
    assert read_records(tmp_path / "records.jsonl") == [record("a")]


def test_earlier_files_stay_where_nothing_was_added(tmp_path: Path) -> None:
    (tmp_path / "records.jsonl").write_text("earlier")
    with RecordWriter(tmp_path):
        pass
    assert (tmp_path / "records.jsonl").read_text() == "earlier"
    assert names(tmp_path) == ["records.jsonl"]


def test_earlier_files_are_replaced(tmp_path: Path) -> None:
    for call in ("a", "b"):
        with RecordWriter(tmp_path) as writer:
            writer.add(record(call))
    assert read_records(tmp_path / "records.jsonl") == [record("b")]
    assert names(tmp_path) == DONE


def test_what_a_killed_run_left_is_kept(tmp_path: Path) -> None:
    (tmp_path / PARTIAL).write_text(record("lost").model_dump_json() + "\n", encoding="utf-8")
    with RecordWriter(tmp_path) as writer:
        writer.add(record("a"))
    assert names(tmp_path) == sorted([*DONE, LEFT_BEHIND])
    assert read_records(tmp_path / LEFT_BEHIND) == [record("lost")]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(OutputError, match="can't be written") as caught, RecordWriter(out):
            pytest.fail("entered")
        assert "--out" in caught.value.hint


def test_a_folder_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="Permission denied"), RecordWriter(tmp_path):
        pytest.fail("entered")


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_keeps_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> None:
        with RecordWriter(tmp_path) as writer:
            writer.add(record("a"))
            assert writer._partial is not None
            writer._partial.close()
            monkeypatch.setattr(writer, "_partial", SimpleNamespace(write=full, close=full))
            writer.add(record("b"))

    with pytest.raises(OutputError, match="No space left") as caught:
        run()
    assert PARTIAL in caught.value.hint
    assert names(tmp_path) == [PARTIAL]
    assert read_records(tmp_path / PARTIAL) == [record("a")]


def test_a_full_disk_at_the_end_keeps_the_partial_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run() -> None:
        with RecordWriter(tmp_path) as writer:
            writer.add(record("a"))
            monkeypatch.setattr(os, "fsync", full)

    (tmp_path / "records.csv").write_text("earlier")
    with pytest.raises(OutputError, match="No space left"):
        run()
    assert names(tmp_path) == ["records.csv", PARTIAL]
    assert (tmp_path / "records.csv").read_text() == "earlier"
    assert read_records(tmp_path / PARTIAL) == [record("a")]


def test_the_form_says_the_columns(tmp_path: Path) -> None:
    with RecordWriter(tmp_path, form()) as writer:
        writer.add(failure())
    header = (tmp_path / "records.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "authority,authority_role,authority_value,authority_quote" in header


@given(st.text(), st.text(min_size=1))
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_said_is_read_back(tmp_path: Path, quote: str, speaker: str) -> None:
    said = budget(quote)
    said = said.model_copy(update={"evidence": [said.evidence[0].model_copy(update={"speaker": speaker})]})
    made = record("a", budget=said)
    with RecordWriter(tmp_path) as writer:
        writer.add(made)
    text = (tmp_path / "records.jsonl").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 1
    assert read_records(tmp_path / "records.jsonl") == [made]


WHOLE = record("a").model_dump_json()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (WHOLE[:-30], "not JSON"),
        ("[1]", "not a record"),
        ("{}", "schema_version is null, this program reads 1"),
        (
            WHOLE.replace('"schema_version":1', '"schema_version":2'),
            "schema_version is 2, this program reads 1",
        ),
        (WHOLE.replace('"score":60', '"score":"lots"'), "not a record (score)"),
        (WHOLE.replace('"turn":1', '"turn":-1'), "not a record (fields.budget.conflicts.0.evidence.0.turn)"),
        ('{"schema_version":1,"call_id":"x","error":{}}', "not a record (source)"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_line_is_told_with_its_number(tmp_path: Path, line: str, problem: str) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text(f"{WHOLE}\n\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_records(file)
    assert caught.value.message.startswith(f"{file}:3: {problem}")
    assert "seventy" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_records(tmp_path / "none.jsonl")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        read_records(tmp_path / "binary")


def test_a_line_is_plain_json_with_the_keys_of_the_record(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        writer.add(record("a"))
        writer.add(failure("b"))
    first, second = (tmp_path / "records.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(first)["fields"]["budget"]["evidence"][0]["turn"] == 3
    assert list(json.loads(second)) == ["schema_version", "call_id", "source", "error"]
