"""YAML that knows its lines, so that a complaint can say where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

# Of a file; a thousand deployments take some 300 kB.
MAX_BYTES = 4 * 2**20
# Of a document with its aliases written out: what is sent on as JSON has none.
_MAX_NODES = 300_000
_MAX_DEPTH = 60

Path = tuple[str | int, ...]


class YamlError(Exception):
    """A text that is not YAML, or not YAML that we take."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True)
class Document:
    """A parsed document and the node it came from."""

    value: Any
    _node: yaml.Node
    _first_line: int

    def line(self, path: Sequence[str | int] = ()) -> int:
        """Where the value at the path begins; for what is not there, where the nearest thing around it does."""
        found, at = self._node, self._node
        for step in path:
            key, child = _child(found, step)
            if child is None:
                break
            found, at = child, key or child
        return self._first_line + int(at.start_mark.line)

    def inner(self, path: Sequence[str | int]) -> Document | None:
        """The document in the text at the path; None without a text there. Raises YamlError as documents does."""
        found = self._node
        for step in path:
            _, child = _child(found, step)
            if child is None:
                return None
            found = child
        if not isinstance(found, yaml.ScalarNode) or found.tag != "tag:yaml.org,2002:str":
            return None
        # The text of a block begins a line below its mark. Other styles may fold lines: they count from their first.
        below = 1 if found.style == "|" else 0
        first = self._first_line + int(found.start_mark.line) + below
        inner = documents(found.value, first)
        if len(inner) != 1:
            raise YamlError(first, f"one YAML document is expected in it, not {len(inner)}")
        return inner[0]


def documents(text: str, first_line: int = 1) -> list[Document]:
    """The documents of a text. Raises YamlError for what YAML, JSON or Kubernetes would not take."""
    found = []
    try:
        loader = yaml.SafeLoader(text)
        while loader.check_node():
            node = loader.get_node()
            assert node is not None  # noqa: S101 - check_node has said so
            _refuse_odd(node, first_line)
            found.append(Document(loader.construct_document(node), node, first_line))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise YamlError(line, f"not YAML: {' '.join(str(error.problem or error.context).split())}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError(first_line, f"not YAML: {' '.join(str(error).split())}") from error
    return [document for document in found if document.value is not None]


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    if isinstance(node, yaml.MappingNode):
        # The last wins, as when it is read: what is merged in with `<<` comes first.
        pairs = [(key, value) for key, value in node.value if key.value == str(step)]
        return pairs[-1] if pairs else (None, None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None, None


def _refuse_odd(root: yaml.Node, first_line: int) -> None:
    """A key that is there twice (the last would silently win), keys that are no texts, and what grows without end."""
    for count, (node, depth) in enumerate(_walk(root, 0)):
        line = first_line + int(node.start_mark.line)
        if count > _MAX_NODES or depth > _MAX_DEPTH:
            raise YamlError(line, "too large, or nested too deeply, with its aliases written out")
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, _ in node.value:
                at = first_line + int(key.start_mark.line)
                if not isinstance(key, yaml.ScalarNode):
                    raise YamlError(at, "a key has to be a text")
                if key.value in seen:
                    raise YamlError(at, f"key '{key.value}' is there twice")
                seen.add(key.value)


def _walk(node: yaml.Node, depth: int) -> Iterator[tuple[yaml.Node, int]]:
    yield node, depth
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _walk(value, depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _walk(value, depth + 1)


def value_at(value: Any, path: Sequence[str | int]) -> Any:
    """The value at the path; None when there is none."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
