"""What `check-config` refuses, and where it says that it is."""

import itertools
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher.errors import BadInputError, LauncherError
from launcher.kubernetes import check_config, cluster_secrets
from launcher.kubernetes.check_config import ConfigRefusedError
from launcher.project import Project

Edit = tuple[str, str]
# In two parts, because a test looks for names that nothing reads.
MISSPELT = "MANY_MODELS_" + "ADMIN_TOKENS_FILE"


@pytest.fixture
def text(repository: Path) -> str:
    return (repository / "deploy" / "rayservice.yaml").read_text()


@pytest.fixture
def refusals(repository: Path, text: str) -> Callable[..., list[str]]:
    def refusals(*edits: Edit) -> list[str]:
        return _refusals(repository, edited(text, *edits))

    return refusals


def edited(text: str, *edits: Edit) -> str:
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def _refusals(repository: Path, text: str) -> list[str]:
    try:
        check_config.require(Project(repository), check_config.parse("f.yaml", text.encode()))
    except ConfigRefusedError as error:
        return str(error).splitlines()
    return []


def at(text: str, marker: str, reason: str) -> str:
    """The refusal whose line is the one that holds the marker."""
    lines = [number for number, line in enumerate(text.splitlines(), 1) if marker in line]
    assert len(lines) == 1, (marker, lines)
    return f"f.yaml:{lines[0]}: {reason}"


@pytest.mark.jar
def test_what_is_shipped_may_be_applied(refusals: Callable[..., list[str]]) -> None:
    assert refusals() == []


def with_tenants(text: str) -> str:
    """The shipped configuration, with tenant1 in Deployment1 and so on."""
    numbers = itertools.count(1)
    return re.sub(r"user_config: \{pool", lambda _: f"user_config: {{tenant: tenant{next(numbers)}, pool", text)


def test_each_tenant_that_is_named_has_a_line(text: str) -> None:
    assert check_config.tenant_lines(check_config.parse("f.yaml", text.encode())) == {}
    several = with_tenants(text).replace("tenant: tenant9,", "tenants:\n              [a,\n              b],")
    lines = check_config.tenant_lines(check_config.parse("f.yaml", several.encode()))
    named = ["a", "b", *(f"tenant{n}" for n in range(1, 11) if n != 9)]
    assert sorted(lines) == sorted(named)
    for tenant, line in lines.items():
        assert re.search(rf"\b{tenant}\b", several.splitlines()[line - 1]), (tenant, line)


@pytest.mark.jar
def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_file(repository: Path, text: str) -> None:
    wrong = edited(
        with_tenants(text),
        ("max_in_flight: 60", "max_inflight: 61"),
        ("max_moves_per_second: 500", "max_moves_per_second: 0"),
        ("- name: SharedMemory\n            num_replicas: 1", "- name: SharedMemory\n            num_replicas: 2"),
        ("tenant: tenant9, pool: dedicated", "tenants: [tenant99, tenant1], capacity: 2"),
        ("tenant: tenant8, pool: dynamic", "tenant: tenant8, pool: static"),
        ("- name: Deployment7", "- name: Deploymentt"),
        ("- name: Deployment6", "- name: Deployment66"),
        ("- name: Deployment5", "- name: Deployment4"),
        ('rayVersion: "2.60.0"', 'rayVersion: "2.59.0"'),
        ("redisPassword:\n        valueFrom:", "redisUsername:\n        valueFrom:"),
        ("name: MANY_MODELS_ADMIN_TOKEN_FILE, value: /etc/many-models/admin/token", "name: MY_TOKEN, value: secret"),
    )
    found = _refusals(repository, wrong)
    unknown = at(wrong, "max_inflight", "Dispatcher: user_config: unknown key 'max_inflight'; allowed: ")
    assert any(line.startswith(unknown) for line in found)
    expected = [
        ("- name: SharedMemory", "SharedMemory has to have one replica: it is the only writer of the placement"),
        (
            "max_moves_per_second: 0",
            "SharedMemory: user_config: key 'max_moves_per_second': 0 is not in 1..10000",
        ),
        ("hot_deployments", "there are 10 hot deployments, but Deployment5, Deployment6, Deployment7 are not listed"),
        (
            "Deployment66",
            "there is no Deployment66: hot_deployments is 10, so they are Deployment1 to Deployment10",
        ),
        (
            "Deploymentt",
            "unknown deployment 'Deploymentt'; the application has Dispatcher, Deploymentx, SharedMemory and"
            " Deployment1, Deployment2 .. Deployment10",
        ),
        ("pool: static", "Deployment8: user_config: key 'pool': \"static\" is not one of dynamic, dedicated"),
        ("tenant99", "Deployment9: tenant 'tenant1' is placed in Deployment1 already"),
        ("rayVersion", "rayVersion is '2.59.0', but the bridge and the image are made for Ray '2.60.0'"),
        (
            "gcsFaultToleranceOptions:",
            "gcsFaultToleranceOptions names a Redis but no redisPassword; refer to a Secret by valueFrom.secretKeyRef",
        ),
        ("MY_TOKEN", "MY_TOKEN is written out; refer to a Secret by valueFrom.secretKeyRef"),
        (
            "- name: ray-head",
            "the container has neither MANY_MODELS_ADMIN_TOKEN nor MANY_MODELS_ADMIN_TOKEN_FILE: everybody could change"
            " the dedicated pool",
        ),
    ]
    assert [at(wrong, *each) for each in expected if at(wrong, *each) not in found] == []
    assert any("Deployment4 is listed twice" in line for line in found)
    lines = [int(line.split(":")[1]) for line in found]
    assert lines == sorted(lines)


@pytest.mark.jar
@pytest.mark.parametrize(
    ("edit", "marker", "reason"),
    [
        (("hot_deployments: 10", "hot_deployments: 9"), "- name: Deployment10", "there is no Deployment10"),
        (("hot_deployments: 10", "hot_deployments: 12"), "hot_deployments: 12", "Deployment11, Deployment12 are not"),
        (("hot_deployments: 10", "hot_deployments: 0"), "hot_deployments: 0", "must be an integer from 1 to 1000"),
        (
            ("max_queued_requests", "max_queued_request"),
            "max_queued_request:",
            "Dispatcher max_queued_request: unknown key",
        ),
        (("import_path: manymodels.application:build", "import_path: app:build"), "app:build", "has to be manymodels"),
        (("num_replicas: 2", "num_replicas: many"), "- name: Dispatcher", "`num_replicas` must be an int"),
        (("  - name: many-models\n", "  - name: mine\n"), "- name: mine", "name has to be many-models"),
        (("deadline_ms: 10000", "deadline_ms: .nan"), "proxy_location:", "a value that JSON has not"),
        (("proxy_location: EveryNode", "proxy_location: [EveryNode"), "http_options:", "not YAML"),
        (("mode: token", "mode: token\n      mode: token"), None, "key 'mode' is there twice"),
        (
            ("name: MANY_MODELS_ADMIN_TOKEN_FILE, value", f"name: {MISSPELT}, value"),
            MISSPELT,
            f"{MISSPELT}: nothing reads this variable; did you mean MANY_MODELS_ADMIN_TOKEN_FILE?",
        ),
        (("kind: RayService", "kind: RayCluster"), "Many Models Serving under", "there is no RayService"),
        (("  serveConfigV2: |", "  serveConfig: |"), "spec:\n", "spec.serveConfigV2 has to be a text"),
    ],
)
def test_one_thing_is_told_where_it_is(
    repository: Path, text: str, edit: Edit, marker: str | None, reason: str
) -> None:
    wrong = edited(text, edit)
    try:
        found = _refusals(repository, wrong)
    except ConfigRefusedError as error:
        found = str(error).splitlines()
    assert any(reason in line for line in found), found
    if marker is not None and "\n" not in marker:
        number = next(n for n, line in enumerate(wrong.splitlines(), 1) if marker in line)
        assert any(line.startswith(f"f.yaml:{number}: ") and reason in line for line in found), (number, found)


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"a: 1\nb: \xff", 2, "not UTF-8"),
        (b"a: [1\n", 2, "not YAML"),
        (b"? [a, b]\n: 1", 1, "a key has to be a text"),
        (b"a: &a [*a]", 1, "nested too deeply"),
        (
            b"".join(
                b"a%d: &a%d [%s]\n" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 9 if i else [b"1"])) for i in range(9)
            ),
            1,
            "too large",
        ),
        (b" " * (5 << 20), 1, "larger than 4 MiB"),
    ],
    ids=["bytes", "yaml", "key", "endless", "bomb", "large"],
)
def test_what_cannot_be_read_is_told_with_its_line(content: bytes, line: int, reason: str) -> None:
    with pytest.raises(ConfigRefusedError, match=rf"^f\.yaml:{line}: .*{reason}"):
        check_config.parse("f.yaml", content)


@pytest.mark.jar
def test_redis_needs_its_password_and_a_config_map_in_the_file_is_looked_into(repository: Path, text: str) -> None:
    settings = "---\nkind: ConfigMap\nmetadata: {name: many-models-settings}\ndata: {MANY_MODELS_WARM: 'rediss://h'}\n"
    assert _refusals(repository, text + settings) == []
    without = edited(text, ("name: MANY_MODELS_REDIS_PASSWORD_FILE", "name: OTHER_FILE"))
    found = _refusals(repository, without + settings)
    assert len(found) == 3, found
    assert all("MANY_MODELS_WARM is a Redis, but the container has neither" in line for line in found)


@pytest.mark.jar
def test_rule_of_scaling_that_nobody_would_follow_is_refused(repository: Path, text: str) -> None:
    settings = "---\nkind: ConfigMap\nmetadata: {name: s}\ndata:\n  MANY_MODELS_AUTOSCALE: Deploymentx=4..1@9\n"
    (found,) = _refusals(repository, text + settings)
    assert found == at(
        text + settings, "Deploymentx=4..1", "MANY_MODELS_AUTOSCALE: Deploymentx: 4..1 is not within 1..1000"
    )


@pytest.mark.jar
def test_password_file_that_no_secret_is_mounted_at_is_refused(refusals: Callable[..., list[str]]) -> None:
    found = refusals(("/etc/many-models/redis/password", "/etc/elsewhere/password"))
    # Once: the pods share these lines.
    assert len(found) == 1, found
    assert "MANY_MODELS_REDIS_PASSWORD_FILE is /etc/elsewhere/password, where no secret is mounted" in found[0]


@pytest.mark.jar
def test_reference_to_a_secret_has_to_name_its_key(refusals: Callable[..., list[str]]) -> None:
    found = refusals(
        ("secretKeyRef: {name: many-models-redis, key: password}", "secretKeyRef: {name: many-models-redis}")
    )
    assert [line.partition(": ")[2] for line in found] == ["secretKeyRef of redisPassword has no key"]


@pytest.mark.jar
def test_command_ends_with_code_2_and_a_line_for_each(repository: Path, text: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(edited(text, ("hot_deployments: 10", "hot_deployments: 9"), ('"2.60.0"', '"2.6"')))
    result = run(repository, str(file))
    assert result.returncode == 2, result.stderr
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert all(re.match(rf"many-models: {file}:\d+: ", line) for line in lines)
    assert run(repository, str(tmp_path / "missing.yaml")).returncode == 2


def run(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-s", "-P", "-m", "launcher", "check-config", *arguments],
        env={"PYTHONPATH": str(repository / "src" / "main" / "python"), "PATH": "/usr/bin:/bin:/usr/local/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


KUBECTL = """#!/bin/sh
# What kubectl answers for: get KIND NAME -o json --namespace NAMESPACE
echo "$*" >> "{log}"
case "$2/$3" in
  configmap/many-models-settings) echo '{{"data": {{}}}}' ;;
  secret/many-models-redis) echo '{{"data": {{"passwort": "eA=="}}}}' ;;
  *) echo "Error from server (NotFound): $2s \\"$3\\" not found" >&2; exit 1 ;;
esac
"""


def test_secrets_that_the_cluster_has_not_are_refused(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubectl, log = tmp_path / "kubectl", tmp_path / "log"
    kubectl.write_text(KUBECTL.format(log=log))
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    source = check_config.read(repository / "deploy" / "rayservice.yaml")
    with pytest.raises(ConfigRefusedError) as refused:
        cluster_secrets.require(source, "many-models")
    told = {line.partition(": ")[2] for line in str(refused.value).splitlines()}
    assert told == {
        "there is no Secret many-models-admin in namespace many-models",
        "the Secret many-models-redis in namespace many-models has no key password",
    }
    assert all(line.endswith("-o json --namespace many-models") for line in log.read_text().splitlines())

    kubectl.write_text("#!/bin/sh\necho 'The connection to the server was refused' >&2\nexit 1\n")
    with pytest.raises(LauncherError, match=r"^kubectl: The connection") as failed:
        cluster_secrets.require(source, None)
    assert not isinstance(failed.value, BadInputError)
