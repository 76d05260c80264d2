/** The moves, the newest first. */

import { make, say, tenantButton } from "./dom.js";
import { timeOfDay } from "./format.js";

const MAX_MOVES = 200;

/** How kinds of moves look; another one looks plain. */
const LOOKS = new Map([
  ["promoted", "good"],
  ["placed", "good"],
  ["pinned", "pin"],
  ["evicted", "warn"],
  ["switched", "info"],
  ["failed", "bad"],
]);

/** The panel. */
export class Moves {
  /**
   * @param {HTMLElement} element
   * @param {HTMLElement} state
   * @param {(tenant: string) => void} open
   */
  constructor(element, state, open) {
    this.element = element;
    this.state = state;
    this.open = open;
    this.empty = make("li.nothing", {}, "Nothing has moved.");
    element.append(this.empty);
    /** @type {HTMLElement[]} not drawn yet, eldest first */
    this.waiting = [];
  }

  /** @param {any[]} moves eldest first */
  add(moves) {
    if (moves.length === 0) {
      return;
    }
    this.#later(moves.slice(-MAX_MOVES).map((move) => this.#row(move)));
  }

  /** @param {number} count so many are not shown */
  addDropped(count) {
    this.#later([make("li.gap", {}, `${count} moves are not shown: they came too fast.`)]);
  }

  /** Many moves at once are drawn once. */
  #later(rows) {
    if (this.waiting.length === 0) {
      requestAnimationFrame(() => this.#draw());
    }
    this.waiting.push(...rows);
    this.waiting.splice(0, this.waiting.length - MAX_MOVES);
  }

  #draw() {
    const reading = this.element.scrollTop > 0;
    const height = this.element.scrollHeight;
    this.empty.remove();
    this.element.prepend(...this.waiting.reverse());
    this.waiting = [];
    while (this.element.childElementCount > MAX_MOVES) {
      this.element.lastElementChild.remove();
    }
    if (reading) {
      // What somebody reads stays where it is.
      this.element.scrollTop += this.element.scrollHeight - height;
    }
  }

  /** @param {"live" | "polling" | "away"} state */
  showState(state) {
    const words = { live: "as they happen", polling: "every two seconds", away: "not heard of" };
    say(this.state, words[state]);
  }

  #row(move) {
    return make(
      "li",
      { title: move.reason },
      make("time", { datetime: move.at }, timeOfDay(move.at)),
      make(`span.kind.${LOOKS.get(move.kind) ?? "plain"}`, {}, move.kind),
      tenantButton(move.tenant, this.open),
      make("span.where", {}, move.deployment),
      make("span.why", {}, move.reason),
    );
  }
}
