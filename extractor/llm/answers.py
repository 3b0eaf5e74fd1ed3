"""From what a model wrote to a validated answer: parsing, validating, telling the mistakes, salvaging."""

from __future__ import annotations

import copy
import json
from functools import lru_cache
from typing import Any, TypeVar

from jinja2 import Environment, StrictUndefined, Template
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from extractor.resources import resource_dir

_MOST_PROBLEMS_TOLD = 8

M = TypeVar("M", bound=BaseModel)
Place = tuple[str | int, ...]


@lru_cache(maxsize=32)
def schema_of(answer: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of an answer, made once a model: it takes milliseconds. Not to be changed."""
    return answer.model_json_schema()


def unchecked(answer: type[BaseModel]) -> type[BaseModel]:
    """A model with the schema of `answer` that takes any JSON object.

    Instructor asks for this one, so an answer with one bad item still arrives, whichever provider it is from,
    and is validated here. It is of instructor's own kind, so that none is made anew for each question.
    """
    # Loading it takes a second, and not every command asks a model.
    from instructor import OpenAISchema

    class Unchecked(OpenAISchema):
        model_config = ConfigDict(extra="allow")

        @classmethod
        def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
            if args or kwargs:
                return answer.model_json_schema(*args, **kwargs)
            return copy.deepcopy(schema_of(answer))

    Unchecked.__name__ = Unchecked.__qualname__ = answer.__name__
    Unchecked.__doc__ = answer.__doc__
    return Unchecked


def first_object(text: str) -> dict[str, Any] | None:
    """The JSON object in `text`, which may stand in a code fence or between words; None without one."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def problems(error: ValidationError) -> list[str]:
    """What is wrong with an answer, a line for each mistake. Meant for the model, not for a log."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    lines = [f"{'.'.join(map(str, e['loc'])) or 'the answer'}: {e['msg']}" for e in found]
    return lines[:_MOST_PROBLEMS_TOLD]


def reask(told: list[str]) -> str:
    """The words of a re-ask, from `prompts/reask.j2`."""
    return _reask_template().render(problems=told).strip()


def salvage(raw: dict[str, Any], answer: type[M]) -> tuple[M, int] | None:
    """Validate what is left of `raw` without its bad list items and its bad optional values.

    Returns:
        The answer and how many mistakes were dropped, or None where the rest doesn't validate either.
    """
    data = copy.deepcopy(raw)
    dropped = 0
    while True:
        try:
            return answer.model_validate(data), dropped
        except ValidationError as error:
            mistakes = error.errors(include_url=False, include_input=False)
        places = {place for mistake in mistakes for place in _places(data, mistake)}
        if () in places:
            return None
        # What follows an item is dropped before it, and what is in it before all of it: indices stay right.
        for place in sorted(places, reverse=True):
            del _value(data, place[:-1])[place[-1]]
        dropped = dropped or len(places)


def _places(data: dict[str, Any], mistake: ErrorDetails) -> list[Place]:
    """What to drop for one mistake; `()` where nothing can be.

    A value is dropped first. Where that value was required the next round finds it missing, and then the
    innermost list item around it goes.
    """
    place = _existing(data, mistake["loc"])
    if mistake["type"] == "too_long" and isinstance(value := _value(data, place), list):
        return [(*place, i) for i in range(mistake["ctx"]["max_length"], len(value))]
    if mistake["type"] == "missing":
        while place and not isinstance(place[-1], int):
            place = place[:-1]
    return [place]


def _existing(data: Any, loc: Place) -> Place:
    """The part of `loc` that leads to something: pydantic adds the names of union members to it."""
    for depth, step in enumerate(loc):
        found = step in data if isinstance(data, dict) else isinstance(data, list) and isinstance(step, int)
        if not found:
            return loc[:depth]
        data = data[step]
    return loc


def _value(data: Any, place: Place) -> Any:
    for step in place:
        data = data[step]
    return data


@lru_cache(maxsize=1)
def _reask_template() -> Template:
    # Prompts are plain text, not HTML: escaping would change them.
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string((resource_dir("prompts") / "reask.j2").read_text(encoding="utf-8"))
