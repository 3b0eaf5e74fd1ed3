"""Regular expressions that are compiled when they are first used.

There are hundreds, and compiling them all took half of the time in which the program was loaded; most calls
need a part of them, and need it later.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, cast


class Later:
    """Stands for a pattern, and has whatever that has."""

    def __init__(self, source: str, flags: int) -> None:
        self.source, self.flags_given = source, flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern. Raises `re.error` where it is none."""
        return re.compile(self.source, self.flags_given)

    def __getattr__(self, name: str) -> Any:
        # Asked only for what is not there yet: what is found is kept, so a second use costs nothing more.
        found = getattr(self.compiled, name)
        setattr(self, name, found)
        return found


def regex(source: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`, but compiled when first used; a mistake in the pattern is raised then."""
    return cast("re.Pattern[str]", Later(source, flags))
