from __future__ import annotations

import inspect
import subprocess
import sys

import extractor
from extractor.errors import BantError


def test_what_is_public() -> None:
    assert extractor.__all__ == [
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
    assert extractor.__all__ == sorted(extractor.__all__)


def test_all_of_it_is_there_and_documented() -> None:
    for name in extractor.__all__:
        thing = getattr(extractor, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), name


def test_nothing_else_is_exported_by_accident() -> None:
    modules = {n for n, v in vars(extractor).items() if inspect.ismodule(v)}
    assert {n for n in vars(extractor) if not n.startswith("_")} - modules <= set(extractor.__all__)


def test_every_error_is_a_bant_error_with_a_kind_of_its_own() -> None:
    from extractor import errors

    classes = [c for c in vars(errors).values() if inspect.isclass(c) and issubclass(c, BantError)]
    assert len({c.kind for c in classes}) == len(classes) > 8
    for name in (c.__name__ for c in classes):
        assert name in (errors.__doc__ or ""), f"{name} is missing from the tree"


def test_an_error_is_one_line() -> None:
    assert str(BantError("This happened.", "Do that.")) == "This happened. Do that."
    assert str(BantError("This happened.")) == "This happened."


def test_importing_it_starts_no_model_and_opens_no_connection() -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise AssertionError('a connection')\n"
        "socket.socket.connect = refuse; socket.create_connection = refuse; socket.getaddrinfo = refuse\n"
        "import extractor\n"
        "heavy = {'xllamacpp', 'huggingface_hub', 'torch', 'pip', 'typer', 'rich', 'vcr', 'pytest'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout.strip()) == ("", "[]")
