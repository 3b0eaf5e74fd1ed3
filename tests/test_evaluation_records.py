from __future__ import annotations

from pathlib import Path

import pytest
from labelled import AUTHORITY, BUDGET, FORM, MONEY_QUOTE, NEED, labelled, perfect, record

from extractor.errors import InputError
from extractor.evaluation.predictions import Prediction, from_records
from extractor.evaluation.records import read_table
from extractor.record import FailedRecord, Failure
from extractor.reports.sheet import as_csv

CALLS = [labelled("a01", budget=BUDGET, authority=AUTHORITY, need=NEED), labelled("a02")]
HEADER = "call_id,budget,authority,authority_role,need,score\n"


def table(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "crm.csv"
    file.write_text(text, encoding="utf-8")
    return file


def read(tmp_path: Path, text: str) -> dict[str, Prediction]:
    return dict(read_table(table(tmp_path, text), CALLS).made)


def test_options_by_id_or_label_in_any_case(tmp_path: Path) -> None:
    first_row = 'a01,"$10,000  AND more",EXECUTIVE,decision Maker,perfect match,71\n'
    made = read(tmp_path, HEADER + first_row + "a02,,,,,\n")
    first = made["a01"]
    assert {name: f.result.option for name, f in first.fields.items()} == {
        "budget": "large", "authority": "executive", "need": "perfect",
    }  # fmt: skip
    assert first.fields["authority"].result.value == {"role": "decision_maker", "level": "executive"}
    assert first.score == 71
    assert first.sides is None
    assert first.fields["budget"].quotes is None
    assert first.fields["need"].items is None
    assert {f.result.status for f in made["a02"].fields.values()} == {"absent"}


def test_a_score_is_made_of_the_options_where_there_is_none(tmp_path: Path) -> None:
    made = read(tmp_path, HEADER + "a01,large,executive,end_user,absent,\n")
    assert made["a01"].score == 70


def test_a_contact_without_a_rank(tmp_path: Path) -> None:
    made = read(tmp_path, HEADER + "a01,,,end_user,,\n")
    assert made["a01"].fields["authority"].result.status == "stated"
    assert made["a01"].fields["authority"].result.option is None


def test_other_delimiters_column_order_and_case(tmp_path: Path) -> None:
    header = "\ufeffNeed;Call ID;Owner;Budget;Authority;Authority role\r\n"
    made = read(tmp_path, header + "low;a01;me;small;;\r\n")
    assert made["a01"].fields["need"].result.option == "low"
    assert made["a01"].fields["budget"].result.option == "small"


def test_quotes_are_parted(tmp_path: Path) -> None:
    header = "call_id,budget,budget_quote,authority,authority_role,need\n"
    made = read(tmp_path, header + "a01,large,one two | three,,,\n")
    assert made["a01"].fields["budget"].quotes == ("one two", "three")
    assert made["a01"].fields["need"].quotes is None


def test_rows_of_other_calls_and_failed_calls(tmp_path: Path) -> None:
    text = "call_id,budget,authority,authority_role,need,error\nzz,large,,,,\na02,,,,,no answer\n"
    found = read_table(table(tmp_path, text), CALLS)
    assert found.others == ("zz",)
    assert found.failures == {"a02": "no answer"}
    assert not found.made


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("call_id,budget,authority,authority_role\na01,,,\n", "no column need"),
        ("call_id,budget,authority,need\na01,,executive,\n", "no column authority_role"),
        (HEADER + "a01,huge,,,,\n", r"crm\.csv:2: budget"),
        (HEADER + "a02,,,,,\na01,,executive,boss,,\n", r"crm\.csv:3: authority_role"),
        (HEADER + "a01,,,,,many\n", "score"),
        (HEADER + "a01,,,,,101\n", "score"),
        (HEADER + "a01,,,,,\na01,,,,,\n", "twice"),
        ('call_id,budget,authority,authority_role,need\n"a01,,,,\n', "not valid CSV"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read(tmp_path, text)
    assert caught.value.hint


def test_our_own_table_says_what_the_records_say(tmp_path: Path) -> None:
    why = Failure(kind="x", message="m", hint="h")
    records = [perfect(CALLS[0]), FailedRecord(call_id="a02", source=None, error=why)]
    found = read_table(table(tmp_path, as_csv(records, FORM)), CALLS)
    ours = from_records(records, CALLS)
    assert set(found.made) == set(ours.made) == {"a01"}
    assert set(found.failures) == set(ours.failures) == {"a02"}
    for name, field in ours.made["a01"].fields.items():
        other = found.made["a01"].fields[name]
        assert (other.result.option, other.result.status) == (field.result.option, field.result.status)
        assert other.quotes == field.quotes
    assert found.made["a01"].score == ours.made["a01"].score


def test_a_record_made_with_another_form() -> None:
    made = record()
    del made.fields["need"]
    with pytest.raises(InputError, match="no need"):
        from_records([made], CALLS)


def test_two_records_of_one_call() -> None:
    with pytest.raises(InputError, match="a01"):
        from_records([record(), record()], CALLS)


def test_quotes_items_and_how_they_were_tied() -> None:
    made = from_records([perfect(CALLS[0])], CALLS).made["a01"]
    assert made.fields["budget"].quotes == (MONEY_QUOTE,)
    assert made.fields["budget"].exact == 1
    items = made.fields["need"].items
    assert items is not None
    assert [i.catalog for i in items] == ["typing", "waiting"]
