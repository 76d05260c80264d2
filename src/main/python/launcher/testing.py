"""`test`: the tests of the project, in stages; the first that fails ends the run."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from launcher import clients, converter_python, fuzzing, up
from launcher.build import application_jar, backends, promtool
from launcher.cluster import environment
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ray_cluster import Cluster
from launcher.console import say
from launcher.errors import LauncherError
from launcher.kubernetes import control_plane, kubernetes_tools
from launcher.locking import exclusive
from launcher.project import Project
from launcher.stages import Result, Stage, beside, execute, python, run_stage, summary

INSTANCE = "test"
_CHAOS_OUTAGE_SECONDS = 4
# A test that misses a tool then fails, where it would be left out under a plain pytest.
REQUIRE_BACKENDS = "MM_REQUIRE_BACKENDS"
# Folder of the tests against a real operator, which also tells them that they are in namespaces of their own.
SANDBOX = "MM_SANDBOX"
_WITHOUT_JAR = "not jar and not served and not cluster and not fresh and not operator"
_SANDBOX_TOOLS = ("unshare", "nsenter", "ip", "openssl")
_TOKEN_BYTES = 24
# Serve's long polls end without news after 30 to 60 s; here soon enough that every run goes through it many times.
_SHORT_POLLS = {
    "LISTEN_FOR_CHANGE_REQUEST_TIMEOUT_S_LOWER_BOUND": "2",
    "LISTEN_FOR_CHANGE_REQUEST_TIMEOUT_S_UPPER_BOUND": "4",
}


def run(project: Project, fuzz_seconds: int = fuzzing.SECONDS) -> None:
    """Runs all stages; raises LauncherError that names the failed one."""
    with _reported(project) as results:
        _fast(project, results)
        with beside(project, [pytest_of_the_jar(project)], results):
            run_stage(Stage("concurrency", lambda: concurrency(project)), results)
        # Most of the time on a cluster is waiting, for replicas that are replaced.
        fuzz = Stage("fuzz", lambda: fuzzing.fuzz(project, fuzz_seconds))
        with beside(project, [fuzz], results), _cluster(project, results) as (instance, record):
            for stage in cluster_stages(project, instance, record):
                run_stage(stage, results)
        run_stage(Stage("chaos one process", lambda: chaos_one_process(project)), results)
        run_stage(Stage("chaos", lambda: chaos(project)), results)


def run_fast(project: Project) -> None:
    """Runs the unit tests, and all that the application does in one process."""
    with _reported(project) as results:
        _fast(project, results)
        run_stage(pytest_of_the_jar(project), results)


def run_operator(project: Project) -> None:
    """deploy/ on a Kubernetes API server with KubeRay's operator; raises LauncherError that names the failed stage."""
    with _reported(project) as results:
        for stage in operator_stages(project):
            run_stage(stage, results)


@contextmanager
def _reported(project: Project) -> Iterator[list[Result]]:
    """For one run at a time: what its stages came to is shown at the end."""
    with exclusive(project.runtime / "test.lock", "the tests"):
        started = time.monotonic()
        results: list[Result] = []
        try:
            yield results
        finally:
            for line in summary(results, time.monotonic() - started):
                say(line)


def _fast(project: Project, results: list[Result]) -> None:
    for stage in tool_stages(project):
        run_stage(stage, results)
    # Each of the two uses one of two cores, more or less.
    with beside(project, python_stages(project), results):
        run_stage(Stage("mvn verify", lambda: verify(project)), results)


def tool_stages(project: Project) -> list[Stage]:
    """The servers and tools that tests need."""

    def kubernetes() -> None:
        if _has_go():
            say(f"kubectl is {kubernetes_tools.provide(project).kubectl}")
        else:
            say("go is missing: what judges the resources by KubeRay's own types is left out")

    return [
        Stage("backends", lambda: say(f"redis-server is {backends.provide(project).redis_server}")),
        Stage("promtool", lambda: say(f"promtool is {promtool.provide(project)}")),
        Stage("kubernetes tools", kubernetes),
    ]


def python_stages(project: Project) -> list[Stage]:
    """The stages that need no jar, the cheapest first, and what those of the jar need."""
    return [
        Stage("ruff check", lambda: python(project, ["-m", "ruff", "check", *python_folders(project)])),
        Stage("ruff format", lambda: python(project, ["-m", "ruff", "format", "--check", *python_folders(project)])),
        Stage("mypy", lambda: python(project, ["-m", "mypy"])),
        Stage("converter", lambda: say(f"models are converted by {converter_python.our_own(project)}")),
        Stage("pytest", lambda: _pytest(project, _WITHOUT_JAR)),
        Stage("clients", lambda: install_clients(project)),
    ]


def install_clients(project: Project) -> None:
    """What calls the application as people's programs do, once there is a jar."""
    clients.install(project)
    say(f"{', '.join(clients.NAMES)} are in .runtime/clients")


def pytest_of_the_jar(project: Project) -> Stage:
    return Stage("pytest of the jar", lambda: _pytest(project, "jar or served"))


def _pytest(project: Project, marks: str) -> None:
    required = {REQUIRE_BACKENDS: "true"} if _has_go() else {}
    python(project, ["-m", "pytest", "-q", "-m", marks, "src/test/python"], required)


def _has_go() -> bool:
    return shutil.which("go") is not None


def verify(project: Project) -> None:
    """The Java unit tests, the jar, and the integration tests in one process."""
    maven = application_jar.prepare_maven(project)
    options = [f"-D{name}={value}" for name, value in backends.provide(project).properties().items()]
    options.append(f"-D{promtool.PROPERTY}={promtool.provide(project)}")
    # The format first: to hear of it after all tests would be late.
    execute(maven.command(["-B", "-ntp", "spotless:check", "verify", *options]), project, maven.environment())
    application_jar.mark_built(project)


def concurrency(project: Project) -> None:
    """Up to `test` only, with the classes that `verify` has compiled: the jar stays as it is."""
    maven = application_jar.prepare_maven(project)
    execute(maven.command(["-B", "-ntp", "-q", "test", "-Pconcurrency"]), project, maven.environment())


def operator_stages(project: Project) -> list[Stage]:
    """Building what is needed, and the tests in namespaces of their own, with which all ends that they started."""

    def tools() -> None:
        missing = [name for name in _SANDBOX_TOOLS if shutil.which(name) is None]
        if missing:
            raise LauncherError(
                f"{', '.join(missing)} missing. Get them with: apt-get install util-linux iproute2 openssl"
            )
        say(f"redis-server is {backends.provide(project).redis_server}")
        say(f"kubectl is {kubernetes_tools.provide(project).kubectl}")
        say(f"the control plane is {control_plane.provide(project).executable}")

    def jar() -> None:
        application_jar.build(project)
        application_jar.give_to_ray(project)

    def pytest() -> None:
        folder = project.runtime / "operator"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        user = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
        namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        words = [*namespaces, str(project.python), "-m", "pytest"]
        clean = environment.without_foreign(os.environ)
        env = clean | {"PYTHONPATH": str(project.python_sources), SANDBOX: str(folder)}
        say(f"logs are in {folder}")
        execute(["unshare", *user, *words, "-q", "-x", "-s", "-m", "operator", "src/test/python/kuberay"], project, env)

    return [Stage("tools", tools), Stage("jar", jar), Stage("pytest -m operator", pytest)]


def chaos(project: Project) -> None:
    """Each fault once; five minutes."""
    words = ["chaos", "--minutes", "0.1", "--seed", "5", "--faults", "all"]
    words += ["--outage-seconds", str(_CHAOS_OUTAGE_SECONDS), "--nodes", "2"]
    execute([str(project.root / "many-models"), *words], project, os.environ)


def chaos_one_process(project: Project) -> None:
    """Each fault twice; less than a minute."""
    words = ["chaos", "--one-process", "--minutes", "0.1", "--times", "2", "--seed", "5"]
    execute([str(project.root / "many-models"), *words], project, os.environ)


def python_folders(project: Project) -> list[str]:
    return [name for name in ("src", "notebooks", "bench", "deploy") if (project.root / name).is_dir()]


def cluster_stages(project: Project, instance: Instance, record: Record) -> list[Stage]:
    """The stages that need the running instance."""
    token = token_file(instance)

    def java() -> None:
        maven = application_jar.prepare_maven(project)
        properties = {
            "mm.baseUrl": record.ports.base_url,
            "mm.directUrl": str(record.ports.direct_url),
            "mm.grpcAddress": str(record.ports.grpc_address),
            "mm.pythonProxyUrl": str(record.ports.fallback_url),
            "mm.dashboardUrl": record.ports.dashboard_url,
            "mm.instanceDir": str(instance.folder),
            "mm.adminTokenFile": str(token),
        }
        options = [f"-D{name}={value}" for name, value in properties.items()]
        goals = ["failsafe:integration-test", "failsafe:verify", "-Pray"]
        execute(maven.command(["-B", "-ntp", *goals, *options]), project, maven.environment())

    def pytest(mark: str) -> None:
        information = {
            "MM_BASE_URL": record.ports.base_url,
            "MM_DASHBOARD_URL": record.ports.dashboard_url,
            "MM_GRPC": str(record.ports.grpc_address),
            "MM_INSTANCE_DIR": str(instance.folder),
            "MM_ADMIN_TOKEN_FILE": str(token),
            "MM_ADMIN_TOKEN": token.read_text(),
        }
        python(project, ["-m", "pytest", "-q", "-m", mark, "src/test/python"], information)

    return [
        # Before the others, which make replicas complain.
        Stage("pytest -m fresh", lambda: pytest("fresh")),
        Stage("mvn failsafe -Pray", java),
        Stage("pytest -m cluster", lambda: pytest("cluster or served")),
    ]


@contextmanager
def _cluster(project: Project, results: list[Result]) -> Iterator[tuple[Instance, Record]]:
    """A cluster of its own on free ports, fresh, with a registry copy that tests may change; always taken down."""
    instance = Instance(project, INSTANCE)
    started: list[Record] = []

    def start() -> None:
        with instance.locked():
            Cluster(instance).stop(drain=False)
        instance.forget()
        instance.folder.mkdir(parents=True)
        shutil.copytree(project.models, instance.folder / "models")
        token_file(instance).write_text(secrets.token_hex(_TOKEN_BYTES))
        token_file(instance).chmod(0o600)
        started.append(
            up.up(instance, up.Request(0, 0, 0, 0, grpc_port=0), user_environment(os.environ, token_file(instance)))
        )

    def stop() -> None:
        with instance.locked():
            Cluster(instance).stop(drain=True)
            instance.remove_record()
            instance.empty_node_cache()

    try:
        run_stage(Stage("up --instance test", start), results)
        yield instance, started[0]
    finally:
        run_stage(Stage("down --instance test", stop), results)


def token_file(instance: Instance) -> Path:
    return instance.folder / "admin-token"


def user_environment(user: Mapping[str, str], token: Path) -> dict[str, str]:
    """The user's environment without his own settings of the application, and with what the tests need."""
    kept = {name: value for name, value in user.items() if not name.startswith("MANY_MODELS_")}
    return kept | _SHORT_POLLS | {"MANY_MODELS_ADMIN_TOKEN": token.read_text()}
