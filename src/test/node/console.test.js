// What the modules of the live page compute, without a browser. test_console_modules.py runs it beside a copy of them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsOf } from "./console/deployments.js";
import { EventParser } from "./console/events.js";
import { ago, bytes, count, duration, percent, rate, serveName } from "./console/format.js";
import { History, look } from "./console/history.js";
import { buckets, parse, percentile, sum } from "./console/metrics.js";
import { cellOf, cellsOf } from "./console/score.js";
import { find } from "./console/search.js";
import { tiersOf } from "./console/tiers.js";
import { troublesOf } from "./console/troubles.js";

test("metrics are read by name, with escaped labels", () => {
  const text = [
    "# TYPE a_total counter",
    'a_total{x="1",y="q\\"\\\\\\n}"} 3.0',
    'a_total{x="2",y=""} 1.5e3 1700000000',
    'a_total_more{x="1"} 9',
    "b 4",
    'h_bucket{le="+Inf"} 7',
  ].join("\n");
  const found = parse(text, new Set(["a_total", "b", "h_bucket", "none"]));
  assert.deepEqual(found.get("a_total"), [
    { labels: { x: "1", y: 'q"\\\n}' }, value: 3 },
    { labels: { x: "2", y: "" }, value: 1500 },
  ]);
  assert.deepEqual(found.get("b"), [{ labels: {}, value: 4 }]);
  assert.deepEqual(found.get("none"), []);
  assert.equal(sum(found.get("a_total"), (labels) => labels.x === "1"), 3);
  assert.deepEqual([...buckets(found.get("h_bucket"), () => true)], [[Infinity, 7]]);
});

test("percentiles are those of what came between two looks", () => {
  const before = new Map([[0.001, 100], [0.01, 100], [Infinity, 100]]);
  const now = new Map([[0.001, 150], [0.01, 199], [Infinity, 200]]);
  assert.equal(percentile(before, now, 0.5), 0.001);
  assert.ok(percentile(before, now, 0.99) > 0.0099 && percentile(before, now, 0.99) <= 0.01);
  assert.equal(percentile(before, now, 1), 0.01, "beyond the last bound there is none to tell");
  assert.equal(percentile(now, now, 0.5), null);
  assert.ok(Math.abs(percentile(new Map(), new Map([[1, 0], [4, 10], [Infinity, 10]]), 0.5) - 2) < 1e-9);
});

test("history has rates, is bounded, and begins anew when counters do", () => {
  const metrics = (hot, failed) =>
    `mms_predictions_total{code="ok",deployment_kind="hot"} ${hot}\n` +
    `mms_predictions_total{code="overloaded",deployment_kind="none"} ${failed}\n` +
    `mms_request_seconds_bucket{protocol="score",le="0.001"} ${hot}\n` +
    `mms_request_seconds_bucket{protocol="score",le="+Inf"} ${hot}\n` +
    `mms_request_seconds_bucket{protocol="operators",le="+Inf"} 99999\n`;
  const history = new History();
  assert.equal(history.latest(), null);
  for (let i = 0; i < 2_000; i++) {
    history.add(look(metrics(100 * i, i), 2_000 * i));
  }
  assert.equal(history.latest().hot, 50);
  assert.equal(history.latest().failed, 0.5);
  assert.ok(history.latest().p99 <= 0.001);
  assert.equal(history.columns.at.length, 900);
  assert.equal(history.looks.length, 900);
  history.add(look(metrics(5, 0), 4_000_000));
  assert.equal(history.looks.length, 1);
  assert.equal(history.latest().hot, 50, "no rate below zero");
});

test("an event stream is read whatever its parts are", () => {
  const stream = 'retry: 2000\nevent: begin\ndata: {"next":7}\n\n: alive\n\nid: 8\nevent: move\ndata: {"a":1}\n\n';
  for (let size = 1; size < stream.length; size++) {
    const seen = [];
    const parser = new EventParser((name, data) => seen.push([name, data]));
    for (let at = 0; at < stream.length; at += size) {
      parser.push(stream.slice(at, at + size));
    }
    assert.deepEqual(seen, [["begin", '{"next":7}'], ["move", '{"a":1}']]);
  }
  assert.throws(() => new EventParser(() => {}).push("x".repeat(2 << 20)), /no event stream/);
});

test("numbers are as people read them", () => {
  assert.deepEqual([0, 999, 9999, 12_345, 1_234_567, 2e9].map(count), ["0", "999", "9,999", "12.3k", "1.23M", "2.00G"]);
  assert.deepEqual([0, 0.25, 3.14159, 42.42, 1234].map(rate), ["0", "0.250", "3.14", "42.4", "1,234"]);
  assert.deepEqual([0, 4.2e-5, 0.00123, 0.0456, 1.5, 120].map(duration), ["0 ms", "42.0 µs", "1.23 ms", "45.6 ms", "1.50 s", "120 s"]);
  assert.deepEqual([0, 0.0012, 0.5, 0.987, 0.99991, 1].map(percent), ["0 %", "0.12 %", "50.0 %", "98.7 %", "100 %", "100 %"]);
  assert.deepEqual([0, 1023, 1536, 5 << 20].map(bytes), ["0 B", "1,023 B", "1.50 KiB", "5.00 MiB"]);
  assert.deepEqual([null, undefined, NaN].map(duration), ["–", "–", "–"]);
  const now = Date.parse("2030-01-31T12:00:00Z");
  assert.deepEqual(["2030-01-31T11:59:59.5Z", "2030-01-31T11:59:00Z", "2030-01-31T09:00:00Z", "2030-01-29T12:00:00Z", "?"].map((at) => ago(at, now)), ["now", "1 min", "3 h", "2 d", "–"]);
  assert.equal(serveName("deployment9"), "Deployment9");
});

test("names are found by their beginning first", () => {
  const names = ["a-shop", "shop-1", "shop-2", "SHOP-3", "workshop"];
  assert.deepEqual(find(names, "shop"), ["shop-1", "shop-2", "SHOP-3", "a-shop", "workshop"]);
  assert.deepEqual(find(names, "x"), []);
  assert.equal(find(Array.from({ length: 100_000 }, (_, i) => `t${i}`), "t").length, 12);
});

function status(more = {}) {
  const loading = { behind: [], reads: {} };
  return {
    placement: {
      hot: [
        { deployment: "Deployment1", pool: "dynamic", capacity: 2, replicas: [{ loading }] },
        { deployment: "Deployment2", pool: "dedicated", capacity: 1, replicas: [{ loading }, { loading }] },
      ],
    },
    overflow: [{ deployment: "Deploymentx", models: 3, capacity: 10, loading }],
    refused: {},
    quarantined: [],
    ...more,
  };
}

test("deployments have their tenants below them, and Deploymentx all others", () => {
  const map = { deployment_map: { a: "deployment1", toString: "deployment2" }, dedicated: { toString: "deployment2" } };
  const names = ["a", "b", "constructor", "toString"];
  const texts = (closed) => rowsOf(status(), map, names, new Set(closed)).map((row) => `${row.name}${row.pinned ? "!" : ""}`);
  assert.deepEqual(texts([]), ["Deployment1", "a", "Deployment2", "toString!", "Deploymentx", "b", "constructor"]);
  assert.deepEqual(texts(["Deploymentx"]), ["Deployment1", "a", "Deployment2", "toString!", "Deploymentx"]);
  assert.equal(rowsOf(status(), map, names, new Set())[4].used, 3);
});

test("each trouble is told once", () => {
  const behind = [{ tenant: "a", state: "refused", version: 1, code: "load-failed", detail: "no such operator" }];
  const replica = { loading: { behind } };
  const troubled = status({
    overflow: [{ deployment: "Deploymentx", models: 0, capacity: 1, ...replica }, { ...replica, models: 0, capacity: 1 }],
    refused: { Deployment2: "capacity: -1" },
    quarantined: [{ tenant: "c", version: 4, requests: 3, seconds_left: 9 }],
  });
  assert.deepEqual(troublesOf(troubled).map((each) => [each.tenant, each.detail]), [
    [null, "capacity: -1"],
    ["a", "no such operator (version 1 answers)"],
    ["c", "version 4: 3 requests are refused for 9 s"],
  ]);
  assert.deepEqual(troublesOf(status()), []);
});

test("a tier is asked only for what the one before had not", () => {
  const tiers = tiersOf({ outcomes: [90, 8, 2], reads: [1, 2, 3], loads: [0, 2, 1], loadSeconds: [0, 1, 3] });
  assert.deepEqual(tiers.map((tier) => [tier.found, tier.asked, tier.seconds]), [
    [90, 100, null],
    [8, 10, null],
    [1, 6, null],
    [2, 5, 0.5],
    [3, 3, 3],
  ]);
});

test("cells are what the model takes", () => {
  assert.equal(cellsOf({ shape: [-1, 4] }), 4);
  assert.equal(cellsOf({ shape: [-1] }), 1);
  assert.equal(cellsOf({ shape: [-1, -1] }), null);
  assert.equal(cellsOf({ shape: [-1, 3, 3] }), null);
  assert.equal(cellOf(" 1.5 ", "FP32", "x"), 1.5);
  assert.equal(cellOf("", "FP32", "x"), null);
  assert.equal(cellOf("", "BYTES", "x"), "");
  assert.equal(cellOf("true", "BOOL", "x"), true);
  assert.throws(() => cellOf("many", "INT64", "seats"), /seats: 'many' is not a number/);
});
