"""The JSON Schema of a line of `records.jsonl`, made from the models.

Renew the file after a change of the models: `python -m extractor.record_schema > schemas/record.schema.json`
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from extractor.record import AnyRecord

RENEW = "python -m extractor.record_schema > schemas/record.schema.json"


class _AsWritten(GenerateJsonSchema):
    """Every key is there in a record that was written, those with a default too."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Always."""
        return True


def record_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of a record, or of the record of a call that failed."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of records.jsonl: the record of a call, or of a call that failed",
        **TypeAdapter(AnyRecord).json_schema(schema_generator=_AsWritten),
    }


def as_text() -> str:
    """The text of `schemas/record.schema.json`."""
    return json.dumps(record_schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text())
