"""The variables that Python knows are those of the Java class Setting, and nothing in the repository names another."""

import re
from pathlib import Path

import pytest

from manymodels import body_limit, variables
from manymodels.variables import Variable

ROOT = Path(__file__).resolve().parents[4]
# Names as a whole: what ends with an underscore is a prefix.
NAME = re.compile(r"\bMANY_MODELS_[A-Z0-9_]*[A-Z0-9]\b")
FOLDERS = ("bench", "deploy", "docs", "iac", "notebooks", "src")
ENDINGS = {".py", ".java", ".sh", ".md", ".yaml", ".yml", ".env", ".json", ".toml", ".ipynb", ".go", ""}
# Misspelt on purpose.
MISSPELT = "MANY_MODELS_" + "REGISTY"
SECONDS = "MANY_MODELS_AUTOSCALE_UP_S"


def files() -> list[Path]:
    below = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*")]
    # The changelog names variables that are gone.
    found = [file for file in (*ROOT.iterdir(), *below) if file.name != "changelog.md"]
    return [file for file in found if file.is_file() and file.suffix in ENDINGS and "__pycache__" not in file.parts]


def test_every_variable_in_the_repository_is_known() -> None:
    named = {
        (name, str(file.relative_to(ROOT)))
        for file in files()
        for name in NAME.findall(file.read_text(errors="replace"))
    }
    assert len({name for name, _ in named}) > 20
    assert sorted((name, file) for name, file in named if name not in variables.NAMES) == []


def test_every_variable_has_words_and_a_default_in_its_range() -> None:
    for name, variable in variables.ALL.items():
        assert variable.allowed
        if variable.high and variable.default is not None:
            assert variables.number({}, name) == int(variable.default)


def test_a_body_may_be_as_long_as_the_dispatcher_can_take() -> None:
    row = re.search(
        r"^\| `max_body_bytes` \| 1\.\.(\d+) \|", (ROOT / "docs" / "reference.md").read_text(), re.MULTILINE
    )
    assert row is not None
    assert int(row[1]) == body_limit.HARD_MAX_BODY_BYTES


def test_texts_are_stripped_and_have_a_default() -> None:
    assert variables.text({"MANY_MODELS_URL": " http://h \n"}, "MANY_MODELS_URL") == "http://h"
    assert variables.text({"MANY_MODELS_TRANSPORT": " "}, "MANY_MODELS_TRANSPORT") == "framed"
    assert variables.text({}, "MANY_MODELS_URL") == ""


def test_numbers_are_within_their_range() -> None:
    assert variables.number({}, SECONDS) == 10
    assert variables.number({SECONDS: " 86400 "}, SECONDS) == 86400


@pytest.mark.parametrize("value", ["0", "86401", "-1", "1.5", "1e3", "10s", "\u0664", "9" * 30])
def test_other_numbers_are_refused_in_the_words_of_java(value: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{SECONDS}: '{value}' is not a whole number in 1..86400")):
        variables.number({SECONDS: value}, SECONDS)


def test_a_misspelt_variable_is_found_with_the_one_that_was_meant() -> None:
    far = "MANY_MODELS_" + "QUITE_ANOTHER_THING"
    environment = {MISSPELT: "x", far: "x", "MANY_MODELS_ADMIN_TOKEN_FILE": "x", "MANY_MODELS_URL": "x", "HOME": "/"}
    assert variables.unknown(environment) == {far: None, MISSPELT: "MANY_MODELS_REGISTRY"}


def test_the_file_is_read_into_variables() -> None:
    assert variables.ALL["MANY_MODELS_ADMIN_TOKEN"] == Variable(
        "MANY_MODELS_ADMIN_TOKEN", "visible ASCII characters without blanks", file="MANY_MODELS_ADMIN_TOKEN_FILE"
    )
