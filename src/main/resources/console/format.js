/** Numbers and times as people read them. */

const NONE = "–";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
/** From the first number on, in units of the second. */
const SHORT = [
  [1e9, 1e9, "G"],
  [1e6, 1e6, "M"],
  [1e4, 1e3, "k"],
];
const SIZES = ["B", "KiB", "MiB", "GiB", "TiB"];

/** @param {number | null | undefined} value @returns {boolean} */
function known(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** Three digits: 0.0123, 1.23, 12.3, 123. @param {number} value */
function digits(value) {
  const size = Math.abs(value);
  if (size >= 100 || value === 0) {
    return whole.format(value);
  }
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** A count: 9,999 in full, then 12.3k. @param {number | null | undefined} value */
export function count(value) {
  if (!known(value)) {
    return NONE;
  }
  const short = SHORT.find(([from]) => value >= from);
  return short === undefined ? whole.format(value) : `${digits(value / short[1])}${short[2]}`;
}

/** All digits: 12,345. @param {number | null | undefined} value */
export function exactly(value) {
  return known(value) ? whole.format(value) : NONE;
}

/** A rate per second. @param {number | null | undefined} value */
export function rate(value) {
  if (!known(value)) {
    return NONE;
  }
  if (value >= 1e4) {
    return count(value);
  }
  return value === 0 ? "0" : digits(value);
}

/** A duration in seconds as us, ms or s. @param {number | null | undefined} seconds */
export function duration(seconds) {
  if (!known(seconds)) {
    return NONE;
  }
  if (seconds >= 1) {
    return `${digits(seconds)} s`;
  }
  return seconds >= 1e-3 || seconds === 0 ? `${digits(seconds * 1e3)} ms` : `${digits(seconds * 1e6)} µs`;
}

/** A part of one: 98.7 %. @param {number | null | undefined} part */
export function percent(part) {
  if (!known(part)) {
    return NONE;
  }
  const hundred = part * 100;
  return `${hundred === 0 || hundred >= 99.95 ? Math.round(hundred) : hundred.toFixed(hundred < 1 ? 2 : 1)} %`;
}

/** @param {number | null | undefined} value */
export function bytes(value) {
  if (!known(value)) {
    return NONE;
  }
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < SIZES.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? whole.format(size) : digits(size)} ${SIZES[unit]}`;
}

/** The time of day of an instant. @param {string | number} instant */
export function timeOfDay(instant) {
  const at = new Date(instant);
  return Number.isNaN(at.getTime()) ? NONE : clock.format(at);
}

/** How long ago an instant was: 12 s, 3 min, 5 h, 2 d. @param {string} instant @param {number} [now] in ms */
export function ago(instant, now = Date.now()) {
  const seconds = (now - new Date(instant).getTime()) / 1e3;
  if (!known(seconds)) {
    return NONE;
  }
  if (seconds < 1) {
    return "now";
  }
  if (seconds < 60) {
    return `${Math.floor(seconds)} s`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min`;
  }
  return seconds < 86400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} d`;
}

/** The Serve name of a deployment in the deployment map: deployment9 is Deployment9. @param {string} name */
export function serveName(name) {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
