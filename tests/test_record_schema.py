"""`schemas/record.schema.json` is what the models say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from invented import absent, failure, record
from jsonschema import Draft202012Validator

from extractor.record_schema import RENEW, as_text, record_schema
from extractor.resources import resource_dir


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(record_schema())
    return Draft202012Validator(record_schema())


def test_the_file_is_what_the_models_say() -> None:
    file = resource_dir("schemas") / "record.schema.json"
    assert file.read_text(encoding="utf-8") == as_text(), f"the models have changed; renew the file: {RENEW}"


@pytest.mark.parametrize(
    "made", [record(), record(budget=absent(30)), failure()], ids=["whole", "absent", "failed"]
)
def test_records_hold_to_it(validator: Draft202012Validator, made: Any) -> None:
    validator.validate(json.loads(made.model_dump_json()))


@pytest.mark.parametrize("part", ["schema_version", "call_id", "fields", "score", "usage"])
def test_a_record_without_a_part_is_refused(validator: Draft202012Validator, part: str) -> None:
    broken = json.loads(record().model_dump_json())
    del broken[part]
    assert not validator.is_valid(broken)


def test_a_record_of_another_version_or_with_more_is_refused(validator: Draft202012Validator) -> None:
    whole = json.loads(record().model_dump_json())
    assert not validator.is_valid({**whole, "schema_version": 2})
    assert not validator.is_valid({**whole, "more": 1})
    assert not validator.is_valid({**whole, "score": 101})
