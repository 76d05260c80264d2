/** Where models were when they were asked: how many requests each tier got, and how many of these it could answer. */

import { fill, make } from "./dom.js";
import { duration, exactly, percent } from "./format.js";

/**
 * A tier.
 * @typedef {object} Tier
 * @property {string} name
 * @property {string} colour class of its bar
 * @property {number} found so many were found there
 * @property {number} asked of so many
 * @property {number | null} seconds that a load from there takes on average
 */

/**
 * The tiers, from the nearest on, since the server began.
 * @param {ReturnType<typeof import("./history.js").look>} look
 * @returns {Tier[]}
 */
export function tiersOf(look) {
  const [hits, overflowHits, loads] = look.outcomes;
  const [node, warm, registry] = look.reads;
  const seconds = look.loads.map((count, index) => (count > 0 ? look.loadSeconds[index] / count : null));
  return [
    { name: "Hot deployments", colour: "hot", found: hits, asked: hits + overflowHits + loads, seconds: null },
    { name: "Deploymentx, loaded", colour: "overflow", found: overflowHits, asked: overflowHits + loads, seconds: null },
    { name: "Node cache", colour: "node", found: node, asked: node + warm + registry, seconds: seconds[0] },
    { name: "Warm store", colour: "warm", found: warm, asked: warm + registry, seconds: seconds[1] },
    { name: "Registry", colour: "registry", found: registry, asked: registry, seconds: seconds[2] },
  ];
}

/**
 * Draws them.
 * @param {HTMLElement} element
 * @param {ReturnType<typeof import("./history.js").look>} look
 */
export function showTiers(element, look) {
  const tiers = tiersOf(look);
  const head = ["Tier", "Found", "Hit ratio", "", "Load"];
  fill(
    element,
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, head.map((text) => make("th", { scope: "col" }, text)))),
      make("tbody", {}, tiers.map(row)),
    ),
  );
}

function row(tier) {
  const part = tier.asked > 0 ? tier.found / tier.asked : null;
  const bar = make(`span.bar-fill.${tier.colour}`);
  bar.style.width = `${(part ?? 0) * 100}%`;
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, tier.name),
    make("td", {}, exactly(tier.found)),
    make("td", { title: `${exactly(tier.found)} of ${exactly(tier.asked)}` }, percent(part)),
    make("td.bar-cell", { "aria-hidden": "true" }, make("span.bar-track", {}, bar)),
    make("td", {}, duration(tier.seconds)),
  );
}
