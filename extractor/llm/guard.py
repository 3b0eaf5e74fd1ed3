"""Runs a program for as long as somebody holds this process's standard input open.

However that somebody ends, killed or not, the system closes the pipe and the program ends with it: no model
stays in memory without an owner. Run as a script by `runtimes`; it imports nothing of this package.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading

CAN_NOT_RUN = 127


def main(command: list[str]) -> int:
    """Run the command and return its exit code as a shell does; `CAN_NOT_RUN` where it can't be started."""
    try:
        program = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError:
        return CAN_NOT_RUN

    def end_with_the_pipe() -> None:
        os.read(0, 1)
        program.kill()

    threading.Thread(target=end_with_the_pipe, daemon=True).start()
    code = program.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    # Not by way of the interpreter's end, which the thread that reads would hold up.
    os._exit(main(sys.argv[1:]))
