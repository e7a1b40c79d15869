/** The work queue: a case is taken by one, and resolved with a note. */

import { get, post } from "./api.js";
import { button, el, field, form, table } from "./dom.js";
import { moment, money, named, number, t } from "./words.js";

const KINDS = ["double", "reversal"];
const STATES = ["open", "claimed", "resolved"];
const OUTCOMES = ["misuse", "fault", "harmless", "unclear"];

export async function casesView(shell, query) {
  const asked = { kind: "double", state: "open", ...query };
  const told = await get("cases", asked);
  const to = (changes) => () => shell.go(`#/work?${new URLSearchParams({ kind: asked.kind, state: asked.state, ...changes })}`);
  return el("section", {},
    el("h1", { tabindex: "-1" }, t("work")),
    choices(t("kind"), KINDS, asked.kind, (kind) => t(`kind.${kind}`), (kind) => to({ kind })),
    choices(t("state"), STATES, asked.state, (state) => t(`case.${state}`), (state) => to({ state })),
    list(asked, told),
    told.next !== null && button(t("more"), to(
      { at: told.next[0], first: told.next[1], second: told.next[2] })));
}

function choices(label, values, chosen, words, act) {
  return el("div", { class: "choices", role: "group", "aria-label": label }, values.map((each) =>
    el("button", { type: "button", class: "choice", "aria-pressed": String(each === chosen), click: act(each) },
      words(each))));
}

function list(asked, told) {
  return table(`${t(`kind.${asked.kind}`)}: ${t(`case.${asked.state}`)}`, [
    [t("case"), (row) => el("a", { href: `#/case?${new URLSearchParams(name(row))}` }, short(row))],
    [t("at"), (row) => moment(row.at)],
    [t("places"), (row) => number(row.terminals), "number"],
    [t("uses"), (row) => number(row.uses), "number"],
    [t("amount"), (row) => money(row.amount_minor, row.currency), "number"],
    [t("by"), (row) => row.operator],
  ], told.cases, t("nothing"));
}

function name({ kind, first, second }) {
  return { kind, first, second };
}

function short(row) {
  return row.kind === "double" ? row.second.slice(0, 12) : `${row.first} ${row.second}`;
}

export async function caseView(shell, query) {
  const told = await get("case", query);
  return el("section", {},
    el("p", {}, el("a", { href: `#/work?kind=${encodeURIComponent(told.kind)}` }, `← ${t("back")}`)),
    el("h1", { tabindex: "-1" }, `${t(`kind.${told.kind}`)} ${short(told)}`),
    el("p", {}, el("span", { class: "badge info" }, `● ${t(`case.${told.state}`)}`),
      told.operator && ` ${t("by")}: ${told.operator}, ${moment(told.changed)}`),
    told.note && el("blockquote", {},
      told.outcome && el("strong", {}, named("outcome", told.outcome)), el("p", {}, told.note)),
    uses(told),
    shell.may("operator") && acts(shell, told));
}

function uses(told) {
  return table(told.kind === "double" ? t("useTable") : t("takenBack"), [
    [t("terminal"), (row) => el("a", { href: `#/terminal/${encodeURIComponent(row.terminal)}` }, row.terminal)],
    [t("lane"), (row) => row.lane],
    [t("at"), (row) => moment(row.at)],
    [t("entries"), (row) => `${row.epoch}/${row.seq}`],
    [t("type"), (row) => row.type],
    [t("verdict"), (row) => row.verdict],
    [t("amount"), (row) => money(row.amount_minor, row.currency), "number"],
  ], told.uses, t("nothing"));
}

function acts(shell, told) {
  const send = (path, members = {}) => async () => {
    try {
      await post(`case/${path}`, { ...name(told), ...members });
      await shell.again(path === "claim" ? t("claimed") : t("done"));
    } catch (error) {
      shell.failed(error);
    }
  };
  if (told.state === "open") {
    return el("div", { class: "act" }, button(t("claim"), send("claim"), "main"));
  }
  if (told.state === "resolved") {
    return el("div", { class: "act" }, button(t("reopen"), send("reopen")));
  }
  const isOwn = told.operator === shell.session.name;
  return el("div", { class: "act" },
    isOwn && resolver((values) => send("resolve", values)()),
    (isOwn || shell.may("admin")) && button(t("leave"), send("leave")));
}

function resolver(send) {
  const outcome = el("select", { name: "outcome", required: true }, OUTCOMES.map((each) =>
    el("option", { value: each }, t(`outcome.${each}`))));
  const note = el("textarea", { name: "note", required: true, maxlength: 900, rows: 4 });
  return form(t("resolve"), send,
    field(t("outcome"), outcome),
    field(t("note"), note, t("noteHint")),
    el("button", { type: "submit", class: "main" }, t("resolve")));
}
