// Subsidies paid: the centre alone knows, so the answer may be that it can't be asked now.

import { button, notice, trouble } from "../parts.js";
import { roll } from "../roll.js";
import { make, say } from "../said.js";
import { PAID } from "../words.js";

const LOCALES = { zh: "zh-CN", en: "en-GB" };

export function paid(kiosk) {
  // It is told as it comes, and keeps the focus of the button that asked and has gone.
  const body = make("div", { class: "paid", tabindex: "-1", "aria-live": "polite" });
  const view = { title: PAID.title, lead: PAID.lead, body };
  const ask = async () => {
    if (body.contains(document.activeElement)) body.focus({ preventScroll: true });
    body.replaceChildren(make("p", { class: "slip slip-text", role: "status", say: PAID.asking }));
    const outcome = await kiosk.tell("subsidies", {});
    if (outcome.kind !== "done") body.replaceChildren(trouble(outcome, { again: ask }));
    else body.replaceChildren(...answer(outcome.body, ask));
  };
  ask();
  return view;
}

function answer({ state, paid: payments = [], total_minor: total }, ask) {
  if (state !== "answered") {
    return [
      notice(
        "wait",
        "offline",
        PAID.offlineTitle,
        PAID.offline,
        button(PAID.again, "", ask, { main: true }),
      ),
    ];
  }
  if (payments.length === 0) return [notice("info", "info", PAID.title, PAID.none)];
  const rows = payments.map(
    (each) => row(dateOf(each.on), each, amountOf(each.amount_minor, each.currency)),
  );
  const body = make("tbody", {}, ...rows);
  const sum = make("tfoot", {}, row(null, PAID.total, amountOf(total, payments[0].currency)));
  const table = make("table", { class: "table payments" }, body, sum);
  return [roll(table, PAID.title)];
}

function row(date, what, amount) {
  const name = make("th", { scope: "row" }, make("span", { class: "tile-name", say: what }));
  if (date) name.append(make("span", { class: "tile-below", say: date }));
  return make("tr", {}, name, say(make("td", { class: "number" }), amount));
}

function inBoth(text) {
  return { zh: text(LOCALES.zh), en: text(LOCALES.en) };
}

function amountOf(minor, currency) {
  return inBoth((locale) => {
    const asked = { style: "currency", currency, currencyDisplay: "narrowSymbol" };
    const format = new Intl.NumberFormat(locale, asked);
    return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
  });
}

function dateOf(day) {
  const at = new Date(`${day}T00:00:00Z`);
  const parts = { year: "numeric", month: "long", day: "numeric", timeZone: "UTC" };
  return inBoth((locale) => new Intl.DateTimeFormat(locale, parts).format(at));
}
