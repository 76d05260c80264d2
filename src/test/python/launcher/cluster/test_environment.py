"""What Ray and its replicas see of the user's environment."""

from dataclasses import replace
from pathlib import Path

import pytest
from ray.serve._private import constants

from launcher.build.toolchain import Jdk
from launcher.cluster import environment
from launcher.cluster.environment import Settings
from launcher.cluster.processes import MARKER
from launcher.project import Project

SETTINGS = Settings(
    project=Project(Path("/p")),
    jdk=Jdk(Path("/jdk"), 17),
    registry="file:/p/models",
    state=Path("/p/.runtime/instances/default/state"),
    node_cache=Path("/dev/shm/many-models-0-abc-default"),
    ray_temp=Path("/tmp/ray/mm-1-default/ray"),
    dashboard_metrics_port=20001,
)


@pytest.fixture
def made() -> dict[str, str]:
    return environment.of_ray(SETTINGS, {"PATH": "/usr/bin", "HOME": "/home/u"})


def test_replicas_find_registry_and_state(made: dict[str, str]) -> None:
    assert made["MANY_MODELS_REGISTRY"] == "file:/p/models"
    assert made["MANY_MODELS_STATE"] == "file:/p/.runtime/instances/default/state"


def test_replicas_share_a_bounded_cache_of_artifacts_unless_the_user_says_otherwise(made: dict[str, str]) -> None:
    assert made["MANY_MODELS_NODE_CACHE"] == "file:/dev/shm/many-models-0-abc-default?mib=256"
    assert environment.of_ray(SETTINGS, {"MANY_MODELS_NODE_CACHE": ""})["MANY_MODELS_NODE_CACHE"] == ""


def test_settings_of_the_application_that_the_user_made_are_kept() -> None:
    made = environment.of_ray(SETTINGS, {"MANY_MODELS_STATE": "file:/mine", "MANY_MODELS_ADMIN_TOKEN": "t"})
    assert (made["MANY_MODELS_STATE"], made["MANY_MODELS_ADMIN_TOKEN"]) == ("file:/mine", "t")


def test_the_direct_port_is_that_of_the_plan_and_on_loopback_only() -> None:
    user = {"MANY_MODELS_DIRECT_PORT": "9001", "MANY_MODELS_DIRECT_HOST": "0.0.0.0"}
    made = environment.of_ray(replace(SETTINGS, direct_port=8001), user)
    assert (made["MANY_MODELS_DIRECT_PORT"], made["MANY_MODELS_DIRECT_HOST"]) == ("8001", "127.0.0.1")
    assert "MANY_MODELS_DIRECT_PORT" not in environment.of_ray(SETTINGS, user)


def test_the_port_for_grpc_is_that_of_the_plan_and_on_loopback_only() -> None:
    user = {"MANY_MODELS_GRPC_PORT": "9001", "MANY_MODELS_GRPC_HOST": "0.0.0.0"}
    made = environment.of_ray(replace(SETTINGS, grpc_port=9000), user)
    assert (made["MANY_MODELS_GRPC_PORT"], made["MANY_MODELS_GRPC_HOST"]) == ("9000", "127.0.0.1")
    assert "MANY_MODELS_GRPC_PORT" not in environment.of_ray(SETTINGS, user)


def test_every_process_has_a_utf_8_locale_whatever_the_user_has() -> None:
    assert environment.of_ray(SETTINGS, {"LC_ALL": "C", "LANG": "de_DE.ISO-8859-1"})["LC_ALL"] == "C.UTF-8"


def test_authentication_mode_is_explicit_whatever_the_user_has() -> None:
    assert environment.of_ray(SETTINGS, {"RAY_AUTH_MODE": "token"})["RAY_AUTH_MODE"] == "disabled"


@pytest.mark.parametrize(
    "name", ["RAY_ADDRESS", "RAY_TMPDIR", "RAY_SERVE_LOG_TO_STDERR", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV"]
)
def test_settings_for_another_ray_or_python_are_dropped(name: str) -> None:
    assert name not in environment.of_ray(SETTINGS, {name: "x"})


def test_settings_of_the_users_java_and_python_path_are_replaced() -> None:
    made = environment.of_ray(SETTINGS, {"JDK_JAVA_OPTIONS": "-Xmx9g", "PYTHONPATH": "/x", "JAVA_HOME": "/old"})
    assert "-Xmx9g" not in made["JDK_JAVA_OPTIONS"]
    assert (made["PYTHONPATH"], made["JAVA_HOME"]) == ("/p/src/main/python", "/jdk")


def test_our_python_and_java_come_first_on_the_path(made: dict[str, str]) -> None:
    assert made["PATH"] == "/p/.runtime/venv/bin:/jdk/bin:/usr/bin"


def test_bridge_is_hooked_into_controller_and_proxy(made: dict[str, str]) -> None:
    assert made["RAY_SERVE_CONTROLLER_CALLBACK_IMPORT_PATH"] == "manymodels.ray_java_compat.controller"
    assert made["RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH"] == "manymodels.ingress.proxy"


def test_without_haproxy_nothing_is_said_of_it(made: dict[str, str]) -> None:
    assert made["RAY_SERVE_ENABLE_HA_PROXY"] == "0"
    assert "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT" not in made


def test_haproxy_shares_no_files_and_no_ports_with_another_cluster() -> None:
    made = environment.of_ray(replace(SETTINGS, fallback_port=8501), {})
    assert (made["RAY_SERVE_ENABLE_HA_PROXY"], made["RAY_SERVE_FALLBACK_PROXY_HTTP_PORT"]) == ("1", "8501")
    shared = "/tmp/haproxy-serve"
    names = [name for name, value in vars(constants).items() if isinstance(value, str) and value.startswith(shared)]
    assert len(names) == 5
    for name in names:
        assert made[name].startswith("/tmp/ray/mm-1-default/h"), name


def test_sockets_of_haproxy_have_paths_that_are_short_enough() -> None:
    longest = replace(SETTINGS, fallback_port=1, ray_temp=Path(f"/tmp/ray/mm-{'x' * 6}-{'x' * 8}/ray"))
    made = environment.of_ray(longest, {})
    node_id = "f" * 56
    for name in ("RAY_SERVE_HAPROXY_SOCKET_PATH", "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH"):
        path = Path(made[name])
        # HAProxy binds to a name with its pid first; the system takes 107 characters.
        assert len(f"{path.parent / node_id / path.name}.4194304.tmp") <= 107


def test_processes_are_marked_with_their_instance(made: dict[str, str]) -> None:
    assert made[MARKER] == "/tmp/ray/mm-1-default/ray"


def test_onnx_runtime_reports_nothing(made: dict[str, str]) -> None:
    assert made["ORT_DISABLE_TELEMETRY"] == "1"


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({}, "127.0.0.1,localhost,::1"),
        ({"NO_PROXY": "corp.example"}, "corp.example,127.0.0.1,localhost,::1"),
        ({"no_proxy": "a, localhost", "NO_PROXY": "a"}, "a,localhost,127.0.0.1,::1"),
    ],
)
def test_local_calls_bypass_the_proxy_and_the_proxy_is_kept(user: dict[str, str], expected: str) -> None:
    made = environment.of_ray(SETTINGS, {"HTTPS_PROXY": "http://proxy:3128", **user})
    assert (made["NO_PROXY"], made["no_proxy"], made["HTTPS_PROXY"]) == (expected, expected, "http://proxy:3128")


def test_java_options_hold_no_blank_and_name_our_folders() -> None:
    options = environment.java_options(SETTINGS)
    assert not any(" " in option for option in options)
    assert "-Donnxruntime.native.path=/p/.runtime/native" in options
    assert "-Djava.io.tmpdir=/tmp/ray/mm-1-default/ray/java" in options


def test_options_of_the_user_for_all_jvms_come_last() -> None:
    made = environment.of_ray(SETTINGS, {"MANY_MODELS_JAVA_OPTIONS": " -XX:TieredStopAtLevel=1\n-Xss512k "})
    assert made["JDK_JAVA_OPTIONS"].endswith("/java -XX:TieredStopAtLevel=1 -Xss512k")
    assert environment.digest(made) != environment.digest(environment.of_ray(SETTINGS, {}))


def test_options_of_the_class_data_come_before_those_of_the_user() -> None:
    settings = replace(SETTINGS, class_data_options=Path("/p/.runtime/class-data/options"))
    made = environment.of_ray(settings, {"MANY_MODELS_JAVA_OPTIONS": "-Xshare:off"})
    assert made["JDK_JAVA_OPTIONS"].endswith("/java @/p/.runtime/class-data/options -Xshare:off")


@pytest.mark.parametrize(("major", "count"), [(17, 0), (21, 0), (22, 1), (25, 2)])
def test_newer_java_gets_the_options_that_it_knows(major: int, count: int) -> None:
    options = environment.java_options(replace(SETTINGS, jdk=Jdk(Path("/jdk"), major)))
    newer = {"--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"}
    assert len(newer & set(options)) == count


def test_digest_sees_what_replicas_see_and_nothing_else(made: dict[str, str]) -> None:
    assert environment.digest(made) == environment.digest(made | {"TERM": "x", "OLDPWD": "/"})
    assert environment.digest(made) != environment.digest(made | {"MANY_MODELS_ADMIN_TOKEN": "t"})
    assert environment.digest(made) != environment.digest(made | {"JDK_JAVA_OPTIONS": "-Xmx1g"})


def test_names_of_the_hooks_are_those_of_the_bridge(repository: Path) -> None:
    for path in ("ray_java_compat/__init__.py", "ingress.py"):
        name = "controller" if path.startswith("ray") else "proxy"
        assert f"def {name}()" in (repository / "src/main/python/manymodels" / path).read_text()
