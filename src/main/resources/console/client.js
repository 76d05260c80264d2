/** Calls of the server that the page came from, relative to the page, so that it works below any prefix. */

const PATIENCE_MS = 10_000;
const CHANGE_PATIENCE_MS = 30_000;

/** What the server refused, or why it did not answer. */
export class Refusal extends Error {
  /**
   * @param {string} title
   * @param {string} detail
   * @param {number} status of HTTP; 0 when there was no answer
   * @param {{pointer: string, detail: string}[]} errors every place of a request that is wrong
   */
  constructor(title, detail, status, errors = []) {
    super(detail || title);
    this.title = title;
    this.status = status;
    this.errors = errors;
  }

  /** Whether a token might help. */
  get wantsToken() {
    return this.status === 401 || this.status === 403;
  }
}

let token = "";
/** @type {Set<(refusal: Refusal, wasChange: boolean) => void>} */
const refused = new Set();

/** Keeps a token in memory, and nowhere else, until the page is left; "" forgets it. @param {string} text */
export function useToken(text) {
  token = text;
}

/** @returns {boolean} */
export function hasToken() {
  return token !== "";
}

/** Has this run whenever a call needs a token, or another one. @param {(refusal: Refusal, wasChange: boolean) => void} listener */
export function onRefused(listener) {
  refused.add(listener);
}

/**
 * The headers of a call.
 * @param {Object<string, string>} [more]
 */
export function headers(more = {}) {
  return token === "" ? more : { ...more, authorization: `Bearer ${token}` };
}

/**
 * @param {string} path relative, such as `status`
 * @returns {Promise<any>} the JSON; fails with {@link Refusal}
 */
export async function getJson(path) {
  return (await call(path, {}, PATIENCE_MS)).json();
}

/** @param {string} path @returns {Promise<string>} fails with {@link Refusal} */
export async function getText(path) {
  return (await call(path, {}, PATIENCE_MS)).text();
}

/**
 * @param {string} path
 * @param {any} body sent as JSON
 * @returns {Promise<any>} fails with {@link Refusal}
 */
export async function post(path, body) {
  const request = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  return (await call(path, request, CHANGE_PATIENCE_MS)).json();
}

/** The path of a tenant below another one. @param {string} prefix @param {string} tenant */
export function tenantPath(prefix, tenant) {
  return `${prefix}/${encodeURIComponent(tenant)}`;
}

async function call(path, request, patience) {
  let response;
  try {
    response = await fetch(path, {
      ...request,
      headers: headers(request.headers),
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(patience),
    });
  } catch (failure) {
    const late = failure instanceof DOMException && failure.name === "TimeoutError";
    throw new Refusal("No answer", late ? "the server did not answer in time" : "the server cannot be reached", 0);
  }
  if (response.ok) {
    return response;
  }
  const refusal = await readRefusal(response);
  if (refusal.wantsToken) {
    refused.forEach((listener) => listener(refusal, request.method === "POST"));
  }
  throw refusal;
}

/** Reads a problem document (RFC 9457), or what there is. @param {Response} response @returns {Promise<Refusal>} */
export async function readRefusal(response) {
  try {
    const problem = await response.json();
    return new Refusal(String(problem.title), String(problem.detail), response.status, problem.errors ?? []);
  } catch {
    return new Refusal(`HTTP ${response.status}`, `the server answered ${response.status}`, response.status);
  }
}
