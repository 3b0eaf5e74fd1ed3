"""Writes bench/RESULTS.md from what side_by_side and growth have measured and kept in bench/out/.

    python -m bench.results
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from bench.systems import OUT, ROOT, runtime
from extractor.cli.console import say, stdout
from extractor.evaluation.runs import this_machine, write_whole
from extractor.llm.weights import MODEL

RESULTS = ROOT / "bench" / "RESULTS.md"
_PARTS = ("side_by_side", "growth")
_INTRO = {
    "side_by_side": """\
## Side by side

The same embedded model behind one meter, the same calls of `eval/test`, one matcher of quotes and one
scorer; what the words mean stands in [eval/README.md](../eval/README.md), how the systems are asked in
[README.md](README.md). Values with their 95% bootstrap interval over calls. LangExtract with buffers of
1,000 and of 4,000 characters, each with its alignment as it comes, without lesser matches, and exact only.
""",
    "growth": """\
## As work grows

This project with the embedded model on calls of growing length, and on several calls at once. Tokens read
are those that did not come from the cache. The least possible is counted in two ways: every prompt's tokens
that no prompt before began with (what a perfect prefix cache would read), and every line of every prompt
once (what could be read at the very least, were nothing ever shown twice).
""",
}


@dataclass(frozen=True)
class Sheet:
    """A table: the first column is text, the others are numbers."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def keep(part: str, about: dict[str, Any], sheets: Iterable[Sheet]) -> None:
    """Keep the tables of a part, with when and where they were measured."""
    told = {
        "measured": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": this_machine().model_dump(),
        "commit": _commit(),
        "model": MODEL.file,
        "runtime": runtime(),
        "bant-extractor": version("bant-extractor"),
        **about,
        "sheets": [asdict(s) for s in sheets],
    }
    write_whole(_file(part), json.dumps(told, ensure_ascii=False, indent=1) + "\n")


def show(sheets: Iterable[Sheet]) -> None:
    """Print tables."""
    for sheet in sheets:
        table = Table(title=sheet.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for n, name in enumerate(sheet.header):
            table.add_column(name, justify="right" if n else "left")
        for row in sheet.rows:
            table.add_row(*row)
        stdout().print(table)


def markdown(parts: dict[str, dict[str, Any]]) -> str:
    """RESULTS.md of the parts that were measured."""
    pieces = ["# Results\n\nMade by `make bench`; not written by hand.\n"]
    for part, told in parts.items():
        machine = told["machine"]
        lines = [
            f"Measured {told['measured']} at commit {told['commit']}.",
            f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, {machine['platform']}.",
            f"{told['model']}, {told['runtime']}, bant-extractor {told['bant-extractor']}"
            + "".join(f", {k} {v}" for k, v in told.get("versions", {}).items() if k != "bant-extractor")
            + ".",
        ]
        if "calls" in told:
            lines.append(f"{len(told['calls'])} calls: {', '.join(told['calls'])}.")
        pieces += [_INTRO[part], "  \n".join(lines) + "\n"]
        pieces += [_table(Sheet(**s)) for s in told["sheets"]]
    return "\n".join(pieces)


def main() -> None:
    """Write RESULTS.md."""
    parts = {p: json.loads(_file(p).read_text(encoding="utf-8")) for p in _PARTS if _file(p).is_file()}
    if not parts:
        raise SystemExit("Nothing was measured yet: make bench")
    write_whole(RESULTS, markdown(parts))
    say(f"Written: {RESULTS.relative_to(ROOT)}")


def _table(sheet: Sheet) -> str:
    rule = ["---", *("---:" for _ in sheet.header[1:])]
    rows = [f"| {' | '.join(cells)} |" for cells in (sheet.header, rule, *sheet.rows)]
    return f"### {sheet.title}\n\n" + "\n".join(rows) + "\n"


def _file(part: str) -> Path:
    return OUT / f"{part}.json"


def _commit() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    )
    return asked.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
