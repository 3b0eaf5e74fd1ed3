"""The `bant` command: its subcommands, and how errors become one line and an exit code.

Exit codes: 0 all done, 2 the user's mistake, 3 some calls failed and the rest are written, 4 a gate of
`bant eval` was not met, 130 interrupted.
"""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Annotated

import typer

from extractor import __version__
from extractor.cli import evaluate, extract, forms, model, read, show
from extractor.cli.console import say
from extractor.errors import BantError

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
app.add_typer(evaluate.app, name="eval")
app.add_typer(forms.app, name="forms")
app.add_typer(model.app, name="model")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bant-extractor {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
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
    try:
        code = app(standalone_mode=False, auto_envvar_prefix="BANT")
    except BantError as error:
        say(f"bant: {error.message}")
        if error.hint:
            say(f"      {error.hint}")
        code = 2
    except typer.TyperException as error:
        say(f"bant: {error.format_message()}")
        say("      See bant --help.")
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        say("bant: interrupted")
        code = 130
    sys.exit(code if isinstance(code, int) else 0)
