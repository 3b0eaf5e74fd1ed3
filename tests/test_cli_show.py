"""`bant show`: finds a call by its name or the beginning of it, and prints it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from invented import budget, failure, record
from typer.testing import CliRunner, Result

from extractor.cli.show import find_call, show
from extractor.errors import InputError
from extractor.formfile import load_form
from extractor.reports.files import PARTIAL, RecordWriter

app = typer.Typer()
app.command()(show)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    with RecordWriter(tmp_path / "out") as writer:
        writer.add(record("a01"))
        writer.add(record("a02", form_sha256=load_form("bant").sha256))
        writer.add(record("Beta", budget=budget("zażółć \x1b[2J\x9b1m")))
        writer.add(failure("z09"))
    return tmp_path / "out"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(w) for w in words])


def test_by_name_from_a_folder_or_a_file(out: Path) -> None:
    for place in (out, out / "records.jsonl"):
        result = run("a01", "--records", place)
        assert result.exit_code == 0
        assert result.stdout.startswith("a01  60 of 100  warm\n")
        assert "50k-100k" in result.stdout


def test_labels_of_a_shipped_form_that_has_not_changed(out: Path) -> None:
    assert "$50,000 - $100,000" in run("a02", "--records", out).stdout


def test_by_the_beginning_in_either_case(out: Path) -> None:
    assert run("z", "--records", out).stdout.startswith("z09  failed")
    assert run("be", "--records", out).stdout.startswith("Beta  ")


def test_the_default_folder(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out.rename(out.parent / "bant-out")
    monkeypatch.chdir(out.parent)
    assert run("a01").stdout.startswith("a01")


def test_json_is_the_record_and_safe_to_print(out: Path) -> None:
    result = run("Beta", "--records", out, "--json")
    assert json.loads(result.stdout) == json.loads(
        record("Beta", budget=budget("zażółć \x1b[2J\x9b1m")).model_dump_json()
    )
    assert result.stdout.isascii()
    assert not set(result.stdout) & {"\x1b", "\x9b"}


def refused(*words: str | Path) -> InputError:
    error = run(*words).exception
    assert isinstance(error, InputError)
    return error


def test_an_unknown_or_ambiguous_call(out: Path) -> None:
    assert str(refused("a0", "--records", out)) == "2 calls begin with a0. Which one? a01, a02."
    assert str(refused("a03", "--records", out)) == "There is no call a03. Did you mean a02, a01?"
    assert str(refused("xyz", "--records", out)) == "There is no call xyz. There are Beta, a01, a02, z09."


def test_an_exact_name_wins_over_one_that_begins_so() -> None:
    records = [record("a"), record("ab"), record("a", source="elsewhere/a.vtt")]
    assert find_call(records, "a") == [records[0], records[2]]


def test_many_calls_are_not_all_listed() -> None:
    records = [record(f"c{n:02}") for n in range(20)]
    with pytest.raises(InputError, match="20 calls begin with c") as caught:
        find_call(records, "c")
    assert caught.value.hint.endswith("c07 and 12 more.")
    with pytest.raises(InputError, match="There is no call a") as caught:
        find_call([], "a")
    assert caught.value.hint == "There are no records in this file."


def test_a_folder_without_records(tmp_path: Path) -> None:
    assert "No such file" in str(refused("a", "--records", tmp_path))
    (tmp_path / PARTIAL).write_text(record("a").model_dump_json() + "\n", encoding="utf-8")
    error = refused("a", "--records", tmp_path)
    assert str(tmp_path / PARTIAL) in error.hint
    assert run("a", "--records", tmp_path / PARTIAL).stdout.startswith("a  60")
