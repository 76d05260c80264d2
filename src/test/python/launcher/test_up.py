"""What `up` decides."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from launcher import up
from launcher.cluster import serve_api, serve_config
from launcher.cluster.instance import Deployed, Instance, Record
from launcher.cluster.ports import CLOSED, Closed, Ports
from launcher.cluster.ray_cluster import Resources
from launcher.cluster.registry import Registry
from launcher.errors import BadInputError, LauncherError
from launcher.project import Project
from launcher.up import Plan, Request

PORTS = Ports(18000, 18265, 16379, 1, 2, 3, 4, fallback=5)
DEPLOYED = Deployed("code", "environment", "application")
USER = {"PATH": "/usr/bin:/bin"}


def plan(**changes: str) -> Plan:
    registry = Registry("file:///r", "default")
    return Plan(PORTS, {}, {}, Resources(2, {}), replace(DEPLOYED, **changes), registry, False, Path("/state"))


def healthy(status: str = "HEALTHY") -> str:
    deployment = {"status": status, "message": "", "target_num_replicas": 1, "replicas": []}
    return json.dumps({"applications": {"a": {"status": "RUNNING", "deployments": {"D": deployment}}}})


def test_default_instance_has_the_usual_ports() -> None:
    chosen = up.choose_ports(Request(), None, "default", USER)
    assert (chosen.http, chosen.dashboard, chosen.gcs) == (8000, 8265, 6379)


def test_other_instances_have_free_ports() -> None:
    chosen = up.choose_ports(Request(), None, "test", USER)
    assert not {8000, 8265, 6379} & {chosen.http, chosen.dashboard, chosen.gcs}


def test_asked_ports_are_used() -> None:
    chosen = up.choose_ports(Request(http_port=9000, gcs_port=0), None, "default", USER)
    assert (chosen.http, chosen.dashboard) == (9000, 8265)
    assert chosen.gcs not in (0, 6379)


def test_another_proxy_is_a_change_of_ports() -> None:
    chosen = up.choose_ports(Request(proxy=up.PYTHON), Record(PORTS), "default", USER)
    assert (chosen.http, chosen.fallback) == (PORTS.http, None)
    back = up.choose_ports(Request(), Record(chosen), "default", USER)
    assert back.fallback is not None


@pytest.mark.parametrize("request_", [Request(), Request(http_port=18000), Request(http_port=0, gcs_port=16379)])
def test_running_instance_keeps_its_ports(request_: Request) -> None:
    assert up.choose_ports(request_, Record(PORTS), "default", USER) == PORTS


def test_running_instance_moves_only_the_port_that_is_asked_for() -> None:
    chosen = up.choose_ports(Request(http_port=9000), Record(PORTS), "default", USER)
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
    for name in ("rayservice.yaml", "demo"):
        (tmp_path / "deploy" / name).symlink_to(repository / "deploy" / name)
    for number in range(1, 12):
        (tmp_path / "models" / f"tenant{number}" / "1").mkdir(parents=True)
    return Project(tmp_path)


def tenants(plan: Plan) -> dict[str, str]:
    """By deployment."""
    found = {
        d["name"]: [tenant for _, tenant in serve_config.tenants(d)]
        for d in plan.config["applications"][0]["deployments"]
    }
    return {name: named[0] for name, named in found.items() if named}


def test_first_up_of_a_checkout_serves_a_copy_of_the_demo_in_its_places(project: Project) -> None:
    instance = Instance(project, "default")
    registry = up.provide_registry(instance, Request(), USER)
    assert registry.folder == project.registry
    plan = up.make_plan(instance, PORTS, USER)
    assert plan.environment["MANY_MODELS_REGISTRY"] == project.registry.as_uri()
    assert tenants(plan) == {f"Deployment{n}": f"tenant{n}" for n in range(1, 11)}
    pools = {d["name"]: d["user_config"].get("pool") for d in plan.config["applications"][0]["deployments"]}
    assert [pools[f"Deployment{n}"] for n in range(1, 11)] == ["dynamic"] * 8 + ["dedicated"] * 2


def test_what_a_user_publishes_first_keeps_the_demo_away(project: Project) -> None:
    (project.registry / "mine" / "1").mkdir(parents=True)
    instance = Instance(project, "default")
    up.provide_registry(instance, Request(), USER)
    assert [each.name for each in project.registry.iterdir()] == ["mine"]
    assert tenants(up.make_plan(instance, PORTS, USER)) == {}


def test_registry_of_the_user_has_no_tenants_of_the_demo_and_its_own_pool(project: Project) -> None:
    instance = Instance(project, "default")
    own = project.root / "my models"
    registry = up.provide_registry(instance, Request(registry=str(own)), USER)
    assert own.is_dir()
    assert not project.registry.exists()
    assert registry.uri == own.as_uri()
    plan = up.make_plan(instance, PORTS, USER, Request(registry=str(own)))
    assert plan.environment["MANY_MODELS_REGISTRY"] == own.as_uri()
    assert tenants(plan) == {}
    assert plan.environment["MANY_MODELS_STATE"] != up.make_plan(instance, PORTS, USER).environment["MANY_MODELS_STATE"]


def test_registry_is_that_of_the_option_the_environment_the_instance_the_checkout(project: Project) -> None:
    instance = Instance(project, "default")
    up.remember(instance, up.provide_registry(instance, Request(registry=str(project.root / "a")), USER))
    env = USER | {"MANY_MODELS_REGISTRY": "azblob://account/b"}
    asked = [(Request(registry="redis://c"), env), (Request(), env), (Request(), USER)]
    uris = [up.make_plan(instance, PORTS, user, request).registry.uri for request, user in asked]
    assert uris == ["redis://c", "azblob://account/b", (project.root / "a").as_uri()]
    up.remember(instance, up.provide_registry(instance, Request(registry=str(project.registry)), USER))
    assert up.make_plan(instance, PORTS, USER).registry.chosen_by == "default"


@pytest.mark.parametrize("source", ["option", "environment"])
def test_folder_that_is_not_there_is_told_by_who_named_it(project: Project, source: str) -> None:
    folder = project.root / "not" / "there"
    option, user = (str(folder), USER) if source == "option" else (None, {"MANY_MODELS_REGISTRY": f"file:{folder}"})
    named = "--registry" if option else "MANY_MODELS_REGISTRY"
    with pytest.raises(BadInputError, match=rf"{folder} is not a folder \(registry chosen by {named}\)"):
        up.provide_registry(Instance(project, "default"), Request(registry=option), user)


def test_bench_has_the_places_of_the_demo_in_any_registry(project: Project) -> None:
    request = Request(registry=str(project.models), demo=True)
    assert len(tenants(up.make_plan(Instance(project, "bench"), PORTS, USER, request))) == 10


def test_plan_changes_with_what_has_to_be_done_again(project: Project) -> None:
    instance = Instance(project, "default")
    user = {"PATH": "/usr/bin:/bin"}
    before = up.make_plan(instance, PORTS, user).deployed
    assert up.make_plan(instance, PORTS, user).deployed == before

    changed = up.make_plan(instance, PORTS, user | {"MANY_MODELS_ADMIN_TOKEN": "t"}).deployed
    assert changed == replace(before, environment=changed.environment) != before

    text = project.rayservice.read_text()
    project.rayservice.unlink()
    project.rayservice.write_text(text.replace("capacity_mib: 64", "capacity_mib: 65"))
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


def direct(asked: int | Closed | None, running: Ports | None, name: str = "default", port: str = "") -> int | None:
    """The direct port that `up` chooses; asked: by the option, port: by the environment."""
    record = None if running is None else Record(running)
    return up.choose_ports(Request(direct_port=asked), record, name, USER | {"MANY_MODELS_DIRECT_PORT": port}).direct


def test_the_direct_port_is_open_unless_it_is_closed() -> None:
    assert direct(None, None) == 8001
    assert direct(9001, None) == 9001
    assert direct(CLOSED, None) is None
    assert direct(0, None) not in (None, 0, 8001)


def test_beside_the_default_instance_the_direct_port_is_any_free_one() -> None:
    assert direct(None, None, "test") not in (None, 0, 8001)
    assert direct(CLOSED, None, "test") is None


@pytest.mark.parametrize("name", ["default", "test"])
def test_a_running_instance_keeps_its_direct_port_and_stays_without_one(name: str) -> None:
    opened = replace(PORTS, direct=18001)
    assert [direct(asked, opened, name) for asked in (None, 0, 18001, 9001, CLOSED)] == [
        18001,
        18001,
        18001,
        9001,
        None,
    ]
    assert direct(None, PORTS, name) is None
    assert direct(CLOSED, PORTS, name) is None
    assert direct(0, PORTS, name) not in (None, 0)
    assert up.choose_ports(Request(), Record(opened), name, USER) == opened
    assert up.new_ports(opened, None)["--direct-port"] == 18001
    assert up.new_ports(opened, PORTS) == {"--direct-port": 18001}


def test_the_direct_port_of_the_users_environment_counts_after_the_option() -> None:
    assert direct(None, None, port="9001") == 9001
    assert direct(None, replace(PORTS, direct=18001), port=" 9001 ") == 9001
    assert direct(None, replace(PORTS, direct=18001), port="0") == 18001
    assert direct(9002, None, port="9001") == 9002
    assert direct(CLOSED, None, port="9001") is None
    assert direct(9002, None, port="nonsense") == 9002


def grpc(asked: int | Closed | None, running: Ports | None, port: str = "") -> int | None:
    """The port for gRPC that `up` chooses; asked: by the option, port: by the environment."""
    record = None if running is None else Record(running)
    return up.choose_ports(Request(grpc_port=asked), record, "default", USER | {"MANY_MODELS_GRPC_PORT": port}).grpc


def test_there_is_a_port_for_grpc_where_one_is_asked_for() -> None:
    assert grpc(None, None) is None
    assert grpc(9000, None) == 9000
    assert grpc(0, None) not in (None, 0)
    assert grpc(None, None, port="9001") == 9001
    assert grpc(CLOSED, None, port="9001") is None
    with pytest.raises(BadInputError, match=r"^MANY_MODELS_GRPC_PORT: .* is not a whole number"):
        grpc(None, None, port="none")


def test_a_running_instance_keeps_its_port_for_grpc_and_stays_without_one() -> None:
    opened = replace(PORTS, grpc=19000)
    assert [grpc(asked, opened) for asked in (None, 0, 19000, 9000, CLOSED)] == [19000, 19000, 19000, 9000, None]
    assert grpc(None, PORTS) is None
    assert up.choose_ports(Request(), Record(opened), "default", USER) == opened
    assert up.new_ports(opened, PORTS) == {"--grpc-port": 19000}


@pytest.mark.parametrize("port", ["none", "-1", "65536", "80.5", "\u0664"])
def test_a_direct_port_that_is_none_is_refused_by_its_variable(port: str) -> None:
    with pytest.raises(BadInputError, match=r"^MANY_MODELS_DIRECT_PORT: .* is not a whole number in 0\.\.65535$"):
        direct(None, None, port=port)


def test_up_says_where_to_score_and_when_to_use_which_port(project: Project) -> None:
    instance, registry = Instance(project, "default"), Registry("file:///r", "default")
    said = up.where(instance, replace(PORTS, direct=18001), registry)
    assert said[:2] == [
        "score      POST http://127.0.0.1:18000/score",
        "direct     POST http://127.0.0.1:18001/score",
    ]
    assert "direct is faster" in said[2]
    assert up.where(instance, PORTS, registry) == [said[0], *said[3:]]
