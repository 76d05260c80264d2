"""What the benches of the data plane ask, and what they make of their samples."""

import json
import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from launcher.cluster import serve_config
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import (
    allocation,
    charts,
    cpu,
    dataplane_bench,
    dataplane_report,
    fleet,
    multiplexed,
    placed_cluster,
    soak_bench,
)
from measuring.allocation import Allocated
from measuring.charts import Axis, Bar, Group
from measuring.cpu import Used
from measuring.dataplane_bench import CONNECTIONS, Result, Way
from measuring.http_bench import Effort
from measuring.load import Load, Question, Sample
from measuring.soak_bench import Look

NOWHERE = Load(Path("nowhere"), None)
RATES = {
    "direct-hot": 8000.0,
    "one-hot": 13_000.0,
    "limit": 20_000.0,
    "proxy-hot": 600.0,
    "echo": 800.0,
    "multiplexed": 150.0,
}


def sample(rate: float, p50_us: float, errors: int = 0, unanswered: int = 0) -> Sample:
    return Sample(
        1.0,
        int(rate),
        errors,
        rate,
        p50_us,
        p50_us * 2,
        p50_us * 3,
        p50_us * 30,
        "first" if errors else "",
        int(rate / 2),
        p50_us * 10,
        unanswered,
    )


def result(**rates: float) -> Result:
    """As if measured: three rounds, the median of which is the rate."""
    keys = [
        "direct-hot",
        "direct-all",
        "direct-overflow",
        "proxy-hot",
        "proxy-overflow",
        "python-hot",
        "one-hot",
        "one-overflow",
        "limit",
        "multiplexed",
        "echo",
    ]
    keys += [f"of-{count}" for count in dataplane_bench.REGISTERED] + [f"rows-{rows}" for rows in dataplane_bench.ROWS]
    made = Result([Way(key, f"title of {key}", 1, NOWHERE) for key in keys], Effort(3, 2, 4))
    known = {**dict.fromkeys(keys, 1000.0), **RATES, **rates}
    for way in made.ways:
        for connections in CONNECTIONS:
            if dataplane_bench.is_measured(way, connections):
                rate = known[way.key]
                samples = [sample(rate * factor, 1e6 / rate) for factor in (0.1, 1.0, 1.2)]
                made.measured.samples[way.key, connections] = samples
                by_role = {"Dispatcher": 0.02, "Deployment1": 0.02, "Deployment2": 0.01, "proxy": 0.5, "Limit": 0.1}
                made.measured.used[way.key, connections] = Used(3.0, 1000, {**by_role, cpu.FOREIGN: 0.3})
                made.allocated[way.key] = Allocated(
                    1000, {"Dispatcher": 20_000_000, "Deployment1": 3_000_000, "Echo": 9}
                )
    made.measured.idle = Used(1.0, 0, {"HAProxy": 0.015, "HAProxy's manager": 0.005})
    made.open_rate = 4000
    made.open = {"direct-hot": [sample(4000, 200)] * 3, "limit": [sample(4000, 60)] * 3}
    made.alone, made.beside_noisy, made.noisy = (
        [sample(800, 200)],
        [sample(800, 230)],
        [replace(sample(700, 200), refused=9)],
    )
    made.refusals = [replace(sample(700, 200), refused=90, refused_p50_us=200.0, refused_p99_us=900.0)] * 3
    made.cold = {"direct-hot": [sample(100, 3000)], "proxy-hot": [sample(90, 5000)]}
    return made


def reached(made: Result) -> dict[str, str]:
    return {target.what: target.cells()[3] for target in dataplane_report.targets(made)}


def test_targets_are_judged_by_medians_and_by_the_cpu_of_our_own_processes() -> None:
    targets = {target.what: target for target in dataplane_report.targets(result())}
    assert targets["direct hot / in-process limit, requests/s, c=8"].value == pytest.approx(0.4)
    assert targets["direct hot, CPU a request of all our processes, c=8"].value == pytest.approx(50.0)
    assert targets["one process, hot / in-process limit, requests/s, c=8"].value == pytest.approx(0.65)
    assert targets["direct hot less in-process limit, p50, c=1"].value == pytest.approx(0.075)
    assert targets["direct hot, open loop at 50% of the peak, p99 / p50"].value == pytest.approx(3.0)
    assert targets["proxy (HAProxy), hot / @serve.multiplexed, requests/s, c=8"].value == pytest.approx(4.0)
    assert targets["proxy (HAProxy) / direct, hot, requests/s, c=32"].value == pytest.approx(0.075)
    assert targets["proxy (HAProxy) less direct, hot, p50, c=1"].value == pytest.approx(1e3 / 600 - 1e3 / 8000)
    assert targets["HAProxy and its manager, idle"].value == pytest.approx(0.02)
    assert reached(result())["direct hot / in-process limit, requests/s, c=8"] == "**no**"
    assert reached(result(limit=16_000.0))["direct hot / in-process limit, requests/s, c=8"] == "yes"


def test_many_tenants_may_cost_a_tenth_and_four_rows_a_fifth() -> None:
    name = "direct, 10,000 tenants / 100, requests/s, c=8"
    assert reached(result(**{"of-10000": 899.0}))[name] == "**no**"
    assert reached(result(**{"of-10000": 901.0}))[name] == "yes"
    rows = "direct hot, 4 rows / 1 row, p50, c=8"
    assert reached(result(**{"rows-4": 820.0}))[rows] == "**no**"
    assert reached(result(**{"rows-4": 840.0}))[rows] == "yes"


def test_what_another_bench_measures_is_not_judged_here() -> None:
    assert next(target.cells()[1:] for target in dataplane_report.targets(result()) if target.value is None) == [
        "`bench micro`",
        "<= 5 us",
        "",
    ]


def test_section_names_every_variant_the_errors_and_what_else_ran() -> None:
    made = result()
    made.open["limit"] = [sample(4000, 60, errors=2, unanswered=3)]
    text = dataplane_report.text(made, "- about")
    assert "wrong or missing answers: 5" in text
    assert "of whose 709 requests 9 were refused" in text
    assert "270 of 2370 requests were refused, p50 0.200 ms, p99 0.900 ms" in text
    assert "/ alone | 1.15 | <= 1.1 | **no** |" in text
    assert made.first_error() == "first"
    for way in made.ways:
        assert f"| {way.title} | 1000 |" in text or way.key in RATES
    assert "| title of direct-hot | 8000 | 800 to 9600 |" in text
    assert "took up to 0.10 CPUs meanwhile.\n" in text
    assert "| **all of ours** | 50 |" in text
    assert "| Dispatchers | 20.0 | 20.0 |" in text
    assert "| hot replicas | 3.0 | 3.0 |" in text


def test_charts_are_well_formed_and_hold_every_line(tmp_path: Path) -> None:
    made = result()
    dataplane_report.write_charts(made, tmp_path)
    for name, marks in ((dataplane_report.THROUGHPUT_CHART, "rect"), (dataplane_report.LATENCY_CHART, "circle")):
        root = ElementTree.fromstring((tmp_path / name).read_text())
        texts = Counter(element.text for element in root.iter("{http://www.w3.org/2000/svg}text"))
        assert texts["title of direct-hot"] == len(CONNECTIONS)
        assert len(list(root.iter(f"{{http://www.w3.org/2000/svg}}{marks}"))) > len(made.ways)


def test_axis_holds_all_values_and_grows_with_them() -> None:
    axis = Axis.of([0.03, 4.0, 900.0])
    assert (axis.low, axis.high) == (-2, 3)
    assert axis.x(0.03) < axis.x(4.0) < axis.x(900.0) < axis.x(1000.0)
    assert Axis.of([10.0]) == Axis(1, 2)
    assert "&lt;b&gt;" in charts.bars("a", [Group("g", [Bar("<b>", (1.0,))])], "{:.0f}")


class FakeClient:
    """Keeps what it is asked to prepare."""

    def __init__(self) -> None:
        self.prepared: dict[str, tuple[list[Question], list[int]]] = {}

    def prepare(self, name: str, questions: Iterable[Question], sequence: Sequence[int]) -> Load:
        self.prepared[name] = (list(questions), list(sequence))
        return Load(Path(name), Path(f"{name}.sequence"))


def test_ways_ask_for_placed_and_other_tenants_with_the_answers_of_their_own_models() -> None:
    client = FakeClient()
    ports = type("Ports", (), {"http": 8000, "direct": 9000, "fallback": 8500})
    record: Any = type("Record", (), {"ports": ports})
    client_of_any: Any = client
    ways = {way.key: way for way in dataplane_bench.make_ways(client_of_any, record, 7000, 7100)}
    assert ways["one-hot"].port == ways["one-overflow"].port == 7100
    assert ways["limit"].port == 7000
    assert ways["proxy-hot"].port == 8000
    assert ways["python-hot"].port == ways["echo"].port == ways["multiplexed"].port == 8500
    hot, drawn = client.prepared["hot"]
    assert Counter(drawn).most_common(1)[0][0] == 0
    assert max(drawn) < len(hot) == placed_cluster.PLACES_EACH * dataplane_bench.HOT_DEPLOYMENTS
    assert hot[4].answer + "Deployment1" + str(hot[4].tail) == (
        '{"deployment":"Deployment1","model":"tenant21","version":1,"prediction":[21001,21001]}'
    )
    assert [len(json.loads(question.body)["data"]) for question in hot[:4]] == [1, 2, 3, 1]
    overflow, _ = client.prepared["overflow"]
    assert {question.label for question in hot}.isdisjoint(question.label for question in overflow)
    echoed, _ = client.prepared["echo"]
    assert all(question.body == question.answer and question.tail is None for question in echoed)
    assert client.prepared["multiplexed"][0][6].headers == ("serve_multiplexed_model_id: tenant31",)
    four, _ = client.prepared["rows4"]
    assert all(len(json.loads(question.body)["data"]) == 4 for question in four)


def test_cold_tenants_are_asked_for_once() -> None:
    rounds = list(dataplane_bench._cold_tenants(3))
    asked = [tenant for turn in rounds for tenant in turn]
    assert len(rounds) == 6
    assert len(set(asked)) == len(asked)
    assert min(asked) > dataplane_bench.REGISTERED[-1]


def test_configuration_places_each_tenant_once_and_nobody_moves(repository: Path) -> None:
    config = serve_config.read(Project(repository).rayservice)
    deployed = placed_cluster.changed(config, 12_345)["applications"][0]["deployments"]
    hot = [d["user_config"] for d in deployed if "tenants" in d["user_config"]]
    assert sorted(name for user in hot for name in user["tenants"]) == sorted(
        fleet.tenant(number) for number in range(1, placed_cluster.PLACED + 1)
    )
    assert {(user["capacity"], user["pool"]) for user in hot} == {(placed_cluster.PLACES_EACH, "dedicated")}
    assert next(d for d in deployed if d["name"] == "Deploymentx")["user_config"]["capacity"] == 12_345
    with pytest.raises(LauncherError, match="0 hot deployments"):
        placed_cluster.changed({"applications": []}, 1)


def test_python_answers_as_its_questions_expect(repository: Path) -> None:
    session, name = multiplexed.loaded(repository / "models" / "tenant1" / "1" / "model.onnx")
    predicted = multiplexed.answer(session, name, "tenant1", [fleet.ROW] * 2)
    assert json.loads(predicted)["prediction"] == [0, 0]
    assert predicted.replace("[0,0]", "[1001,1001]") == dataplane_bench.multiplexed((1, 2)).answer


def test_drift_is_that_of_the_line_after_the_warm_up() -> None:
    looks = [Look(0, {"Dispatcher": 10.0}), *(Look(t, {"Dispatcher": 100 + t / 100}) for t in range(10, 101, 10))]
    drift = soak_bench.drift(looks, ["Dispatcher", "unknown"])
    assert drift.first_mib == pytest.approx(100.2)
    assert drift.last_mib == pytest.approx(101.0)
    assert drift.share == pytest.approx(0.8 / 100.2)
    assert soak_bench.drift([Look(0, {"a": 5.0})], ["a"]).share == 0.0


def test_soak_counts_missing_answers_as_wrong_ones() -> None:
    looks = [Look(t, {"Dispatcher": 100.0, "Deployment1": 50 + t, "proxy": 9.0}) for t in range(5)]
    flat = [Look(t, {"Dispatcher": 100.0}) for t in range(5)]
    good = soak_bench.text(soak_bench.Result(1, 1250, 1000, 700, sample(700, 100), flat, 0.0), "- about")
    assert "| wrong or missing answers | 0 of 700 | 0 | yes |" in good
    assert "**no**" not in good
    bad = soak_bench.text(
        soak_bench.Result(1, 1250, 1000, 700, sample(700, 100, errors=1, unanswered=2), looks, 0.0), "- about"
    )
    assert "| wrong or missing answers | 3 of 703 | 0 | **no** |" in bad
    assert "| proxy | 9 | 9 | 9 | 9 to 9 | +0.00% |" in bad
    assert "drift of the resident memory of all our processes | +1.99% | < 3 % | yes |" in bad


def test_resident_memory_is_read_in_pages(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "statm").write_text("900 512 3 4 5 6 7\n")
    assert soak_bench.resident({7: "Dispatcher", 8: "gone"}, tmp_path) == {"Dispatcher": 512 * soak_bench._PAGE / 2**20}


def counters_file(values: dict[str, int]) -> bytes:
    """As a little-endian JVM writes it."""
    entries = b""
    for name, value in values.items():
        text = name.encode() + b"\0"
        text += b"\0" * (-(20 + len(text)) % 8)
        entries += struct.pack("<iiibbbbi", 20 + len(text) + 8, 20, 0, ord("J"), 0, 1, 1, 20 + len(text))
        entries += text + struct.pack("<q", value)
    head = struct.pack(">I", 0xCAFEC0C0) + bytes([1, 2, 0, 1]) + struct.pack("<iiqii", 0, 0, 0, 32, len(values))
    return head + entries


def test_allocation_is_an_eden_for_each_collection(tmp_path: Path) -> None:
    values = {"x": 1, "sun.gc.collector.0.invocations": 3, "sun.gc.generation.0.space.0.capacity": 1000}
    (tmp_path / "7").write_bytes(counters_file(values))
    (tmp_path / "8").write_bytes(b"something else")
    before = allocation.read([7, 8, 9], tmp_path)
    assert before == {7: 3000}
    used = Allocated()
    used.add({7: "Dispatcher"}, before, {7: 9000, 10: 5}, 100)
    assert used.per_request(["Dispatcher", "unknown"]) == 60.0
    with pytest.raises(ValueError, match="end too soon"):
        allocation.counters(counters_file(values)[:60] + b"\0" * 8)
