"""calls.yaml: what it gives a transcript, and how mistakes are told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from extractor.errors import FormError
from extractor.readers import read_file
from extractor.transcript import SellerHints, Transcript

TALK = "Priya Nair: Hello.\nTom Okafor: Hello.\nLee Wong: Hello.\n"


def read(folder: Path, calls: str, name: str = "a01.txt", hints: SellerHints | None = None) -> Transcript:
    (folder / name).write_text(TALK)
    (folder / "calls.yaml").write_text(calls)
    return read_file(folder / name, hints=hints)


def sides(transcript: Transcript) -> list[str | None]:
    return [t.side for t in transcript.turns]


def test_date_sides_and_companies(tmp_path):
    call = read(
        tmp_path,
        "a01.txt: {date: 2026-03-12, seller: {company: Northwind Desk, speakers: [Priya Nair]},\n"
        "          buyer: {company: Halden Freight, speakers: [Tom Okafor]}}\n",
        name="a01.txt",
    )
    assert (call.date, call.date_from, call.sides_from) == (dt.date(2026, 3, 12), "calls.yaml", "calls.yaml")
    assert [(p.name, p.side, p.company) for p in call.participants] == [
        ("Priya Nair", "seller", "Northwind Desk"),
        ("Tom Okafor", "buyer", "Halden Freight"),
        ("Lee Wong", None, None),
    ]
    assert sides(call) == ["seller", "buyer", None]
    assert call.warnings == ()


def test_with_the_sellers_alone_everybody_else_buys(tmp_path):
    assert sides(read(tmp_path, "a01.txt: {seller: {speakers: [priya]}}")) == ["seller", "buyer", "buyer"]


def test_with_the_buyers_alone_nobody_else_is_known(tmp_path):
    assert sides(read(tmp_path, "a01.txt: {buyer: {speakers: [Tom Okafor]}}")) == [None, "buyer", None]


def test_lists_override_hints_and_hints_fill_where_there_are_none(tmp_path):
    hints = SellerHints(names=("Lee Wong",))
    lists = "a01.txt: {seller: {speakers: [Priya Nair]}, buyer: {speakers: [Tom Okafor]}}"
    assert sides(read(tmp_path, lists, hints=hints)) == ["seller", "buyer", None]
    dated = read(tmp_path, "a01.txt: {date: 2026-03-13}", hints=hints)
    assert sides(dated) == ["buyer", "buyer", "seller"]
    assert (dated.date, dated.sides_from) == (dt.date(2026, 3, 13), "option")


def test_the_date_overrides_that_of_the_name(tmp_path):
    call = read(tmp_path, "2025-01-01 call.txt: {date: 2026-03-12}", name="2025-01-01 call.txt")
    assert (call.date, call.date_from) == (dt.date(2026, 3, 12), "calls.yaml")


def test_an_entry_may_stand_under_the_call_id(tmp_path):
    assert read(tmp_path, "a01: {date: '2026-03-12'}").date == dt.date(2026, 3, 12)


def test_a_company_alone_marks_its_people(tmp_path):
    (tmp_path / "a01.txt").write_text("Priya (Northwind): Hello.\nTom: Hello.\n")
    (tmp_path / "calls.yaml").write_text("a01.txt: {seller: {company: Northwind Desk}}")
    call = read_file(tmp_path / "a01.txt")
    assert sides(call) == ["seller", "buyer"]
    assert call.participants[0].company == "Northwind Desk"


def test_a_company_that_fits_nobody_changes_nothing_and_says_nothing(tmp_path):
    call = read(tmp_path, "a01.txt: {date: 2026-03-12, seller: {company: Northwind Desk}}")
    assert sides(call) == [None, None, None]
    assert (call.sides_from, call.warnings) == (None, ())


def test_someone_who_does_not_speak_is_a_participant_with_a_warning(tmp_path):
    buyer = "{company: Halden, speakers: [Tom Okafor, Ruth Abara]}"
    call = read(tmp_path, f"a01.txt: {{date: 2026-03-12, buyer: {buyer}}}")
    ruth = call.participants[-1]
    assert (ruth.name, ruth.side, ruth.company) == ("Ruth Abara", "buyer", "Halden")
    assert len(call.warnings) == 1


@pytest.mark.parametrize("calls", ["", "a01.txt:\n", "other.txt: {date: 2026-03-12}", "a01.txt: {seller: }"])
def test_nothing_said_changes_nothing(tmp_path, calls):
    call = read(tmp_path, calls)
    assert call.date_from == "file time"
    assert sides(call) == [None, None, None]


@pytest.mark.parametrize(
    ("calls", "line", "problem", "hint"),
    [
        ("x.txt: {}\na01.txt: {dat: 2026-03-12}", 2, "unknown key `dat`", "`date`"),
        ("a01.txt:\n  date: soon", 2, "not a date", "2026-03-12"),
        ("a01.txt:\n  date: '2026-02-30'", 2, "not a date", "2026-03-12"),
        ("a01.txt:\n  date: 20260312.5", 2, "not a date", "2026-03-12"),
        ("a01.txt:\n  seller:\n    speakers: Priya", 3, "not a list", "[Priya Nair"),
        ("a01.txt:\n  seller:\n    speakers: [Priya, 7]", 3, "not a list", "[Priya Nair"),
        ("a01.txt:\n  seller:\n    company: [x]", 3, "company is a list", "quotes"),
        ("a01.txt:\n  seller: Priya", 2, "a mapping with company, speakers", "As in"),
        ("a01.txt: 2026-03-12", 1, "a mapping with date", "As in"),
        ("- a01.txt", 1, "mapping of file names", "As in"),
        ("a01.txt:\n  seller: {speakers: [Tom]}\n  buyer: {speakers: [tom]}", 3, "both sides", "one side"),
        ("a01.txt: {}\na01.txt: {}", 2, "line 1", "one"),
        ("a01.txt: {date: [}", 1, "not valid YAML", ""),
    ],
)
def test_mistakes_are_told_with_file_and_line(tmp_path, calls, line, problem, hint):
    with pytest.raises(FormError) as error:
        read(tmp_path, calls)
    assert error.value.line == line
    assert error.value.file == tmp_path / "calls.yaml"
    assert problem in error.value.problem
    assert hint in error.value.hint


def test_a_change_of_the_file_is_seen(tmp_path):
    assert read(tmp_path, "a01.txt: {date: 2026-03-12}").date == dt.date(2026, 3, 12)
    assert read(tmp_path, "a01.txt: {date: 2026-03-13, }").date == dt.date(2026, 3, 13)
