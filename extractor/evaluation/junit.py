"""A run as JUnit XML, which CI servers show: a test case for each call and field."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from extractor.evaluation.outcomes import FieldOutcome
from extractor.evaluation.runs import Run
from extractor.patterns import regex

# XML 1.0 has no way to write these.
_NOT_IN_XML = regex("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(run: Run) -> str:
    """The XML: a failure for a field that is not strictly right, an error for each field of a failed call.

    Where the source has no quotes, right is the answer alone.
    """
    suite = ET.Element("testsuite", name=f"bant eval {_clean(run.folder)}")
    failures = errors = tests = 0
    strictly = all(f.quotes is not None for c in run.calls for f in c.fields.values())
    for call in run.calls:
        for name, field in call.fields.items():
            tests += 1
            case = ET.SubElement(suite, "testcase", classname=_clean(call.call_id), name=name)
            if call.failed is not None:
                errors += 1
                ET.SubElement(case, "error", message=_clean(call.failed))
            elif not field.right(strictly=strictly):
                failures += 1
                ET.SubElement(case, "failure", message=_why(field))
    for key, count in (("tests", tests), ("failures", failures), ("errors", errors)):
        suite.set(key, str(count))
    suite.set("timestamp", run.created_at.replace(tzinfo=None).isoformat())
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _why(field: FieldOutcome) -> str:
    gold, said = _said(field.gold_stated, field.gold_option), _said(field.stated, field.option)
    if gold != said:
        return f"label: {gold}, record: {said}"
    if not field.agrees:
        return f"label and record: {said}, but another part of the answer differs"
    return f"{said}, but no quote overlaps the label's"


def _said(stated: bool, option: str | None) -> str:
    return f"stated {option or ''}".rstrip() if stated else "absent"


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
