"""Makes what Grafana and Prometheus' operator read, of what people write here.

    .runtime/venv/bin/python deploy/monitoring/make.py

dashboards/*.yaml say what the panels are: make.py makes shared/*.json of them, in Grafana's form. alerts.yaml is for
any Prometheus: make.py makes shared/prometheus-rule.yaml of it. Run this after a change; a test fails until then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).resolve().parent
_WIDTH = 24
"""Columns of a dashboard."""
_PANEL_WIDTH = 8
_PANEL_HEIGHT = 8
_STAT_HEIGHT = 4
_SCHEMA = 39
"""Grafana 10.4 and later read it as it is; later ones migrate it."""
_LETTERS = "ABCDEFGH"
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_RULE_HEAD = """# Made by ../make.py of ../alerts.yaml: change that, and make this again.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: many-models
  labels:
    app.kubernetes.io/name: many-models
    app.kubernetes.io/part-of: many-models
spec:
"""

Json = dict[str, Any]


def rule(alerts: str) -> str:
    """The text of the PrometheusRule, from that of the alerts, whose comments stay."""
    body = alerts[alerts.index("groups:") :]
    return _RULE_HEAD + "".join(f"  {line}\n" if line else "\n" for line in body.splitlines())


def dashboard(written: Mapping[str, Any]) -> Json:
    """A dashboard in Grafana's form."""
    return {
        "uid": written["uid"],
        "title": written["title"],
        "description": written["description"],
        "tags": ["many-models"],
        "schemaVersion": _SCHEMA,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "links": [_links()],
        "templating": {"list": [*_variables(written.get("variables", []))]},
        "panels": list(_panels(written["rows"])),
    }


def _links() -> Json:
    """To the other dashboards, which keep the variables and the time."""
    return {
        "title": "Many Models",
        "type": "dashboards",
        "icon": "external link",
        "tooltip": "",
        "url": "",
        "tags": ["many-models"],
        "asDropdown": True,
        "targetBlank": False,
        "includeVars": True,
        "keepTime": True,
    }


def _variables(names: list[str]) -> Iterator[Json]:
    yield {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    yield {
        **_query_variable("job", "Job", "label_values(mms_reporting_processes, job)"),
        "current": {"text": "many-models", "value": "many-models", "selected": True},
    }
    for name in names:
        yield {
            **_query_variable(
                name, name.capitalize(), f'label_values(mms_{name}_requests_total{{job="$job"}}, {name})'
            ),
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"text": ["All"], "value": ["$__all"], "selected": True},
        }


def _query_variable(name: str, label: str, query: str) -> Json:
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": _SOURCE,
        "definition": query,
        "query": {"query": query, "refId": "Variable"},
        # At each change of the time range, and in the order of the alphabet.
        "refresh": 2,
        "sort": 1,
    }


def _panels(rows: list[Json]) -> Iterator[Json]:
    """Rows of panels from left to right, each row under the one before."""
    number, y = 0, 0
    for row in rows:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": row["title"],
            "collapsed": False,
            "gridPos": {"x": 0, "y": y, "w": _WIDTH, "h": 1},
            "panels": [],
        }
        x, height = 0, 0
        y += 1
        for written in row["panels"]:
            width = written.get("width", _PANEL_WIDTH)
            if x + width > _WIDTH:
                x, y, height = 0, y + height, 0
            number += 1
            panel = _panel(number, written)
            panel["gridPos"] = {"x": x, "y": y, "w": width, "h": _height(written)}
            yield panel
            x += width
            height = max(height, _height(written))
        y += height


def _height(written: Json) -> int:
    return int(written.get("height", _STAT_HEIGHT if written.get("type") == "stat" else _PANEL_HEIGHT))


def _panel(number: int, written: Json) -> Json:
    kind = written.get("type", "timeseries")
    return {
        "id": number,
        "type": kind,
        "title": written["title"],
        "description": " ".join(written["description"].split()),
        "datasource": _SOURCE,
        "targets": [_target(letter, query, kind) for letter, query in zip(_LETTERS, written["queries"], strict=False)],
        "fieldConfig": {"defaults": _field(written, kind), "overrides": []},
        "options": _OPTIONS[kind],
        **({"transformations": [_WITHOUT_TIME]} if kind == "table" else {}),
    }


def _target(letter: str, query: Json, kind: str) -> Json:
    expression = {
        "refId": letter,
        "datasource": _SOURCE,
        "editorMode": "code",
        "expr": " ".join(query["expr"].split()),
        "legendFormat": query.get("legend", "__auto"),
    }
    if kind == "timeseries":
        return expression | {"range": True, "instant": False, "format": "time_series"}
    return expression | {"range": False, "instant": True, "format": "table" if kind == "table" else "time_series"}


def _field(written: Json, kind: str) -> Json:
    field: Json = {"unit": written["unit"], "thresholds": _thresholds(written)}
    if kind == "timeseries":
        limited = "limits" in written or "floors" in written
        field["custom"] = {
            "drawStyle": "line",
            "lineWidth": 1,
            "fillOpacity": 10,
            "showPoints": "never",
            "spanNulls": False,
            "thresholdsStyle": {"mode": "dashed" if limited else "off"},
        }
        field["min"] = 0
    return field


def _thresholds(written: Json) -> Json:
    """Limits are what a value should stay below, floors what it should stay above: of each the lower one first."""
    colours, bounds = ["green"], []
    if "limits" in written:
        colours, bounds = ["green", "orange", "red"], written["limits"]
    elif "floors" in written:
        colours, bounds = ["red", "orange", "green"], written["floors"]
    values = [None, *bounds]
    return {
        "mode": "absolute",
        "steps": [{"color": colour, "value": value} for colour, value in zip(colours, values, strict=True)],
    }


_WITHOUT_TIME = {
    "id": "organize",
    "options": {"excludeByName": {"Time": True}, "indexByName": {}, "renameByName": {}},
}
_OPTIONS: dict[str, Json] = {
    "timeseries": {
        "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "textMode": "auto",
        "wideLayout": True,
        "showPercentChange": False,
        "percentChangeColorMode": "standard",
    },
    "table": {"showHeader": True, "cellHeight": "sm", "frameIndex": 0},
}


def made() -> dict[Path, str]:
    """The texts of all that is made, by file."""
    files = {_FOLDER / "shared" / "prometheus-rule.yaml": rule((_FOLDER / "alerts.yaml").read_text())}
    for source in sorted((_FOLDER / "dashboards").glob("*.yaml")):
        text = json.dumps(dashboard(yaml.safe_load(source.read_text())), indent=2)
        files[_FOLDER / "shared" / f"many-models-{source.stem}.json"] = f"{text}\n"
    return files


def main() -> None:
    for file, text in made().items():
        file.write_text(text)


if __name__ == "__main__":
    main()
