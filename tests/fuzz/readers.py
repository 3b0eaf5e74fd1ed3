"""Fuzz the readers, guided by coverage: any bytes are read, or refused with an error that is documented.

    python tests/fuzz/readers.py captions --seconds 600

It needs atheris, which the rest of the project does not (dependency group `fuzz`). Seeds are the files of
`fixtures/formats`. A finding is any other error, a transcript that breaks its promises, an input that takes
longer than `SLOW_S` or more memory than `MORE_MB`, and memory over `MEMORY_MB`; each is told once, and its
input kept in `--folder`. The exit code is 1 if there was any. `--again FILE` reads such an input alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import atheris
from mutating import mutate

with atheris.instrument_imports(include=["extractor"]):
    from extractor import readers
    from extractor.readers import captions, chats, documents, recorders, registry, speech

from extractor.errors import BantError
from extractor.readers.base import Content, clean
from extractor.transcript import Transcript

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "formats"
WORDS = Path(__file__).with_name("readers.dict")
FAMILIES = {
    "captions": captions.FORMATS,
    "documents": documents.FORMATS,
    "recorders": recorders.FORMATS,
    "speech": speech.FORMATS,
    "chats": chats.FORMATS,
    "archives": registry.FORMATS,
}
# Processor time for one input of at most MAX_BYTES, instrumented: a file of a megabyte would take minutes.
SLOW_S = 2.0
# By the clock, which runs on while others have the processor.
HANG_S = 120
MEMORY_MB = 1_500
# What one input may add to the most memory that the process ever had.
MORE_MB = 200
MAX_BYTES = 32_768
# Then a new process goes on: what an earlier one has kept of memory is no finding.
READINGS = 30_000


class Broken(Exception):
    """A transcript that a reader must not make."""


def read_alone(data: bytes, names: Sequence[str]) -> None:
    """Read bytes under a name that their number chooses, so that an input's name can be told from it."""
    name = names[len(data) % len(names)]
    readers.look_inside(Content(name, data))
    check(readers.read_bytes(data, name))


def read_archive(data: bytes, file: Path) -> None:
    """Read all calls in an archive as a run does."""
    file.write_bytes(data)
    for call in readers.discover([file])[:50]:
        try:
            check(readers.read_file(call))
        except BantError:
            continue


def check(transcript: Transcript) -> None:
    """Raise Broken where a transcript breaks a promise."""
    names = {p.name for p in transcript.participants}
    for n, turn in enumerate(transcript.turns):
        if not turn.text or clean(turn.text) != turn.text:
            raise Broken(f"turn {n}: text that is empty or not clean")
        if turn.speaker is not None and (not turn.speaker or clean(turn.speaker) != turn.speaker):
            raise Broken(f"turn {n}: a name that is empty or not clean")
        if turn.speaker is not None and turn.speaker not in names:
            raise Broken(f"turn {n}: its speaker is no participant")
        times = [t for t in (turn.start, turn.end) if t is not None]
        if any(not 0 <= t < float("inf") for t in times) or sorted(times) != times:
            raise Broken(f"turn {n}: times that go backwards or are none")
    json.dumps(transcript.model_dump(mode="json"), ensure_ascii=False, allow_nan=False).encode()


def target(family: str, findings: Path) -> Callable[[bytes], None]:
    """What is called with each input; what it finds it writes to a folder and goes on."""
    known: set[str] = set()
    formats = FAMILIES[family]
    registry.FORMATS = formats
    names = [f"call{ending}" for ending in dict.fromkeys(e for f in formats for e in f.endings)]
    file = Path(tempfile.mkdtemp()) / "calls.zip"

    def one(data: bytes) -> None:
        begun, most = time.process_time(), _most_mb()
        try:
            if family == "archives":
                read_archive(data, file)
            else:
                read_alone(data, names)
        except BantError:
            pass
        except Exception as error:
            note(data, _place(error), traceback.format_exc())
        if (spent := time.process_time() - begun) > SLOW_S:
            note(data, "slow", f"{len(data)} bytes took {spent:.1f} s")
        if (more := _most_mb() - most) > MORE_MB:
            note(data, "memory", f"{len(data)} bytes took {more:.0f} MB")

    def note(data: bytes, what: str, told: str) -> None:
        if what in known:
            return
        known.add(what)
        kept = findings / f"{re.sub('[^A-Za-z0-9.]+', '-', what)}-{hashlib.sha256(data).hexdigest()[:8]}"
        kept.write_bytes(data)
        print(f"FINDING {kept.name}\n{told}", file=sys.stderr, flush=True)

    return one


def _most_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _place(error: Exception) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "extractor" in f.filename]
    where = f"{Path(frames[-1].filename).stem}-{frames[-1].lineno}" if frames else "here"
    return f"{type(error).__name__}-{error if isinstance(error, Broken) else where}"


def seeds(family: str) -> Iterator[tuple[str, bytes]]:
    """The family's fixtures by name; for archives those of all families, too, which their members are."""
    for form in FAMILIES[family]:
        for file in sorted((FIXTURES / form.id).iterdir()):
            yield f"{form.id}-{file.name}", file.read_bytes()


def run(family: str, seconds: int, folder: Path) -> tuple[int, str]:
    """Fuzz for so long, going on after what ends the process.

    Returns:
        How many findings there are, and what libFuzzer says of coverage and speed.
    """
    corpus, findings = folder / family / "corpus", folder / family / "findings"
    for made in (corpus, findings):
        made.mkdir(parents=True, exist_ok=True)
    for name, data in seeds(family):
        (corpus / f"seed-{name}").write_bytes(data)
    end, executions, last = time.monotonic() + seconds, 0, ""
    while (left := int(end - time.monotonic())) > 0:
        before = executions
        options = [
            f"-max_total_time={left}", f"-runs={READINGS}", f"-timeout={HANG_S}",
            f"-report_slow_units={HANG_S}", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={MAX_BYTES}",
            f"-artifact_prefix={findings}/", f"-dict={WORDS}", "-print_final_stats=1", str(corpus),
        ]  # fmt: skip
        command = [sys.executable, __file__, family, "--folder", str(folder), "--libfuzzer", *options]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace") as process:
            for line in process.stderr or ():
                if match := re.match(r"#(\d+)\s.*?(cov: .*?exec/s: \d+)", line):
                    last = match[2]
                elif match := re.match(r"stat::number_of_executed_units: (\d+)", line):
                    executions += int(match[1])
                if not re.match(r"#\d+\s+(NEW|REDUCE|pulse|RELOAD)|INFO:|stat::", line):
                    print(line, end="", flush=True)
        if executions == before:
            raise RuntimeError("nothing was read: see above")
    return len(list(findings.iterdir())), f"{executions:,} executions, {last}"


def main() -> int:
    """Fuzz one family."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("family", choices=FAMILIES)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "bant-fuzz")
    parser.add_argument("--again", type=Path, help="read this input alone, as one that was found")
    parser.add_argument("--libfuzzer", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    findings = options.folder / options.family / "findings"
    if options.again:
        findings.mkdir(parents=True, exist_ok=True)
        target(options.family, findings)(options.again.read_bytes())
        return 0
    if options.libfuzzer is not None:
        atheris.Setup(
            [__file__, *options.libfuzzer], target(options.family, findings), custom_mutator=mutate
        )
        atheris.Fuzz()
        return 0
    begun = time.monotonic()
    found, stats = run(options.family, options.seconds, options.folder)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    minutes = (time.monotonic() - begun) / 60, (used.ru_utime + used.ru_stime) / 60
    print(f"{options.family}: {minutes[0]:.1f} minutes, {minutes[1]:.1f} of them processor time, {stats};")
    print(f"{found} findings in {findings}")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
