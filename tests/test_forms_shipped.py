"""The forms that come with the package are right, and worded with care."""

from __future__ import annotations

from itertools import pairwise

import pytest

from extractor.form import Field, Form
from extractor.formfile import load_form, shipped_forms
from extractor.kinds import KINDS

FORMS = [load_form(name) for name in shipped_forms()]
FIELDS = [pytest.param(form, field, id=f"{form.form}-{field.id}") for form in FORMS for field in form.fields]


def test_which_forms_ship() -> None:
    assert shipped_forms() == ["anum", "bant", "firmographic", "meddicc"]


def test_all_kinds_are_used() -> None:
    assert {field.kind for form in FORMS for field in form.fields} == set(KINDS)


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.form)
def test_points_add_up_to_a_hundred(form: Form) -> None:
    assert form.max_points == 100
    assert form.form in shipped_forms()


def test_bant_has_the_options_and_points_of_the_labels() -> None:
    options = {f.id: [(o.id, o.points) for o in f.options] for f in load_form("bant").fields}
    assert options == {
        "budget": [("under_10k", 0), ("10k_50k", 0), ("50k_100k", 15), ("over_100k", 30)],
        "authority": [("executive", 25), ("department_head", 20), ("manager", 15), ("individual", 0)],
        "need": [("perfect", 25), ("partial", 15), ("low", 5)],
        "timeline": [("within_1_month", 20), ("1_3_months", 20), ("3_6_months", 10), ("over_6_months", 5)],
    }
    roles = [o.id for o in load_form("bant").field("authority").roles]
    assert roles == ["decision_maker", "influencer", "end_user", "consultant"]
    assert [o.id for o in load_form("bant").field("need").intensities] == ["very", "somewhat", "not"]


def test_anum_asks_bants_questions_with_other_weights() -> None:
    anum, bant = load_form("anum"), load_form("bant")
    points = {f.id: f.max_points for f in anum.fields}
    assert list(points) == ["authority", "need", "urgency", "money"]
    assert min(points["authority"], points["urgency"]) > max(points["need"], points["money"])
    by_kind = {f.kind: f for f in bant.fields}
    for field in anum.fields:
        assert [o.id for o in field.options] == [o.id for o in by_kind[field.kind].options]


@pytest.mark.parametrize(("form", "field"), FIELDS)
def test_a_field_says_what_counts_and_what_does_not(form: Form, field: Field) -> None:
    assert field.ask.endswith("?")
    assert "ot " in field.counts, "`counts` says what does not count, too"
    assert {e.counts for e in field.examples} == {True, False}
    says = [e.says for f in form.fields for e in f.examples]
    assert len(says) == len(set(says)), "an example stands once in a form"
    assert all(e.why for e in field.examples if not e.counts)
    assert all(o.label for o in (*field.options, *field.roles, *field.intensities))


@pytest.mark.parametrize(("form", "field"), FIELDS)
def test_bands_meet(form: Form, field: Field) -> None:
    if field.kind == "money":
        assert field.options[0].min is None
        assert field.options[-1].max is None
        assert all(a.max == b.min for a, b in pairwise(field.options))
    if field.kind == "horizon":
        days = [o.max_days for o in field.options]
        assert days[-1] is None
        assert days[:-1] == sorted(d for d in days if d is not None)
