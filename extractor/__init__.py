"""Reads sales-call transcripts and fills a qualification form with the buyer's own words as proof.

    from extractor import extract, load_transcript
    record = extract(load_transcript("calls/a01.vtt"))
    print(record.score, record.fields["budget"].option, record.fields["budget"].evidence[0].quote)
"""

import importlib
import typing

if typing.TYPE_CHECKING:
    from extractor.errors import BantError
    from extractor.form import Form
    from extractor.formfile import load_form
    from extractor.pipeline import Extractor, aextract, extract
    from extractor.readers import load_transcript
    from extractor.record import AnyRecord, Evidence, FailedRecord, FieldResult, Record, Usage
    from extractor.transcript import Participant, SellerHints, Transcript, Turn

__version__ = "0.1.0"

__all__ = [
    "AnyRecord",
    "BantError",
    "Evidence",
    "Extractor",
    "FailedRecord",
    "FieldResult",
    "Form",
    "Participant",
    "Record",
    "SellerHints",
    "Transcript",
    "Turn",
    "Usage",
    "__version__",
    "aextract",
    "extract",
    "load_form",
    "load_transcript",
]

_HOMES = {
    "AnyRecord": "extractor.record",
    "BantError": "extractor.errors",
    "Evidence": "extractor.record",
    "Extractor": "extractor.pipeline",
    "FailedRecord": "extractor.record",
    "FieldResult": "extractor.record",
    "Form": "extractor.form",
    "Participant": "extractor.transcript",
    "Record": "extractor.record",
    "SellerHints": "extractor.transcript",
    "Transcript": "extractor.transcript",
    "Turn": "extractor.transcript",
    "Usage": "extractor.record",
    "aextract": "extractor.pipeline",
    "extract": "extractor.pipeline",
    "load_form": "extractor.formfile",
    "load_transcript": "extractor.readers",
}


def __getattr__(name: str) -> object:
    # Loaded when it is asked for: the command makes ready for loading much, and a service may need little.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(importlib.import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return __all__
