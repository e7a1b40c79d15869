/** One terminal in detail. */

import { get, post } from "./api.js";
import { button, el, field, form, show, table } from "./dom.js";
import { hourPlots } from "./plot.js";
import { badges, periods } from "./terminals.js";
import { ago, moment, money, named, number, t } from "./words.js";

export async function terminalView(shell, name) {
  const path = `terminals/${encodeURIComponent(name)}`;
  const told = await get(path);
  const plots = el("div", { class: "plots" });
  const showPlots = async (hours) => show(plots, hourPlots(await get(`${path}/hours`, { hours })));
  await showPlots(24);
  return el("section", {},
    el("p", {}, el("a", { href: "#/" }, `← ${t("back")}`)),
    el("h1", { tabindex: "-1" }, told.terminal),
    badges(told.signs),
    facts(told),
    lanes(told),
    periods((hours) => showPlots(hours).catch(shell.failed)),
    plots,
    events(t("events"), told.events),
    aside(shell, path, told),
    health(told),
    shell.may("operator") && outOfUse(shell, path, told));
}

function fact(name, ...value) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, ...value));
}

function facts(told) {
  const missing = told.missing.map((each) =>
    el("p", {}, t("missingText", each.epoch, each.from, each.to ?? t("unknown"))));
  const order = told.order;
  return el("dl", { class: "facts" },
    fact(t("state"), named("state", told.state)),
    fact(t("lastSeen"), `${ago(told.silent_s)} (${moment(told.last_seen)})`),
    fact(t("entries"), number(told.acked)),
    fact(t("behind"), number(told.behind)),
    fact(t("version"), told.version || t("unknown")),
    fact(t("epochs"), told.epochs.map((each) => `${each.epoch}: ${number(each.entries)}`).join(" · ")),
    missing.length > 0 && fact(t("missing"), ...missing),
    order !== null && fact(t("wipe"),
      t("wipeText", moment(order.at), order.obeyed === null ? t("notYet") : moment(order.obeyed))));
}

function lanes(told) {
  const count = (name) => (row) => number(row.counts[name] ?? 0);
  return table(`${t("lanes")}, ${t("last24")}`, [
    [t("lane"), (row) => row.lane],
    [t("lastPassage"), (row) => (row.last === null ? t("never") : moment(row.last))],
    [t("made"), count("grant"), "number"],
    [t("referred"), count("refer"), "number"],
    [t("denied"), count("deny"), "number"],
    [t("annulled"), count("annul"), "number"],
  ], told.lanes, t("nothing"));
}

export function events(caption, lines) {
  const counted = (row) => Object.entries(row.counts).map(([name, n]) => `${name} × ${n}`).join(", ");
  return table(caption, [
    [t("at"), (row) => moment(row.at)],
    [t("lane"), (row) => row.lane],
    [t("type"), (row) => row.type],
    [t("verdict"), (row) => row.verdict ?? ""],
    [t("reason"), (row) => row.reason ?? counted(row)],
    [t("amount"), (row) => money(row.amount_minor, row.currency), "number"],
  ], lines, t("nothing"));
}

function aside(shell, path, told) {
  if (told.aside === 0) {
    return null;
  }
  const box = el("div", {}, el("h2", {}, `${t("aside")}: ${number(told.aside)}`));
  if (shell.may("operator")) {
    box.append(button(t("showAside"), async () => {
      try {
        box.append(events(t("aside"), (await get(`${path}/aside`)).lines));
      } catch (error) {
        shell.failed(error);
      }
    }));
  }
  return box;
}

function health(told) {
  const members = Object.entries(told.health);
  return el("details", {},
    el("summary", {}, `${t("told")} (${moment(told.told)})`),
    table(t("told"), [
      [t("member"), ([name]) => el("code", {}, name)],
      [t("value"), ([, value]) => String(value)],
    ], members, t("nothing")));
}

function outOfUse(shell, path, told) {
  const suspends = told.state === "active";
  const label = suspends ? t("suspend") : t("resume");
  const send = async ({ why }) => {
    try {
      await post(`${path}/state`, { state: suspends ? "suspended" : "active", why });
      await shell.again(t("done"));
    } catch (error) {
      shell.failed(error);
    }
  };
  const why = el("input", { name: "why", required: true, maxlength: 200, autocomplete: "off" });
  return el("section", { class: "act" },
    el("h2", {}, label),
    el("p", {}, t("suspendText")),
    form(label, send, el("div", { class: "row" }, field(t("why"), why),
      el("button", { type: "submit", class: suspends ? "grave" : "main" }, label))));
}
