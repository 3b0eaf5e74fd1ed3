"""The labelled calls themselves: a label that contradicts its call, its form or itself spoils all figures."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from extractor.evaluation.labels import ENDING, Label, LabelledCall, load_label, load_labelled
from extractor.form import Field, Form
from extractor.formfile import load_form
from extractor.kinds import KINDS, Finding
from extractor.kinds.money import MONTHS, MoneyAnswer
from extractor.learned import FILE
from extractor.parsing.yamlfile import read_yaml
from extractor.readers import read_file
from extractor.record import Evidence
from extractor.transcript import Transcript

ROOT = Path(__file__).parents[1]
EVAL = ROOT / "eval"
PARTS = ("train", "dense", "dev", "test")
FOLDERS = (*(f"eval/{part}" for part in PARTS), "fixtures/calls")
# The folder of conversations in which nothing is sold: it stands for no seller.
NO_SELLER = "nosale"
# Fewer words are found anywhere, more are no quote.
QUOTE_WORDS = range(3, 46)

in_each_folder = pytest.mark.parametrize("folder", FOLDERS)


@cache
def calls(folder: str) -> tuple[tuple[LabelledCall, Transcript], ...]:
    return tuple((call, read_file(call.transcript)) for call in load_labelled(ROOT / folder))


def gold_quotes(label: Label, form: Form) -> list[tuple[str, str]]:
    stated = [f for f in form.fields if label.stated(f.id)]
    return [(f.id, q) for f in stated for q in KINDS[f.kind].gold_quotes(label.fields[f.id])]


def not_verbatim(label: Label, form: Form, transcript: Transcript) -> list[tuple[str, str, str]]:
    texts = [t.text for t in transcript.turns]
    return [
        (label.call_id, field, quote)
        for field, quote in gold_quotes(label, form)
        if not any(quote in text for text in texts) or len(quote.split()) not in QUOTE_WORDS
    ]


def seller(call: LabelledCall) -> str:
    return call.label.file.parent.name


def of_kind(call: LabelledCall, kind: str) -> list[Field]:
    return [f for f in call.form.fields if f.kind == kind and call.label.stated(f.id)]


def per_year(label: dict[str, object]) -> float:
    known = [float(str(x)) for x in (label["amount_min"], label["amount_max"]) if x is not None]
    return sum(known) / len(known) * (MONTHS if label["period"] == "month" else 1)


def band(field: Field, amount: float) -> str:
    holding = [o for o in field.options if (o.min or 0) <= amount and (o.max is None or amount < o.max)]
    assert len(holding) == 1
    return holding[0].id


@in_each_folder
def test_every_label_loads_with_its_call(folder: str) -> None:
    labels = {f.name.removesuffix(ENDING) for f in (ROOT / folder).rglob(f"*{ENDING}")}
    assert {call.call_id for call, _ in calls(folder)} == labels
    assert all(transcript.turns for _, transcript in calls(folder))


@in_each_folder
def test_every_gold_quote_stands_verbatim_in_one_turn(folder: str) -> None:
    assert [bad for call, t in calls(folder) for bad in not_verbatim(call.label, call.form, t)] == []


@in_each_folder
def test_speakers_and_times_and_dates_are_those_of_the_label(folder: str) -> None:
    wrong = []
    for call, transcript in calls(folder):
        label = call.label
        starts = [t.start for t in transcript.turns if t.start is not None]
        if starts != sorted(starts):
            wrong.append((call.call_id, "times do not rise"))
        if strangers := set(transcript.speakers()) - set(label.speakers):
            wrong.append((call.call_id, f"on neither list: {strangers}"))
        told = {t.speaker: t.side for t in transcript.turns if t.speaker and t.side}
        if any(label.speakers.get(speaker) != side for speaker, side in told.items()):
            wrong.append((call.call_id, "other sides in the file or calls.yaml"))
        if transcript.date is not None and transcript.date != label.date:
            wrong.append((call.call_id, f"{transcript.date} in {transcript.date_from}"))
    assert wrong == []


@in_each_folder
def test_bands_follow_from_the_amounts(folder: str) -> None:
    wrong = []
    for call, _ in calls(folder):
        for field in of_kind(call, "money"):
            label = dict(call.label.fields[field.id])
            amount = per_year(label)
            rate = {call.form.currency: 1.0, **call.form.exchange_rates}[str(label["currency"])]
            # Neither the plain figure nor an exchange may lead to another band.
            if {band(field, amount), band(field, amount * rate)} != {label["option"]}:
                wrong.append((call.call_id, amount, label["currency"], label["option"]))
    assert wrong == []


@in_each_folder
def test_exchange_rates_move_no_gold_evidence_into_another_band(folder: str) -> None:
    moved = []
    for call, transcript in calls(folder):
        for field in of_kind(call, "money"):
            label = call.label.fields[field.id]
            quotes = call.gold_quotes(field)
            places = [(i, t.text.find(q), q) for q in quotes for i, t in enumerate(transcript.turns)]
            evidence = tuple(Evidence.at(transcript, i, at, at + len(q)) for i, at, q in places if at >= 0)
            answer = MoneyAnswer(
                quotes=quotes[:4], amount_min=label["amount_min"], amount_max=label["amount_max"]
            )
            finding = Finding(field.id, answer, evidence)
            forms = (call.form, call.form.model_copy(update={"exchange_rates": {}}))
            read = [KINDS["money"].read(field, form, [finding], transcript) for form in forms]
            if len({r and r.option for r in read}) > 1:
                moved.append((call.call_id, label["currency"], [r and r.value for r in read]))
    assert moved == []


@in_each_folder
def test_intervals_follow_from_the_days(folder: str) -> None:
    wrong = []
    for call, _ in calls(folder):
        for field in of_kind(call, "horizon"):
            label = call.label.fields[field.id]
            if (target := label["target"]) is None:
                continue
            days = (dt.date.fromisoformat(str(target)) - call.label.date).days
            option = next(o.id for o in field.options if o.max_days is None or days <= o.max_days)
            if days < 0 or label["option"] != option:
                wrong.append((call.call_id, days, label["option"]))
    assert wrong == []


@in_each_folder
def test_matches_follow_from_the_items(folder: str) -> None:
    wrong = []
    for call, _ in calls(folder):
        for field in of_kind(call, "needs"):
            label = call.label.fields[field.id]
            covered = [item["catalog"] is not None for item in label["items"]]
            share = sum(covered) / len(covered)
            option = max((o for o in field.options if share >= (o.min_coverage or 0)), key=lambda o: o.points)
            known = {o.id for o in field.intensities}
            if label["match"] != option.id or len(covered) > 5 or label["intensity"] not in known:
                wrong.append((call.call_id, share, label["match"], label["intensity"]))
    assert wrong == []


@in_each_folder
def test_contacts_speak_for_the_buyer(folder: str) -> None:
    wrong = []
    for call, transcript in calls(folder):
        for field in of_kind(call, "role"):
            contact = call.label.fields[field.id]["contact"]
            if contact not in transcript.speakers() or call.label.speakers.get(contact) != "buyer":
                wrong.append((call.call_id, contact))
    assert wrong == []


def test_a_conversation_without_a_sale_states_nothing() -> None:
    silent = [c for part in PARTS for c, _ in calls(f"eval/{part}") if seller(c) == NO_SELLER]
    assert len(silent) > 0
    assert [c.call_id for c in silent for f in c.form.fields if c.label.stated(f.id)] == []


def test_no_seller_is_in_two_parts_and_no_call_twice() -> None:
    sellers = Counter(s for part in PARTS for s in {seller(call) for call, _ in calls(f"eval/{part}")})
    assert {name for name, parts in sellers.items() if parts > 1} == {NO_SELLER}
    ids = Counter(call.call_id for folder in FOLDERS for call, _ in calls(folder))
    assert [call_id for call_id, count in ids.items() if count > 1] == []


def test_the_models_were_fitted_on_the_training_parts_alone() -> None:
    fitted_on = json.loads(FILE.read_text(encoding="utf-8"))["fitted_on"]
    assert len(fitted_on) == len(set(fitted_on)) > 0
    learned_from = (*calls("eval/train"), *calls("eval/dense"))
    assert set(fitted_on) <= {call.call_id for call, _ in learned_from}


@pytest.mark.parametrize("field_id", ["budget", "authority", "need", "timeline"])
def test_exchanges_tell_what_they_count_for(field_id: str) -> None:
    field = load_form("bant").field(field_id)
    said = read_yaml(EVAL / "exchanges" / f"{field_id}.yaml").plain()
    parts = {r.id for r in field.roles} or {"counts"}
    assert said.keys() == parts | {"not"}
    assert all(len(exchange) == 2 and exchange[1].strip() for part in said.values() for exchange in part)
    words = [says for part in said.values() for _, says in part]
    assert [w for w, count in Counter(words).items() if count > 1] == []
    # The amount or the time that is meant is marked, once; whole turns are not.
    marked = 1 if field.kind in ("money", "horizon") else 0
    for part, its in said.items():
        for _, says in its:
            assert len(re.findall(r"\[\[.+?\]\]", says)) == (0 if part == "not" else marked), says


def test_the_table_of_the_parts_is_right() -> None:
    row = re.compile(r"^\| `(\w+)/` \|[^|]*\| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)
    table = row.findall((EVAL / "README.md").read_text(encoding="utf-8"))
    told = {part: tuple(map(int, counts)) for part, *counts in table}
    counted = {}
    for part in PARTS:
        sellers = Counter(seller(call) for call, _ in calls(f"eval/{part}"))
        without = sellers.pop(NO_SELLER, 0)
        counted[part] = (sellers.total(), len(sellers), without)
    assert told == counted


def test_the_second_reader_s_labels_are_of_calls_that_were_only_measured_on() -> None:
    firsts = {call.call_id: (call, t) for part in ("dev", "test") for call, t in calls(f"eval/{part}")}
    files = sorted((EVAL / "second").rglob(f"*{ENDING}"))
    assert len(files) > 0
    wrong = []
    for file in files:
        call, transcript = firsts[file.name.removesuffix(ENDING)]
        second = load_label(file, call.form)
        wrong += not_verbatim(second, call.form, transcript)
        if (second.date, file.parent.name) != (call.label.date, seller(call)):
            wrong.append((second.call_id, "date or seller", ""))
    assert wrong == []
