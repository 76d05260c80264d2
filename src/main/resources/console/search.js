/** The search for a tenant: a combobox over all names (WAI-ARIA, "Editable Combobox With List Autocomplete"). */

import { fill, make } from "./dom.js";

const MAX_FOUND = 12;

/**
 * The names that a text finds: those that begin with it, then those that have it inside.
 * @param {string[]} names in order
 * @param {string} text
 */
export function find(names, text) {
  const wanted = text.toLowerCase();
  const beginning = [];
  const inside = [];
  for (const name of names) {
    const at = name.toLowerCase().indexOf(wanted);
    if (at === 0) {
      beginning.push(name);
    } else if (at > 0 && inside.length < MAX_FOUND) {
      inside.push(name);
    }
    if (beginning.length === MAX_FOUND) {
      break;
    }
  }
  return [...beginning, ...inside].slice(0, MAX_FOUND);
}

/** The field and its list. */
export class Search {
  /**
   * @param {HTMLInputElement} field
   * @param {HTMLElement} list
   * @param {() => string[]} names
   * @param {(tenant: string) => void} open
   */
  constructor(field, list, names, open) {
    this.field = field;
    this.list = list;
    this.names = names;
    this.open = open;
    /** @type {string[]} */
    this.found = [];
    this.active = -1;
    field.addEventListener("input", () => this.#look());
    field.addEventListener("focus", () => this.#look());
    field.addEventListener("blur", () => this.#close());
    field.addEventListener("keydown", (event) => this.#keyDown(event));
    // Before the field loses the keyboard.
    list.addEventListener("pointerdown", (event) => this.#press(event));
    document.addEventListener("keydown", (event) => this.#shortcut(event));
  }

  #shortcut(event) {
    const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && document.querySelector("dialog[open]") === null) {
      event.preventDefault();
      this.field.focus();
    }
  }

  #look() {
    const text = this.field.value.trim();
    this.found = text === "" ? [] : find(this.names(), text);
    this.active = this.found.length > 0 ? 0 : -1;
    this.#draw();
  }

  #draw() {
    const open = this.found.length > 0;
    fill(
      this.list,
      this.found.map((name, index) =>
        make("li", { role: "option", id: `found-${index}`, title: name, "aria-selected": String(index === this.active) }, name),
      ),
    );
    this.list.hidden = !open;
    this.field.setAttribute("aria-expanded", String(open));
    if (this.active >= 0) {
      this.field.setAttribute("aria-activedescendant", `found-${this.active}`);
    } else {
      this.field.removeAttribute("aria-activedescendant");
    }
  }

  #keyDown(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && this.found.length > 0) {
      event.preventDefault();
      this.active = (this.active + step + this.found.length) % this.found.length;
      this.#draw();
    } else if (event.key === "Enter") {
      // A name that is not among those known here may still be one.
      const chosen = this.found[this.active] ?? this.field.value.trim();
      if (chosen !== "") {
        this.#choose(chosen);
      }
    } else if (event.key === "Escape") {
      this.field.value = "";
      this.#look();
    }
  }

  #press(event) {
    const at = [...this.list.children].indexOf(event.target.closest("li"));
    if (at >= 0) {
      event.preventDefault();
      this.#choose(this.found[at]);
    }
  }

  #choose(tenant) {
    this.#close();
    this.field.blur();
    this.field.value = "";
    this.open(tenant);
  }

  #close() {
    this.found = [];
    this.active = -1;
    this.#draw();
  }
}
