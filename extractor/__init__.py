"""Reads sales-call transcripts and fills a qualification form with the buyer's own words as proof.

    from extractor import extract, load_transcript
    record = extract(load_transcript("calls/a01.vtt"))
    print(record.score, record.fields["budget"].option, record.fields["budget"].evidence[0].quote)
"""

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
