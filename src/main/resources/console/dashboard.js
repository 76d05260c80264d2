/** Asks the server again and again, and hands what it says to the panels. */

import { byId, fill, make, say } from "./dom.js";
import { getJson, getText } from "./client.js";
import { latencyChart, requestsChart } from "./charts.js";
import { Deployments } from "./deployments.js";
import { History, look } from "./history.js";
import { count, duration, exactly, percent, rate } from "./format.js";
import { Tenants } from "./tenants.js";
import { showTiers } from "./tiers.js";
import { showTroubles } from "./troubles.js";

const METRICS_MS = 2_000;
const STATUS_MS = 5_000;
/** A list of a hundred thousand names is not asked for more often. */
const NAMES_MS = 60_000;
const MINUTE_MS = 60_000;

/** All panels but the moves. */
export class Dashboard {
  /**
   * @param {(tenant: string) => void} open
   * @param {(refusal: Error | null) => void} onState what fails now; null: nothing
   */
  constructor(open, onState) {
    this.open = open;
    this.onState = onState;
    /** @type {Map<string, Error>} what fails now, by what is asked for */
    this.failures = new Map();
    this.history = new History();
    this.requests = requestsChart(byId("requests-chart"));
    this.latency = latencyChart(byId("latency-chart"));
    this.deployments = new Deployments(byId("deployments"), byId("deployments-sum"), open);
    this.tenants = new Tenants(byId("tenants"), byId("tenants-tabs"), open);
    this.tiles = tiles(byId("figures"));
    /** @type {string[]} */
    this.names = [];
    this.namesAt = -Infinity;
    this.map = null;
  }

  /** Begins; while nobody looks, nothing is asked. */
  start() {
    this.#repeat(METRICS_MS, () => this.#attempt("metrics", () => this.#metrics()));
    this.#repeat(STATUS_MS, () => this.refresh());
  }

  /** Asks now for what does not change every second. Never fails. */
  async refresh() {
    await Promise.all([
      this.#attempt("status", () => this.#status()),
      this.#attempt("tenants", () => this.tenants.refresh()),
    ]);
  }

  async #attempt(what, action) {
    try {
      await action();
      this.failures.delete(what);
    } catch (failure) {
      this.failures.set(what, failure);
    }
    this.onState(this.failures.values().next().value ?? null);
  }

  async #repeat(period, action) {
    for (;;) {
      if (!document.hidden) {
        await action();
      }
      await new Promise((resolve) => setTimeout(resolve, period));
    }
  }

  async #metrics() {
    const now = look(await getText("metrics"), Date.now());
    this.history.add(now);
    this.requests.show(this.history.columns);
    this.latency.show(this.history.columns);
    showTiers(byId("tiers"), now);
    this.#figures(now);
  }

  #figures(now) {
    const latest = this.history.latest();
    const minuteAgo = this.history.before(MINUTE_MS);
    const outcomes = now.outcomes.map((value, index) => value - minuteAgo.outcomes[index]);
    const asked = outcomes.reduce((sum, value) => sum + value, 0);
    this.tiles.requests(latest === null ? "–" : rate(latest.hot + latest.overflow + latest.failed));
    this.tiles.failed(latest === null ? "–" : rate(latest.failed), latest !== null && latest.failed > 0 ? "bad" : "");
    this.tiles.p50(duration(latest?.p50));
    this.tiles.p99(duration(latest?.p99));
    this.tiles.hot(percent(asked > 0 ? outcomes[0] / asked : null));
    this.tiles.queued(count(now.queued));
  }

  async #status() {
    const status = await getJson("status");
    const generation = status.placement.generation;
    if (this.map === null || this.map.generation !== generation) {
      this.map = await getJson("deployment_map");
    }
    if (performance.now() - this.namesAt > NAMES_MS) {
      this.names = (await getJson("v1/models")).models;
      this.namesAt = performance.now();
    }
    this.deployments.show(status, this.map, this.names);
    showTroubles(byId("troubles"), byId("troubles-sum"), status, this.open);
    const dispatchers = status.placement.dispatchers;
    say(byId("facts"), `table ${generation} · ${exactly(dispatchers)} ${dispatchers === 1 ? "Dispatcher" : "Dispatchers"}`);
  }
}

/** The figures on top: a setter for each. */
function tiles(place) {
  const setters = {};
  const all = [
    ["requests", "Requests", "/s"],
    ["failed", "Failed", "/s"],
    ["p50", "p50", ""],
    ["p99", "p99", ""],
    ["hot", "Answered hot", "last minute"],
    ["queued", "Waiting", "now"],
  ].map(([name, title, unit]) => {
    const value = make("strong", {}, "–");
    const tile = make("div.tile", {}, make("span.title", {}, title), make("p", {}, value, make("small", {}, unit)));
    setters[name] = (text, look = "") => {
      say(value, text);
      value.className = look;
    };
    return tile;
  });
  fill(place, ...all);
  return setters;
}
