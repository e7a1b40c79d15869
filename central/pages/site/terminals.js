/** The overview: what is wrong with how many, what happens by the hour, and the terminals. */

import { get } from "./api.js";
import { button, el, field, form, show, table } from "./dom.js";
import { hourPlots } from "./plot.js";
import { ago, named, number, t } from "./words.js";

const LIMIT = 25;
// What is no fault yet.
const SOFT = new Set(["behind", "new", "suspended"]);
const ORDERS = ["trouble", "name", "seen", "behind"];
export const HOURS = [24, 72, 168, 744];

/** Return badges of what is wrong; each is a word and a shape, not a colour alone. */
export function badges(signs) {
  if (signs.length === 0) {
    return el("span", { class: "badge good" }, `✓ ${t("well")}`);
  }
  return el("span", { class: "badges" }, signs.map((sign) =>
    el("span", { class: `badge ${SOFT.has(sign) ? "wait" : "bad"}` },
      `${SOFT.has(sign) ? "▲" : "✕"} ${named("sign", sign)}`)));
}

export async function terminalsView(shell, query) {
  const asked = { sign: "", search: "", order: "trouble", first: "0", ...query };
  const list = el("div");
  const plots = el("div", { class: "plots" });
  const told = await get("terminals", { ...asked, limit: LIMIT });
  showList(list, shell, asked, told);
  shell.every(async () => {
    showList(list, shell, asked, await get("terminals", { ...asked, limit: LIMIT }, { quiet: true }));
  });
  await showPlots(plots, 24);
  return el("section", {},
    el("h1", { tabindex: "-1" }, t("overview")),
    list,
    el("h2", {}, t("passedPerHour")),
    periods((hours) => showPlots(plots, hours).catch(shell.failed)),
    plots);
}

/** Return buttons that choose how far back plots go. */
export function periods(choose) {
  const row = el("div", { class: "choices", role: "group", "aria-label": t("period") });
  const pick = (hours) => {
    choose(hours);
    mark(hours);
  };
  const mark = (hours) => {
    row.querySelectorAll("button").forEach((each, place) => {
      each.setAttribute("aria-pressed", String(HOURS[place] === hours));
    });
  };
  row.append(...HOURS.map((hours) => button(t(`hours.${hours}`), () => pick(hours), "choice")));
  mark(HOURS[0]);
  return row;
}

async function showPlots(plots, hours) {
  show(plots, hourPlots(await get("hours", { hours })));
}

function showList(list, shell, asked, told) {
  if (list.contains(document.activeElement)) {
    return; // somebody types there, or is on his way through it by keyboard
  }
  show(list, tiles(shell, asked, told), finder(shell, asked), rows(told), pager(shell, asked, told));
}

function go(shell, asked) {
  shell.go(`#/?${new URLSearchParams(asked)}`);
}

function tiles(shell, asked, told) {
  const signs = [["", told.terminals, t("total")], ["well", told.well, t("well")],
    ...Object.entries(told.signs).map(([sign, count]) => [sign, count, named("sign", sign)])];
  const shown = signs.filter(([sign, count]) => count > 0 || sign === "" || sign === asked.sign);
  return el("div", { class: "tiles", role: "group", "aria-label": t("filter") },
    shown.map(([sign, count, label]) => el("button", {
      type: "button",
      class: `tile ${["", "well"].includes(sign) ? "" : SOFT.has(sign) ? "soft" : "trouble"}`,
      "aria-pressed": String(asked.sign === sign),
      click: () => go(shell, { ...asked, sign, first: "0" }),
    }, el("span", { class: "figure" }, number(count)), el("span", {}, label))),
    el("p", { class: "tile still" },
      el("span", { class: "figure" }, number(told.waiting)), el("span", {}, t("waiting"))));
}

function finder(shell, asked) {
  const search = el("input", { name: "search", type: "search", maxlength: 64, value: asked.search });
  const order = el("select", { name: "order" }, ORDERS.map((each) =>
    el("option", { value: each, selected: each === asked.order }, t(`order.${each}`))));
  return form(t("filter"), (values) => go(shell, { ...asked, ...values, first: "0" }),
    el("div", { class: "row" }, field(t("search"), search), field(t("order"), order),
      el("button", { type: "submit" }, t("apply"))));
}

function rows(told) {
  return table(t("found", number(told.found)), [
    [t("terminal"), (row) => el("a", { href: `#/terminal/${encodeURIComponent(row.terminal)}` }, row.terminal)],
    [t("standing"), (row) => badges(row.signs)],
    [t("lastSeen"), (row) => ago(row.silent_s)],
    [t("behind"), (row) => number(row.behind), "number"],
    [t("version"), (row) => row.version],
  ], told.page, t("nothing"));
}

function pager(shell, asked, told) {
  const first = told.first;
  const last = first + told.page.length;
  const to = (place) => () => go(shell, { ...asked, first: String(Math.max(0, place)) });
  return el("nav", { class: "pager", "aria-label": t("found", number(told.found)) },
    first > 0 && button(t("earlier"), to(first - LIMIT)),
    el("span", {}, told.page.length > 0 ? t("page", number(first + 1), number(last)) : ""),
    last < told.found && button(t("later"), to(last)));
}
