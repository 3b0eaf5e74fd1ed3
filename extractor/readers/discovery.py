"""Which files are calls, and what each call is called."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from extractor.errors import InputError
from extractor.readers.registry import endings

_INNER_ENDING = re.compile(
    r"\.(transcript|transcription|captions?|subtitles?|cc|[a-z]{2}(-[A-Za-z]{2,4})?)$", re.I
)


def discover(paths: Iterable[Path]) -> list[Path]:
    """The calls among files and folders, in a stable order and each once.

    A named file is always taken. A folder is searched downwards for files with an ending that some format
    has; hidden files and folders are left out, and so are YAML (forms, labels, calls.yaml), Markdown, JSON
    lines and CSV, which no format's endings name.

    Raises:
        InputError: a path that doesn't exist or can't be searched, or a folder without calls.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if path.is_dir():
            inside = list(_walk(path))
            if not inside:
                kinds = " ".join(sorted(endings()))
                raise InputError(f"{path}: no transcripts in this folder.", f"Looked for {kinds} files.")
        elif path.exists():
            inside = [path]
        else:
            raise InputError(f"{path}: no such file or folder.", "Check the path.")
        for file in inside:
            found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def _walk(folder: Path) -> Iterator[Path]:
    known = endings()
    for root, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in known:
                yield Path(root) / name


def _refuse(error: OSError) -> None:
    raise InputError(f"{error.filename}: can't be searched ({error.strerror}).", "Check its permissions.")


def call_id_of(file: Path | str) -> str:
    """A file's name without its endings: `a01.vtt` is a01, `GMT1_Recording.transcript.vtt` GMT1_Recording."""
    stem = Path(file).stem
    while (shorter := _INNER_ENDING.sub("", stem)) != stem and shorter:
        stem = shorter
    return stem or str(file)


def call_ids(files: Sequence[Path]) -> tuple[dict[Path, str], list[str]]:
    """A call id for each file of a run, each different.

    Files that would have one id get their folder's name after it (`a01~east`), and in one folder their
    ending (`a01~vtt`), or else a number; so ids don't depend on the order of the files.

    Returns:
        The ids by file, and a warning for each id that more than one file would have.
    """
    ids = {file: call_id_of(file) for file in files}
    counts = Counter(ids.values())
    warnings = [
        f"{n} files would be call {call_id!r}: they are told apart by folder or ending."
        for call_id, n in counts.items()
        if n > 1
    ]
    folders = {file: file.absolute().parent.name for file in files}
    suffixes = {file: file.suffix[1:] for file in files}
    ids = _marked(_marked(ids, folders), suffixes)
    taken: Counter[str] = Counter()
    for file in sorted(ids, key=str):
        taken[ids[file]] += 1
        if taken[ids[file]] > 1:
            ids[file] = f"{ids[file]}~{taken[ids[file]]}"
    return ids, warnings


def _marked(ids: dict[Path, str], marks: dict[Path, str]) -> dict[Path, str]:
    """The ids, with the file's mark after those that several files share, where it tells them apart."""
    shared: dict[str, set[str]] = {}
    for file, call_id in ids.items():
        shared.setdefault(call_id, set()).add(marks[file])
    return {f: f"{i}~{marks[f]}" if len(shared[i]) > 1 else i for f, i in ids.items()}
