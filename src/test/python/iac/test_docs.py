"""The pages about Azure and operations: whether real programs take their command lines, and what they name is there."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
import yaml

from launcher.cli import cli
from launcher.kubernetes import kubernetes_tools
from launcher.kubernetes.kubernetes_tools import KubernetesTools
from manymodels.ray_java_compat import PATCH_NAMES

ROOT = Path(__file__).resolve().parents[4]
PAGES = (
    "README.md",
    "deploy/standalone/README.md",
    "docs/azure.md",
    "docs/cheatsheet.md",
    "docs/one-process.md",
    "docs/sizing.md",
    "docs/upgrading-ray.md",
    "iac/README.md",
)
RESOURCES = ROOT / "src" / "test" / "resources" / "iac"
PROGRAMS = ("az", "kubectl", "helm", "./many-models", "iac/azure.sh")
NAMESPACES = ("many-models", "kuberay-system")
# What the operator adds to the names and labels of deploy/ (KubeRay 1.6.2: util.go, constant.go).
OPERATOR = "kuberay-operator"
HEAD_SERVICE = "many-models-head-svc"
NODE_TYPES = {"ray.io/node-type": {"head", "worker"}}
STANDALONE = yaml.safe_load((ROOT / "deploy" / "standalone" / "service.yaml").read_text())


def lines_of(page: str) -> list[str]:
    """Command lines of indented blocks, and those within `$(...)`; what a pipe or `&&` joins is told apart."""
    found = []
    for line in re.findall(r"^(?: {4}| {7})(\S.*)$", (ROOT / page).read_text(), re.MULTILINE):
        line = re.sub(r"\s+#\s.*$", "", line)
        inner = re.findall(r"\$\((.*?)\)", line)
        found += re.split(r" \| | && ", re.sub(r"\$\(.*?\)", "X", line))
        found += [part for text in inner for part in text.split(" | ")]
    return [part for part in found if part.split()[0] in PROGRAMS]


def lines(program: str) -> list[list[str]]:
    found = [shlex.split(line) for page in PAGES for line in lines_of(page)]
    return [words for words in found if words[0] == program]


def identified(calls: list[list[str]]) -> list[Any]:
    return [pytest.param(words, id=" ".join(words)[:100]) for words in calls]


def option(words: list[str], *names: str) -> str | None:
    """The value of the first of the names that is there, as `--name value` or `--name=value`."""
    for name in names:
        for index, word in enumerate(words):
            if word == name:
                return words[index + 1]
            if word.startswith(name + "="):
                return word.partition("=")[2]
    return None


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "rayservice.yaml").read_text())
    return found


@pytest.fixture(scope="module")
def groups(service: dict[str, Any]) -> list[dict[str, Any]]:
    cluster = service["spec"]["rayClusterConfig"]
    return [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]


def test_every_program_is_in_the_pages() -> None:
    for program, least in [("az", 10), ("kubectl", 30), ("helm", 4), ("./many-models", 10), ("iac/azure.sh", 6)]:
        assert len(lines(program)) >= least, program


@pytest.mark.parametrize("words", identified(lines("az")))
def test_azure_cli_takes_the_line(words: list[str], azure_arguments: ModuleType) -> None:
    azure_arguments.parse(words[1:])


def test_what_az_is_asked_for_is_what_the_script_makes(checkout: Any) -> None:
    plan = set(shlex.split(checkout.run("up", "--dry-run").stdout, comments=True))
    for words in lines("az"):
        for name in ("--resource-group", "--cluster-name", "--name"):
            value = option(words[1:], name)
            assert value is None or value in plan, words


@pytest.mark.parametrize("words", identified(lines("kubectl")))
def test_kubectl_takes_the_line(words: list[str], tools: KubernetesTools) -> None:
    # What comes after `--` is for the container.
    ours = words[1 : words.index("--")] if "--" in words else words[1:]
    result = subprocess.run(
        [str(tools.kubectl), *ours, "--help"], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 0, result.stderr
    usage = re.search(r"^Usage:\n +kubectl (.*)$", result.stdout, re.MULTILINE)
    assert usage is not None
    # A group of commands, whose help comes for whatever word is no command of it.
    assert "SUBCOMMAND" not in usage[1]
    assert usage[1].split()[0] == ours[0]


@pytest.mark.parametrize("words", identified(lines("kubectl")))
def test_kubectl_is_asked_for_what_is_there(
    words: list[str], service: dict[str, Any], groups: list[dict[str, Any]]
) -> None:
    namespace = option(words, "--namespace", "-n")
    assert namespace is None or namespace in NAMESPACES
    for part in (option(words, "--selector", "-l") or "").split(","):
        label, _, value = part.partition("=")
        assert not label or value in label_values(groups)[label], part
    for label in (option(words, "--label-columns") or "").split(","):
        assert not label or label in label_values(groups)
    container = option(words, "--container", "-c")
    # The operator adds the autoscaler to the head.
    known = {each["name"] for group in groups for each in group["template"]["spec"]["containers"]} | {"autoscaler"}
    assert container is None or container in known
    for kind, name in named(words):
        assert name in names_of(service)[kind], (kind, name)


def label_values(groups: list[dict[str, Any]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {**NODE_TYPES, "ray.io/group": {"headgroup"}}
    for group in groups:
        if "groupName" in group:
            found["ray.io/group"] |= {group["groupName"]}
        for label, value in group["template"]["metadata"]["labels"].items():
            found.setdefault(label, set()).add(value)
    return found


def names_of(service: dict[str, Any]) -> dict[str, set[str]]:
    spec = service["spec"]
    volumes = spec["rayClusterConfig"]["headGroupSpec"]["template"]["spec"]["volumes"]
    return {
        "rayservice": {service["metadata"]["name"]},
        "service": {spec["serveService"]["metadata"]["name"], HEAD_SERVICE, STANDALONE["metadata"]["name"]},
        "secret": {each["secret"]["secretName"] for each in volumes if "secret" in each},
        "deployment": {OPERATOR, STANDALONE["spec"]["selector"]["app.kubernetes.io/name"]},
        "crd": {"rayservices.ray.io"},
    }


def named(words: list[str]) -> list[tuple[str, str]]:
    """Kinds and names: `kind/name`, or `kind name`. What a variable or a word in capitals stands for is left out."""
    # `create secret generic NAME`.
    words = [word for word in words if word != "generic"]
    found = [(kind, name) for word in words for kind, slash, name in [word.partition("/")] if slash and kind.isalpha()]
    for kind, name in pairwise(words[2:]):
        if kind.rstrip("s") in names_of(SHAPE) and not name.startswith(("-", "$", "X")):
            found.append((kind, name))
    kinds = {kind: kind.rstrip("s") for kind, _ in found}
    return [(kinds[kind], name) for kind, name in found if kinds[kind] in names_of(SHAPE)]


SHAPE: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "rayservice.yaml").read_text())


def test_forwarded_ports_are_those_of_the_services(service: dict[str, Any]) -> None:
    ports = {
        "many-models-serve": {str(port["port"]) for port in service["spec"]["serveService"]["spec"]["ports"]},
        STANDALONE["metadata"]["name"]: {str(port["port"]) for port in STANDALONE["spec"]["ports"]},
        HEAD_SERVICE: {"8265"},
    }
    forwards = [words for words in lines("kubectl") if words[1] == "port-forward"]
    assert len(forwards) >= 3
    for words in forwards:
        (name,) = [word.partition("/")[2] for word in words if word.startswith("service/")]
        (forwarded,) = [word for word in words if re.fullmatch(r"\d+:\d+", word)]
        assert forwarded.partition(":")[2] in ports[name], words


def test_ingress_leads_to_the_service(service: dict[str, Any], tools: KubernetesTools) -> None:
    (text,) = re.findall(r"```yaml\n# ingress\.yaml\n(.*?)```", (ROOT / "docs" / "azure.md").read_text(), re.DOTALL)
    backend = yaml.safe_load(text)["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] == service["spec"]["serveService"]["metadata"]["name"]
    assert backend["port"]["name"] in {each["name"] for each in service["spec"]["serveService"]["spec"]["ports"]}


@pytest.mark.parametrize("words", identified(lines("helm")))
def test_helm_takes_the_line(words: list[str]) -> None:
    commands = json.loads((RESOURCES / "helm.json").read_text())["commands"]
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= set(commands[words[1]])
    assert option(words, "--version") in (None, kubernetes_tools.KUBERAY_VERSION)


def test_helm_takes_the_line_of_the_script(checkout: Any) -> None:
    plan = checkout.run("up", "--dry-run").stdout.splitlines()
    (line,) = [shlex.split(line) for line in plan if line.startswith("helm ")]
    test_helm_takes_the_line(line)


@pytest.mark.parametrize("words", identified(lines("./many-models")))
def test_launcher_takes_the_line(words: list[str]) -> None:
    with click.Context(cli) as parent:
        name, command, rest = cli.resolve_command(parent, words[1:])
        assert command is not None
        command.make_context(name, rest, parent)
    if name == "models":
        java = "".join(file.read_text() for file in (ROOT / "src/main/java/io/manymodels/cli").rglob("*.java"))
        for word in (rest[0], *(each for each in rest if each.startswith("--"))):
            assert f'"{word}"' in java, word


@pytest.mark.parametrize("words", identified(lines("iac/azure.sh")))
def test_script_takes_the_line(words: list[str], checkout: Any) -> None:
    arguments = [str(checkout.parameters()) if word.endswith(".env") else word for word in words[1:]]
    result = checkout.run(*arguments, *([] if "--dry-run" in arguments else ["--dry-run"]))
    assert result.returncode == 0, result.stderr


def test_pinned_versions_stand_where_the_page_says() -> None:
    page = (ROOT / "docs" / "upgrading-ray.md").read_text()
    table = page.partition("## What is pinned, and where")[2].partition("\n## ")[0]
    version, checked = "", 0
    for _, pinned, where in re.findall(r"^\|([^|]*)\|([^|]*)\|([^|]*)\|$", table, re.MULTILINE):
        version = pinned.strip() or version
        for file in (each for each in re.findall(r"`([^`]+)`", where) if (ROOT / each).is_file()):
            assert version in (ROOT / file).read_text(), (file, version)
            checked += 1
    assert checked >= 14


def test_patches_and_their_functions_are_those_of_the_bridge() -> None:
    sources = ROOT / "src/main/python/manymodels"
    code = "".join(
        file.read_text() for folder in ("ray_java_compat", "haproxy") for file in (sources / folder).glob("*.py")
    )
    page = (ROOT / "docs" / "upgrading-ray.md").read_text()
    rows = dict(re.findall(r"^\| (p\d\w?) \| `([^`]+)` \|", page, re.MULTILINE))
    assert tuple(rows) == PATCH_NAMES
    for function in rows.values():
        assert function.rpartition(":")[2].rpartition(".")[2] in code


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    file = ROOT / page
    for target, anchor in re.findall(r"\]\((?!http)([^)#]*)(?:#([^)]*))?\)", file.read_text()):
        linked = (file.parent / target).resolve() if target else file
        assert linked.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.*)$", linked.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in titles}


def test_examples_of_sizing_follow_from_the_formulas() -> None:
    page = (ROOT / "docs" / "sizing.md").read_text()
    small = 49 / 1024

    def pod(replicas: int, models_mib: int) -> int:
        return 900 + 512 + replicas * (256 + 192 + models_mib)

    for said, computed in [
        (r"1,000 x 49 KiB = (\d+) MiB", 1000 * small),
        (r"1\.25 x 25 x 49 KiB = ([\d.]+) MiB", 1.25 * 25 * small),
        (r"1\.25 x 800 x 49 KiB = (\d+) MiB", 1.25 * 800 * small),
        (r"10,000 x 49 KiB = (\d+) MiB", 10_000 * small),
        (r"1\.25 x 250 x 49 KiB = (\d+) MiB", 1.25 * 250 * small),
        (r"1\.25 x 4,000 x 49 KiB = (\d+) MiB", 1.25 * 4000 * small),
        (r"2\.5 x 478\.5 MiB = (\d+) MiB", 2 * 1.25 * 10_000 * small),
        (r"8 x 512 = (\d+) MiB", pod(8, 64)),
        (r"8 x \(448 \+ 1024\) = (\d+) MiB", pod(8, 1024)),
        (r"5 x 1472 = (\d+) MiB", pod(5, 1024)),
    ]:
        found = re.search(said, page)
        assert found is not None, said
        assert float(found[1]) == pytest.approx(computed, abs=0.6), said


@pytest.mark.parametrize(("size", "title"), [("", "as it is"), ("small", "`small`"), ("large", "`large`")])
def test_table_of_nodes_has_what_the_pods_ask_for(checkout: Any, tools: KubernetesTools, size: str, title: str) -> None:
    folder = checkout.root / "sized"
    folder.mkdir()
    component = f"components: [../deploy/sizes/{size}]\n" if size else ""
    (folder / "kustomization.yaml").write_text(f"resources: [../deploy]\n{component}")
    rendered = subprocess.run(
        [str(tools.kubectl), "kustomize", str(folder)], capture_output=True, text=True, check=True, timeout=60
    )
    (service,) = [each for each in yaml.safe_load_all(rendered.stdout) if each["kind"] == "RayService"]
    cluster = service["spec"]["rayClusterConfig"]
    asked = [cluster["autoscalerOptions"]["resources"]["requests"]]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        pod = group["template"]["spec"]["containers"][0]["resources"]["requests"]
        asked += [pod] * group.get("replicas", 1)
    cpus = sum(int(each["cpu"][:-1]) / 1000 if each["cpu"].endswith("m") else int(each["cpu"]) for each in asked)
    gib = sum(int(each["memory"][:-2]) / (1 if each["memory"].endswith("Gi") else 1024) for each in asked)
    page = (ROOT / "docs" / "sizing.md").read_text()
    row = re.search(rf"^\| {title} \| [^|]* \| ([\d.]+) \| ([\d.]+) GiB \|", page, re.MULTILINE)
    assert row is not None
    assert (float(row[1]), float(row[2])) == pytest.approx((cpus, gib), abs=0.06)
