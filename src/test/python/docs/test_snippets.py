"""The snippets of every page: the launcher takes the commands, JSON and YAML can be read, code is that of a test."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from launcher.cli import cli

ROOT = Path(__file__).resolve().parents[4]
FOLDERS = ("docs", "deploy", "iac", "bench", "notebooks")
PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in (*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md")))
)
EXAMPLES = ROOT / "src" / "test" / "java" / "io" / "manymodels" / "examples"
# What the JVM parses itself, of which DocumentedCommandsTest says the same.
OF_THE_JVM = ("models", "simulate", "fleet")


def text(page: str) -> str:
    return (ROOT / page).read_text()


def fenced(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[Any]:
    return [
        pytest.param(block, id=f"{page}-{number}")
        for page in PAGES
        for number, block in enumerate(fenced(page, language))
    ]


def test_pages_are_found() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs/architecture.md", "deploy/README.md"} <= set(PAGES)


def commands(page: str) -> list[list[str]]:
    """The command lines of ./many-models, in blocks and in sentences."""
    joined = re.sub(r"\\\n\s*", "", text(page))
    found = re.findall(r"^ *(?:[A-Z_]+=\S+ )*\./many-models ([^#|\n]*)", joined, re.MULTILINE)
    # Bars in a sentence stand between what one may choose from.
    found += re.findall(r"`\./many-models ([^#|\n`]*)`", joined)
    return [shlex.split(re.sub(r"[\[\]]", "", line) if "'" not in line else line) for line in found]


COMMANDS = [words for page in PAGES for words in commands(page) if words and words[0] not in OF_THE_JVM]


def test_commands_are_found() -> None:
    assert len(COMMANDS) > 30


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_launcher_takes_the_command(words: list[str]) -> None:
    with click.Context(cli) as parent:
        name, command, rest = cli.resolve_command(parent, words)
        assert command is not None
        command.make_context(name, rest, parent)


@pytest.mark.parametrize("block", blocks("json"))
def test_json_can_be_read(block: str) -> None:
    json.loads(block)


@pytest.mark.parametrize("block", blocks("yaml"))
def test_yaml_can_be_read(block: str) -> None:
    assert list(yaml.safe_load_all(block))


@pytest.mark.parametrize("block", blocks("python"))
def test_python_compiles(block: str) -> None:
    compile(block, "page", "exec")


@pytest.mark.parametrize("block", blocks("java"))
def test_java_is_that_of_a_tested_example(block: str) -> None:
    """Each line is in the class that the first line declares, in the same order; three dots leave something out."""
    declared = re.search(r"\bclass (\w+)", block)
    assert declared is not None, "code without a class"
    source = re.sub(r"\s+", " ", (EXAMPLES / f"{declared[1]}.java").read_text())
    at = 0
    for piece in (piece.strip() for line in block.splitlines() for piece in line.split("...")):
        found = source.find(re.sub(r"\s+", " ", piece), at)
        assert found >= 0, piece
        at = found + len(piece)


MONITORING = ROOT / "deploy" / "monitoring"


@pytest.mark.parametrize("file", sorted(MONITORING.rglob("*.yaml")), ids=lambda file: file.name)
def test_prometheus_files_can_be_read(file: Path) -> None:
    assert yaml.safe_load(file.read_text())


def test_alerts_have_what_prometheus_wants() -> None:
    found = yaml.safe_load((MONITORING / "alerts.yaml").read_text())
    rules = [rule for group in found["groups"] for rule in group["rules"]]
    recorded = [rule for rule in rules if "record" in rule]
    alerts = [rule for rule in rules if "record" not in rule]
    assert len({rule["alert"] for rule in alerts}) == len(alerts) >= 5
    for rule in alerts:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["annotations"]["summary"]
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
    for rule in recorded:
        assert set(rule) == {"record", "expr"}
        assert any(rule["record"] in alert["expr"] for alert in alerts), rule["record"]


def test_prometheus_scrapes_the_service_where_it_is() -> None:
    scrape = yaml.safe_load((MONITORING / "scrape.yaml").read_text())
    (job,) = scrape["scrape_configs"]
    host, _, port = job["static_configs"][0]["targets"][0].partition(":")
    service = yaml.safe_load(text("deploy/rayservice.yaml"))["spec"]["serveService"]
    namespace = yaml.safe_load(text("deploy/common/namespace.yaml"))["metadata"]["name"]
    assert host == f"{service['metadata']['name']}.{namespace}.svc"
    assert int(port) in {each["port"] for each in service["spec"]["ports"]}
    assert scrape["rule_files"] == ["alerts.yaml"]
