/** The drawer: all about one tenant. */

import { fill, make, tenantButton } from "./dom.js";
import { getJson, tenantPath } from "./client.js";
import { actionsFor } from "./actions.js";
import { ago, bytes, count, duration, exactly, percent, rate, timeOfDay } from "./format.js";
import { refusalText, scoreForm } from "./score.js";

const HASH = "#tenant=";
/** After which the figures of the tenant that is shown are asked for again. */
const FIGURES_MS = 5_000;

/** The drawer. The address of the page names the tenant that it shows, so that it can be passed on. */
export class TenantDrawer {
  /**
   * @param {HTMLDialogElement} dialog
   */
  constructor(dialog) {
    this.dialog = dialog;
    this.tenant = "";
    this.figures = make("div");
    setInterval(() => this.#followFigures(), FIGURES_MS);
    dialog.addEventListener("close", () => this.#closed());
    dialog.addEventListener("click", (event) => {
      // Beside it.
      if (event.target === dialog) {
        dialog.close();
      }
    });
    addEventListener("hashchange", () => this.openFromAddress());
  }

  /** Opens the tenant that the address of the page names, if any. */
  openFromAddress() {
    if (location.hash.startsWith(HASH)) {
      try {
        this.open(decodeURIComponent(location.hash.slice(HASH.length)));
      } catch {
        // The address is not well encoded: there is nothing to open.
      }
    }
  }

  /** @param {string} tenant */
  open(tenant) {
    if (this.tenant === tenant && this.dialog.open) {
      return;
    }
    this.tenant = tenant;
    history.replaceState(null, "", HASH + encodeURIComponent(tenant));
    this.#frame(make("p.nothing", {}, "Asking…"));
    if (!this.dialog.open) {
      this.dialog.showModal();
    }
    this.refresh();
  }

  #closed() {
    this.tenant = "";
    history.replaceState(null, "", location.pathname + location.search);
    fill(this.dialog);
  }

  /**
   * Asks anew; what was typed into the form is lost.
   * @param {string} [said] what a change came to
   */
  async refresh(said = "") {
    const tenant = this.tenant;
    let content;
    try {
      const [all, status] = await Promise.all([getJson(tenantPath("tenants", tenant)), getJson("status")]);
      content = this.#sections(all, status, said);
    } catch (failure) {
      content = [refusalText(failure)];
    }
    if (this.dialog.open && this.tenant === tenant) {
      this.#frame(...content);
    }
  }

  /** What changes by itself; all else stays, also what is being typed. */
  async #followFigures() {
    const tenant = this.tenant;
    if (tenant === "" || document.hidden) {
      return;
    }
    try {
      // By name the tenant itself comes before all that begin with its name.
      const page = await getJson(`tenants?sort=name&limit=1&prefix=${encodeURIComponent(tenant)}`);
      if (this.tenant === tenant && page.tenants[0]?.tenant === tenant) {
        fill(this.figures, requests(page.tenants[0]));
      }
    } catch {
      // The page says so itself.
    }
  }

  #frame(...content) {
    const close = make("button.plain.close", { type: "button", "aria-label": "Close", onclick: () => this.dialog.close() }, "✕");
    fill(
      this.dialog,
      make("header", {}, make("h2", { id: "tenant-name", title: this.tenant }, this.tenant), close),
      make("div.body", {}, ...content),
    );
  }

  #sections(all, status, said) {
    const open = (tenant) => this.open(tenant);
    fill(this.figures, requests(all.figures));
    return [
      place(all.placement, open),
      section("Requests", this.figures),
      section("Model", model(all)),
      all.model === null ? null : section("Try it", scoreForm(all.tenant, all.model)),
      section(
        "Change",
        actionsFor(
          all.tenant,
          { placement: all.placement, status, versions: all.versions ?? [], live: all.model?.version ?? null, said },
          (now) => this.refresh(now),
        ),
      ),
      section("Decisions", decisions(all.placement.events)),
    ];
  }
}

function section(title, ...content) {
  return make("section", {}, make("h3", {}, title), ...content);
}

function facts(pairs) {
  return make(
    "dl.pairs",
    {},
    pairs.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))),
  );
}

function place(placement, open) {
  const { demand, outlook } = placement;
  const since = placement.since === null ? null : ` for ${ago(placement.since)}`;
  return make(
    "section.place",
    {},
    make("p.where", {}, make("strong", {}, placement.deployment), placement.pinned ? make("span.tag.pin", {}, "pinned") : null, make("span.quiet", {}, since)),
    placement.why === null ? null : make("p", {}, `Why: ${placement.why}.`),
    make("p", {}, `What would move it: ${outlook.text}.`),
    outlook.rivals.length === 0 ? null : make("p.names", {}, make("span.quiet", {}, "Rivals "), names(outlook.rivals, open)),
    placement.displaced.length === 0 ? null : make("p.names", {}, make("span.quiet", {}, "Displaced "), names(placement.displaced, open)),
    facts([
      ["Rate", `${rate(demand.requests_per_second)} /s`],
      ["Benefit", rate(demand.benefit)],
      ["Bar", outlook.bar === null ? "–" : rate(outlook.bar)],
      ["Loaded", bytes(demand.weight_bytes)],
    ]),
  );
}

function names(tenants, open) {
  return tenants.slice(0, 8).map((tenant) => tenantButton(tenant, open));
}

function requests(figures) {
  if (figures === null) {
    return make("p.nothing", {}, "Nobody has asked this tenant.");
  }
  return facts([
    ["Requests", exactly(figures.requests)],
    ["Errors", exactly(figures.errors)],
    ["Hot", percent(figures.requests > 0 ? figures.hits / figures.requests : null)],
    ["Loads", exactly(figures.loads)],
    ["p50", duration(figures.p50_seconds)],
    ["p95", duration(figures.p95_seconds)],
    ["p99", duration(figures.p99_seconds)],
    ["Last used", ago(figures.last_used)],
  ]);
}

function model(all) {
  const held = all.holders.map((holder) => `${holder.deployment} v${holder.version}`);
  const where = make("p.holders", {}, make("span.quiet", {}, "Held by "), held.length === 0 ? "no replica" : held.join(", "));
  if (all.model === null) {
    return make("div", {}, make("p.refusal", {}, all.note ?? "The registry does not tell."), where);
  }
  const { version, format, inputs, outputs } = all.model;
  const list = all.versions ?? [];
  return make(
    "div",
    {},
    facts([
      ["Live version", String(version)],
      ["Versions", list.length === 0 ? "–" : count(list.length)],
      ["Format", format],
      ["Size", bytes(all.model.bytes)],
    ]),
    where,
    inputs === null ? null : signature("Takes", inputs, (input) => input.columns),
    outputs === null ? null : signature("Answers", outputs, (output) => output.classes),
  );
}

function signature(title, tensors, labelsOf) {
  const row = (tensor) => {
    const labels = (labelsOf(tensor) ?? []).join(", ");
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, tensor.name),
      make("td", {}, `${tensor.datatype} [${tensor.shape.join(", ")}]`),
      make("td.labels", { title: labels }, labels),
    );
  };
  return make("table.signature", {}, make("caption", {}, title), make("tbody", {}, tensors.map(row)));
}

function decisions(events) {
  if (events.length === 0) {
    return make("p.nothing", {}, "None is recorded.");
  }
  return make(
    "ol.events",
    {},
    events.slice(0, 20).map((event) =>
      make("li", {}, make("time", { datetime: event.at }, timeOfDay(event.at)), make("span.kind.plain", {}, event.kind), make("span.why", {}, event.reason)),
    ),
  );
}
