"""Score a second reader's labels against the first's: how far two careful readers agree.

    python eval/agreement.py eval/second eval/dev eval/test

The second reader labelled from the transcripts alone, without seeing the first labels.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from extractor.cli.console import stdout
from extractor.evaluation.labels import ENDING, LabelledCall, load_label, load_labelled
from extractor.evaluation.predictions import FieldPrediction, Item, Prediction, Predictions, of_option
from extractor.evaluation.report import print_run
from extractor.evaluation.runs import make_run


def prediction(second: LabelledCall) -> Prediction:
    """A label as if it were a record."""
    fields = {}
    for field in second.form.fields:
        label = second.label.fields[field.id]
        stated = second.label.stated(field.id)
        value = {key: label.get(key) for key in ("role", "level", "intensity", "match")}
        fields[field.id] = FieldPrediction(
            result=of_option(field, second.gold_option(field), value, stated=stated),
            quotes=tuple(second.gold_quotes(field)),
            items=tuple(
                Item(i["catalog"], tuple(i["evidence"])) for i in (label.get("items") or []) if stated
            ),
        )
    return Prediction(second.call_id, fields, second.gold_score(), dict(second.label.speakers))


def main(second: Path, firsts: Iterable[Path]) -> None:
    """Print the figures for each part that the second reader labelled."""
    labels = {file.name.removesuffix(ENDING): file for file in second.rglob(f"*{ENDING}")}
    for folder in firsts:
        calls = [c for c in load_labelled(folder) if c.call_id in labels]
        again = [LabelledCall(load_label(labels[c.call_id], c.form), c.transcript, c.form) for c in calls]
        made = {c.call_id: prediction(c) for c in again}
        run = make_run(folder, calls, Predictions(made, {}), source="a second reader", threshold=70)
        print_run(run, stdout())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("second", type=Path)
    parser.add_argument("firsts", nargs="+", type=Path)
    options = parser.parse_args()
    main(options.second, options.firsts)
