/** Bars by the hour, as a drawing and as a table for whoever does not see it. */

import { el, svg, table } from "./dom.js";
import { locale, number, t } from "./words.js";

const WIDTH = 720;
const HEIGHT = 180;
const LEFT = 52;
const BOTTOM = 24;
const TOP = 8;
// An axis with more is read by nobody.
const MARKS = 6;

/**
 * Return a figure.
 *
 * @param {string} title what is counted
 * @param {{at: number}[]} hours in order
 * @param {{name: string, label: string}[]} series members of each hour, the lowest first
 */
export function hourBars(title, hours, series) {
  const sums = hours.map((hour) => series.reduce((sum, each) => sum + hour[each.name], 0));
  const most = Math.max(...sums, 1);
  const total = sums.reduce((sum, each) => sum + each, 0);
  const summary = t("plotSummary", title, number(total), number(Math.max(...sums, 0)));
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": summary },
    patterns(), axis(niceTop(most)), hourMarks(hours), bars(hours, series, niceTop(most)));
  return el("figure", { class: "plot" },
    el("figcaption", {}, summary, " ", legend(series)),
    drawing,
    el("details", {}, el("summary", {}, t("asTable")), asTable(title, hours, series)));
}

function niceTop(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= most);
}

function patterns() {
  return svg("defs", {},
    svg("pattern", { id: "hatch", width: 4, height: 4, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 4, height: 4, class: "hatch-ground" }),
      svg("rect", { width: 1.5, height: 4, class: "hatch-line" })));
}

function axis(top) {
  const lines = [0, 0.5, 1].map((part) => {
    const y = TOP + (1 - part) * (HEIGHT - BOTTOM - TOP);
    return [
      svg("line", { x1: LEFT, x2: WIDTH, y1: y, y2: y, class: "grid" }),
      svg("text", { x: LEFT - 6, y: y + 4, class: "mark end" }, number(Math.round(top * part * 10) / 10)),
    ];
  });
  return svg("g", {}, ...lines.flat());
}

function hourMarks(hours) {
  const how = hours.length > 48 ? { month: "numeric", day: "numeric" } : { hour: "2-digit", minute: "2-digit" };
  const format = new Intl.DateTimeFormat(locale(), how);
  const each = Math.max(1, Math.ceil(hours.length / MARKS));
  const marked = hours.map((hour, place) => [hour, place]).filter(([, place]) => place % each === 0);
  return svg("g", {}, ...marked.map(([hour, place]) =>
    svg("text", { x: left(place, hours.length), y: HEIGHT - 6, class: "mark" },
      format.format(new Date(hour.at * 1000)))));
}

function left(place, count) {
  return LEFT + (place * (WIDTH - LEFT)) / count;
}

function bars(hours, series, top) {
  const width = Math.max(1, ((WIDTH - LEFT) / hours.length) * 0.82);
  const high = (count) => (count / top) * (HEIGHT - BOTTOM - TOP);
  const drawn = hours.flatMap((hour, place) => {
    let y = HEIGHT - BOTTOM;
    return series.filter((each) => hour[each.name] > 0).map((each) => {
      const height = high(hour[each.name]);
      y -= height;
      return svg("rect", { x: left(place, hours.length), y, width, height, class: `bar ${each.name}` });
    });
  });
  return svg("g", {}, ...drawn);
}

function legend(series) {
  return el("span", { class: "legend" }, series.map((each) =>
    el("span", { class: "key" },
      svg("svg", { viewBox: "0 0 12 12", class: "swatch", "aria-hidden": "true" },
        svg("rect", { width: 12, height: 12, class: `bar ${each.name}` })),
      each.label)));
}

function asTable(title, hours, series) {
  const how = { dateStyle: "short", timeStyle: "short" };
  const format = new Intl.DateTimeFormat(locale(), how);
  const columns = [
    [t("hour"), (hour) => format.format(new Date(hour.at * 1000))],
    ...series.map((each) => [each.label, (hour) => number(hour[each.name]), "number"]),
  ];
  return table(title, columns, hours, t("nothing"));
}

/** Return both plots and the reasons of an answer of /hours. */
export function hourPlots(told) {
  return [
    hourBars(t("passedPerHour"), told.hours, [{ name: "made", label: t("made") }]),
    hourBars(t("refusedPerHour"), told.hours, [
      { name: "denied", label: t("denied") },
      { name: "referred", label: t("referred") },
    ]),
    table(t("reasons"), [
      [t("reason"), (row) => el("code", {}, row.reason)],
      [t("count"), (row) => number(row.count), "number"],
    ], told.reasons, t("nothing")),
  ];
}
