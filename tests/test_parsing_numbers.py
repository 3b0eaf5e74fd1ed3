from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spelling import in_words
from text_to_num import text2num

from extractor.parsing.numbers import find_numbers

# "Eighteen thousand and one" is two amounts more often than 18,001: such numbers nobody says about money.
PLAIN = st.integers(1, 999_999).filter(lambda n: n < 10_000 or n % 1000 == 0 or n % 1000 >= 10)


@given(PLAIN, st.booleans())
@settings(deadline=None, max_examples=300)
def test_a_number_in_words_is_read_back(n: int, hyphen: bool) -> None:
    [found] = find_numbers(f"it is {in_words(n, hyphen=hyphen)}.")
    assert found.value == n


@given(PLAIN)
@settings(deadline=None, max_examples=100)
def test_words_are_read_as_another_reader_reads_them(n: int) -> None:
    words = in_words(n, article=False)
    assert find_numbers(words)[0].value == text2num(words, "en")


@given(st.integers(1_000, 999_999_999), st.sampled_from([",", ".", "'", " ", ""]))
@settings(deadline=None)
def test_a_figure_is_read_back_whatever_groups_it(n: int, mark: str) -> None:
    [found] = find_numbers(f"{n:,}".replace(",", mark))
    assert found.value == n


@given(st.text(max_size=200))
@settings(deadline=None)
def test_places_lie_in_the_text_in_order(text: str) -> None:
    ends = [0]
    for n in find_numbers(text):
        assert ends[-1] <= n.start < n.end <= len(text)
        ends.append(n.end)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("half a million", 500_000), ("a quarter of a million", 250_000), ("a million and a half", 1_500_000),
        ("two and a half million", 2_500_000), ("one point two million", 1_200_000), ("1.2 mil", 1_200_000),
        ("two comma four million", 2_400_000), ("a couple of hundred thousand", 200_000),
        ("fifteen hundred", 1_500), ("a hundred and ten thousand", 110_000),
        ("hundred fifty thousand", 150_000),
        ("two lakh", 200_000), ("1.5 crore", 15_000_000), ("12,50,000", 1_250_000), ("1.234,56", 1234.56),
        ("36.000", 36_000), ("2.5k", 2_500), ("3m", 3_000_000),
        ("two fifty", 250), ("one sixty-five", 165), ("fourteen fifty", 1_450), ("one oh five", 105),
        ("forty seven two", 47.2), ("forty-two thousand five", 42_500), ("sixty-eight fifty", 6_850),
        ("two one two", 212), ("the twenty-seventh", 27), ("the 15th", 15),
    ],
)  # fmt: skip
def test_spoken_and_written_forms(text: str, value: float) -> None:
    [found] = find_numbers(text)
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("fifty sixty thousand", [50, 60_000]), ("eight ten thousand", [8, 10_000]), ("seventy-eighty",
        [70, 80]),
        ("sixteen seventeen", [16, 17]), ("thirty thousand and eighteen for the auditor", [30_000, 18]),
        ("thirty two, five of us", [32, 5]), ("fifty thousand two weeks ago", [50_000, 2]),
        ("fifty one time", [50]), ("a hundred and sixty one-off", [160]), ("fifty one times", [51]),
    ],
)  # fmt: skip
def test_numbers_side_by_side_stay_apart(text: str, values: list[float]) -> None:
    assert [n.value for n in find_numbers(text)] == values


def test_a_short_form_keeps_its_second_reading() -> None:
    assert find_numbers("two fifty")[0].other == pytest.approx(2.5)
    assert find_numbers("two hundred and fifty")[0].other is None


def test_a_decade_is_a_range() -> None:
    [decade] = find_numbers("somewhere in the mid fifties")
    assert (decade.value, decade.upper) == (54, 56)


@pytest.mark.parametrize("text", ["in 2026", "twenty twenty-six", "two thousand nine", "nineteen ninety"])
def test_years(text: str) -> None:
    assert find_numbers(text)[0].year


@pytest.mark.parametrize("text", ["2,026", "2000", "two thousand", "twenty-six", "2500"])
def test_no_years(text: str) -> None:
    assert not find_numbers(text)[0].year
