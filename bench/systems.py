"""Asks each system about one call, behind one meter, and keeps the answer in a file.

An answer is asked for again only where what was asked, or what asks, has changed (`key`).
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import instructor
from openai import OpenAI
from pydantic import BaseModel

from bench import instructor_bant, langextract_bant
from bench.mapping import shown
from bench.meter import Meter
from extractor.errors import InputError
from extractor.evaluation.labels import LabelledCall
from extractor.evaluation.runs import write_whole
from extractor.llm import local, native
from extractor.llm.weights import MODEL
from extractor.pipeline import Extractor
from extractor.transcript import Transcript

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "bench" / "out"
LANGEXTRACT_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
# Characters of a call that LangExtract reads at once.
BUFFERS = (1000, 4000)
# How LangExtract ties an extraction to the text, from the loosest to the strictest.
ALIGNMENTS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "no lesser": {"accept_match_lesser": False},
    "exact only": {"accept_match_lesser": False, "enable_fuzzy_alignment": False},
}
_ANSWER_TOKENS = 1200
# Instructor's own way to mend an answer that does not validate.
_REASKS = 2
# Longer than an answer takes on two busy cores, seconds.
_TIMEOUT = 1800
_WORKER = Path(__file__).with_name("langextract_worker.py")
_WIRE_MODEL = Path(MODEL.file).stem


@dataclass(frozen=True)
class Asked:
    """One system's answer about one call. `answer` is None where it failed, `error` says how.

    `seconds` are those on the clock; tokens are the server's count, failed attempts included.
    """

    system: str
    call_id: str
    key: str
    versions: dict[str, str]
    answer: Any
    error: str | None
    seconds: float
    requests: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int


class Failed(Exception):
    """A system has no answer; the text says why, without a word of the transcript."""


def ask_ours(call: LabelledCall, transcript: Transcript, meter: Meter) -> Asked:
    """This project, as it comes. `transcript` has no sides but those of its file."""
    key = _key(_sources(), call.form.sha256, transcript.model_dump_json())

    def ask() -> tuple[Any, float]:
        with Extractor(
            call.form, f"local/{_WIRE_MODEL}", base_url=meter.base_url, api_key=meter.api_key, jobs=1
        ) as extractor:
            started = time.perf_counter()
            record = extractor.extract(transcript)
            return record.model_dump(mode="json"), time.perf_counter() - started

    return _asked("ours", call, key, {"bant-extractor": version("bant-extractor")}, meter, ask)


def ask_instructor(call: LabelledCall, transcript: Transcript, meter: Meter) -> Asked:
    """Instructor, once for everything. `transcript` has the sides that this project told."""
    model = instructor_bant.answer_model(call.form)
    messages: Any = instructor_bant.messages(call.form, str(transcript.date), shown(transcript))
    used = {name: version(name) for name in ("instructor", "openai")}
    key = _key(used, _ANSWER_TOKENS, _REASKS, model.model_json_schema(), messages)

    def ask() -> tuple[Any, float]:
        with OpenAI(
            base_url=meter.base_url, api_key=meter.api_key, timeout=_TIMEOUT, max_retries=0
        ) as client:
            api = instructor.from_openai(client, mode=instructor.Mode.JSON_SCHEMA)
            started = time.perf_counter()
            answer: BaseModel = api.create(
                model=_WIRE_MODEL, messages=messages, response_model=model, temperature=0, seed=0,
                max_tokens=_ANSWER_TOKENS, max_retries=_REASKS,
            )  # fmt: skip
            return answer.model_dump(mode="json"), time.perf_counter() - started

    return _asked("instructor", call, key, used, meter, ask)


def ask_langextract(
    call: LabelledCall, transcript: Transcript, meter: Meter, buffer: int, python: Path = LANGEXTRACT_PYTHON
) -> Asked:
    """LangExtract with a buffer of so many characters; its answers aligned in each of `ALIGNMENTS`."""
    asked = {
        "model": _WIRE_MODEL,
        "description": langextract_bant.description(call.form, str(transcript.date)),
        "examples": langextract_bant.examples(call.form),
        "schema": langextract_bant.schema(call.form),
        "text": shown(transcript),
        "max_char_buffer": buffer,
        "max_output_tokens": _ANSWER_TOKENS,
        "alignments": ALIGNMENTS,
    }
    used = {"langextract": _version_in(python, "langextract")}
    key = _key(used, asked, _WORKER.read_text(encoding="utf-8"))

    def ask() -> tuple[Any, float]:
        place = {"base_url": meter.base_url, "api_key": meter.api_key}
        done = subprocess.run(
            [str(python), str(_WORKER)], input=json.dumps(asked | place), capture_output=True, text=True
        )
        if done.returncode:
            # The last line names the exception; what follows the colon may quote the transcript.
            raise Failed(done.stderr.strip().splitlines()[-1].partition(":")[0])
        told = json.loads(done.stdout)
        return told["answers"], told["seconds"]

    return _asked(f"langextract-{buffer}", call, key, used, meter, ask)


def runtime() -> str:
    """What runs the embedded model; of a llama-server that the user names its own word on its version."""
    first = next(iter(local.choices()), None)
    if first is None:
        return "no runtime"
    if first.program is None or first.program == native.find():
        return first.name
    asked = subprocess.run([str(first.program), "--version"], capture_output=True, text=True)
    told = [line for line in (asked.stdout + asked.stderr).splitlines() if line.startswith("version: ")]
    return f"{first.program.name} {told[0].removeprefix('version: ') if told else 'of an unknown version'}"


def kept(system: str, call_id: str, key: str) -> Asked | None:
    """The answer of before, where there was one to the same question; what failed is asked again."""
    try:
        asked = Asked(**json.loads(_file(system, call_id).read_text(encoding="utf-8")))
    except OSError:
        return None
    return asked if asked.key == key and asked.error is None else None


def _asked(
    system: str,
    call: LabelledCall,
    key: str,
    versions: Mapping[str, str],
    meter: Meter,
    ask: Callable[[], tuple[Any, float]],
) -> Asked:
    if (known := kept(system, call.call_id, key)) is not None:
        return known
    meter.clear()
    started = time.perf_counter()
    error = None
    try:
        answer, seconds = ask()
    except Exception as caught:
        answer, seconds = None, time.perf_counter() - started
        error = str(caught) if isinstance(caught, Failed) else type(caught).__name__
    asked = Asked(
        system, call.call_id, key, dict(versions), answer, error, round(seconds, 2), **meter.total()
    )
    write_whole(_file(system, call.call_id), json.dumps(asdict(asked), ensure_ascii=False, indent=1) + "\n")
    return asked


def _file(system: str, call_id: str) -> Path:
    return OUT / system / f"{call_id}.json"


def _key(*parts: Any) -> str:
    told = json.dumps([MODEL.sha256, runtime(), *parts], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _sources() -> str:
    """A hash of all that makes up this project's answers."""
    files = [
        f
        for folder, ending in (("extractor", "py"), ("extractor", "json"), ("prompts", "j2"))
        for f in sorted((ROOT / folder).rglob(f"*.{ending}"))
        if not {"evaluation", "reports", "cli"} & set(f.relative_to(ROOT).parts)
    ]
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()


def _version_in(python: Path, package: str) -> str:
    program = f"import importlib.metadata as m; print(m.version({package!r}))"
    asked = subprocess.run([str(python), "-c", program], capture_output=True, text=True)
    if asked.returncode:
        raise InputError(f"{python}: it has no {package}.", "`make bench` installs it in .venv-bench.")
    return asked.stdout.strip()
