/**
 * Elements without markup: what comes from the server becomes text, never HTML. (The server's policy holds every
 * script to that: Trusted Types without a policy.)
 */

/**
 * @typedef {Node | string | number | null | undefined | false} Child what becomes a node; null and false are left out
 */

/**
 * Makes an element.
 * @param {string} tag its name, with classes after dots, such as `span.quiet`
 * @param {Object<string, any>} [properties] attributes; `on...` are listeners; null, undefined and false are left out
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function make(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (key.startsWith("on")) {
      element.addEventListener(key.slice(2), value);
    } else if (key === "value") {
      element.value = value;
    } else {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  append(element, children);
  return element;
}

/**
 * Replaces all that is in an element.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/**
 * As {@link fill}, where the keyboard stays on the button for the same tenant.
 * @param {Element} element
 * @param {...Child} children
 */
export function refill(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement.getAttribute("data-tenant") : null;
  fill(element, ...children);
  if (focused !== null) {
    const same = [...element.querySelectorAll("[data-tenant]")];
    same.find((each) => each.getAttribute("data-tenant") === focused)?.focus({ preventScroll: true });
  }
}

function append(element, children) {
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : String(child));
    }
  }
}

/**
 * Sets a text if it is another one: what is unchanged is not drawn again, nor read out again.
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/**
 * The element of page.html with this id.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) {
    throw new Error(`the page has no ${id}`);
  }
  return element;
}

/**
 * A button that reads as text, for the name of a tenant.
 * @param {string} tenant
 * @param {(tenant: string) => void} open
 * @returns {HTMLElement}
 */
export function tenantButton(tenant, open) {
  const properties = { type: "button", title: tenant, "data-tenant": tenant, onclick: () => open(tenant) };
  return make("button.name", properties, tenant);
}
