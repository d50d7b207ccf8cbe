// @ts-check
/**
 * Samples as lines: where each goes in a small picture, what stands at its axis, and the last value in figures.
 *
 * The axis begins at 0 and ends at a round number above the highest sample; what was not measured is a gap.
 *
 * @module
 */

/** @typedef {{at: number, value: number | null}} Sample */
/** @typedef {{lines: string[], points: number, ceiling: number, ticks: Array<{y: number, label: string}>, last: Array<string | null>}} Plot */
/** @typedef {{unit: (value: number) => string, least: number}} Scale */

export const WIDTH = 240;
export const HEIGHT = 64;
/** Seconds from the left edge to the right one. */
export const SPAN = 120;
// So that a line at the ceiling is seen whole.
const TOP = 4;

/** @type {Record<"rtt" | "loss" | "bits", Scale>} */
export const SCALES = {
  rtt: { unit: milliseconds, least: 0.01 },
  loss: { unit: percent, least: 0.05 },
  bits: { unit: bits, least: 100_000 },
};

/**
 * @param {Sample[][]} series One line each, on one axis.
 * @param {Scale} scale
 * @param {number} now At the right edge.
 * @returns {Plot}
 */
export function plot(series, scale, now) {
  const shown = series.map((samples) => samples.filter(({ at }) => at >= now - SPAN && at <= now));
  const values = shown.flat().flatMap(({ value }) => (value === null ? [] : [value]));
  const ceiling = roundUp(Math.max(scale.least, ...values));
  const y = (/** @type {number} */ value) => TOP + (HEIGHT - TOP) * (1 - value / ceiling);
  return {
    lines: shown.map((samples) => line(samples, now, y)),
    points: values.length,
    ceiling,
    ticks: [ceiling, 0].map((value) => ({ y: y(value), label: scale.unit(value) })),
    last: shown.map((samples) => {
      const value = samples.at(-1)?.value ?? null;
      return value === null ? null : scale.unit(value);
    }),
  };
}

/** The path of a line; one sample between gaps is a dot. @param {Sample[]} samples @param {number} now @param {(value: number) => number} y */
function line(samples, now, y) {
  let path = "";
  let pen = "M";
  for (const { at, value } of samples) {
    if (value === null) {
      pen = "M";
      continue;
    }
    const spot = `${round(WIDTH * (1 - (now - at) / SPAN))} ${round(y(value))}`;
    path += pen === "M" ? `M${spot}h0` : `L${spot}`;
    pen = "L";
  }
  return path;
}

/** The next of 1, 2, 5, 10, 20, … @param {number} value */
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const step = [1, 2, 5, 10].find((each) => value <= each * power * (1 + 1e-9)) ?? 10;
  return Number((step * power).toPrecision(1));
}

/** @param {number} seconds */
export function milliseconds(seconds) {
  if (seconds === 0) return "0 ms";
  return seconds < 0.001 ? "< 1 ms" : `${Math.round(seconds * 1000)} ms`;
}

/** @param {number} part */
export function percent(part) {
  const value = part * 100;
  if (value === 0 || value >= 9.95) return `${Math.round(value)} %`;
  return value < 0.1 ? "< 0.1 %" : `${Number(value.toFixed(1))} %`;
}

/** @param {number} perSecond */
export function bits(perSecond) {
  if (perSecond >= 999_500) return `${Number((perSecond / 1e6).toPrecision(2))} Mbit/s`;
  const kilo = perSecond / 1000;
  return `${kilo >= 10 ? Number(kilo.toPrecision(2)) : Math.round(kilo)} kbit/s`;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
