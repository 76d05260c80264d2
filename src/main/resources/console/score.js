/** A form that scores one row, made of what the tenant's model takes. */

import { fill, make } from "./dom.js";
import { post, Refusal } from "./client.js";
import { duration } from "./format.js";

/** Wider inputs are written as JSON. */
const MAX_CELLS = 64;

/**
 * @typedef {object} Input as GET /models/{tenant} tells it
 * @property {string} name
 * @property {string} datatype
 * @property {number[]} shape the first one is the row
 * @property {string[] | null} columns
 * @property {boolean} [optional]
 */

/** @param {Input} input @returns {number | null} cells of a row; null: written as JSON */
export function cellsOf(input) {
  if (input.shape.length <= 1) {
    return 1;
  }
  const width = input.shape[1];
  return input.shape.length === 2 && width >= 1 && width <= MAX_CELLS ? width : null;
}

/**
 * The value of a cell as JSON. Fails with a message for who typed it.
 * @param {string} text
 * @param {string} datatype
 * @param {string} label
 */
export function cellOf(text, datatype, label) {
  if (datatype === "BYTES") {
    return text;
  }
  const trimmed = text.trim();
  if (trimmed === "") {
    return null;
  }
  if (datatype === "BOOL") {
    return trimmed === "true";
  }
  if (!Number.isFinite(Number(trimmed))) {
    throw new Refusal("Not a number", `${label}: '${trimmed}' is not a number`, 0);
  }
  // As it stands: a whole number of 64 bits is more than JavaScript's numbers hold.
  return JSON.rawJSON && /^-?(0|[1-9]\d*)$/.test(trimmed) ? JSON.rawJSON(trimmed) : Number(trimmed);
}

/** Values of the fields by input and position, taken from the example that the publisher gave. */
function exampleOf(model) {
  const example = model.example;
  const cells = new Map();
  if (example === null || example === undefined || model.inputs === null) {
    return cells;
  }
  const named = example.records?.[0] ?? zip(example.columns, example.data?.[0]);
  const row = named === null && Array.isArray(example.data?.[0]) ? [...example.data[0]] : [];
  for (const input of model.inputs) {
    const given = example.inputs?.[input.name]?.[0];
    const width = cellsOf(input) ?? 1;
    const columns = input.columns ?? [input.name];
    cells.set(
      input.name,
      given !== undefined
        ? [given].flat()
        : named !== null
          ? columns.map((column) => named[column] ?? "")
          : row.splice(0, width),
    );
  }
  return cells;
}

function zip(columns, cells) {
  return columns === undefined || cells === undefined
    ? null
    : Object.fromEntries(columns.map((column, index) => [column, cells[index]]));
}

/**
 * Makes the form.
 * @param {string} tenant
 * @param {any} model the answer to GET /models/{tenant}
 * @returns {HTMLElement}
 */
export function scoreForm(tenant, model) {
  if (model.inputs === null) {
    return make("p.nothing", {}, model.note ?? "What the model takes is not known.");
  }
  const example = exampleOf(model);
  const inputs = model.inputs.map((input, index) => inputFields(input, index, example.get(input.name) ?? []));
  const answer = make("div.answer", { role: "status" });
  const submit = make("button.main", { type: "submit" }, "Score");
  const score = async (event) => {
    event.preventDefault();
    submit.setAttribute("disabled", "");
    try {
      const values = Object.fromEntries(inputs.map((input) => [input.name, input.read()]).filter(([, value]) => value !== undefined));
      const begun = performance.now();
      const scored = await post("score", { tenant, inputs: values, outputs: "all" });
      fill(answer, answerTable(scored, (performance.now() - begun) / 1e3));
    } catch (failure) {
      fill(answer, refusalText(failure));
    } finally {
      submit.removeAttribute("disabled");
    }
  };
  return make("form.score", { onsubmit: score }, inputs.map((input) => input.element), make("div.buttons", {}, submit), answer);
}

function inputFields(input, index, example) {
  const width = cellsOf(input);
  const optional = input.optional ? ", may be left out" : "";
  const legend = make("legend", {}, `${input.name} `, make("span.quiet", {}, `${input.datatype} [${input.shape.join(", ")}]${optional}`));
  if (width === null) {
    return jsonField(input, index, legend);
  }
  const labels = input.columns?.length === width ? input.columns : width === 1 ? [input.name] : [...Array(width).keys()].map(String);
  const fields = labels.map((label, cell) => cellField(input, `in-${index}-${cell}`, label, example[cell]));
  const read = () => {
    const cells = fields.map((field, cell) => cellOf(field.value, input.datatype, labels[cell]));
    if (input.optional && cells.every((cell) => cell === null || cell === "")) {
      return undefined;
    }
    return [input.shape.length <= 1 ? cells[0] : cells];
  };
  const grid = fields.map((field, cell) => make("div.cell", {}, make("label", { for: field.id, title: labels[cell] }, labels[cell]), field));
  return { name: input.name, read, element: make("fieldset", {}, legend, make("div.cells", {}, grid)) };
}

function cellField(input, id, label, value) {
  const given = value === null || value === undefined ? "" : String(value);
  if (input.datatype === "BOOL") {
    const options = ["false", "true"].map((text) => make("option", { value: text, selected: text === given }, text));
    return make("select", { id }, options);
  }
  const inputmode = input.datatype === "BYTES" ? "text" : "decimal";
  return make("input", { id, type: "text", inputmode, autocomplete: "off", value: given });
}

function jsonField(input, index, legend) {
  const field = make("textarea", { id: `in-${index}`, rows: "4", spellcheck: "false", "aria-label": `${input.name} as JSON` });
  field.placeholder = "one row as JSON, such as [[0.1, 0.2], [0.3, 0.4]]";
  const read = () => {
    if (field.value.trim() === "" && input.optional) {
      return undefined;
    }
    try {
      return [JSON.parse(field.value)];
    } catch {
      throw new Refusal("No JSON", `${input.name}: this is no JSON`, 0);
    }
  };
  return { name: input.name, read, element: make("fieldset", {}, legend, field) };
}

function answerTable(scored, seconds) {
  const outputs = scored.outputs ?? { prediction: scored.prediction };
  return make(
    "div",
    {},
    make("p.quiet", {}, `${scored.deployment}, version ${scored.version}, ${duration(seconds)} with the network`),
    make(
      "table",
      {},
      make(
        "tbody",
        {},
        Object.entries(outputs).map(([name, values]) =>
          make("tr", {}, make("th", { scope: "row" }, name), make("td.value", {}, JSON.stringify(values[0] ?? values))),
        ),
      ),
    ),
  );
}

/** What the server said of a failure. @param {any} failure @returns {HTMLElement} */
export function refusalText(failure) {
  const errors = failure instanceof Refusal ? failure.errors : [];
  return make(
    "div.refusal",
    { role: "alert" },
    make("strong", {}, failure.title ?? "Failed"),
    make("p", {}, failure.message),
    errors.length === 0 ? null : make("ul", {}, errors.map((each) => make("li", {}, `${each.pointer}: ${each.detail}`))),
  );
}
