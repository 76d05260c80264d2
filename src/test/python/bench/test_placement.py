"""What the benches of placement make of traces, configurations, answers and readings."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from launcher.cluster import serve_config
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import micro_bench, operator_status, placement_bench, placement_report, registry, simulator, traces
from measuring.cpu import Used
from measuring.http_bench import Effort
from measuring.load import Sample
from measuring.operator_status import Placement
from measuring.placement_bench import Fill, HitRatio, Look, Result
from measuring.placement_cost import FEW, MANY, SAME, Cost, is_ours, is_served
from measuring.simulator import Simulated
from measuring.traces import Sent

STATUS = {
    "placement": {
        "generation": "1.7",
        "placed": 4,
        "dispatchers": 2,
        "push_seconds": 0.014,
        "traffic": {
            "hits": 70,
            "overflow_hits": 20,
            "loads": 10,
            "hit_ratio": 0.7,
            "known_tenants": 9,
            "half_life_seconds": 128.0,
        },
        "promotions": 6,
        "evictions": 2,
        "refused": {},
        "hot": [
            {"deployment": "Deployment1", "pool": "dynamic", "capacity": 20, "replicas": []},
            {"deployment": "Deployment2", "pool": "dedicated", "capacity": 1, "replicas": []},
        ],
    },
    "overflow": [],
    "refused": {"Dispatcher": "key 'x'"},
}


def placement(placed: int, promotions: int) -> Placement:
    return Placement(placed, promotions, 2, 70, 100, 9, 128.0, 0.014, (20,), {})


def replay(rate: float, errors: int = 0) -> Sample:
    return Sample(10.0, int(rate * 10), errors, rate, 2000, 3000, 4000, 5000, "", hits=int(rate * 5))


def test_trace_is_the_same_for_the_same_seed_and_follows_zipf() -> None:
    trace = traces.zipf(range(1, 101), 1.0, 20_000, 1)
    assert trace == traces.zipf(range(1, 101), 1.0, 20_000, 1)
    assert trace != traces.zipf(range(1, 101), 1.0, 20_000, 2)
    counts = Counter(trace)
    assert counts[1] / counts[10] == pytest.approx(10, rel=0.3)
    assert set(counts) <= set(range(1, 101))


def test_hit_ratio_counts_right_answers_only_and_the_simulator_gets_the_same_requests() -> None:
    lines = ["0,a,200,Deployment1\n", "3,b,200,Deploymentx\n", "3,c,503,-\n", "9,a,200,Deployment2\n", "9,d,200,-\n"]
    sent = traces.parse(lines)
    assert traces.hit_ratio(sent) == pytest.approx(2 / 3)
    assert traces.csv(sent) == "0,a\n3,b\n9,a\n"
    assert traces.hit_ratio([Sent(0, "a", 503, "-")]) == 0.0


@pytest.mark.parametrize("number", [0, 1, 300, 10_000])
def test_model_of_a_tenant_adds_its_number(number: int) -> None:
    session = onnxruntime.InferenceSession(registry.model(number))
    (answer,) = session.run(None, {"x": np.array([[0.0], [2.0]], dtype=np.float32)})
    assert answer.tolist() == [[number], [number + 2]]


def test_registry_has_the_tenants_and_the_samples_that_are_placed_at_first(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "r" / "left-over").mkdir(parents=True)
    folder = registry.make(Project(repository), tmp_path / "r", 3)
    names = {entry.name for entry in folder.iterdir()}
    assert names == {f"tenant{i}" for i in range(1, 11)} | {"bench-00001", "bench-00002", "bench-00003"}
    metadata = json.loads((folder / "bench-00002" / "1" / "metadata.json").read_text())
    sample = json.loads((folder / "tenant1" / "1" / "metadata.json").read_text())
    assert metadata.keys() == sample.keys()
    assert metadata["size"] == (folder / "bench-00002" / "1" / "model.onnx").stat().st_size


def test_configuration_has_only_dynamic_deployments_and_is_otherwise_as_shipped(repository: Path) -> None:
    shipped = serve_config.read(Project(repository).rayservice)
    before = json.dumps(shipped)
    config = placement_bench.changed(shipped, capacity=20, moves=0)
    assert json.dumps(shipped) == before
    deployments = {d["name"]: d for d in config["applications"][0]["deployments"]}
    hot = [deployments[f"Deployment{i}"]["user_config"] for i in range(1, 11)]
    assert hot == [{"capacity": 20, "pool": "dynamic"}] * 10
    assert deployments["Dispatcher"]["user_config"]["deployment_map_limit"] == 0
    assert deployments["Dispatcher"]["user_config"]["deadline_ms"] == 10000
    as_shipped = {d["name"]: d for d in shipped["applications"][0]["deployments"]}
    assert deployments["Deploymentx"] == as_shipped["Deploymentx"]
    assert placement_bench.moves_of(config) == placement_bench.moves_of(shipped)
    assert placement_bench.moves_of(placement_bench.changed(shipped, capacity=20, moves=77)) == 77


def test_configuration_with_other_deployments_is_refused() -> None:
    with pytest.raises(LauncherError, match="0 hot deployments"):
        placement_bench.changed({"applications": [{"deployments": []}]}, capacity=1, moves=0)


def test_status_is_read() -> None:
    seen = operator_status.parse(STATUS)
    assert (seen.placed, seen.promotions, seen.evictions, seen.requests, seen.hits) == (4, 6, 2, 100, 70)
    assert seen.capacities == (20,)
    assert seen.refused == {"Dispatcher": "key 'x'"}
    earlier = Placement(0, 0, 0, 20, 50, 0, 0, 0, (), {})
    assert seen.hit_ratio_since(earlier) == pytest.approx(1.0)
    assert seen.hit_ratio_since(seen) == 0.0


def test_simulator_s_hit_ratio_is_that_of_the_policy() -> None:
    lines = 'a warning\n{"policy":"lru","hit_ratio":0.5}\n{"policy":"ours","requests":3,"hit_ratio":0.75}\n'
    assert simulator.hit_ratio(lines, "ours") == 0.75
    assert simulator.hit_ratio(lines, "belady") is None
    assert simulator.reason("\n  unknown policy  \nmore") == "unknown policy"


def test_simulator_that_is_not_there_is_told(tmp_path: Path) -> None:
    seen = simulator.run(Project(tmp_path), tmp_path / "trace.csv", "10x20")
    assert not seen.ratios
    assert set(seen.missing) == set(simulator.POLICIES)


def test_cost_of_a_request_is_net_of_its_own_cluster_s_idle_work() -> None:
    cost = Cost(100, 5000)
    cost.idle = {FEW: Used(10, 0, {"proxy": 1.0}), MANY: Used(10, 0, {"proxy": 1.0, "SharedMemory": 2.0})}
    for key, seconds in {FEW: 1.0, SAME: 2.0, MANY: 3.0}.items():
        roles = {"proxy": 2.0, "Deployment3": seconds, "SharedMemory": 2.0, "load client": 9.0, "foreign": 9.0}
        cost.used[key] = Used(10, 1000, roles)
    assert cost.cpu_ms(FEW, is_ours) == pytest.approx(3.0)
    assert cost.cpu_ms(MANY, is_ours) == pytest.approx(3.0)
    assert cost.cpu_ms(MANY, is_served) == pytest.approx(4.0)


def result(simulated: Simulated) -> Result:
    hits = HitRatio(replay(400), 0.70, 0.74, placement(10, 0), placement(200, 260), simulated)
    looks = [Look(10.0, placement(2000, 1990), 0.04), Look(50.0, placement(5000, 4990), 0.08)]
    fill = Fill(
        5000, 50.0, 20000, 0, "", placement(10, 0), looks, [0.01, 0.02], {"Dispatcher": 200}, {"Dispatcher": 220}
    )
    cost = Cost(100, 5000)
    for key, rate in {FEW: 500.0, SAME: 490.0, MANY: 400.0}.items():
        cost.samples[key] = [replay(rate), replay(rate * 2), replay(rate / 2)]
        cost.used[key] = Used(10, 1000, {"Dispatcher": 1000 / rate})
    cost.idle = {FEW: Used(10), MANY: Used(10)}
    return Result(20, hits, fill, cost)


def test_report_has_targets_and_verdicts() -> None:
    text = placement_report.text(result(Simulated({"ours": 0.73, "lru": 0.6}, {})), Effort(3, 6, 40), "- about")
    assert "| hit ratio, points from the simulator's | 3.00 | <= 2 | **no** |" in text
    assert "| wrong answers and errors | 0 | <= 0 | yes |" in text
    assert "| requests/s, 100 placed / 5000 placed | 1.25 | <= 1.1 | **no** |" in text
    assert "| simulator, lru | 0.6000 | +10.00 |" in text
    assert "| promotions a second | 99.8 |" in text
    assert "all taken" in text


def test_report_does_without_the_simulator() -> None:
    text = placement_report.text(result(Simulated({}, {"ours": "no such policy"})), Effort(3, 6, 40), "- about")
    assert "| hit ratio, points from the simulator's | not simulated | <= 2 | ? |" in text
    assert "| simulator, ours | none | no such policy |" in text


def jmh_result(name: str, score: float, unit: str) -> dict[str, object]:
    metric = {"score": score, "scoreError": 1.5, "scoreUnit": unit, "scorePercentiles": {"99.0": score * 2}}
    return {"benchmark": f"io.manymodels.micro.{name}", "primaryMetric": metric}


def test_micro_has_a_verdict_for_every_figure() -> None:
    results = [
        jmh_result("DecisionBenchmark.round", 25.0, "ms/op"),
        jmh_result("CountingBenchmark.recordOneThread", 40.0, "ns/op"),
        jmh_result("CountingBenchmark.recordTwoThreads", 200.0, "ns/op"),
        jmh_result("LookupBenchmark.placement", 20.0, "ns/op"),
        jmh_result("RouterBenchmark.hot", 5000.0, "ns/op"),
        jmh_result("RouterBenchmark.overflow", 5001.0, "ns/op"),
        jmh_result("GateBenchmark.nobodyConfigured", 50.0, "ns/op"),
        jmh_result("GateBenchmark.apiKey", 3000.0, "ns/op"),
        jmh_result("GateBenchmark.seenToken", 3001.0, "ns/op"),
        jmh_result("GateBenchmark.quotaOfTenantAndCaller", 3000.0, "ns/op"),
    ]
    rows = [*micro_bench.rows(results), micro_bench.Row(micro_bench.HEAP, 64.0, 0.0, None)]
    text = micro_bench.text(rows, Effort(5, 6, 40), "- about")
    verdicts = [line.rsplit("|", 2)[1].strip() for line in text.splitlines() if line.startswith("| ")][2:]
    assert verdicts == [
        *["yes", "yes", "yes", "yes", "**no**"],
        *["yes", "yes", "**no**", "yes"],
        *["**no**", "**no**"],
    ]
    assert "| 25.0 ms | ± 1.5 | 50.0 ms | <= 20 ms |" in text


def test_micro_misses_no_benchmark_and_no_unit() -> None:
    with pytest.raises(LauncherError, match=r"LookupBenchmark\.placement"):
        micro_bench.rows([])
    wrong = [jmh_result(name, 1.0, "us/op") for name in micro_bench.FIGURES]
    with pytest.raises(LauncherError, match="us/op"):
        micro_bench.rows(wrong)


def test_micro_takes_the_effort_and_the_shipped_options_for_memory() -> None:
    options = micro_bench.jmh_options(Effort(4, 1.5, 8), Path("r.json"))
    assert options[:10] == ["-f", "2", "-wi", "4", "-w", "2000ms", "-i", "4", "-r", "1500ms"]
    assert "-Xmx256m" in options[options.index("-jvmArgs") + 1]
