// @ts-check
/**
 * Draws the table on a canvas, each player at the bottom of what he sees.
 *
 * @module
 */

import { GOAL, HEIGHT, MALLET, PUCK, WIDTH } from "./rink.js";

/** @import { Happening, Point, Rink } from "./rink.js" */

const TRAIL = 12;
const FLASH = 0.35; // seconds
const APART = 0.12; // seconds: a mallet that pushes the puck strikes it in each step

export class Picture {
  #canvas;
  #context;
  /** @type {Record<string, string>} */
  #colours = {};
  #scale = 1;
  #ratio = 1;
  #left = 0;
  #top = 0;
  /** @type {Point[]} */
  #trail = [];
  /** @type {Array<{x: number, y: number, at: number, force: number}>} */
  #rings = [];
  #goal = { by: 0, at: -1 };
  #outline = new Path2D();
  #calm = matchMedia("(prefers-reduced-motion: reduce)");

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    /** The side at the bottom. */
    this.side = 0;
    this.#outline.roundRect(0, 0, WIDTH, HEIGHT, 0.06);
    new ResizeObserver(() => this.#fit()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#paint());
    this.#fit();
  }

  /** Where on the table a point of the window is. @param {number} x @param {number} y @returns {Point} */
  locate(x, y) {
    const box = this.#canvas.getBoundingClientRect();
    return this.#turn({ x: (x - box.left - this.#left) / this.#scale, y: (y - box.top - this.#top) / this.#scale });
  }

  /** Remember what is to be seen for a moment. @param {Happening[]} happened @param {Point} where @param {number} now */
  note(happened, where, now) {
    if (this.#calm.matches) return;
    for (const { kind, by, force } of happened) {
      if (kind === "goal") this.#goal = { by, at: now };
      else if (kind !== "stalled" && force > 0.3 && now - (this.#rings.at(-1)?.at ?? 0) > APART) {
        this.#rings.push({ ...where, at: now, force });
      }
    }
  }

  /** @param {Rink} rink @param {number} now */
  draw(rink, now) {
    const { width, height } = this.#canvas;
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    const scale = this.#scale * this.#ratio;
    context.setTransform(scale, 0, 0, scale, this.#left * this.#ratio, this.#top * this.#ratio);
    this.#table(now);
    context.save();
    context.clip(this.#outline);
    this.#effects(rink, now);
    context.restore();
    const there = 1 - this.side;
    this.#mallet(this.#turn(rink.mallets[there]), "other");
    this.#mallet(this.#turn(rink.mallets[this.side]), "mine");
    if (rink.phase !== "over") this.#puck(this.#turn(rink.puck));
    if (rink.phase === "serve" && rink.left > 0) this.#count(Math.ceil(rink.left));
  }

  /** @param {Point} point @returns {Point} */
  #turn({ x, y }) {
    return this.side === 0 ? { x, y } : { x: WIDTH - x, y: HEIGHT - y };
  }

  /** @param {number} now */
  #table(now) {
    const context = this.#context;
    context.fillStyle = this.#colours.table;
    context.fill(this.#outline);
    context.lineWidth = 0.006;
    context.strokeStyle = this.#colours.line;
    context.beginPath();
    context.moveTo(0.01, HEIGHT / 2);
    context.lineTo(WIDTH - 0.01, HEIGHT / 2);
    context.moveTo(WIDTH / 2 + 0.16, HEIGHT / 2);
    context.arc(WIDTH / 2, HEIGHT / 2, 0.16, 0, 2 * Math.PI);
    for (const [y, from] of [[0, 0], [HEIGHT, Math.PI]]) {
      context.moveTo(WIDTH / 2 + GOAL / 2, y);
      context.arc(WIDTH / 2, y, GOAL / 2, from, from + Math.PI);
    }
    context.stroke();
    context.beginPath();
    context.roundRect(0.006, 0.006, WIDTH - 0.012, HEIGHT - 0.012, 0.055);
    context.lineWidth = 0.012;
    context.strokeStyle = this.#colours.edge;
    context.stroke();
    this.#mouth(HEIGHT - 0.006, this.#colours.mine, this.#shine(1 - this.side, now));
    this.#mouth(0.006, this.#colours.other, this.#shine(this.side, now));
  }

  /** How much the goal lights up into which a side has just scored. @param {number} by @param {number} now */
  #shine(by, now) {
    const since = now - this.#goal.at;
    return this.#goal.by === by && since >= 0 && since < 1 ? 1 - since : 0;
  }

  /** @param {number} y @param {string} colour @param {number} shine */
  #mouth(y, colour, shine) {
    const context = this.#context;
    context.beginPath();
    context.moveTo((WIDTH - GOAL) / 2, y);
    context.lineTo((WIDTH + GOAL) / 2, y);
    context.strokeStyle = colour;
    context.lineWidth = 0.02 + 0.03 * shine;
    context.lineCap = "round";
    context.stroke();
    if (!shine) return;
    context.beginPath();
    context.arc(WIDTH / 2, y, GOAL / 2 + 0.3 * (1 - shine), 0, 2 * Math.PI);
    context.globalAlpha = 0.25 * shine;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
  }

  /** @param {Rink} rink @param {number} now */
  #effects(rink, now) {
    const context = this.#context;
    this.#rings = this.#rings.filter(({ at }) => now - at < FLASH).slice(-8);
    for (const { at, force, ...where } of this.#rings) {
      const { x, y } = this.#turn(where);
      const part = (now - at) / FLASH;
      context.beginPath();
      context.arc(x, y, PUCK + 0.12 * part * Math.min(1, force), 0, 2 * Math.PI);
      context.globalAlpha = 0.5 * (1 - part);
      context.lineWidth = 0.008;
      context.strokeStyle = this.#colours.puck;
      context.stroke();
    }
    this.#trail = rink.phase === "play" && !this.#calm.matches ? [...this.#trail.slice(1 - TRAIL), { ...rink.puck }] : [];
    this.#trail.forEach((place, index) => {
      const { x, y } = this.#turn(place);
      context.beginPath();
      context.arc(x, y, (PUCK * (index + 1)) / TRAIL, 0, 2 * Math.PI);
      context.globalAlpha = (0.18 * index) / TRAIL;
      context.fillStyle = this.#colours.puck;
      context.fill();
    });
    context.globalAlpha = 1;
  }

  /** @param {Point} place */
  #puck(place) {
    this.#disc(place, PUCK, this.#colours.puck);
    this.#ring(place, PUCK * 0.6, this.#colours.table, 0.008);
  }

  /** Mine has a dot and theirs a ring: colour alone does not tell them apart. @param {Point} place @param {"mine" | "other"} whose */
  #mallet(place, whose) {
    const colour = this.#colours[whose];
    this.#disc(place, MALLET, colour);
    this.#ring(place, MALLET * 0.72, this.#colours.table, 0.008);
    if (whose === "mine") this.#disc(place, MALLET * 0.34, this.#colours.table);
    else this.#ring(place, MALLET * 0.34, this.#colours.table, 0.014);
  }

  /** @param {Point} place @param {number} radius @param {string} colour */
  #disc({ x, y }, radius, colour) {
    this.#context.beginPath();
    this.#context.arc(x, y, radius, 0, 2 * Math.PI);
    this.#context.fillStyle = colour;
    this.#context.fill();
  }

  /** @param {Point} place @param {number} radius @param {string} colour @param {number} width */
  #ring({ x, y }, radius, colour, width) {
    this.#context.beginPath();
    this.#context.arc(x, y, radius, 0, 2 * Math.PI);
    this.#context.lineWidth = width;
    this.#context.strokeStyle = colour;
    this.#context.stroke();
  }

  /** @param {number} seconds */
  #count(seconds) {
    const context = this.#context;
    context.font = `600 0.2px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = this.#colours.puck;
    context.globalAlpha = 0.75;
    context.fillText(String(seconds), WIDTH / 2, HEIGHT / 2 + 0.01);
    context.globalAlpha = 1;
  }

  #fit() {
    const { clientWidth, clientHeight } = this.#canvas;
    this.#ratio = Math.min(globalThis.devicePixelRatio || 1, 3);
    this.#canvas.width = Math.round(clientWidth * this.#ratio);
    this.#canvas.height = Math.round(clientHeight * this.#ratio);
    this.#scale = Math.max(1, Math.min(clientWidth / WIDTH, clientHeight / HEIGHT));
    this.#left = (clientWidth - WIDTH * this.#scale) / 2;
    this.#top = (clientHeight - HEIGHT * this.#scale) / 2;
    this.#paint();
  }

  #paint() {
    const style = getComputedStyle(this.#canvas);
    for (const name of ["table", "line", "edge", "mine", "other", "puck"]) {
      this.#colours[name] = style.getPropertyValue(`--${name}`).trim();
    }
  }
}
