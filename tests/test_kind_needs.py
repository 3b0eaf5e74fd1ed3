from __future__ import annotations

from typing import Any

import pytest
from fakes import call
from pydantic import ValidationError

from extractor.form import CatalogItem, Field, Form, Option
from extractor.kinds import KINDS, Finding
from extractor.kinds.base import Reading
from extractor.kinds.needs import NeedAnswer
from extractor.record import Evidence, FieldResult

KIND = KINDS["needs"]
TEXT = "We type every order twice. Reports take 2 days. We want SSO. And a nicer logo. Parking is bad."
CALL = call(("buyer", TEXT))


def field(**values: Any) -> Field:
    options = (
        Option(id="low", min_coverage=0, points=5),
        Option(id="perfect", min_coverage=0.8, points=25),
        Option(id="partial", min_coverage=0.4, points=15),
    )
    strengths = (Option(id="very"), Option(id="somewhat"), Option(id="not"))
    return Field.model_validate(
        {"id": "need", "title": "t", "kind": "needs", "ask": "?", "counts": "c", "options": options,
         "intensities": strengths} | values
    )  # fmt: skip


CATALOG = tuple(CatalogItem(id=i, title=i) for i in ("entry", "reports", "sso"))
FORM = Form(form="f", title="F", fields=(field(),), catalog=CATALOG)


def said(quote: str, catalog: str = "none_of_these", *, text: str = "a need", **values: Any) -> Finding:
    start = TEXT.index(quote)
    evidence = Evidence.at(CALL, 0, start, start + len(quote))
    confidence = values.pop("confidence", None)
    answer = NeedAnswer(quotes=["x"], text=text, catalog=catalog, **values)
    return Finding("need", answer, (evidence,), confidence)


def read(*findings: Finding, form: Form = FORM) -> Reading:
    reading = KIND.read(field(), form, findings, CALL)
    assert reading is not None
    return reading


ENTRY = said("We type every order twice", "entry", intensity="somewhat")
REPORTS = said("Reports take 2 days", "reports", intensity="very")
SSO = said("We want SSO", "sso")
LOGO = said("a nicer logo")
PARKING = said("Parking is bad", intensity="not")


@pytest.mark.parametrize(
    ("findings", "option", "coverage"),
    [
        ((ENTRY,), "perfect", 1.0),
        ((ENTRY, LOGO), "partial", 0.5),
        ((ENTRY, LOGO, PARKING), "low", 0.33),
        ((ENTRY, REPORTS, LOGO, PARKING, said("every order", "sso", text="b")), "partial", 0.6),
        ((ENTRY, REPORTS, SSO, LOGO), "partial", 0.75),
        ((LOGO,), "low", 0.0),
    ],
)
def test_the_match_follows_from_the_share_that_is_covered(
    findings: tuple[Finding, ...], option: str, coverage: float
) -> None:
    reading = read(*findings)
    assert (reading.option, reading.value["match"], reading.value["coverage"]) == (option, option, coverage)


@pytest.mark.parametrize(("covered", "option"), [(4, "perfect"), (3, "partial"), (2, "partial"), (1, "low")])
def test_a_share_on_the_border_reaches_it(covered: int, option: str) -> None:
    quotes = ["We type", "Reports take", "We want", "nicer logo", "Parking is"]
    catalog = tuple(CatalogItem(id=f"c{n}", title="t") for n in range(covered))
    form = FORM.model_copy(update={"catalog": catalog})
    assert read(*(said(q, f"c{n}") for n, q in enumerate(quotes)), form=form).option == option


def test_items_carry_their_text_catalogue_id_and_evidence() -> None:
    reading = read(ENTRY, LOGO)
    first, second = reading.value["items"]
    assert (first["text"], first["catalog"]) == ("a need", "entry")
    assert first["evidence"] == [ENTRY.evidence[0].model_dump(mode="json")]
    assert second["catalog"] is None
    assert [e.quote for e in reading.evidence] == ["We type every order twice", "a nicer logo"]


def test_the_strongest_intensity_that_was_said_counts() -> None:
    assert read(PARKING, ENTRY, REPORTS).value["intensity"] == "very"
    assert read(PARKING, ENTRY).value["intensity"] == "somewhat"
    assert read(SSO).value["intensity"] is None


def test_findings_with_one_catalogue_id_are_one_need() -> None:
    again = said("every order twice", "entry", intensity="very")
    elsewhere = said("Parking is bad", "entry")
    reading = read(ENTRY, again, elsewhere)
    [item] = reading.value["items"]
    assert [e["quote"] for e in item["evidence"]] == ["We type every order twice", "Parking is bad"]
    assert reading.value["intensity"] == "very"


def test_findings_that_share_words_are_one_need_and_keep_the_catalogue_id() -> None:
    for findings in ((said("type every order"), ENTRY), (ENTRY, said("type every order"))):
        [item] = read(*findings).value["items"]
        assert item["catalog"] == "entry"


def test_two_catalogue_ids_are_two_needs_even_in_one_sentence() -> None:
    reading = read(said("We want SSO", "sso"), said("We want SSO", "reports"))
    assert [i["catalog"] for i in reading.value["items"]] == ["sso", "reports"]
    assert len(reading.evidence) == 1


def test_an_id_that_is_not_in_the_catalogue_covers_nothing() -> None:
    reading = read(said("We want SSO", "invented"))
    assert reading.value["items"][0]["catalog"] is None
    assert reading.option == "low"


def test_a_form_without_catalogue_says_so() -> None:
    reading = read(ENTRY, form=FORM.model_copy(update={"catalog": ()}))
    assert reading.option == "low"
    assert reading.warnings == ("need: the form has no `catalog` to match needs with; the README shows one",)
    assert read(ENTRY).warnings == ()


def test_a_paraphrase_with_a_figure_of_its_own_gives_way_to_the_quote() -> None:
    assert read(said("Reports take 2 days", text="5 days for reports")).value["items"][0]["text"] == (
        "Reports take 2 days"
    )
    assert read(said("Reports take 2 days", text="2 days for reports")).value["items"][0]["text"] == (
        "2 days for reports"
    )


def test_the_confidence_is_the_items_mean() -> None:
    reading = read(said("We want SSO", confidence=0.4), said("nicer logo", confidence=0.8), PARKING)
    assert reading.confidence == pytest.approx(0.6)
    assert read(PARKING).confidence is None


def test_no_findings_no_reading() -> None:
    assert KIND.read(field(), FORM, [], CALL) is None


def test_the_model_answers_from_the_catalogue_and_the_intensities() -> None:
    model = KIND.answer_model(field(), FORM)
    good = {"quotes": ["q"], "text": "t", "catalog": "sso", "intensity": "very"}
    assert isinstance(model.model_validate(good), NeedAnswer)
    assert model.model_validate({**good, "catalog": "none_of_these"})
    for wrong in ({"catalog": "invented"}, {"intensity": "extremely"}, {"quotes": []}, {"text": None}):
        with pytest.raises(ValidationError):
            model.model_validate({**good, **wrong})
    plain = KIND.answer_model(field(intensities=()), FORM)
    assert plain.model_validate({"quotes": ["q"], "text": "t"})


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ((), "has options"),
        ((Option(id="a"),), "option a"),
        ((Option(id="a", min_coverage=0.5),), "min_coverage: 0"),
    ],
)
def test_what_is_wrong_with_a_field(options: tuple[Option, ...], part: str) -> None:
    assert any(part in problem for problem in KIND.check(field(options=options)))


def test_a_right_field_has_nothing_wrong() -> None:
    assert list(KIND.check(field())) == []


def test_compared_with_a_label() -> None:
    label = {"match": "partial", "items": [{"evidence": ["a b c"]}, {"evidence": ["d e f", "g h i"]}]}
    assert KIND.gold_option(field(), label) == "partial"
    assert KIND.gold_quotes(label) == ["a b c", "d e f", "g h i"]
    result = FieldResult(
        status="stated", option="partial", value={}, points=15, max_points=25, confidence=0.5,
        evidence=[], conflicts=[],
    )  # fmt: skip
    assert KIND.agrees(field(), result, label)
    assert not KIND.agrees(field(), result, {**label, "match": "low"})
