/**
 * A list of any length of which only the rows in sight are in the document: ten thousand are as quick as ten. Its
 * element has the role listbox; the row that the keyboard is on is told by aria-activedescendant.
 */

const ROWS_BESIDE = 6;

/**
 * @template T
 */
export class VirtualList {
  /**
   * @param {HTMLElement} element scrolls; its height comes from the style sheet
   * @param {object} how
   * @param {number} how.rowHeight in pixels, of every row
   * @param {(row: T) => HTMLElement} how.render one row
   * @param {(row: T) => string} how.key tells rows apart, also after they have changed
   * @param {(row: T) => void} how.open what a click or Enter does
   */
  constructor(element, { rowHeight, render, key, open }) {
    this.element = element;
    this.rowHeight = rowHeight;
    this.render = render;
    this.key = key;
    this.open = open;
    /** @type {T[]} */
    this.rows = [];
    this.active = -1;
    this.space = document.createElement("div");
    this.space.className = "space";
    this.space.setAttribute("role", "presentation");
    element.append(this.space);
    element.addEventListener("scroll", () => this.#draw(), { passive: true });
    element.addEventListener("keydown", (event) => this.#keyDown(event));
    element.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.#draw()).observe(element);
  }

  /** @param {T[]} rows in place of those before; the active row stays the same one */
  show(rows) {
    const active = this.rows[this.active];
    const key = active === undefined ? null : this.key(active);
    this.rows = rows;
    this.active = key === null ? -1 : rows.findIndex((row) => this.key(row) === key);
    this.space.style.height = `${rows.length * this.rowHeight}px`;
    this.#draw();
  }

  #draw() {
    const first = Math.max(0, Math.floor(this.element.scrollTop / this.rowHeight) - ROWS_BESIDE);
    const inSight = Math.ceil(this.element.clientHeight / this.rowHeight) + 2 * ROWS_BESIDE;
    const last = Math.min(this.rows.length, first + inSight);
    const drawn = [];
    for (let index = first; index < last; index++) {
      drawn.push(this.#row(index));
    }
    this.space.replaceChildren(...drawn);
    if (this.active >= first && this.active < last) {
      this.element.setAttribute("aria-activedescendant", this.#id(this.active));
    } else {
      this.element.removeAttribute("aria-activedescendant");
    }
  }

  #id(index) {
    return `${this.element.id}-row-${index}`;
  }

  #row(index) {
    const row = this.render(this.rows[index]);
    row.id = this.#id(index);
    row.classList.add("row");
    row.setAttribute("role", "option");
    row.setAttribute("aria-setsize", String(this.rows.length));
    row.setAttribute("aria-posinset", String(index + 1));
    row.setAttribute("aria-selected", String(index === this.active));
    row.dataset.index = String(index);
    row.style.transform = `translateY(${index * this.rowHeight}px)`;
    return row;
  }

  #click(event) {
    const row = event.target.closest("[data-index]");
    if (row !== null) {
      this.#activate(Number(row.dataset.index));
      this.open(this.rows[this.active]);
    }
  }

  #keyDown(event) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.rowHeight) - 1);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in moves && this.rows.length > 0) {
      event.preventDefault();
      this.#activate(Math.min(Math.max(this.active + moves[event.key], 0), this.rows.length - 1));
    } else if ((event.key === "Enter" || event.key === " ") && this.active >= 0) {
      event.preventDefault();
      this.open(this.rows[this.active]);
    }
  }

  #activate(index) {
    this.active = index;
    const top = index * this.rowHeight;
    if (top < this.element.scrollTop) {
      this.element.scrollTop = top;
    } else if (top + this.rowHeight > this.element.scrollTop + this.element.clientHeight) {
      this.element.scrollTop = top + this.rowHeight - this.element.clientHeight;
    }
    this.#draw();
  }
}
