"""Markdown that people read as text, too."""

from __future__ import annotations

import re

MAX_LINE = 120
# Tables, headings, comments, code and images: where a line break would change what they mean.
_WHOLE = re.compile(r"\||#|<!--|!\[|    |```|~~~")
_BULLET = re.compile(r"(\s*[-*+] )?")
# What would begin a list, a quotation, a heading or a table at the beginning of a line.
_MARKER = re.compile(r"([-+*>#|]+|\d+[.)])$")
# A word, or code with the punctuation around it.
_WORD = re.compile(r"[^\s`]*`[^`]+`[^\s`]*|\S+")


def wrapped(text: str) -> str:
    """The text with each line of prose broken at MAX_LINE characters, not within code if it fits; it means the same."""
    lines: list[str] = []
    fenced = False
    for line in text.splitlines():
        fence = line.startswith(("```", "~~~"))
        fenced ^= fence
        if fence or fenced or len(line) <= MAX_LINE or _WHOLE.match(line):
            lines.append(line)
        else:
            lines += _broken(line)
    return "\n".join(lines) + ("\n" if text.endswith("\n") else "")


def _broken(line: str) -> list[str]:
    bullet = _BULLET.match(line)
    indent = " " * (len(bullet[0]) if bullet and bullet[0] else len(line) - len(line.lstrip()))
    first, *words = _words(line, MAX_LINE - len(indent))
    lines = [[first]]
    for word in words:
        if len(indent) + len(" ".join([*lines[-1], word])) <= MAX_LINE:
            lines[-1].append(word)
        elif _MARKER.match(word) and len(lines[-1]) > 1:
            lines.append([lines[-1].pop(), word])
        else:
            lines.append([word])
    start = line[: len(line) - len(line.lstrip())]
    return [(indent if i else start) + " ".join(each) for i, each in enumerate(lines)]


def _words(line: str, longest: int) -> list[str]:
    return [part for word in _WORD.findall(line) for part in ([word] if len(word) <= longest else word.split(" "))]
