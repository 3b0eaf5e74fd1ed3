"""Renders what a model reads from the templates in `prompts/`.

A template has two blocks, `system` and `user`. A transcript is only ever a *value* in it: nothing that
was said on a call is parsed as a template.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, Literal, TypedDict

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from extractor.parsing.shownnames import shown_name
from extractor.resources import resource_dir

# Values that are somebody's name: it reads as before that person's lines.
_NAMES = ("speaker", "contact")


class Message(TypedDict):
    """A chat message as the OpenAI API takes it."""

    role: Literal["system", "user", "assistant"]
    content: str


@lru_cache(maxsize=1)
def _environment() -> Environment:
    # Prompts are plain text, not HTML: escaping would change what was said.
    return Environment(
        loader=FileSystemLoader(resource_dir("prompts")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )


def render(template: str, **values: Any) -> list[Message]:
    """Render `prompts/<template>.j2`.

    Args:
        template: the template's name without its ending.
        values: all that the template names; one that is missing is an error. `speaker` and `contact` are
            people's names as read; they are shown as `chunking.line` shows them.

    Returns:
        The system message and the user message.

    Raises:
        jinja2.UndefinedError: the template names a value that was not given.
    """
    loaded = _environment().get_template(f"{template}.j2")
    names = {value: shown_name(values[value]) for value in _NAMES if value in values}
    context = loaded.new_context(values | names)
    return [
        Message(role=role, content="".join(loaded.blocks[role](context)).strip())
        for role in ("system", "user")
    ]


@lru_cache(maxsize=1)
def prompts_sha256() -> str:
    """Hash of all templates: records made with other prompts can be told apart."""
    digest = hashlib.sha256()
    for path in sorted(resource_dir("prompts").glob("*.j2")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
