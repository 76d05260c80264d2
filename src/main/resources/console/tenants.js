/** The busiest, slowest and most failing tenants. */

import { fill, make, refill, tenantButton } from "./dom.js";
import { count, duration, percent } from "./format.js";
import { getJson } from "./client.js";

const LIMIT = 50;

/** The lists: by `sort` of GET /tenants. */
const LISTS = [
  { sort: "requests", label: "Busiest" },
  { sort: "p99", label: "Slowest" },
  { sort: "errors", label: "Failing" },
];

/** The panel. */
export class Tenants {
  /**
   * @param {HTMLElement} element
   * @param {HTMLElement} tabs
   * @param {(tenant: string) => void} open
   */
  constructor(element, tabs, open) {
    this.element = element;
    this.open = open;
    this.sort = LISTS[0].sort;
    this.tabs = LISTS.map((list) =>
      make(
        "button",
        {
          type: "button",
          role: "tab",
          id: `tab-${list.sort}`,
          "aria-controls": element.id,
          onclick: () => this.#choose(list.sort),
          onkeydown: (event) => this.#keyDown(event),
        },
        list.label,
      ),
    );
    tabs.append(...this.tabs);
    this.#mark();
  }

  #choose(sort) {
    this.sort = sort;
    this.#mark();
    this.refresh().catch(() => {});
  }

  #keyDown(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step !== undefined) {
      const at = LISTS.findIndex((list) => list.sort === this.sort);
      const next = (at + step + LISTS.length) % LISTS.length;
      this.tabs[next].focus();
      this.#choose(LISTS[next].sort);
    }
  }

  #mark() {
    LISTS.forEach((list, index) => {
      const chosen = list.sort === this.sort;
      this.tabs[index].setAttribute("aria-selected", String(chosen));
      this.tabs[index].tabIndex = chosen ? 0 : -1;
      if (chosen) {
        this.element.setAttribute("aria-labelledby", this.tabs[index].id);
      }
    });
  }

  /** Asks for the list that is chosen. Fails with client.Refusal. */
  async refresh() {
    const sort = this.sort;
    const page = await getJson(`tenants?sort=${sort}&limit=${LIMIT}`);
    if (sort === this.sort) {
      this.#draw(sort === "errors" ? page.tenants.filter((each) => each.errors > 0) : page.tenants);
    }
  }

  #draw(tenants) {
    if (tenants.length === 0) {
      const nothing = this.sort === "errors" ? "No request has failed." : "No tenant has been asked for yet.";
      fill(this.element, make("p.nothing", {}, nothing));
      return;
    }
    const head = ["Tenant", "Requests", "Hot", "p50", "p99", "Errors"];
    refill(
      this.element,
      make(
        "table",
        {},
        make("thead", {}, make("tr", {}, head.map((text) => make("th", { scope: "col" }, text)))),
        make("tbody", {}, tenants.map((each) => this.#row(each))),
      ),
    );
  }

  #row(of) {
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, tenantButton(of.tenant, this.open)),
      make("td", {}, count(of.requests)),
      make("td", {}, percent(of.requests > 0 ? of.hits / of.requests : null)),
      make("td", {}, duration(of.p50_seconds)),
      make("td", {}, duration(of.p99_seconds)),
      make(of.errors > 0 ? "td.bad" : "td", {}, count(of.errors)),
    );
  }
}
