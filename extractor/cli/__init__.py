"""The `bant` command: one module a subcommand."""

import gc
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; the process ends with the exit code."""
    # Loading makes much and drops little: to search that for circles is a fifth of its time.
    gc.disable()
    try:
        from extractor.cli.app import main as run
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        gc.enable()
    run()
