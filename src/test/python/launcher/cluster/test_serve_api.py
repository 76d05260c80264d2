"""What Ray's dashboard says of Serve, and why a deployment failed."""

import json
from typing import Any

import pytest

from launcher.cluster import serve_api

JAVA_MESSAGE = """\
The deployment failed to start 3 times in a row. This may be due to a problem with its constructor or initial health \
check failing. See controller logs for details. Error:
An exception raised from JAVA:
io.ray.api.exception.RayActorException: (pid=1916, ip=127.0.0.1) The actor died because of it's creation task failed
\tat io.ray.runtime.task.TaskExecutor.execute(TaskExecutor.java:222)
Caused by: io.ray.serve.exception.RayServeException: Failed to initialize replica SERVE_REPLICA::x
\tat io.ray.serve.replica.RayServeWrappedReplica.init(RayServeWrappedReplica.java:125)
\t... 3 more
Caused by: java.lang.reflect.InvocationTargetException
\tat java.base/jdk.internal.reflect.NativeConstructorAccessorImpl.newInstance0(Native Method)
Caused by: java.lang.IllegalStateException: no registry
\tat io.manymodels.deployment.HotDeployment.<init>(HotDeployment.java:2)
\t... 16 more
Caused by: java.io.IOException: root
\t... 18 more
"""
PYTHON_MESSAGE = """\
Deploying app 'many-models' failed with exception:
Traceback (most recent call last):
  File "/x/application_state.py", line 926, in _reconcile_build_app_task
    args, err = ray.get(
                ^^^^^^^^
ray.exceptions.RayTaskError(RuntimeError): ray::build_serve_application() (pid=1)
  File "/x/application_state.py", line 1843, in build_serve_application
    raise RuntimeError(err_str) from None
RuntimeError: Traceback (most recent call last):
  File "/x/application.py", line 153, in _integer
ValueError: hot_deployments must be an integer from 1 to 1000, got 'x'
"""


def details(status: str = "RUNNING", **deployments: Any) -> dict[str, Any]:
    return {"applications": {"many-models": {"status": status, "deployments": deployments, "last_deployed_time_s": 7}}}


def deployment(status: str, *states: str, message: str = "") -> dict[str, Any]:
    replicas = [{"replica_id": f"r{pid}", "state": state, "pid": pid} for pid, state in enumerate(states, 1)]
    return {"status": status, "message": message, "target_num_replicas": 2, "replicas": replicas}


def test_application_is_ready_when_all_is_healthy() -> None:
    [application] = serve_api.parse(details(A=deployment("HEALTHY", "RUNNING", "STARTING")))
    assert application.is_ready
    assert application.deployed_at == 7
    assert application.deployments[0].running == 1
    assert [replica.pid for replica in application.deployments[0].replicas] == [1, 2]


@pytest.mark.parametrize(
    "answer",
    [
        details("DEPLOYING", A=deployment("HEALTHY")),
        details("RUNNING", A=deployment("HEALTHY"), B=deployment("UPDATING")),
        details("RUNNING"),
    ],
)
def test_application_is_not_ready_before(answer: dict[str, Any]) -> None:
    assert not any(application.is_ready for application in serve_api.parse(answer))


def test_replicas_and_proxies_are_on_nodes(web_server: Any) -> None:
    answer = details(A=deployment("HEALTHY"))
    answer["applications"]["many-models"]["deployments"]["A"]["replicas"] = [
        {"replica_id": "r", "state": "RUNNING", "pid": 7, "node_id": "a1"}
    ]
    web_server.answers["GET", "/api/serve/applications/"] = (
        200,
        json.dumps(answer | {"proxies": {"a1": {"status": "HEALTHY"}}}),
    )
    [application] = serve_api.applications(web_server.url)
    assert application.deployments[0].replicas == (serve_api.Replica("r", "RUNNING", 7, "a1"),)
    assert serve_api.proxies(web_server.url) == {"a1": "HEALTHY"}


def test_nothing_deployed_is_no_application() -> None:
    assert serve_api.parse({}) == []
    assert serve_api.parse({"applications": {}}) == []


def test_java_failure_is_told_by_its_causes_without_stack_and_wrappers() -> None:
    assert serve_api.reason(JAVA_MESSAGE) == (
        "The deployment failed to start 3 times in a row."
        " java.lang.IllegalStateException: no registry; java.io.IOException: root"
    )


def test_python_failure_is_told_by_its_last_exception() -> None:
    assert serve_api.reason(PYTHON_MESSAGE) == (
        "Deploying app 'many-models' failed with exception:"
        " ValueError: hot_deployments must be an integer from 1 to 1000, got 'x'"
    )


@pytest.mark.parametrize(("message", "expected"), [("", ""), ("one line", "one line"), ("a\n\n  b", "a b")])
def test_other_messages_are_joined(message: str, expected: str) -> None:
    assert serve_api.reason(message) == expected


def test_long_messages_are_cut() -> None:
    assert len(serve_api.reason("x" * 10_000)) < 1000


def test_failure_names_the_deployments_of_one_cause_together() -> None:
    failed = deployment("DEPLOY_FAILED", message=JAVA_MESSAGE)
    applications = serve_api.parse(details("DEPLOY_FAILED", A=failed, B=failed, C=deployment("UPDATING")))
    told = serve_api.failure(applications)
    assert told is not None
    assert told.startswith("A, B: The deployment failed")
    assert told.count("IllegalStateException") == 1


def test_failure_without_deployments_is_the_applications_own() -> None:
    answer = details("DEPLOY_FAILED")
    answer["applications"]["many-models"]["message"] = PYTHON_MESSAGE
    assert "hot_deployments must be" in str(serve_api.failure(serve_api.parse(answer)))


@pytest.mark.parametrize("status", ["DEPLOYING", "RUNNING", "UNHEALTHY", "NOT_STARTED"])
def test_what_may_still_succeed_is_no_failure(status: str) -> None:
    unready = deployment("UNHEALTHY", message="later")
    assert serve_api.failure(serve_api.parse(details(status, A=unready))) is None
