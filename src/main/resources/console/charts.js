/** Charts over time by uPlot, in the colours of the page. */

import uPlot from "./uPlot.esm.js";
import { duration, rate, timeOfDay } from "./format.js";

const HEIGHT = 148;
/** What is shown at most, in seconds. */
const SPAN = 15 * 60;
const MIN_SPAN = 30;

/** @param {string} name of a CSS variable */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/**
 * A chart whose series are kept by somebody else.
 */
export class Chart {
  /**
   * @param {HTMLElement} place
   * @param {object} how
   * @param {{name: string, label: string, colour: string, area?: boolean}[]} how.series columns, and CSS variables
   * @param {(value: number | null) => string} how.text of a value
   */
  constructor(place, { series, text }) {
    this.place = place;
    this.series = series;
    this.text = text;
    this.data = [[], ...series.map(() => [])];
    this.#draw();
    new ResizeObserver(() => this.#resize()).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  /** @param {Object<string, (number | null)[]>} columns with `at` in seconds */
  show(columns) {
    this.data = [columns.at, ...this.series.map((each) => columns[each.name])];
    this.place.dataset.samples = String(columns.at.length);
    this.plot.setData(this.data, false);
    this.plot.setScale("x", this.#range());
    if (this.plot.cursor.idx === null || this.plot.cursor.idx === undefined || this.plot.cursor.left < 0) {
      // Nobody points at a moment: the last one is told.
      this.plot.setLegend({ idx: columns.at.length - 1 }, false);
    }
  }

  #range() {
    const last = this.data[0].at(-1) ?? Date.now() / 1e3;
    const first = this.data[0][0] ?? last;
    return { min: Math.max(last - SPAN, Math.min(first, last - MIN_SPAN)), max: last };
  }

  #resize() {
    if (this.place.clientWidth > 0) {
      this.plot.setSize({ width: this.place.clientWidth, height: HEIGHT });
    }
  }

  #draw() {
    this.plot?.destroy();
    const range = this.#range();
    this.plot = new uPlot(this.#options(range), this.data, this.place);
    this.plot.setScale("x", range);
  }

  #options(range) {
    const axis = {
      stroke: colour("--quiet"),
      font: `11px ${getComputedStyle(document.body).fontFamily}`,
      grid: { stroke: colour("--grid"), width: 1 },
      ticks: { show: false },
    };
    return {
      width: Math.max(this.place.clientWidth, 200),
      height: HEIGHT,
      padding: [8, 16, 0, 0],
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
      legend: { live: true },
      scales: {
        x: { time: true, range: (_, min, max) => [min ?? range.min, max ?? range.max] },
        y: { range: (_, min, max) => [0, max > 0 ? max * 1.1 : 1] },
      },
      axes: [
        { ...axis, size: 22, gap: 4, space: 64, values: (_, ticks) => ticks.map((at) => timeOfDay(at * 1e3)) },
        { ...axis, size: 56, gap: 6, space: 32, values: (_, ticks) => ticks.map((value) => this.text(value)) },
      ],
      series: [
        { label: "time", value: (_, at) => (at === null ? "" : timeOfDay(at * 1e3)) },
        ...this.series.map((each) => ({
          label: each.label,
          stroke: colour(each.colour),
          fill: each.area ? `color-mix(in srgb, ${colour(each.colour)} 14%, transparent)` : undefined,
          width: 1.5,
          points: { show: false },
          value: (_, value) => this.text(value),
        })),
      ],
    };
  }
}

/** @param {HTMLElement} place */
export function requestsChart(place) {
  return new Chart(place, {
    text: rate,
    series: [
      { name: "hot", label: "hot", colour: "--hot", area: true },
      { name: "overflow", label: "Deploymentx", colour: "--overflow" },
      { name: "failed", label: "failed", colour: "--bad" },
    ],
  });
}

/** @param {HTMLElement} place */
export function latencyChart(place) {
  return new Chart(place, {
    text: duration,
    series: [
      { name: "p50", label: "p50", colour: "--hot", area: true },
      { name: "p99", label: "p99", colour: "--overflow" },
    ],
  });
}
