"""What a strategy is: a way to ask one sort of model. The findings look the same whichever is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from extractor.form import Form
from extractor.kinds import Finding
from extractor.llm.client import Client
from extractor.record import Usage
from extractor.transcript import Transcript


@dataclass
class Found:
    """What a strategy found in one call.

    `absent_confidence` is, for each field, the probability that it is absent, where the strategy knows one.
    `warnings` hold no transcript text; one that begins with `record.INCOMPLETE` says what could not be read.
    """

    findings: dict[str, list[Finding]]
    absent_confidence: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Keep a finding under its field."""
        self.findings.setdefault(finding.field, []).append(finding)


class Strategy(Protocol):
    """A way to find a form's answers in a call."""

    name: ClassVar[str]

    async def find(self, transcript: Transcript, form: Form, client: Client, usage: Usage) -> Found:
        """Ask the model and ground its quotes.

        Raises:
            ModelError: nothing could be had from the model at all.
        """
