/** Changes to a tenant, by the calls that there are for them. They need the role admin. */

import { fill, make } from "./dom.js";
import { getJson, post } from "./client.js";
import { serveName } from "./format.js";
import { refusalText } from "./score.js";

/**
 * The controls.
 * @param {string} tenant
 * @param {object} known
 * @param {any} known.placement as GET /placement/{tenant} tells it
 * @param {any} known.status the answer to GET /status
 * @param {number[]} known.versions in the registry, ascending; empty when they are not known
 * @param {number | null} known.live
 * @param {string} known.said what the last change came to
 * @param {(said: string) => void} changed runs after a change
 * @returns {HTMLElement}
 */
export function actionsFor(tenant, { placement, status, versions, live, said: before }, changed) {
  const said = make("div.answer", { role: "status" }, before === "" ? null : make("p.done", {}, before));
  const run = (button, change) => async () => {
    button.setAttribute("disabled", "");
    fill(said, make("p.quiet", {}, "Changing…"));
    try {
      changed(await change());
    } catch (failure) {
      fill(said, refusalText(failure));
    } finally {
      button.removeAttribute("disabled");
    }
  };
  const button = (text, change, properties = {}) => {
    const made = make("button.plain", { type: "button", ...properties }, text);
    made.addEventListener("click", run(made, change));
    return made;
  };
  return make(
    "div.actions",
    {},
    pinning(tenant, placement, status, button),
    versionChanges(tenant, versions, live, button),
    said,
  );
}

function pinning(tenant, placement, status, button) {
  if (placement.pinned) {
    return make("div.buttons", {}, button("Unpin", () => unpin(tenant)));
  }
  const dedicated = status.placement.hot.filter((hot) => hot.pool === "dedicated").map((hot) => hot.deployment);
  if (dedicated.length === 0) {
    return make("p.quiet", {}, "No deployment has the pool dedicated, so no tenant can be pinned.");
  }
  const choice = make("select", { id: "pin-to", "aria-label": "Deployment to pin to" }, dedicated.map((name) => make("option", { value: name }, name)));
  return make("div.buttons", {}, button("Pin to", () => pin(tenant, choice.value)), choice);
}

/** The call replaces all pins, so the others are sent along. */
async function pin(tenant, deployment) {
  const { dedicated } = await getJson("deployment_map");
  await post("update_dedicated_pool", { mapping: { ...dedicated, [tenant]: deployment } });
  return `Pinned to ${serveName(deployment)}.`;
}

async function unpin(tenant) {
  const { dedicated } = await getJson("deployment_map");
  delete dedicated[tenant];
  await post("update_dedicated_pool", { mapping: dedicated });
  return "No longer pinned.";
}

function versionChanges(tenant, versions, live, button) {
  const others = versions.filter((version) => version !== live);
  const refresh = button("Switch to the live version now", () => switchNow(tenant), {
    title: "Replicas look for new versions by themselves; this does it at once.",
  });
  if (others.length === 0) {
    return make("div.buttons", {}, refresh);
  }
  const choice = make(
    "select",
    { id: "live-version", "aria-label": "Version to make live" },
    others.reverse().map((version) => make("option", { value: String(version) }, `version ${version}`)),
  );
  const earlier = Math.max(...others.filter((version) => live !== null && version < live));
  return make(
    "div.buttons",
    {},
    button("Promote", () => makeLive(tenant, Number(choice.value))),
    choice,
    Number.isFinite(earlier) ? button(`Roll back to version ${earlier}`, () => makeLive(tenant, earlier)) : null,
    refresh,
  );
}

async function makeLive(tenant, version) {
  return told((await post("live_version", { tenant, version })).models[0]);
}

async function switchNow(tenant) {
  return told((await post("refresh_models", { tenants: [tenant] })).models[0]);
}

function told(model) {
  if (model.state === "live") {
    return `Version ${model.version} answers on every replica that holds the model.`;
  }
  return model.state === "gone" ? "The registry has no model of this tenant any more." : `Refused: ${model.detail}`;
}
