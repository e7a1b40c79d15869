// Puts on the page what views.js says.

import { icon, made, part, write } from "./parts.js";
import { money, moment, number, shown, slipOf } from "./views.js";
import { FUNDS, KEYS, LABELS, LINK, SHUT, STATES, TOTALS } from "./words.js";

const KEY_NAMES = { Escape: "Esc", ArrowDown: "↑↓", p: "P" };
const LAST_MAX = 5;
const ON_STAGE = new Set(["sales", "totals", "slip"]);

// `press(key)` is called for a key that is touched.
export function paint(page, talk, press) {
  const view = shown(page);
  const say = (told) => (typeof told === "string" ? told : talk.say(told));
  Object.assign(document.body.dataset, { view: view.name, tone: view.tone });
  part("sign").toggleAttribute("hidden", !view.sign);
  if (view.sign) part("sign-use").setAttribute("href", signOf(view.sign));
  part("title").classList.toggle("unseen", view.name === "entry");
  write(part("title"), say(view.title ?? LABELS.amount));
  write(part("amount"), view.amount);
  write(part("text"), say(view.text ?? ""));
  part("lines").replaceChildren(...view.lines.flatMap(([label, told]) => pair(say(label), say(told))));
  paintForms(page, view, say);
  paintStage(page, view, say);
  paintSide(page, view, say);
  paintHead(page, say);
  paintKeys(view, say, press);
  return view;
}

function signOf(name) {
  return name.startsWith("#") ? name : `/assets/signs.svg#${name}`;
}

// The seconds that are left, beside everything else: each second is no news.
export function paintLeft(view, talk) {
  const left = view?.endsAt && view.tone !== "off" ? Math.ceil((view.endsAt - performance.now()) / 1_000) : 0;
  write(part("left"), left > 0 ? `${left} ${talk.say(LABELS.seconds)}` : "");
}

function pair(label, told) {
  return [made("dt", { text: label }), made("dd", { text: told })];
}

function paintForms(page, { name }, say) {
  part("entry").hidden = name !== "entry";
  part("pairing").hidden = name !== "token";
  write(part("typed-label"), say(LABELS.amount));
  write(part("reference-label"), say(LABELS.reference));
  write(part("token-label"), say(LABELS.token));
  write(part("currency"), page.info?.currency === "CNY" ? "¥" : (page.info?.currency ?? ""));
  write(part("fault"), (page.faults ?? []).map(say).join(" "));
  const isWrong = page.faults?.length > 0;
  for (const id of ["typed", "token"]) part(id).setAttribute("aria-invalid", String(isWrong));
}

function paintStage(page, { name }, say) {
  part("stage").dataset.wide = String(!page.info || ON_STAGE.has(name));
  part("slip").hidden = name !== "slip";
  const tables = { sales: salesTable, totals: totalsTable };
  part("scroll").replaceChildren(...(tables[name] ? [tables[name](page, say)] : []));
  if (name === "slip") paintSlip(page, say);
  part("scroll").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

function salesTable(page, say) {
  const rows = page.sales.map((sale, place) => {
    const { outcome } = sale;
    const state = outcome.annulled ? "reversed" : "paid";
    const told = made("td", {}, icon(state === "paid" ? "check" : "back"), ` ${say(STATES[state])}`);
    const cells = [moment(outcome.at), number(outcome.entry), money(page, outcome.amount_minor, outcome.currency)];
    const row = made("tr", { kind: state }, ...cells.map((text) => made("td", { text })), told);
    if (place === page.chosen) row.setAttribute("aria-current", "true");
    row.dataset.place = String(place);
    return row;
  });
  return made("table", { kind: "table" }, made("tbody", {}, ...rows));
}

function totalsTable(page, say) {
  const head = ["day", "sales", "sum", "reversals", "reversed", "net"].map((name) => made("th", { text: say(TOTALS[name]) }));
  const rows = page.totals.map((day) => {
    const of = (minor) => money(page, minor, day.currency);
    const net = of(day.sum_minor - day.reversed_minor);
    const cells = [day.day, day.sales, of(day.sum_minor), day.reversals, of(day.reversed_minor), net];
    return made("tr", {}, ...cells.map((cell) => made("td", { text: String(cell) })));
  });
  const top = made("thead", {}, made("tr", {}, ...head));
  return made("table", { kind: "table" }, top, made("tbody", {}, ...rows));
}

function paintSlip(page, say) {
  const { title, lines, foot } = slipOf(page, page.sale);
  const told = lines.flatMap(([label, text]) => pair(say(label), say(text)));
  const list = made("dl", { kind: "lines" }, ...told);
  part("slip").replaceChildren(made("h2", { text: say(title) }), list, made("p", { text: say(foot) }));
}

function paintSide(page, { name }, say) {
  part("side").hidden = !page.info || ON_STAGE.has(name);
  write(part("today-label"), say(LABELS.today));
  write(part("today-of"), say(LABELS.lane));
  write(part("mine-label"), say(LABELS.mine));
  part("sums").replaceChildren(...sums(page).flatMap(([label, told]) => pair(say(label), told)));
  const last = page.sales.slice(0, LAST_MAX).map((sale) => lastOf(page, sale, say));
  part("last").replaceChildren(...(last.length ? last : [made("li", { kind: "soft", text: say(LABELS.none) })]));
}

function sums(page) {
  const currency = page.info?.currency ?? "";
  const empty = { sales: 0, sum_minor: 0, reversals: 0, reversed_minor: 0, currency };
  const day = page.totals.find((each) => each.day === page.today && each.currency === currency) ?? empty;
  const of = (minor) => money(page, minor, day.currency);
  return [
    [TOTALS.sales, String(day.sales)],
    [TOTALS.sum, of(day.sum_minor)],
    [TOTALS.reversed, of(day.reversed_minor)],
    [TOTALS.net, of(day.sum_minor - day.reversed_minor)],
  ];
}

function lastOf(page, { outcome }, say) {
  const isBack = outcome.annulled !== null;
  const time = made("span", { kind: "soft number", text: moment(outcome.at).slice(11, 16) });
  const amount = made("span", { kind: "number sum", text: money(page, outcome.amount_minor, outcome.currency) });
  const state = made("span", { kind: "unseen", text: say(isBack ? STATES.reversed : STATES.paid) });
  return made("li", { kind: isBack ? "reversed" : "" }, icon(isBack ? "back" : "check"), time, amount, state);
}

function paintHead(page, say) {
  write(part("mark"), say(LABELS.mark));
  write(part("lane"), page.lane);
  part("fund").hidden = !page.info?.fund;
  write(part("fund"), say(FUNDS[page.info?.fund] ?? ""));
  const shut = ["out-of-service", "held-open"].includes(page.info?.state);
  part("shut").hidden = !shut;
  write(part("shut"), shut ? `${say(SHUT)} ${page.info.trouble}` : "");
  const link = part("link");
  link.hidden = !page.api;
  link.dataset.kind = page.isThere ? "good" : "bad";
  part("link-sign").setAttribute("href", page.isThere ? "#c-online" : "#c-offline");
  write(part("link-words"), say(page.isThere ? LINK.found : LINK.lost));
  document.title = `${say(LABELS.mark)} ${page.lane}`;
}

function paintKeys({ name, keys }, say, press) {
  const wanted = `${name} ${document.documentElement.lang} ${keys.join()}`;
  const bar = part("keys");
  if (bar.dataset.wanted === wanted) return;
  bar.dataset.wanted = wanted;
  bar.replaceChildren(...keys.map(([key, act]) => keyOf(key, act, say, press)));
}

// The other language's name is written in that language.
function langOf(act) {
  if (act !== "language") return "";
  return document.documentElement.lang === "en" ? "zh-CN" : "en";
}

function keyOf(key, act, say, press) {
  const cap = made("kbd", { text: KEY_NAMES[key] ?? key });
  const button = made("button", { kind: "key" }, cap, made("span", { text: say(KEYS[act]), lang: langOf(act) }));
  button.type = "button";
  button.classList.toggle("is-main", key === "Enter");
  button.tabIndex = -1; // the key itself is nearer
  button.addEventListener("click", () => press(key));
  return button;
}
