"""The dashboards: what Grafana is given is what was written, and is whole."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

Json = dict[str, Any]
NAMES = ("overview", "tenants", "placement", "stores", "jvm")
# Of Grafana's list of units (grafana/packages/grafana-data/src/valueFormats/categories.ts).
UNITS = {"reqps", "ops", "s", "bytes", "Bps", "percentunit", "short"}
COLUMNS = 24


@pytest.fixture(scope="module")
def make(monitoring: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_monitoring", monitoring / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=NAMES)
def dashboard(request: pytest.FixtureRequest, monitoring: Path) -> Json:
    found: Json = json.loads((monitoring / "shared" / f"many-models-{request.param}.json").read_text())
    return found


def panels(dashboard: Json) -> Iterator[Json]:
    return (panel for panel in dashboard["panels"] if panel["type"] != "row")


def test_what_is_committed_is_what_make_makes(make: ModuleType, monitoring: Path) -> None:
    made = make.made()
    assert {file.name for file in made} == {
        "prometheus-rule.yaml",
        *(f"many-models-{name}.json" for name in NAMES),
    }
    for file, text in made.items():
        assert file.read_text() == text, f"run deploy/monitoring/make.py: {file.name}"


def test_the_rule_says_what_the_alerts_say(monitoring: Path) -> None:
    rule = yaml.safe_load((monitoring / "shared" / "prometheus-rule.yaml").read_text())
    assert rule["spec"] == yaml.safe_load((monitoring / "alerts.yaml").read_text())


def test_every_panel_has_title_unit_description_and_queries(dashboard: Json) -> None:
    found = list(panels(dashboard))
    assert len(found) >= 8
    for panel in found:
        assert panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, panel["title"]
        assert panel["targets"], panel["title"]
        assert [target["refId"] for target in panel["targets"]] == list("ABCDEFGH"[: len(panel["targets"])])
        if panel["type"] == "timeseries":
            assert all(target["legendFormat"] != "__auto" for target in panel["targets"]), panel["title"]
    titles = [panel["title"] for panel in dashboard["panels"]]
    assert all(titles)
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)


def test_panels_do_not_overlap_and_fill_no_more_than_the_width(dashboard: Json) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= COLUMNS
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells


def test_queries_use_variables_that_there_are_and_no_others(dashboard: Json) -> None:
    variables = {each["name"] for each in dashboard["templating"]["list"]}
    assert {"datasource", "job"} <= variables
    text = json.dumps(dashboard)
    used = set(re.findall(r"\$\{?([a-z]\w*)", text))
    assert used == variables
    assert set(re.findall(r"\$(__\w+)", text)) <= {"__rate_interval", "__all"}
    for panel in panels(dashboard):
        sources = {json.dumps(each["datasource"]) for each in (panel, *panel["targets"])}
        assert sources == {json.dumps({"type": "prometheus", "uid": "${datasource}"})}
        for target in panel["targets"]:
            selectors = re.findall(r"\bmms_\w+\{([^}]*)\}", target["expr"])
            assert all('job="$job"' in selector for selector in selectors), target["expr"]
            assert not re.search(r"\bmms_\w+(?![\w{])", target["expr"]), target["expr"]


def test_the_tenants_are_chosen_by_a_variable(monitoring: Path) -> None:
    dashboard = json.loads((monitoring / "shared" / "many-models-tenants.json").read_text())
    (variable,) = [each for each in dashboard["templating"]["list"] if each["name"] == "tenant"]
    assert variable["multi"] is variable["includeAll"] is True
    using = [
        target for panel in panels(dashboard) for target in panel["targets"] if 'tenant=~"$tenant"' in target["expr"]
    ]
    assert len(using) >= 6


def test_dashboards_are_told_apart_and_lead_to_each_other(monitoring: Path) -> None:
    all_of_them = [json.loads(file.read_text()) for file in sorted((monitoring / "shared").glob("*.json"))]
    assert len({each["uid"] for each in all_of_them}) == len({each["title"] for each in all_of_them}) == len(NAMES)
    for each in all_of_them:
        # The longest that Grafana takes.
        assert len(each["uid"]) <= 40
        assert each["tags"] == each["links"][0]["tags"] == ["many-models"]
        assert each["links"][0]["includeVars"] is each["links"][0]["keepTime"] is True


def test_all_dashboards_are_in_the_config_map(monitoring: Path) -> None:
    (generator,) = yaml.safe_load((monitoring / "shared" / "kustomization.yaml").read_text())["configMapGenerator"]
    assert sorted(generator["files"]) == sorted(file.name for file in (monitoring / "shared").glob("*.json"))
