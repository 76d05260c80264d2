"""A Kubernetes cluster of one node with KubeRay's operator, in namespaces that ./many-models test --operator makes.

API server, controllers, operator and Redis are the real programs; what stands for the node is in kubelet.py. The
namespaces have no way out, and with their first process all others end.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pod_sandbox
import waiting
import yaml
from kube_api import APPLY, Api, ApiError
from kubelet import Kubelet, gateway_names

from launcher.build import backends, shipped
from launcher.build.toolchain import find_jdk
from launcher.cluster.redis_server import encode
from launcher.kubernetes import control_plane, kubernetes_tools
from launcher.project import Project

KUBERAY = "kuberay-operator"
REDIS = "myredis.redis.cache.windows.net"
"""As in the example of deploy/README.md."""
REDIS_PORT = 6380
_CONTROLLERS = (
    "endpoints-controller",
    "endpointslice-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "job-controller",
    "disruption-controller",
    "serviceaccount-controller",
    "root-ca-certificate-publisher-controller",
)


def await_that(what: str, condition: Callable[[], Any], seconds: float) -> Any:
    """As `waiting.await_that`; an error of the API or of the network is as good as false."""
    return waiting.await_that(what, condition, seconds, (OSError, ApiError))


@dataclass
class Testbed:
    """The cluster, as its administrator sees it."""

    __test__ = False
    project: Project
    folder: Path
    api: Api
    kubelet: Kubelet
    redis_password: str
    kubectl: Path

    def apply(self, text: str) -> str:
        """As deploy/README.md says. Returns what kubectl warns of."""
        command = ["apply", "--server-side", "--force-conflicts", "-f"]
        assert f"    kubectl {' '.join(command)} all.yaml\n" in (self.project.root / "deploy" / "README.md").read_text()
        result = self.kubectl_run([*command, "-"], text)
        assert result.returncode == 0, result.stderr
        return result.stderr

    def kubectl_run(self, arguments: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
        command = [str(self.kubectl), "--kubeconfig", str(self.folder / "admin.kubeconfig"), *arguments]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=120)

    def redis_keys(self) -> list[str]:
        """All of them; it is not used by anybody else."""
        context = ssl.create_default_context(cafile=str(self.folder / "redis.pem"))
        with (
            socket.create_connection((pod_sandbox.GATEWAY, REDIS_PORT), timeout=10) as connection,
            context.wrap_socket(connection, server_hostname=REDIS) as secured,
        ):
            secured.sendall(encode(("AUTH", self.redis_password)) + encode(("KEYS", "*")))
            answer = secured.makefile("rb")
            assert answer.readline().strip() == b"+OK"
            count = int(answer.readline()[1:])
            return [answer.read(int(answer.readline()[1:]) + 2)[:-2].decode(errors="replace") for _ in range(count)]


class _Programs:
    """Programs on the machine itself, each with its log."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, command: Sequence[str], variables: Mapping[str, str] | None = None) -> None:
        with (self._folder / f"{name}.log").open("wb") as log:
            started = subprocess.Popen(
                command,
                env={"PATH": os.environ["PATH"], "HOME": str(self._folder), **(variables or {})},
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._running.append(started)

    def close(self) -> None:
        for each in reversed(self._running):
            each.terminate()
        for each in reversed(self._running):
            try:
                each.wait(10)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()


@contextlib.contextmanager
def running(project: Project, folder: Path) -> Iterator[Testbed]:
    pod_sandbox.make_network()
    built = control_plane.of(project)
    tools = kubernetes_tools.of(project)
    make_certificate(folder, REDIS)
    programs = _Programs(folder)
    password = secrets.token_hex(16)
    try:
        _start_redis(project, programs, folder, password)
        api = _start_api(programs, built, folder)
        for file in sorted(tools.crds.glob("*.yaml")):
            definition = yaml.safe_load(file.read_text())
            path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{definition['metadata']['name']}"
            api.ask("PATCH", f"{path}?fieldManager=tests", file.read_bytes(), APPLY)
        await_that("the types of KubeRay are served", lambda: api.items("/apis/ray.io/v1/rayservices") == [], 60)
        kubelet = Kubelet(api, folder / "node", image(project, folder), authority(folder), gateway_names(REDIS))
        try:
            _start_operator(api, programs, built, folder)
            yield Testbed(project, folder, api, kubelet, password, tools.kubectl)
        finally:
            kubelet.close()
    finally:
        programs.close()


def image(project: Project, folder: Path) -> dict[str, str]:
    """The variables of the image, by deploy/Dockerfile, with the paths of this checkout."""
    jdk = find_jdk(os.environ)
    trust = ["-Djavax.net.ssl.trustStore=" + str(folder / "trust.p12"), "-Djavax.net.ssl.trustStorePassword=changeit"]
    native = f"-Donnxruntime.native.path={project.native_libraries}"
    return shipped.VARIABLES | {
        "PATH": os.pathsep.join([str(project.venv / "bin"), str(jdk.home / "bin"), "/usr/bin", "/bin", "/usr/sbin"]),
        "JAVA_HOME": str(jdk.home),
        "JDK_JAVA_OPTIONS": " ".join([*shipped.JAVA_OPTIONS, native, *trust]),
        "PYTHONPATH": str(project.python_sources),
        "PYTHONDONTWRITEBYTECODE": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "LANG": "C.UTF-8",
    }


def make_certificate(folder: Path, host: str) -> None:
    """Of an authority that only the pods trust."""
    subject = ["-subj", "/CN=Redis of the tests", "-addext", f"subjectAltName=DNS:{host}"]
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(folder / "redis.key"), "-out", str(folder / "redis.pem")]
    _quietly(["openssl", "req", "-x509", "-days", "2", *key, *subject])
    keytool = find_jdk(os.environ).home / "bin" / "keytool"
    trusted = ["-file", str(folder / "redis.pem"), "-keystore", str(folder / "trust.p12"), "-storepass", "changeit"]
    _quietly([str(keytool), "-importcert", "-noprompt", "-alias", "redis", "-storetype", "PKCS12", *trusted])


def authority(folder: Path) -> dict[str, bytes]:
    """Files of /etc of the image: the authority under the name that OpenSSL looks for."""
    name = _quietly(["openssl", "x509", "-subject_hash", "-noout", "-in", str(folder / "redis.pem")]).strip()
    return {f"ssl/certs/{name}.0": (folder / "redis.pem").read_bytes()}


def _quietly(command: Sequence[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


def _start_redis(project: Project, programs: _Programs, folder: Path, password: str) -> None:
    server = backends.find_redis(os.environ, project.runtime / "backends" / "redis")
    assert server is not None
    tls = ["--tls-port", str(REDIS_PORT), "--tls-cert-file", "redis.pem", "--tls-key-file", "redis.key"]
    tls += ["--tls-ca-cert-file", "redis.pem", "--tls-auth-clients", "no"]
    bound = ["--bind", pod_sandbox.GATEWAY, "--port", "0", "--save", "", "--requirepass", password]
    programs.start("redis", [str(server), *bound, *tls])


def _start_api(programs: _Programs, built: control_plane.ControlPlane, folder: Path) -> Api:
    executable = str(built.executable)
    _quietly(["openssl", "genrsa", "-out", str(folder / "sa.key"), "2048"])
    token = secrets.token_hex(16)
    (folder / "tokens.csv").write_text(f'{token},admin,admin,"system:masters"\n')
    etcd = "http://127.0.0.1:2379"
    urls = [
        "--listen-client-urls",
        etcd,
        "--advertise-client-urls",
        etcd,
        "--listen-peer-urls",
        "http://127.0.0.1:2380",
    ]
    programs.start("etcd", [executable, "etcd", "--data-dir", str(folder / "etcd"), *urls, "--unsafe-no-fsync"])
    flags = {
        "--etcd-servers": etcd,
        "--secure-port": "443",
        "--bind-address": "0.0.0.0",
        "--advertise-address": pod_sandbox.GATEWAY,
        "--cert-dir": str(folder / "certificates"),
        "--service-cluster-ip-range": "10.100.0.0/16",
        "--authorization-mode": "RBAC",
        "--token-auth-file": str(folder / "tokens.csv"),
        "--service-account-key-file": str(folder / "sa.key"),
        "--service-account-signing-key-file": str(folder / "sa.key"),
        "--service-account-issuer": "https://kubernetes.default.svc",
        "--allow-privileged": "true",
    }
    programs.start("kube-apiserver", [executable, "kube-apiserver", *(f"{k}={v}" for k, v in flags.items())])
    certificate = folder / "certificates" / "apiserver.crt"
    api = Api(f"https://{pod_sandbox.KUBERNETES_SERVICE}", token, certificate)
    await_that("the API server is ready", lambda: certificate.is_file() and _is_ready(api), 120)
    _write_kubeconfig(folder / "admin.kubeconfig", api)
    controllers = [f"--controllers={','.join(_CONTROLLERS)}", "--leader-elect=false", "--secure-port=0"]
    known = [f"--kubeconfig={folder / 'admin.kubeconfig'}", f"--root-ca-file={certificate}"]
    programs.start("kube-controller-manager", [executable, "kube-controller-manager", *controllers, *known])
    return api


def _is_ready(api: Api) -> bool:
    with contextlib.suppress(ssl.SSLError):
        return api.call("GET", "/readyz")[0] == "ok"
    return False


def _start_operator(api: Api, programs: _Programs, built: control_plane.ControlPlane, folder: Path) -> None:
    """With the rights that KubeRay's own files give it, and no others."""
    api.ask("POST", "/api/v1/namespaces", {"metadata": {"name": KUBERAY}})
    made = [yaml.safe_load((built.operator_config / f"{name}.yaml").read_text()) for name in ("role", "role_binding")]
    made[1]["subjects"][0]["namespace"] = KUBERAY
    for kind, resource in zip(("clusterroles", "clusterrolebindings"), made, strict=True):
        api.ask("POST", f"/apis/rbac.authorization.k8s.io/v1/{kind}", resource)
    accounts = f"/api/v1/namespaces/{KUBERAY}/serviceaccounts"
    api.ask("POST", accounts, {"metadata": {"name": KUBERAY}})
    token = api.ask("POST", f"{accounts}/{KUBERAY}/token", {"spec": {"expirationSeconds": 4 * 3600}})["status"]["token"]
    _write_kubeconfig(folder / "operator.kubeconfig", Api(api.url, token, api.authority))
    flags = [
        "--enable-leader-election=false",
        "--metrics-addr=127.0.0.1:8080",
        "--health-probe-bind-address=127.0.0.1:8082",
    ]
    programs.start(KUBERAY, [str(built.operator), f"--kubeconfig={folder / 'operator.kubeconfig'}", *flags])


def _write_kubeconfig(file: Path, api: Api) -> None:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": api.url, "certificate-authority": str(api.authority)}}],
        "users": [{"name": "u", "user": {"token": api.token}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    file.write_text(yaml.safe_dump(content))
    file.chmod(0o600)
