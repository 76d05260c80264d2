/** What an operator has to look at: versions that do not load, refused configurations, models that crashed. */

import { make, refill, say, tenantButton } from "./dom.js";

/**
 * What is wrong, by GET /status.
 * @param {any} status
 * @returns {{title: string, tenant: string | null, detail: string}[]} each once, however many replicas have it
 */
export function troublesOf(status) {
  const troubles = new Map();
  const add = (title, tenant, detail) => troubles.set(`${title}\n${tenant}\n${detail}`, { title, tenant, detail });
  for (const [deployment, reason] of Object.entries(status.refused)) {
    add(`Configuration of ${deployment} refused`, null, reason);
  }
  const replicas = [...status.placement.hot.flatMap((hot) => hot.replicas), ...status.overflow];
  for (const model of replicas.flatMap((replica) => replica.loading.behind)) {
    const answers = model.version === undefined ? "none answers" : `version ${model.version} answers`;
    add("The live version does not load", model.tenant, `${model.detail ?? model.code ?? ""} (${answers})`);
  }
  for (const model of status.quarantined) {
    const crashed = `version ${model.version}: ${model.requests} requests are refused for ${model.seconds_left} s`;
    add("The model crashed", model.tenant, crashed);
  }
  return [...troubles.values()];
}

/**
 * Draws it.
 * @param {HTMLElement} element
 * @param {HTMLElement} summary
 * @param {any} status
 * @param {(tenant: string) => void} open
 */
export function showTroubles(element, summary, status, open) {
  const troubles = troublesOf(status);
  say(summary, troubles.length === 0 ? "nothing" : String(troubles.length));
  summary.className = troubles.length === 0 ? "" : "badge";
  element.hidden = troubles.length === 0;
  refill(
    element,
    make(
      "ul",
      {},
      troubles.map((each) =>
        make(
          "li",
          {},
          make("strong", {}, each.title),
          each.tenant === null ? null : tenantButton(each.tenant, open),
          make("p", {}, each.detail),
        ),
      ),
    ),
  );
}
