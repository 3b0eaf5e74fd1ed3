"""The `bant` command: its subcommands, and how errors become one line and an exit code.

Exit codes: 0 all done, 2 the user's mistake, 3 some calls failed and the rest are written, 4 a gate of
`bant eval` was not met, 130 interrupted; 1 is a mistake in this program.
"""

from __future__ import annotations

import gc
import logging
import sys
import warnings
from typing import Annotated

import typer

from extractor import __version__
from extractor.cli import INTERRUPTED, evaluate, extract, forms, model, purge, read, show
from extractor.cli.console import complain, drop_unwritable, make_printable
from extractor.errors import BantError
from extractor.pipeline import REPORT_IT, place_of

BUG = 1
USERS_MISTAKE = 2

app = typer.Typer(
    name="bant",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Reads sales-call transcripts and fills BANT with the buyer's own words as proof, and a score.",
)
app.command()(extract.extract)
app.command()(show.show)
app.command()(read.read)
app.command()(purge.purge)
app.add_typer(evaluate.app, name="eval", help="Score the reading of labelled calls, and compare two runs.")
app.add_typer(forms.app, name="forms")
app.add_typer(model.app, name="model")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bant-extractor {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            allow_from_autoenv=False,
            help="Print the version.",
        ),
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is being done.")] = False,
) -> None:
    """Every option can also be given as an environment variable: `BANT_EXTRACT_MODEL=...`."""
    level = logging.INFO if verbose else logging.ERROR
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(name)s: %(message)s", force=True)
    logging.getLogger("extractor").setLevel(level)


def main() -> None:
    """Run the command line; the process ends with the exit code."""
    # A library's deprecation notice is not the user's business.
    warnings.simplefilter("ignore")
    make_printable()
    # What is imported lives to the end, and what a call leaves goes without a search for circles: to search
    # seldom, and not once more at the end, saves a second of every run.
    gc.freeze()
    gc.set_threshold(100_000, 20)
    # A place at the model stays empty until its answer is taken in: that thread waits less for the others.
    sys.setswitchinterval(0.001)
    try:
        sys.exit(_run())
    finally:
        gc.freeze()


def _run() -> int:
    try:
        code = app(standalone_mode=False, auto_envvar_prefix="BANT", prog_name="bant")
    except BantError as error:
        complain(error.message, error.hint)
        return USERS_MISTAKE
    except typer.TyperException as error:
        _usage(error)
        return error.exit_code
    except SystemExit as leaving:
        # The parser leaves so where whoever read the output has gone (`| head`), which is no mistake.
        if isinstance(leaving.__context__, BrokenPipeError):
            return 0
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        complain(f"{where}{error.strerror}.", "Is there room on the disk, and permission?")
        drop_unwritable()
        return USERS_MISTAKE
    except Exception as error:
        if logging.getLogger("extractor").isEnabledFor(logging.INFO):
            raise
        complain(f"{place_of(error)}.", f"{REPORT_IT} `bant --verbose` shows more.")
        return BUG
    if code == INTERRUPTED:
        # The parser makes an exit code of Ctrl-C before it gets here.
        complain("interrupted")
    return code if isinstance(code, int) else 0


def _usage(error: typer.TyperException) -> None:
    message = error.format_message()
    if message.startswith("Usage:"):
        # A group without a command: its help is the answer.
        typer.echo(message, err=True)
        return
    context = getattr(error, "ctx", None)
    complain(message, f"See {context.command_path if context else 'bant'} --help.")
