/** What people left at screens: appeals, opened by whom works on them, and ratings. */

import { get, post } from "./api.js";
import { button, el, field, form, show, table } from "./dom.js";
import { day, moment, named, number, t } from "./words.js";

const STATES = ["open", "claimed", "answered", "closed"];
const ENDS = ["answered", "closed"];

export async function appealsView(shell, query) {
  const asked = { state: "open", ...query };
  const [told, visits] = await Promise.all([get("appeals", asked), get("visits")]);
  return el("section", {},
    el("h1", { tabindex: "-1" }, t("appeals")),
    el("div", { class: "choices", role: "group", "aria-label": t("state") }, STATES.map((each) =>
      el("button", {
        type: "button", class: "choice", "aria-pressed": String(each === asked.state),
        click: () => shell.go(`#/appeals?state=${each}`),
      }, t(`appeal.${each}`)))),
    list(asked, told),
    ratings(visits),
    tickets(visits));
}

function list(asked, told) {
  return table(`${t("appeals")}: ${t(`appeal.${asked.state}`)}`, [
    [t("number"), (row) => el("a", { href: `#/appeal?${new URLSearchParams(name(row))}` }, `${row.terminal} ${row.number}`)],
    [t("urgency"), (row) => el("span", { class: `badge ${row.urgency === "ordinary" ? "info" : "bad"}` }, named("urgency", row.urgency))],
    [t("at"), (row) => moment(row.at)],
    [t("service"), (row) => row.service],
    [t("by"), (row) => row.operator],
  ], told.appeals, t("nothing"));
}

function name(of) {
  return { terminal: of.terminal, number: of.number };
}

function ratings(told) {
  return table(t("ratings"), [
    [t("day"), (row) => day(row.at)],
    [t("terminal"), (row) => row.terminal],
    [t("lane"), (row) => row.lane],
    [t("service"), (row) => row.service],
    [t("mean"), (row) => row.mean.toFixed(1), "number"],
    [t("count"), (row) => number(row.count), "number"],
  ], told.ratings, t("nothing"));
}

function tickets(told) {
  return table(t("tickets"), [
    [t("service"), (row) => row.service],
    [t("count"), (row) => number(row.count), "number"],
  ], told.tickets, t("nothing"));
}

export async function appealView(shell, query) {
  const told = await get("appeal", query);
  return el("section", {},
    el("p", {}, el("a", { href: "#/appeals" }, `← ${t("back")}`)),
    el("h1", { tabindex: "-1" }, `${t("appeal")} ${told.terminal} ${told.number}`),
    el("p", {},
      el("span", { class: "badge info" }, `● ${t(`appeal.${told.state}`)}`),
      ` ${named("urgency", told.urgency)} · ${moment(told.at)} · ${told.lane} · ${told.service}`,
      told.operator && ` · ${t("by")}: ${told.operator}`),
    told.note && el("blockquote", {}, el("p", {}, told.note)),
    shell.may("operator") && acts(shell, told));
}

function acts(shell, told) {
  const send = (path, members = {}) => async () => {
    try {
      await post(`appeal/${path}`, { ...name(told), ...members });
      await shell.again(path === "claim" ? t("claimed") : t("done"));
    } catch (error) {
      shell.failed(error);
    }
  };
  if (told.state === "open") {
    return el("div", { class: "act" }, button(t("claim"), send("claim"), "main"));
  }
  if (told.state !== "claimed") {
    return null;
  }
  const isOwn = told.operator === shell.session.name;
  return el("div", { class: "act" },
    isOwn && words(shell, told),
    isOwn && ender((values) => send("end", values)()),
    (isOwn || shell.may("admin")) && button(t("leave"), send("leave")));
}

function words(shell, told) {
  const box = el("div", {}, el("p", {}, t("wordsText")));
  box.append(button(t("openWords"), async () => {
    try {
      const found = (await post("appeal/words", name(told))).words;
      show(box, Object.entries(found).map(([member, value]) =>
        el("blockquote", {}, el("strong", {}, named("words", member)), el("p", {}, String(value)))));
    } catch (error) {
      shell.failed(error);
    }
  }));
  return box;
}

function ender(send) {
  const state = el("select", { name: "state" }, ENDS.map((each) =>
    el("option", { value: each }, t(`appeal.${each}`))));
  const note = el("textarea", { name: "note", required: true, maxlength: 900, rows: 4 });
  return form(t("resolve"), send,
    field(t("outcome"), state),
    field(t("note"), note, t("noteHint")),
    el("button", { type: "submit", class: "main" }, t("resolve")));
}
