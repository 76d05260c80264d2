"""Every page: links lead somewhere, prose fits on a screen, and the README leads to all of docs/."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from launcher.markdown import MAX_LINE

ROOT = Path(__file__).resolve().parents[4]
PAGES = sorted(
    str(page.relative_to(ROOT))
    for pattern in ("*.md", "docs/**/*.md", "deploy/**/*.md", "iac/*.md", "bench/*.md")
    for page in ROOT.glob(pattern)
)
APACHE_2_0 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
"""SHA-256 of the licence as the Apache Software Foundation publishes it."""

_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def prose_of(text: str) -> list[str]:
    """The lines of paragraphs and lists: without code, tables, images and what stands alone, as a long address."""
    lines = _FENCE.sub("", text).splitlines()
    return [line for line in lines if not line.startswith(("    ", "|", "![")) and " " in line.strip()]


def anchors_of(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    file = ROOT / page
    for target, anchor in _LINK.findall(_FENCE.sub("", file.read_text(encoding="utf-8"))):
        linked = (file.parent / target).resolve() if target else file
        assert linked.exists(), target
        assert not anchor or anchor in anchors_of(linked), f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES)
def test_lines_are_short(page: str) -> None:
    assert not [line for line in prose_of((ROOT / page).read_text(encoding="utf-8")) if len(line) > MAX_LINE]


def test_readme_leads_to_every_page_of_docs() -> None:
    linked = {
        (ROOT / target).resolve() for target, _ in _LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    }
    assert not {page for page in (ROOT / "docs").glob("*.md") if page not in linked}


def test_what_the_page_quotes_of_serve_is_what_it_says() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    table = page.partition("| `serve` says |")[2].partition("\n\n")[0]
    quoted = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert len(quoted) > 8
    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "src/main/java").rglob("*.java"))
    texts = re.sub(r'"\s*\+\s*"', "", sources)
    for text in quoted:
        # Numbers and addresses are those of a reader.
        said = re.sub(r" 127\.0\.0\.1:8080$", "", text)
        assert said in texts, text


def test_licence_is_the_published_text() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2_0
