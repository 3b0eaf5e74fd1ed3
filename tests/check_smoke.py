"""Check the records that the real embedded model has just made: `check_smoke.py RECORDS.jsonl FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from extractor import load_transcript


def main(records: Path, folder: Path) -> None:
    checked = quotes = 0
    for text in records.read_text(encoding="utf-8").splitlines():
        record = json.loads(text)
        assert "error" not in record, record
        turns = load_transcript(next(folder.glob(f"{record['call_id']}.*[!l]"))).turns
        for field in record["fields"].values():
            for e in field["evidence"]:
                assert turns[e["turn"]].text[e["char_start"] : e["char_end"]] == e["quote"], record["call_id"]
                quotes += 1
        checked += 1
    assert checked == 2, checked
    assert quotes >= 2, quotes
    print(f"smoke: {checked} calls read by the embedded model, {quotes} quotes stand in their transcripts")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
