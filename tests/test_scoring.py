from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.form import Field, Form, Option
from extractor.formfile import load_form
from extractor.scoring import points_of, score, tier


def form(*most: int, tiers: dict[str, int] | None = None) -> Form:
    fields = tuple(
        Field(id=f"f{n}", title="t", kind="text", ask="?", counts="c", points=points)
        for n, points in enumerate(most)
    )
    return Form(form="f", title="F", fields=fields, tiers=tiers or {"hot": 80, "warm": 50, "cold": 0})


def test_points_of_an_option() -> None:
    options = (Option(id="a", points=3), Option(id="b", points=7))
    field = Field(id="f", title="t", kind="choice", ask="?", counts="c", options=options)
    assert [points_of(field, "a"), points_of(field, "b"), points_of(field, None)] == [3, 7, 0]
    assert field.max_points == 7
    with pytest.raises(KeyError):
        points_of(field, "c")


def test_points_of_a_field_without_options_are_its_own() -> None:
    assert points_of(form(4).fields[0], None) == 4


@pytest.mark.parametrize(
    ("most", "points", "expected"),
    [
        ((30, 25, 25, 20), {"f0": 15, "f1": 20, "f2": 25, "f3": 0}, 60),
        ((30, 25, 25, 20), {}, 0),
        ((30, 25, 25, 20), {"f0": 30, "f1": 25, "f2": 25, "f3": 20}, 100),
        ((8,), {"f0": 1}, 13),
        ((200,), {"f0": 1}, 1),
        ((201,), {"f0": 1}, 0),
        ((3,), {"f0": 2}, 67),
        ((10,), {"f0": 5, "not in the form": 5}, 50),
        ((0,), {"f0": 0}, 0),
    ],
)
def test_score(most: tuple[int, ...], points: dict[str, int], expected: int) -> None:
    assert score(form(*most), points) == expected


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=8))
def test_a_score_is_a_share_of_the_maximum(pairs: list[tuple[int, int]]) -> None:
    made = form(*(max(p) for p in pairs))
    points = {f"f{n}": min(p) for n, p in enumerate(pairs)}
    value = score(made, points)
    assert 0 <= value <= 100
    if made.max_points:
        assert abs(value - 100 * sum(points.values()) / made.max_points) <= 0.5 + 1e-9


def test_bant_adds_up_to_a_hundred() -> None:
    assert load_form("bant").max_points == 100


@pytest.mark.parametrize(
    ("value", "name"), [(100, "hot"), (80, "hot"), (79, "warm"), (50, "warm"), (49, "cold"), (0, "cold")]
)
def test_tier(value: int, name: str) -> None:
    assert tier(form(1), value) == name


def test_below_the_lowest_tier_is_the_lowest() -> None:
    assert tier(form(1, tiers={"a": 60, "b": 20}), 10) == "b"
