/** Prometheus' text format, as far as the page needs it, and percentiles of its histograms. */

/** @typedef {{labels: Object<string, string>, value: number}} Point */

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/y;

/**
 * Reads the metrics with these names; others are passed over.
 * @param {string} text
 * @param {Set<string>} names
 * @returns {Map<string, Point[]>}
 */
export function parse(text, names) {
  const found = new Map([...names].map((name) => [name, []]));
  for (const line of text.split("\n")) {
    const name = NAME.exec(line)?.[0];
    if (name === undefined || !names.has(name)) {
      continue;
    }
    const end = line.charAt(name.length) === "{" ? line.lastIndexOf("}") + 1 : name.length;
    const value = Number(line.slice(end).trim().split(" ")[0].replace("+Inf", "Infinity"));
    found.get(name).push({ labels: labelsOf(line.slice(name.length + 1, end - 1)), value });
  }
  return found;
}

function labelsOf(text) {
  const labels = {};
  let at = 0;
  while (at < text.length) {
    LABEL.lastIndex = at;
    const match = LABEL.exec(text);
    if (match === null) {
      break;
    }
    labels[match[1]] = match[2].replace(/\\(.)/g, (_, letter) => (letter === "n" ? "\n" : letter));
    at = LABEL.lastIndex + 1;
  }
  return labels;
}

/**
 * Adds up the points that are wanted.
 * @param {Point[]} points
 * @param {(labels: Object<string, string>) => boolean} [wanted]
 */
export function sum(points, wanted = () => true) {
  return points.filter((point) => wanted(point.labels)).reduce((all, point) => all + point.value, 0);
}

/**
 * Adds up histograms: the cumulative count by upper bound in seconds.
 * @param {Point[]} points of a metric that ends in _bucket
 * @param {(labels: Object<string, string>) => boolean} wanted
 * @returns {Map<number, number>} in ascending order
 */
export function buckets(points, wanted) {
  const counts = new Map();
  for (const point of points.filter((each) => wanted(each.labels))) {
    const bound = point.labels.le === "+Inf" ? Infinity : Number(point.labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + point.value);
  }
  return new Map([...counts].sort((a, b) => a[0] - b[0]));
}

/**
 * A percentile of what was counted between two looks at a histogram. Between two bounds the logarithm is taken to be
 * even, as durations are.
 * @param {Map<number, number>} before
 * @param {Map<number, number>} now
 * @param {number} part 0..1
 * @returns {number | null} seconds; null when nothing was counted
 */
export function percentile(before, now, part) {
  const counts = [...now].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]);
  const total = counts.at(-1)?.[1] ?? 0;
  if (!(total > 0)) {
    return null;
  }
  const rank = part * total;
  let lower = 0;
  let below = 0;
  for (const [bound, count] of counts) {
    if (count >= rank) {
      return between(lower, bound, (rank - below) / (count - below));
    }
    lower = bound;
    below = count;
  }
  return lower;
}

function between(lower, upper, part) {
  if (upper === Infinity) {
    return lower;
  }
  return lower === 0 ? upper * part : lower * (upper / lower) ** part;
}
