"""What a user should see of calls besides their rows: why they failed, what to be careful about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from extractor.record import AnyRecord, FailedRecord
from extractor.reports.words import clean


class Remarks:
    """Tells what is remarked of calls as they come. What holds for many is told of the first, and counted.

    Args:
        say: takes one line.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._times: Counter[str] = Counter()

    def add(self, record: AnyRecord) -> None:
        """Tell what is remarked of this call, and was of none before."""
        for text in _of(record):
            self._times[text] += 1
            if self._times[text] == 1:
                self._say(f"{clean(record.call_id)}: {text}")

    def end(self) -> None:
        """Tell of how many calls more each remark is."""
        for text, times in self._times.items():
            if times > 1:
                self._say(f"{times - 1:,} more {'call' if times == 2 else 'calls'}: {text}")


def _of(record: AnyRecord) -> list[str]:
    """Why a call failed, or what it warns of."""
    if isinstance(record, FailedRecord):
        return [clean(f"{record.error.message} {record.error.hint}")]
    return [clean(w) for w in record.warnings]
