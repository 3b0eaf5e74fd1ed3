"""YAML files of the user's, read so that each value knows its file and line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as RawNode

from extractor.errors import FormError

# What the parser's own words leave open.
_HINTS = {
    "mapping values are not allowed": "Put a text that has a colon in it in quotes, and check the indent.",
    "cannot start any token": "Indent with spaces, not tabs; put a text that begins with a sign in quotes.",
    "could not find expected ':'": "Write each entry as `key: value`.",
    "found another document": "Keep one document in one file, without a second `---`.",
    "undefined alias": "Put a text that begins with * in quotes.",
}
_HINT = "Check the indent, the brackets and the quotes there."


@dataclass(frozen=True)
class Node:
    """A value of a YAML file; for a value in a mapping, `line` (from 1) is that of its key."""

    value: Any
    file: Path
    line: int

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def __getitem__(self, key: str | int) -> Node:
        node: Node = self.value[key]
        return node

    def error(self, problem: str, hint: str = "") -> FormError:
        """The error that says `problem` of this place."""
        ended = problem if problem.endswith((".", "?")) else f"{problem}."
        return FormError(self.file, self.line, ended, hint)

    def plain(self) -> Any:
        """The value in plain dicts and lists."""
        if isinstance(self.value, dict):
            return {k: v.plain() for k, v in self.value.items()}
        if isinstance(self.value, list):
            return [v.plain() for v in self.value]
        return self.value

    def named(self) -> str:
        """What sort of value it is, in the words of a message."""
        names = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "empty"}
        return names.get(type(self.value), "a number")


def read_yaml(file: Path) -> Node:
    """Read a file of one YAML 1.2 document.

    Raises:
        FormError: it can't be read, is not UTF-8, not YAML, empty, or has a key twice in one mapping.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FormError(file, None, f"can't be read ({error.strerror}).", "Check the path.") from None
    except UnicodeDecodeError:
        raise FormError(file, None, "is not UTF-8 text.", "Save it as UTF-8.") from None
    yaml = YAML(typ="safe", pure=True)
    try:
        raw = yaml.compose(text)
        if raw is None:
            raise FormError(file, None, "is empty.")
        return _Builder(file, yaml).build(raw, 0)
    except MarkedYAMLError as error:
        raise _syntax_error(file, error) from None
    except YAMLError:
        raise FormError(file, None, "is not text that YAML allows.", "Take out control characters.") from None
    except (ValueError, RecursionError):
        raise FormError(file, None, "is not YAML that can be read.", _HINT) from None


def _syntax_error(file: Path, error: MarkedYAMLError) -> FormError:
    mark = error.problem_mark or error.context_mark
    problem = " ".join(str(error.problem or error.context or "").split()).removeprefix("but ")
    hint = next((h for words, h in _HINTS.items() if words in problem), _HINT)
    return FormError(file, mark.line + 1 if mark else None, f"is not valid YAML: {problem}.", hint)


class _Builder:
    """Makes nodes of the parser's nodes."""

    def __init__(self, file: Path, yaml: YAML) -> None:
        self._file, self._yaml = file, yaml
        self._open: set[int] = set()

    def build(self, raw: RawNode, line: int) -> Node:
        """Make a node; `line` is the least it may stand on (its key's)."""
        line = line or raw.start_mark.line + 1
        if id(raw) in self._open:
            raise FormError(
                self._file, line, "a value contains itself.", "Write it out in place of the alias."
            )
        self._open.add(id(raw))
        value = self._value(raw)
        self._open.discard(id(raw))
        return Node(value, self._file, line)

    def _value(self, raw: RawNode) -> Any:
        if isinstance(raw, MappingNode):
            return self._mapping(raw)
        if isinstance(raw, SequenceNode):
            return [self.build(item, 0) for item in raw.value]
        value = self._yaml.constructor.construct_object(raw, deep=True)
        if isinstance(value, str | int | None) or (isinstance(value, float) and math.isfinite(value)):
            return value
        # Dates, infinity and the like are read as they are written: no form has any.
        return raw.value

    def _mapping(self, raw: MappingNode) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for key, item in raw.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                raise FormError(self._file, line, "a key is not a plain word.", "Write `key: value`.")
            if key.value in found:
                first = found[key.value].line
                raise FormError(
                    self._file, line, f"`{key.value}` stands here and in line {first}.", "Keep one of them."
                )
            found[key.value] = self.build(item, line)
        return found
