"""Which files are calls, and what each call is called."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from extractor.errors import InputError
from extractor.patterns import regex
from extractor.readers.inside import Inside, call_format, load, locate, look_inside
from extractor.readers.registry import FORMATS, endings, is_beside_calls, is_weak

# How many files a note names.
_NAMED = 5
# What a chat is called in the archive that is named after it.
_NAMELESS = frozenset({"_chat", "chat", "result", "messages", "message_1", "transcript", "transcription"})
_INNER_ENDING = regex(
    r"\.(transcript|transcription|captions?|subtitles?|cc|[a-z]{2}(-[A-Za-z]{2,4})?)$", re.I
)


class Found(list[Path]):
    """Calls by their paths, which may go on inside a file with several; `notes` says what was left out."""

    def __init__(self, calls: Iterable[Path], notes: Iterable[str] = ()) -> None:
        super().__init__(calls)
        self.notes = tuple(notes)


def discover(paths: Iterable[Path]) -> Found:
    """The calls among files and folders, in a stable order and each once.

    A named file is always taken. A folder is searched downwards for files with an ending that some format
    has; hidden files and folders are left out, and so are YAML (forms, labels, calls.yaml) and JSON lines. A
    file with an ending that most transcripts don't have (.csv, .md, .html, .zip, ...) is taken only where its
    content is a call. A file that holds several calls stands for each of them: `calls.zip/a01.vtt`.

    Raises:
        InputError: a path that doesn't exist or can't be searched; a folder or a named archive without calls.
    """
    found: dict[str, Path] = {}
    search = _Search()
    for path in paths:
        if path.is_dir():
            inside = [call for file in _walk(path) for call in search.calls_of(file)]
            if not inside:
                kinds = " ".join(sorted(endings()))
                raise InputError(f"{path}: no transcripts in this folder.", f"Looked for {kinds} files.")
        else:
            file, inner = locate(path)
            if not file.exists():
                raise InputError(f"{path}: no such file or folder.", "Check the path.")
            inside = [path] if inner else search.calls_of_named(path)
        for call in inside:
            found.setdefault(_key(call), call)
    return Found(found.values(), search.notes())


class _Search:
    """Looks into files, and remembers what it left out."""

    def __init__(self) -> None:
        self._no_calls: list[str] = []
        self._skipped: list[str] = []

    def calls_of(self, file: Path) -> list[Path]:
        """The calls of a file that nobody named: none, where its ending is weak and its content no call."""
        if is_beside_calls(file.name):
            return []
        weak = is_weak(file.name)
        if not weak and not _may_hold_several(file.name):
            return [file]
        try:
            content = load(file)
            if weak and call_format(content) is None:
                self._no_calls.append(file.name)
                return []
            inside = look_inside(content)
        except InputError:
            if weak:
                self._no_calls.append(file.name)
            return [] if weak else [file]
        if inside is not None and not inside.names:
            self._no_calls.append(file.name)
            return []
        return self._listed(file, inside)

    def calls_of_named(self, file: Path) -> list[Path]:
        """The calls of a file that the user named; what is wrong with it is told when it is read."""
        try:
            inside = look_inside(load(file))
        except InputError:
            return [file]
        return [file] if inside is not None and not inside.names else self._listed(file, inside)

    def notes(self) -> list[str]:
        if not self._no_calls:
            return self._skipped
        n = len(self._no_calls)
        named = ", ".join(self._no_calls[:_NAMED]) + (f" and {n - _NAMED} more" if n > _NAMED else "")
        return [*self._skipped, f"Left out, as no calls were found in them: {named}."]

    def _listed(self, file: Path, inside: Inside | None) -> list[Path]:
        if inside is None:
            return [file]
        if inside.left_out:
            n = inside.left_out
            self._skipped.append(f"{file.name}: {n} file(s) in it are no calls and were left out.")
        return [file / name for name in inside.names]


def _may_hold_several(name: str) -> bool:
    ending = Path(name).suffix.lower()
    return any(ending in f.endings for f in FORMATS if f.split)


def _key(call: Path) -> str:
    file, inner = locate(call)
    return f"{os.path.realpath(file)}/{inner}"


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
    """A file's name without its endings: `a01.vtt` is a01, `GMT1_Recording.transcript.vtt` GMT1_Recording.

    A call that has no name of its own in an archive has the archive's: `Chat with Ana.zip/_chat.txt`.
    """
    path = Path(file)
    if path.stem.lower() in _NAMELESS and path.parent.suffix.lower() == ".zip":
        path = path.parent
    stem = path.stem
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
