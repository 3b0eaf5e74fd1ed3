from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError

from extractor.llm.answers import first_object, problems, reask, salvage, unchecked


class Item(BaseModel):
    quotes: list[str] = Field(min_length=1, max_length=2)
    amount: float | None = None


class Answer(BaseModel):
    budget: list[Item] = Field(default_factory=list)
    need: list[Item] = Field(default_factory=list)
    note: str = "none"


class Named(BaseModel):
    name: str
    items: list[Item]


GOOD = {"quotes": ["a b c"], "amount": 1.0}

items = st.one_of(
    st.just(GOOD),
    st.fixed_dictionaries(
        {"quotes": st.lists(st.one_of(st.text(), st.integers()))}, optional={"amount": st.text()}
    ),
    st.none(),
    st.integers(),
    st.text(),
)


@given(st.dictionaries(st.sampled_from(["budget", "need", "note", "x"]), st.one_of(st.lists(items), items)))
def test_salvage_keeps_every_good_item_and_only_those(raw: dict[str, Any]) -> None:
    before = repr(raw)
    result = salvage(raw, Answer)
    assert repr(raw) == before
    assert result is not None
    answer, dropped = result
    for field in ("budget", "need"):
        given_items = raw.get(field)
        good = given_items.count(GOOD) if isinstance(given_items, list) else 0
        kept = [item.model_dump() for item in getattr(answer, field)]
        assert kept.count(GOOD) >= good
        assert Answer.model_validate({field: kept})
    assert (dropped == 0) == _is_valid(raw)


def _is_valid(raw: dict[str, Any]) -> bool:
    try:
        Answer.model_validate(raw)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("raw", "kept", "dropped"),
    [
        ({"budget": [{"quotes": ["x", 5]}]}, {"budget": [Item(quotes=["x"])]}, 1),
        ({"budget": [{"quotes": []}, GOOD]}, {"budget": [Item(**GOOD)]}, 1),
        ({"budget": [{"quotes": ["x"], "amount": "lots"}]}, {"budget": [Item(quotes=["x"])]}, 1),
        ({"budget": "none", "note": None, "need": [GOOD]}, {"need": [Item(**GOOD)]}, 2),
        ({"budget": [{"quotes": ["x", "y", "z"]}]}, {"budget": [Item(quotes=["x", "y"])]}, 1),
    ],
)
def test_the_smallest_part_is_dropped(raw: dict[str, Any], kept: dict[str, Any], dropped: int) -> None:
    assert salvage(raw, Answer) == (Answer(**kept), dropped)


@pytest.mark.parametrize("raw", [{}, {"items": [GOOD]}, {"name": 5, "items": []}, {"name": "x", "items": 5}])
def test_a_required_value_can_not_be_dropped(raw: dict[str, Any]) -> None:
    assert salvage(raw, Named) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', {"a": 1}),
        ('Here:\n```json\n{"a": {"b": "}"}}\n``` and {more}', {"a": {"b": "}"}}),
        ("[1]", None),
        ('{"a": 1', None),
        ("", None),
        ("{" * 50_000, None),
        ('{"a":' + "[" * 100_000, None),
    ],
)
def test_first_object(text: str, found: dict[str, Any] | None) -> None:
    assert first_object(text) == found


def test_a_re_ask_names_the_mistakes_and_not_what_was_answered() -> None:
    with pytest.raises(ValidationError) as caught:
        Answer.model_validate({"budget": [{"quotes": [], "amount": "SAID ON THE CALL"}], "note": 3})
    told = problems(caught.value)
    assert [line.partition(":")[0] for line in told] == ["budget.0.quotes", "budget.0.amount", "note"]
    words = reask(told)
    assert all(line in words for line in told)
    assert "SAID" not in words
    assert words.endswith("JSON and nothing else.")


def test_a_mistake_is_never_read_as_a_template() -> None:
    assert "{{ 7 * 7 }} {% raw" in reask(["note: {{ 7 * 7 }} {% raw"])


def test_the_unchecked_model_has_the_schema_and_takes_anything() -> None:
    model = unchecked(Answer)
    assert model.model_json_schema() == Answer.model_json_schema()
    assert model.__name__ == "Answer"
    assert model.model_validate({"budget": 3, "x": [1]}).model_extra == {"budget": 3, "x": [1]}
