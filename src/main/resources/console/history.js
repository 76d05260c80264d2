/** What the page remembers of the server's counters, bounded: half an hour. */

import { buckets, parse, percentile, sum } from "./metrics.js";

const MAX_SAMPLES = 900;
/** Reports arrive twice a second, so that rates of a shorter time would jump. */
const WINDOW_MS = 6_000;

const NAMES = new Set([
  "mms_predictions_total",
  "mms_request_seconds_bucket",
  "mms_requests_total",
  "mms_artifact_reads_total",
  "mms_model_load_seconds_sum",
  "mms_model_load_seconds_count",
  "mms_queue_length",
]);

/** Calls that ask no model. */
const NO_MODELS = new Set(["operators", "documents"]);

const OUTCOMES = ["hit", "overflow_hit", "load"];
const TIERS = ["node", "warm", "registry"];

/**
 * What one look at the metrics found: sums since the server began.
 * @param {string} text the answer to GET /metrics
 * @param {number} at in milliseconds
 */
export function look(text, at) {
  const found = parse(text, NAMES);
  const of = (name) => found.get(name) ?? [];
  const predictions = of("mms_predictions_total");
  const loaded = (name, tier) => sum(of(name), (labels) => labels.tier === tier);
  return {
    at,
    hot: sum(predictions, (l) => l.deployment_kind === "hot" && l.code === "ok"),
    overflow: sum(predictions, (l) => l.deployment_kind === "overflow" && l.code === "ok"),
    failed: sum(predictions, (l) => l.code !== "ok"),
    latency: buckets(of("mms_request_seconds_bucket"), (l) => !NO_MODELS.has(l.protocol)),
    queued: sum(of("mms_queue_length"), (l) => l.queue !== "in_flight"),
    outcomes: OUTCOMES.map((outcome) => sum(of("mms_requests_total"), (l) => l.outcome === outcome)),
    reads: TIERS.map((tier) => sum(of("mms_artifact_reads_total"), (l) => l.tier === tier)),
    loadSeconds: TIERS.map((tier) => loaded("mms_model_load_seconds_sum", tier)),
    loads: TIERS.map((tier) => loaded("mms_model_load_seconds_count", tier)),
  };
}

/** The looks, and what happened between them. */
export class History {
  constructor() {
    /** @type {ReturnType<typeof look>[]} */
    this.looks = [];
    /** Columns as uPlot takes them: seconds, hot, overflow, failed; p50 and p99 in seconds. */
    this.columns = { at: [], hot: [], overflow: [], failed: [], p50: [], p99: [] };
  }

  /** @param {ReturnType<typeof look>} now */
  add(now) {
    const last = this.looks.at(-1);
    if (last !== undefined && (now.hot < last.hot || now.overflow < last.overflow || now.failed < last.failed)) {
      // SharedMemory is another one, and counts anew.
      this.looks = [];
    }
    this.looks.push(now);
    const before = this.before(WINDOW_MS);
    if (before !== now) {
      const seconds = (now.at - before.at) / 1e3;
      this.#push({
        at: now.at / 1e3,
        hot: (now.hot - before.hot) / seconds,
        overflow: (now.overflow - before.overflow) / seconds,
        failed: (now.failed - before.failed) / seconds,
        p50: percentile(before.latency, now.latency, 0.5),
        p99: percentile(before.latency, now.latency, 0.99),
      });
    }
    if (this.looks.length > MAX_SAMPLES) {
      this.looks.shift();
    }
  }

  #push(row) {
    for (const [name, column] of Object.entries(this.columns)) {
      column.push(row[name]);
      if (column.length > MAX_SAMPLES) {
        column.shift();
      }
    }
  }

  /**
   * The look of so long ago, or the eldest since.
   * @param {number} ms
   */
  before(ms) {
    const now = this.looks.at(-1);
    return this.looks.find((each) => each.at >= now.at - ms) ?? now;
  }

  /** The last row of the columns; null before there is one. */
  latest() {
    const last = this.columns.at.length - 1;
    if (last < 0) {
      return null;
    }
    return Object.fromEntries(Object.entries(this.columns).map(([name, column]) => [name, column[last]]));
  }
}
