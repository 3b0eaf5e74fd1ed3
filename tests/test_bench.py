from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import pytest
from fakes import call as transcript_of
from fault_server import FaultServer, fails, says
from labelled import AUTHORITY, BUDGET, FORM, MONEY_QUOTE, NEED, ROLE_QUOTE, TYPING_QUOTE, labelled, perfect
from openai import InternalServerError, OpenAI

from bench import growth, instructor_bant, langextract_bant, mapping, results, side_by_side, systems
from bench.meter import metered
from extractor.evaluation.figures import figures
from extractor.evaluation.labels import LabelledCall
from extractor.evaluation.outcomes import CallOutcome, judge, judge_all
from extractor.evaluation.predictions import Prediction, Predictions
from extractor.formfile import load_form
from extractor.kinds.needs import UNCOVERED
from extractor.llm import local, native
from extractor.sides import with_sides
from extractor.transcript import Transcript

CALL = labelled(budget=BUDGET, authority=AUTHORITY, need=NEED)
TRANSCRIPT = transcript_of(
    ("seller", "Our list price is twelve thousand dollars, and what do you have?"),
    ("buyer", f"Well, {MONEY_QUOTE}, that is it."),
    ("buyer", f"Today {TYPING_QUOTE}. I am the owner, {ROLE_QUOTE}."),
    date=dt.date(2026, 3, 12),
)
SHOWN = mapping.shown(TRANSCRIPT)

# What Instructor's model answers about it.
ANSWER: dict[str, Any] = {
    "budget": {
        "quotes": [MONEY_QUOTE], "amount_min": 40000.0, "amount_max": None, "currency": "USD",
        "period": "year", "option": "large",
    },
    "authority": {
        "quotes": [ROLE_QUOTE], "contact": "Tom Okafor", "title": "owner", "role": "decision_maker",
        "level": "executive",
    },
    "need": [{"quotes": [TYPING_QUOTE], "text": "typing", "catalog": "typing", "intensity": "very"}],
}  # fmt: skip


def outcome(prediction: Prediction, call: LabelledCall = CALL) -> CallOutcome:
    return judge(call, prediction)


def strict(prediction: Prediction) -> dict[str, bool]:
    return {name: field.strict for name, field in outcome(prediction).fields.items()}


def span(name: str, quote: str, status: str = "match_exact", **attributes: Any) -> dict[str, Any]:
    start = SHOWN.index(quote)
    return {
        "class": name, "text": quote, "start": start, "end": start + len(quote), "status": status,
        "attributes": attributes,
    }  # fmt: skip


def test_the_meter_passes_on_and_counts() -> None:
    asked: Any = [{"role": "user", "content": "say hello"}]
    with (
        FaultServer(says("hello"), fails(500), says("again")).running() as server,
        metered(server.base_url, "secret") as meter,
        OpenAI(base_url=meter.base_url, api_key="secret", max_retries=0) as client,
    ):
        said = client.chat.completions.create(model="m", messages=asked)
        assert said.choices[0].message.content == "hello"
        with pytest.raises(InternalServerError):
            client.chat.completions.create(model="m", messages=asked)
        client.chat.completions.create(model="m", messages=asked)
        assert server.keys == ["Bearer secret"] * 3
        assert server.requests[0]["messages"] == asked
        # An answer that failed cost nothing that the server tells of.
        assert meter.total() == {
            "requests": 2, "prompt_tokens": 200, "cached_tokens": 80, "completion_tokens": 20,
        }  # fmt: skip
        assert meter.requests[0].messages == asked
        meter.clear()
        assert meter.total()["requests"] == 0


def test_our_record_is_scored_as_it_is() -> None:
    record = perfect(CALL).model_dump(mode="json")
    assert all(strict(mapping.ours(record, CALL)).values())
    record["fields"]["budget"]["option"] = "small"
    assert not strict(mapping.ours(record, CALL))["budget"]


def test_instructor_is_taken_at_its_word() -> None:
    told = mapping.as_answered(ANSWER, CALL, TRANSCRIPT)
    assert strict(told) == {"budget": True, "authority": True, "need": True}
    assert told.score == CALL.gold_score()
    # An invented quote stays, and counts against it.
    invented = {**ANSWER, "budget": {**ANSWER["budget"], "quotes": ["nobody ever said this"]}}
    field = outcome(mapping.as_answered(invented, CALL, TRANSCRIPT)).fields["budget"]
    assert field.stated
    assert not field.strict
    wrong = {**ANSWER, "budget": {**ANSWER["budget"], "option": "small"}}
    assert not strict(mapping.as_answered(wrong, CALL, TRANSCRIPT))["budget"]


def test_what_instructor_leaves_open_is_absent() -> None:
    told = mapping.as_answered({"budget": None, "authority": None, "need": []}, CALL, TRANSCRIPT)
    assert not any(f.stated for f in outcome(told).fields.values())
    assert told.score == 0


def test_the_match_follows_from_the_ids() -> None:
    needs = [{**ANSWER["need"][0], "catalog": "none_of_these"}]
    field = outcome(mapping.as_answered({**ANSWER, "need": needs}, CALL, TRANSCRIPT)).fields["need"]
    assert field.option == "low"
    assert field.items is not None
    assert (field.items.matched, field.items.catalog_right) == (1, 0)


def test_our_code_reads_instructors_values_from_its_quotes() -> None:
    # The band is the quote's, not the model's; the invented quote is no proof and goes with its field.
    told = {**ANSWER, "budget": {**ANSWER["budget"], "option": "small"}, "need": []}
    told["authority"] = {**ANSWER["authority"], "quotes": ["nobody ever said this at all"]}
    fields = mapping.through_code(told, CALL, TRANSCRIPT).fields
    assert (fields["budget"].result.option, fields["budget"].quotes) == ("large", (MONEY_QUOTE,))
    assert fields["authority"].result.status == "absent"
    # What only the seller said.
    price = "Our list price is twelve thousand dollars"
    sellers = {**ANSWER, "budget": {**ANSWER["budget"], "quotes": [price]}}
    assert mapping.through_code(sellers, CALL, TRANSCRIPT).fields["budget"].result.status == "absent"


def test_aligned_spans_become_our_evidence() -> None:
    found = [
        span("budget", MONEY_QUOTE, amount_min=40000, amount_max=None, currency="USD", period="year"),
        span("authority", ROLE_QUOTE, contact="Tom Okafor", title=None, role="decision_maker"),
        span("need", TYPING_QUOTE, "match_fuzzy", intensity="very", text="by hand", catalog="typing"),
        {**span("budget", "twelve thousand"), "start": None, "end": None, "status": None},
        span("mood", "Well"),
    ]
    told = mapping.spans(found, CALL, TRANSCRIPT)
    assert strict(told) == {"budget": True, "authority": True, "need": True}
    fields = told.fields
    assert [e.match for e in fields["need"].result.evidence] == ["fuzzy"]
    [evidence] = fields["budget"].result.evidence
    assert (evidence.turn, evidence.quote, evidence.match) == (1, MONEY_QUOTE, "exact")


def as_if_answered(call: LabelledCall, shown: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The label as Instructor and as LangExtract would say it."""
    answer: dict[str, Any] = {}
    found: list[dict[str, Any]] = []
    for field in call.form.fields:
        label = call.label.fields[field.id]
        stated = call.label.stated(field.id)
        items = label["items"] if stated and field.kind == "needs" else [label] if stated else []
        said = [
            {**label, **i, "quotes": i["evidence"], "words": None, "catalog": i.get("catalog") or UNCOVERED}
            for i in items
        ]
        answer[field.id] = said if field.kind == "needs" else said[0] if said else None
        for s in said:
            starts = ((q, shown.index(q)) for q in s["quotes"])
            found += [
                {"class": field.id, "text": q, "start": at, "end": at + len(q), "status": "match_exact",
                 "attributes": s}
                for q, at in starts
            ]  # fmt: skip
    return answer, found


def test_perfect_answers_come_out_well() -> None:
    calls = side_by_side.chosen(6)
    made: dict[str, dict[str, Prediction]] = {"answered": {}, "code": {}, "spans": {}}
    for call in calls:
        transcript = with_sides(side_by_side.read(call), dict(call.label.speakers), "label")
        answer, found = as_if_answered(call, mapping.shown(transcript))
        made["answered"][call.call_id] = mapping.as_answered(answer, call, transcript)
        made["code"][call.call_id] = mapping.through_code(answer, call, transcript)
        made["spans"][call.call_id] = mapping.spans(found, call, transcript)
    strict_f1 = {}
    for name, predictions in made.items():
        found_figures = {f.name: f for f in figures(judge_all(calls, Predictions(predictions, {})))}
        strict_f1[name] = found_figures["strict_f1"].value or 0
    assert strict_f1["answered"] == 1.0
    # What is missing are dates and parts that code reads otherwise than the label.
    assert strict_f1["code"] > 0.85
    assert strict_f1["spans"] > 0.85


def test_a_value_that_does_not_fit_is_left_out_and_the_span_kept() -> None:
    found = [span("budget", MONEY_QUOTE, amount_min="about forty", period="decade", currency="USD")]
    assert strict(mapping.spans(found, CALL, TRANSCRIPT))["budget"]


def test_a_span_over_names_and_lines() -> None:
    start, end = SHOWN.index("what do you have"), SHOWN.index(MONEY_QUOTE) + len(MONEY_QUOTE)
    found = [{**span("budget", MONEY_QUOTE), "start": start, "end": end}]
    evidence = mapping.spans(found, CALL, TRANSCRIPT).fields["budget"].result.evidence
    assert [(e.turn, e.quote) for e in evidence] == [
        (0, "what do you have?"), (1, f"Well, {MONEY_QUOTE}"),
    ]  # fmt: skip
    # A name alone is nothing that was said.
    name = SHOWN.index("Tom Okafor")
    found = [{**span("budget", MONEY_QUOTE), "start": name, "end": name + len("Tom Okafor")}]
    assert mapping.spans(found, CALL, TRANSCRIPT).fields["budget"].result.status == "absent"


def test_langextracts_examples_are_verbatim_and_fit_the_schema() -> None:
    form = load_form("bant").model_copy(update={"catalog": FORM.catalog})
    items = langextract_bant.schema(form)["properties"]["extractions"]["items"]["anyOf"]
    known = {name: item for item in items for name in item["required"][:1]}
    no_sale, sale = langextract_bant.examples(form)
    assert no_sale["extractions"] == []
    assert {e["class"] for e in sale["extractions"]} == set(known) == {f.id for f in form.fields}
    places = [sale["text"].index(e["text"]) for e in sale["extractions"]]
    assert places == sorted(places)
    for e in sale["extractions"]:
        attributes = known[e["class"]]["properties"][f"{e['class']}_attributes"]
        assert set(e["attributes"]) == set(attributes["required"])
        for name, value in e["attributes"].items():
            assert value in attributes["properties"][name].get("enum", [value])


def test_each_option_is_described_to_instructor() -> None:
    form = load_form("bant").model_copy(update={"catalog": FORM.catalog})
    asked = instructor_bant.messages(form, "2026-03-12", SHOWN)
    questions = asked[0]["content"]
    for field in form.fields:
        named = (*field.roles, *field.intensities, *(() if field.kind == "needs" else field.options))
        assert all(f"  {o.id}: {o.label}" in questions for o in named)
    assert all(f"  {item.id}: {item.title}" in questions for item in FORM.catalog)
    assert SHOWN in asked[-1]["content"]


def test_instructors_worked_answers_fit_its_model() -> None:
    form = load_form("bant").model_copy(update={"catalog": FORM.catalog})
    model = instructor_bant.answer_model(form)
    asked = instructor_bant.messages(form, "2026-03-12", SHOWN)
    nothing, everything = (model.model_validate_json(m["content"]) for m in asked if m["role"] == "assistant")
    assert not any(nothing.model_dump().values())
    said = everything.model_dump()
    quotes = [q for value in said.values() for one in (value if isinstance(value, list) else [value])
              for q in one["quotes"]]  # fmt: skip
    assert len(quotes) == 5
    assert all(quote in asked[3]["content"] for quote in quotes)


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (systems, results, growth):
        monkeypatch.setattr(module, "OUT", tmp_path)
    return tmp_path


def ask(server: FaultServer, transcript: Transcript = TRANSCRIPT) -> systems.Asked:
    with server.running(), metered(server.base_url, "k") as meter:
        return systems.ask_instructor(CALL, transcript, meter)


def test_instructor_is_asked_once_and_its_answer_kept(out: Path) -> None:
    server = FaultServer(says(json.dumps(ANSWER)))
    asked = ask(server)
    assert (asked.answer, asked.error) == (ANSWER, None)
    assert (asked.requests, asked.prompt_tokens, asked.completion_tokens) == (1, 100, 10)
    assert json.loads((out / "instructor" / "a01.json").read_text())["call_id"] == "a01"
    unasked = FaultServer()
    assert ask(unasked) == asked
    assert unasked.requests == []
    # Another transcript is another question.
    other = FaultServer(says(json.dumps(ANSWER)))
    assert ask(other, TRANSCRIPT.model_copy(update={"turns": TRANSCRIPT.turns[1:]})).key != asked.key
    assert len(other.requests) == 1


def test_an_answer_that_never_validates_is_a_failure_without_its_text(out: Path) -> None:
    wrong = says(json.dumps({**ANSWER, "need": [{"text": "the secret of the call"}]}))
    asked = ask(FaultServer(wrong, wrong, wrong))
    assert asked.answer is None
    assert asked.requests == 3
    assert "secret" not in (out / "instructor" / "a01.json").read_text()
    # What failed is asked again.
    assert ask(FaultServer(says(json.dumps(ANSWER)))).answer == ANSWER


def asked(system: str, answer: Any, seconds: float = 4.0) -> systems.Asked:
    error = None if answer else "APITimeoutError"
    return systems.Asked(system, "a01", "k", {"x": "1"}, answer, error, seconds, 2, 100, 40, 10)


def case() -> side_by_side.Case:
    found = {name: [span("budget", MONEY_QUOTE)] for name in systems.ALIGNMENTS}
    answers = [
        asked("ours", perfect(CALL).model_dump(mode="json"), 3.0),
        asked("instructor", None),
        asked("langextract-1000", found),
        asked("langextract-4000", found),
    ]
    return side_by_side.Case(CALL, TRANSCRIPT, {a.system: a for a in answers})


def test_the_table_has_each_system_and_counts_failures_as_absent(out: Path) -> None:
    made = side_by_side.rows([case()])
    assert len(made) == 3 + 2 * len(systems.ALIGNMENTS)
    recall = {row.name: row.figures["strict_recall"].value for row in made}
    assert recall["this project"] == 1.0
    assert recall["Instructor, as answered"] == 0.0
    assert recall["LangExtract 1,000, no lesser"] == pytest.approx(1 / 3)
    sheets = side_by_side.sheets(made)
    cost = sheets[-1]
    names = ["this project", "Instructor", "LangExtract 1,000", "LangExtract 4,000"]
    assert [row[0] for row in cost.rows] == names
    assert [row[-1] for row in cost.rows] == ["0", "1", "0", "0"]
    assert cost.rows[0][1] == "3"
    results.keep("side_by_side", {"calls": ["a01"], "versions": {"langextract": "1.7.1"}}, sheets)
    text = results.markdown({"side_by_side": json.loads((out / "side_by_side.json").read_text())})
    assert "| this project | 1.00 (1.00–1.00) |" in text
    assert "langextract 1.7.1" in text
    assert "1 calls: a01." in text


def stand_in(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{version}' >&2\n")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script with a shebang")
def test_the_runtime_that_was_used_is_told(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> str:
        results.keep("growth", {}, [])
        return str(json.loads((out / "growth.json").read_text())["runtime"])

    monkeypatch.setattr(local, "version", lambda _: "1.0")
    monkeypatch.setattr(native, "installed_version", lambda _: "1.0")
    assert told() == "xllamacpp 1.0, prebuilt"
    wheel = systems._key("q")
    stand_in(native.folder() / "llama-server", "version: 9 (compiled)")
    assert told() == "xllamacpp 1.0, compiled for this machine"
    named = stand_in(tmp_path / "mine" / "llama-server", "version: 7083 (abc)")
    monkeypatch.setenv(local.SERVER_VARIABLE, str(named))
    assert told() == "llama-server 7083 (abc)"
    first = systems._key("q")
    stand_in(named, "no word of it")
    assert told() == "llama-server of an unknown version"
    # What another program would answer is another question.
    assert len({wheel, first, systems._key("q")}) == 3
    monkeypatch.setattr(local, "choices", list)
    assert told() == "no runtime"


def test_the_calls_are_those_of_the_folder() -> None:
    assert len(set(side_by_side.CALLS)) == len(side_by_side.CALLS)
    first = side_by_side.chosen(6)
    assert [c.call_id for c in first] == list(side_by_side.CALLS[:6])
    assert len({c.label.file.parent for c in first}) == 6


def test_a_long_call_has_the_words_and_the_names_of_its_first() -> None:
    one = labelled("a")
    other = labelled("b")
    second = Transcript(turns=tuple(t.model_copy(update={"speaker": "Tom"}) for t in TRANSCRIPT.turns))
    first = Transcript(turns=(TRANSCRIPT.turns[0].model_copy(update={"speaker": "Priya"}),))
    made = growth.long_call([(one, first), (other, second)], 100)
    assert 100 <= made.words() < 100 + max(len(t.text.split()) for t in TRANSCRIPT.turns)
    assert made.speakers() == ("Priya", "Tom")
    assert [t.text for t in made.turns[:5]] == [
        TRANSCRIPT.turns[0].text, *(t.text for t in TRANSCRIPT.turns), TRANSCRIPT.turns[0].text,
    ]  # fmt: skip
    assert made.date == one.label.date


def test_what_a_perfect_prefix_cache_would_read() -> None:
    assert growth.least_by_prefix([]) == 0
    # The second begins as the first does; the third has nothing of them, since it begins otherwise.
    assert growth.least_by_prefix([[1, 2, 3], [1, 2, 4, 5], [2, 3]]) == 3 + 2 + 2
    assert growth.least_by_prefix([[1, 2, 3], [1, 2], [1, 2, 3]]) == 3


def test_growth_is_told_as_shares_of_the_least() -> None:
    one = growth.Measured(2000, 1, 20.0, 5, 900, 600, 5, 500, 300, 2100)
    by_length, by_number = growth.sheets([one], [one, one.__class__(**{**one.__dict__, "at_once": 2})])
    assert by_length.rows[0] == ("2,000", "20", "5", "900", "600", "5", "1.20", "2.00", "2,100")
    assert [row[:3] for row in by_number.rows] == [("1", "20", "20"), ("2", "20", "10")]


def test_a_table_as_markdown() -> None:
    text = results.markdown(
        {"growth": {
            "measured": "2026-03-12", "commit": "abc", "model": "m.gguf", "runtime": "r 1",
            "bant-extractor": "0.1", "machine": {"cpu": "C", "cores": 2, "python": "3.11", "platform": "P"},
            "sheets": [{"title": "T", "header": ["", "n"], "rows": [["a", "1"]]}],
        }}
    )  # fmt: skip
    assert text.endswith("### T\n\n|  | n |\n| --- | ---: |\n| a | 1 |\n")
    assert "Measured 2026-03-12 at commit abc." in text
