/** The deployments with the tenants in them, as one list. */

import { make, say } from "./dom.js";
import { exactly, percent, serveName } from "./format.js";
import { VirtualList } from "./virtual.js";

const ROW_HEIGHT = 28;

/**
 * @typedef {object} Deployment a row that can be opened
 * @property {"deployment"} is
 * @property {string} name
 * @property {string} pool
 * @property {number} used models that are placed, or loaded in Deploymentx
 * @property {number} capacity
 * @property {number} replicas
 * @property {number} tenants in the rows below
 */

/** @typedef {{is: "tenant", name: string, deployment: string, pinned: boolean}} Tenant */

/**
 * The rows, of which those of closed deployments are left out.
 * @param {any} status the answer to GET /status
 * @param {any} map the answer to GET /deployment_map
 * @param {string[]} names of all tenants, in order
 * @param {Set<string>} closed names of deployments
 * @returns {(Deployment | Tenant)[]}
 */
export function rowsOf(status, map, names, closed) {
  const placed = map.deployment_map;
  const tenants = new Map(status.placement.hot.map((hot) => [hot.deployment, []]));
  for (const [tenant, where] of Object.entries(placed)) {
    tenants.get(serveName(where))?.push(tenant);
  }
  const rows = [];
  const add = (deployment, inside) => {
    rows.push({ ...deployment, is: "deployment", tenants: inside.length });
    if (!closed.has(deployment.name)) {
      for (const name of inside) {
        rows.push({ is: "tenant", name, deployment: deployment.name, pinned: Object.hasOwn(map.dedicated, name) });
      }
    }
  };
  for (const hot of status.placement.hot) {
    const inside = tenants.get(hot.deployment) ?? [];
    const { deployment: name, pool, capacity } = hot;
    add({ name, pool, capacity, used: inside.length, replicas: hot.replicas.length }, inside);
  }
  add(overflowOf(status), names.filter((name) => !Object.hasOwn(placed, name)));
  return rows;
}

function overflowOf(status) {
  const replicas = status.overflow;
  return {
    name: replicas[0]?.deployment ?? "Deploymentx",
    pool: "cache",
    used: replicas.reduce((sum, each) => sum + each.models, 0),
    capacity: replicas.reduce((sum, each) => sum + each.capacity, 0),
    replicas: replicas.length,
  };
}

/** The panel. */
export class Deployments {
  /**
   * @param {HTMLElement} element
   * @param {HTMLElement} summary
   * @param {(tenant: string) => void} open
   */
  constructor(element, summary, open) {
    this.summary = summary;
    /** @type {Set<string>} */
    this.closed = new Set();
    this.list = new VirtualList(element, {
      rowHeight: ROW_HEIGHT,
      render: (row) => (row.is === "tenant" ? tenantRow(row) : deploymentRow(row, this.closed.has(row.name))),
      key: (row) => `${row.is} ${row.name}`,
      open: (row) => (row.is === "tenant" ? open(row.name) : this.#toggle(row.name)),
    });
  }

  /** As {@link rowsOf}. */
  show(status, map, names) {
    this.last = [status, map, names];
    const rows = rowsOf(status, map, names, this.closed);
    this.list.show(rows);
    const deployments = status.placement.hot.length;
    const placed = Object.keys(map.deployment_map).length;
    say(this.summary, `${exactly(names.length)} tenants, ${exactly(placed)} of them in ${deployments} hot ones`);
  }

  #toggle(name) {
    if (!this.closed.delete(name)) {
      this.closed.add(name);
    }
    this.show(...this.last);
  }
}

function deploymentRow(row, closed) {
  const part = row.capacity > 0 ? Math.min(row.used / row.capacity, 1) : 0;
  const bar = make("span.bar-fill");
  bar.style.width = percent(part).replace(" ", "");
  const what = row.pool === "cache" ? "loaded" : "placed";
  return make(
    "div.deployment",
    { title: `${row.name}: ${exactly(row.used)} of ${exactly(row.capacity)} ${what}` },
    make("span.fold", { "aria-hidden": "true" }, closed ? "▸" : "▾"),
    make("span.label", {}, row.name),
    make("span.tag", {}, row.pool),
    row.replicas === 1 ? null : make("span.quiet", {}, `${row.replicas} replicas`),
    make("span.bar-track", { "aria-hidden": "true" }, bar),
    make("span.number", {}, `${exactly(row.used)} / ${exactly(row.capacity)}`),
  );
}

function tenantRow(row) {
  return make(
    "div.tenant",
    { title: row.name },
    make("span.label", {}, row.name),
    row.pinned ? make("span.tag.pin", {}, "pinned") : null,
  );
}
