"""What `up` decides."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from launcher import up
from launcher.cluster import serve_api
from launcher.cluster.instance import Deployed, Instance, Record
from launcher.cluster.ports import Ports
from launcher.cluster.ray_cluster import Resources
from launcher.errors import LauncherError
from launcher.project import Project
from launcher.up import Plan, Request

PORTS = Ports(18000, 18265, 16379, 1, 2, 3, 4)
DEPLOYED = Deployed("code", "environment", "application")


def plan(**changes: str) -> Plan:
    return Plan(PORTS, {}, {}, Resources(2, {}), replace(DEPLOYED, **changes))


def healthy(status: str = "HEALTHY") -> str:
    deployment = {"status": status, "message": "", "target_num_replicas": 1, "replicas": []}
    return json.dumps({"applications": {"a": {"status": "RUNNING", "deployments": {"D": deployment}}}})


def test_default_instance_has_the_usual_ports() -> None:
    chosen = up.choose_ports(Request(), None, "default")
    assert (chosen.http, chosen.dashboard, chosen.gcs) == (8000, 8265, 6379)


def test_other_instances_have_free_ports() -> None:
    chosen = up.choose_ports(Request(), None, "test")
    assert not {8000, 8265, 6379} & {chosen.http, chosen.dashboard, chosen.gcs}


def test_asked_ports_are_used() -> None:
    chosen = up.choose_ports(Request(http_port=9000, gcs_port=0), None, "default")
    assert (chosen.http, chosen.dashboard) == (9000, 8265)
    assert chosen.gcs not in (0, 6379)


@pytest.mark.parametrize("request_", [Request(), Request(http_port=18000), Request(http_port=0, gcs_port=16379)])
def test_running_instance_keeps_its_ports(request_: Request) -> None:
    assert up.choose_ports(request_, Record(PORTS), "default") == PORTS


def test_running_instance_moves_only_the_port_that_is_asked_for() -> None:
    chosen = up.choose_ports(Request(http_port=9000), Record(PORTS), "default")
    assert (chosen.http, chosen.dashboard, chosen.gcs) == (9000, 18265, 16379)


def test_only_ports_that_are_not_ours_have_to_be_free() -> None:
    moved = replace(PORTS, http=9000)
    assert up.new_ports(moved, PORTS) == {"--http-port": 9000}
    assert up.new_ports(moved, None) == {"--http-port": 9000, "--dashboard-port": 18265, "--gcs-port": 16379}


@pytest.mark.parametrize(
    ("deployed", "answer", "expected"),
    [
        (DEPLOYED, healthy(), True),
        (DEPLOYED, healthy("UNHEALTHY"), False),
        (DEPLOYED, '{"applications": {}}', False),
        (replace(DEPLOYED, application=""), healthy("UNHEALTHY"), True),
        (replace(DEPLOYED, code="older"), healthy(), False),
        (replace(DEPLOYED, environment="older"), healthy(), False),
        (None, healthy(), False),
    ],
    ids=["unchanged", "ill", "gone", "other-config", "other-code", "other-environment", "half-started"],
)
def test_running_ray_stays_only_if_it_has_what_the_plan_wants(
    web_server: Any, deployed: Deployed | None, answer: str, expected: bool
) -> None:
    web_server.answers["GET", "/api/serve/applications/"] = (200, answer)
    ports = replace(PORTS, dashboard=web_server.port)
    assert up.may_stay(Record(ports, 1, deployed), replace(plan(), ports=ports)) is expected


def test_ray_that_does_not_answer_does_not_stay() -> None:
    assert not up.may_stay(Record(replace(PORTS, dashboard=9), 1, DEPLOYED), replace(plan(), ports=PORTS))


@pytest.mark.parametrize(
    ("answer", "occupied"),
    [
        ({"deployment_map": {"tenant1": "deployment1", "tenant2": "deployment2"}, "dedicated": {}}, 2),
        ({"deployment_map": {"a": "deployment1", "b": "deployment1"}}, 1),
        ({"tenant1": "deployment1"}, 1),
        ({}, 0),
        (None, 0),
        ({"deployment_map": None}, 0),
    ],
)
def test_occupied_deployments_are_counted(answer: Any, occupied: int) -> None:
    assert up.occupied_deployments(answer) == occupied


def test_waiting_user_sees_how_many_replicas_run() -> None:
    replicas = [{"replica_id": "a", "state": "RUNNING"}, {"replica_id": "b", "state": "STARTING"}]
    deployment = {"status": "UPDATING", "target_num_replicas": 2, "replicas": replicas}
    found = serve_api.parse({"applications": {"a": {"status": "DEPLOYING", "deployments": {"D": deployment}}}})
    assert up.describe(found) == "deploying: 1/2 replicas run"
    assert up.describe([]) == "deploying: building the application"


@pytest.fixture
def project(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr("launcher.project.ray_temp_root", lambda: tmp_path / "ray")
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "rayservice.yaml").write_text((repository / "deploy" / "rayservice.yaml").read_text())
    return Project(tmp_path)


def test_plan_changes_with_what_has_to_be_done_again(project: Project) -> None:
    instance = Instance(project, "default")
    user = {"PATH": "/usr/bin:/bin"}
    before = up.make_plan(instance, PORTS, user).deployed
    assert up.make_plan(instance, PORTS, user).deployed == before

    changed = up.make_plan(instance, PORTS, user | {"MANY_MODELS_ADMIN_TOKEN": "t"}).deployed
    assert changed == replace(before, environment=changed.environment) != before

    text = project.rayservice.read_text()
    project.rayservice.write_text(text.replace("tenant: tenant9", "tenant: tenant19"))
    changed = up.make_plan(instance, PORTS, user).deployed
    assert changed == replace(before, application=changed.application) != before

    project.rayservice.write_text(text.replace("request_timeout_s: 35", "request_timeout_s: 36"))
    assert up.make_plan(instance, PORTS, user).deployed.environment != before.environment

    project.rayservice.write_text(text.replace("resources: {dispatcher: 1}", "resources: {edge: 1}"))
    assert up.make_plan(instance, PORTS, user).deployed.environment != before.environment

    (project.root / "pom.xml").write_text("x")
    assert up.make_plan(instance, PORTS, user).deployed.code != before.code


def test_plan_changes_with_the_content_of_extra_jars(project: Project) -> None:
    instance = Instance(project, "default")
    jar = project.root / "extra.jar"
    user = {"PATH": "/usr/bin:/bin", "MANY_MODELS_EXTRA_JARS": str(jar)}
    plans = []
    for content in ("1", "2"):
        with zipfile.ZipFile(jar, "w") as made:
            made.writestr("content", content)
        plans.append(up.make_plan(instance, PORTS, user).deployed)
    assert plans[1] == replace(plans[0], code=plans[1].code) != plans[0]
    jar.unlink()
    with pytest.raises(LauncherError, match="is not a jar"):
        up.make_plan(instance, PORTS, user)


def test_the_direct_port_is_none_unless_asked_for_and_stays() -> None:
    assert up.choose_ports(Request(), None, "test").direct is None
    chosen = up.choose_ports(Request(direct_port=0), None, "test")
    assert chosen.direct_url is not None
    running = Record(chosen)
    assert up.choose_ports(Request(), running, "test") == chosen
    assert up.choose_ports(Request(direct_port=0), running, "test") == chosen
    assert up.choose_ports(Request(direct_port=0), Record(PORTS), "test").direct is not None
    assert up.new_ports(chosen, None)["--direct-port"] == chosen.direct
