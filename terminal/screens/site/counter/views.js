// What stands on the page, of the state of things alone: no element is touched here.

import { formatAmount } from "./money.js";
import { FUNDS, LINES, NEXT_STEPS, SLIP, STATES, VIEWS } from "./words.js";

const PLACES = [["F2", "sales"], ["F4", "slip"], ["F8", "totals"], ["F7", "token"]];
const LANGUAGE = ["F9", "language"];
const BACK = [["Escape", "no"]];
const NEXT = [["Enter", "next"], ["F4", "slip"], ["F2", "sales"], ["F8", "totals"]];
const AGAIN = [["Enter", "again"], ["Escape", "next"]];
const GIVE_UP = [["Escape", "give-up"]];

// [tone, sign, keys] of each view; a tone is a colour, a sign is a shape.
const LOOKS = {
  starting: ["", "starting", []],
  token: ["", "reader", [["Enter", "save"]]],
  forget: ["wait", "help", [["Enter", "forget-it"], ...BACK]],
  "shut-out": ["off", "#c-out-of-service", [["Enter", "look"], ["F7", "token"]]],
  double: ["off", "closed", []],
  broken: ["bad", "#c-out-of-service", []],
  entry: ["", "", [["Enter", "charge"], ["Escape", "clear"], ...PLACES]],
  asking: ["", "#c-reading", GIVE_UP],
  waiting: ["info", "phone-code", GIVE_UP],
  deciding: ["info", "#c-reading", GIVE_UP],
  referred: ["wait", "help", GIVE_UP],
  "giving-up": ["off", "#c-reading", []],
  reversing: ["off", "#c-reading", []],
  lost: ["off", "#c-out-of-service", GIVE_UP],
  unknown: ["wait", "help", [["Enter", "send-again"], ["Escape", "drop"]]],
  stuck: ["off", "#c-out-of-service", [["Enter", "look"], ["F7", "token"]]],
  paid: ["good", "granted", NEXT],
  refused: ["bad", "refused", AGAIN],
  reversed: ["info", "#c-reversed", NEXT],
  canceled: ["", "closed", AGAIN],
  expired: ["wait", "help", AGAIN],
  problem: ["bad", "refused", AGAIN],
  sales: ["", "", [["ArrowDown", "choose"], ["Enter", "open"], ...BACK]],
  sale: ["", "granted", [["F2", "reverse"], ["F4", "slip"], ...BACK]],
  confirm: ["wait", "help", [["Enter", "yes"], ...BACK]],
  slip: ["", "", [["Enter", "print"], ["p", "paper"], ...BACK]],
  totals: ["", "", BACK],
};

// The name of the view: what is in hand comes first, then where the cashier has gone.
export function nameOf(page) {
  if (page.isBroken) return "broken";
  if (!page.api) return "token";
  if (!page.isAlone) return "double";
  const { view } = page.till;
  if (page.place === "forget") return "forget";
  if (!page.till.isFree) return view.isLost ? "lost" : held(view);
  if (!page.info) return page.problem ? "shut-out" : "starting"; // what can be sold here is not known yet
  if (page.place) return page.place;
  return view.step === "ended" ? ended(view) : "entry";
}

function held({ step, request }) {
  if (step !== "open") return { "give-up": "giving-up", drop: "giving-up", reverse: "reversing", unknown: "unknown", stuck: "stuck" }[step] ?? "asking";
  if (request.state === "pending") return "waiting";
  return request.outcome?.verdict === "refer" ? "referred" : "deciding";
}

function ended({ request, problem }) {
  if (problem) return "problem";
  const { state, outcome } = request;
  if (state !== "completed") return state;
  if (outcome.annulled) return "reversed";
  return outcome.verdict === "grant" ? "paid" : "refused";
}

// {name, tone, sign, keys, title, text, amount, lines: [[label, words | string]], endsAt}
export function shown(page) {
  const name = nameOf(page);
  const [tone, sign, keys] = LOOKS[name];
  const [title, text] = VIEWS[name] ?? [];
  const { view } = page.till ?? { view: {} };
  const base = { name, tone, sign, keys: keysOf(name, keys, page), title, text, lines: [] };
  const sale = name === "sale" || name === "confirm" || name === "slip" ? page.sale : view.record;
  return { ...base, ...more(name, page, view), amount: amountOf(name, sale, page), endsAt: view.endsAt };
}

// A key that would do nothing is not offered.
function keysOf(name, keys, page) {
  const hasSales = page.sales?.length > 0;
  const isBack = page.sale?.outcome?.annulled;
  return [...keys, LANGUAGE].filter(([, act]) => {
    if (act === "sales" || (act === "slip" && name !== "sale") || act === "open" || act === "choose") return hasSales;
    if (act === "give-up") return page.till.view.record.step !== "reverse"; // in doubt: it is asked on
    return !(act === "reverse" && isBack);
  });
}

function amountOf(name, record, page) {
  const isShown = record && !["entry", "token", "sales", "totals", "slip", "forget"].includes(name);
  return isShown ? money(page, record.amount_minor, record.currency) : "";
}

function more(name, page, view) {
  const outcome = view.request?.outcome;
  const problem = view.problem;
  switch (name) {
    case "paid":
    case "reversed":
      return { lines: paidLines(page, outcome) };
    case "refused":
    case "referred":
      return { lines: refusedLines(outcome) };
    case "problem":
    case "stuck":
      return problem ? { title: VIEWS[name][0], text: problem.text, lines: problemLines(problem) } : {};
    case "shut-out":
      return { text: page.problem.text, lines: problemLines(page.problem) };
    case "lost":
      return problem ? { lines: [[LINES.reason, problem.code]] } : {};
    case "sale":
      return { ...kept(page.sale.outcome), lines: paidLines(page, page.sale.outcome) };
    default:
      return {};
  }
}

// The terminal's own next step is a programmer's; a cashier has no requests and no keys.
export function nextOf({ code }) {
  return NEXT_STEPS[code] ?? NEXT_STEPS.other;
}

function problemLines(problem) {
  return [[LINES.cashier, nextOf(problem)], [LINES.reason, problem.code]];
}

function kept({ annulled }) {
  return annulled ? { title: STATES.reversed, sign: "#c-reversed" } : { title: STATES.paid };
}

export function paidLines(page, outcome) {
  const left = outcome.remaining_minor;
  const lines = [
    [LINES.fund, FUNDS[outcome.fund]],
    [LINES.way, outcome.online ? LINES.online : LINES.offline],
    [LINES.left, left === null ? "" : money(page, left, outcome.currency)],
    [LINES.number, number(outcome.entry)],
    [LINES.back, number(outcome.annulled)],
    [LINES.time, moment(outcome.at)],
  ];
  return lines.filter(([, told]) => told);
}

function refusedLines({ words, reason, declined }) {
  const lines = [
    [LINES.cashier, words?.attendant],
    [LINES.customer, words?.holder],
    [LINES.centre, declined],
    [LINES.reason, reason],
  ];
  return lines.filter(([, told]) => told);
}

// A receipt: {title, amount, lines, foot}.
export function slipOf(page, sale) {
  const { outcome } = sale;
  const isBack = outcome.annulled !== null;
  const sign = isBack ? -1 : 1;
  const amount = money(page, sign * outcome.amount_minor, outcome.currency);
  const named = sale.reference ? [[LINES.reference, sale.reference]] : [];
  const lines = [[LINES.amount, amount], ...paidLines(page, { ...outcome, remaining_minor: null }), ...named, [LINES.place, page.lane]];
  return { title: isBack ? SLIP.reversal : SLIP.sale, lines, foot: SLIP.keep };
}

export function money(page, minor, currency) {
  return formatAmount(minor, currency, page.info?.decimals ?? 2);
}

export function number(place) {
  return place ? `${place.epoch}-${place.seq}` : "";
}

// As the clock on the wall shows it, the same in both languages.
export function moment(at) {
  if (at === null || at === undefined) return "";
  const told = new Date(at * 1_000);
  const two = (part) => String(part).padStart(2, "0");
  const day = `${told.getFullYear()}-${two(told.getMonth() + 1)}-${two(told.getDate())}`;
  return `${day} ${two(told.getHours())}:${two(told.getMinutes())}:${two(told.getSeconds())}`;
}
