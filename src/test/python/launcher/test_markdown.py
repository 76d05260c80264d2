"""Breaking long lines of Markdown."""

import pytest

from launcher.markdown import MAX_LINE, wrapped

LONG = "word " * 40


def test_a_long_bullet_goes_on_below_its_text() -> None:
    first, *rest = wrapped(f"- {LONG.strip()}\n").splitlines()
    assert first.startswith("- word")
    assert rest
    assert all(line.startswith("  word") for line in rest)


def test_no_word_is_lost_and_no_line_is_long() -> None:
    text = f"# Title\n\n{LONG}\n- one {LONG}\n  goes on {LONG}\n"
    made = wrapped(text)
    assert made.split() == text.split()
    assert all(len(line) <= MAX_LINE for line in made.splitlines())
    assert wrapped(made) == made


@pytest.mark.parametrize("start", ["| ", "# ", "![", "<!-- ", "    "])
def test_what_a_break_would_change_stays_whole(start: str) -> None:
    line = start + LONG.strip()
    assert wrapped(line) == line


def test_code_stays_whole() -> None:
    text = f"```sh\n{LONG.strip()}\n```\n"
    assert wrapped(text) == text


@pytest.mark.parametrize("marker", ["-", "+", "3.", "#", ">", "|"])
def test_no_line_begins_with_what_would_begin_something_else(marker: str) -> None:
    words = ["word"] * 23 + [marker, "word"]
    lines = wrapped(" ".join([*words, "x" * 40])).splitlines()
    full = wrapped(" ".join(["word"] * 24 + [marker] + ["word"] * 9)).splitlines()
    assert not [line for line in [*lines, *full] if line.startswith(f"{marker} ")]


def test_code_in_a_sentence_is_broken_only_when_no_line_can_hold_it() -> None:
    command = "`./many-models bench compare --against ../before`"
    assert any(command in line for line in wrapped(f"{LONG[:100]}{command}, and so on").splitlines())
    lines = wrapped(f"- `{LONG.strip()}` ends").splitlines()
    assert len(lines) > 1
    assert all(len(line) <= MAX_LINE for line in lines)
