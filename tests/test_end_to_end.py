"""The pipeline over traffic recorded from the real embedded model; `make record` records it again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extractor import Extractor, Record, SellerHints, load_form, load_transcript
from extractor.errors import ModelUnreachable
from extractor.llm import local, transport, weights
from extractor.record import Evidence
from extractor.transcript import Transcript

ROOT = Path(__file__).parents[1]
CALLS = ROOT / "fixtures" / "calls"
# Taken before the tests' own empty cache folder is set.
_CACHE = os.environ.get("BANT_CACHE_DIR")
_RECORD_AGAIN = (
    "A prompt, a schema or what goes into it has changed, so the recorded traffic no longer fits. "
    "Look at the change, then record again with the embedded model: make record"
)


NAMES = (
    "bakery-group.txt", "flower-wholesale.vtt", "dairy-coop.vtt", "wine-importer.srt", "pharmacy-chain.json",
    "wrong-number.txt",
)  # fmt: skip


def recorded(name: str) -> Any:
    """A call's file, with the traffic that was recorded when it was read."""
    cassette = name.partition(".")[0] + ".yaml"
    return pytest.param(name, marks=[pytest.mark.vcr, pytest.mark.default_cassette(cassette)], id=name)


@pytest.fixture(scope="module")
def vcr_cassette_dir() -> str:
    return str(ROOT / "fixtures" / "recordings")


@pytest.fixture(scope="module")
def vcr_config() -> dict[str, Any]:
    def anonymous(request: Any) -> Any:
        request.uri = "http://embedded.model/" + request.uri.split("/", 3)[3]
        return request

    def answers_only(request: Any) -> Any:
        return None if request.uri.endswith("/health") else anonymous(request)

    def placeless(response: Any) -> Any:
        # The runtime names its model by the file's path, which is the recording machine's own.
        folder = str(weights.model_path().parent).encode()
        body = response["body"]["string"]
        response["body"]["string"] = body.replace(folder + b"/", b"")
        response["headers"].pop("Content-Length", None)
        return response

    return {
        "match_on": ["method", "path", "body"],
        "filter_headers": ["authorization", "user-agent", "cookie", "host"],
        "before_record_request": answers_only,
        "before_record_response": placeless,
        "decode_compressed_response": True,
    }


@pytest.fixture
def served(record_mode: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Where the model is: nowhere when replaying, the real runtime when recording."""
    if record_mode == "none":
        monkeypatch.setattr(transport, "ATTEMPTS", 1)
        yield {"base_url": "http://127.0.0.1:9/v1", "api_key": "replayed"}
        return
    if _CACHE:
        monkeypatch.setenv("BANT_CACHE_DIR", _CACHE)
    path = weights.find()
    assert path is not None, "recording needs the embedded model: bant model pull"
    runtime = local.acquire(path, 1)
    yield {"base_url": runtime.base_url, "api_key": runtime.api_key}
    runtime.release()


def read(name: str, served: dict[str, Any], *, strategy: str = "evidence", form: str = "form.yaml") -> Record:
    form_file = CALLS / form if form.endswith(".yaml") else form
    transcript = load_transcript(CALLS / name)
    with Extractor(load_form(form_file), "local", strategy=strategy, **served) as extractor:
        try:
            return extractor.extract(transcript)
        except ModelUnreachable as error:
            pytest.fail(f"{_RECORD_AGAIN}\n{error.__cause__ or error}")


def quotes(record: Record) -> list[Evidence]:
    found: list[Evidence] = []
    for field in record.fields.values():
        found += field.evidence
        value = field.value or {}
        told = [e for item in value.get("items", []) for e in item["evidence"]]
        found += [Evidence.model_validate(e) for e in (*told, *value.get("title_evidence", []))]
    return found


def assert_proven(record: Record, transcript: Transcript) -> None:
    for e in quotes(record):
        assert e.quote == transcript.turns[e.turn].text[e.char_start : e.char_end]
        assert e.speaker == transcript.turns[e.turn].speaker
    for field in record.fields.values():
        assert (field.status == "stated") == bool(field.evidence)


@pytest.mark.parametrize("name", [recorded(n) for n in NAMES])
def test_every_quote_of_a_read_call_is_the_transcripts_own(name: str, served: dict[str, Any]) -> None:
    record = read(name, served)
    assert_proven(record, load_transcript(CALLS / name))
    assert (record.score > 0) == bool(quotes(record))


@pytest.mark.vcr
@pytest.mark.default_cassette("whole-bakery-group.yaml")
def test_what_a_weak_model_copies_from_the_question_proves_nothing(served: dict[str, Any]) -> None:
    """Asked for all fields at once, the embedded model answers with the examples of the form."""
    record = read("bakery-group.txt", served, strategy="whole")
    assert record.usage.llm_calls == 1
    assert {f.status for f in record.fields.values()} == {"absent"}
    assert record.score == 0
    assert any("quote" in w for w in record.warnings)


@pytest.mark.vcr
@pytest.mark.default_cassette("dairy-coop.yaml")
def test_what_a_buyer_may_spend_is_read_as_a_band(served: dict[str, Any]) -> None:
    assert read("dairy-coop.vtt", served).fields["budget"].option == "over_100k"


@pytest.mark.vcr
@pytest.mark.default_cassette("bakery-group.yaml")
def test_what_a_buyer_says_is_read_with_date_rank_and_part(served: dict[str, Any]) -> None:
    record = read("bakery-group.txt", served)
    timeline, authority = record.fields["timeline"].value, record.fields["authority"].value
    assert timeline is not None
    assert timeline["target"] == "2026-03-31"
    assert authority is not None
    assert (authority["contact"], authority["role"]) == ("Carla Balducci", "decision_maker")
    assert authority["level"] == "executive"


@pytest.mark.vcr
@pytest.mark.default_cassette("wrong-number.yaml")
def test_a_wrong_number_states_nothing(served: dict[str, Any]) -> None:
    record = read("wrong-number.txt", served)
    assert {f.status for f in record.fields.values()} == {"absent"}
    assert record.score == 0
    assert record.missing == ["budget", "authority", "need", "timeline"]
    assert len(record.next_questions) == 4


@pytest.mark.vcr
@pytest.mark.default_cassette("pharmacy-chain.yaml")
def test_a_record_is_json_that_the_published_schema_accepts(served: dict[str, Any]) -> None:
    import jsonschema

    record = read("pharmacy-chain.json", served)
    schema = json.loads((ROOT / "schemas" / "record.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(record.model_dump_json()), schema)


def test_sides_told_by_the_caller_need_no_model() -> None:
    transcript = load_transcript(CALLS / "bakery-group.txt", hints=SellerHints(names=("Joss Wakefield",)))
    sides = {t.speaker: t.side for t in transcript.turns}
    assert sides == {"Joss Wakefield": "seller", "Carla Balducci": "buyer"}
