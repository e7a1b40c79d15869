// A cashier's page: one lane, one token, everything by its key.

import { Api, isToken, Lost, Refused } from "./api.js";
import { Book } from "./book.js";
import { parseAmount } from "./money.js";
import { follow } from "./news.js";
import { paint, paintLeft } from "./paint.js";
import { part } from "./parts.js";
import { Till } from "./till.js";
import { money, nextOf } from "./views.js";
import { FAULTS, SLIP } from "./words.js";
import { Talk } from "../languages.js";

const lane = location.pathname.split("/").pop();
const PLACE = `scan-terminal.counter.${lane}`;
const TICK_MS = 250;
// Totals and the lane are asked for again at news, and so often without any.
const FRESH_MS = 60_000;

const talk = new Talk(document.documentElement);
const page = {
  lane,
  ...{ api: null, book: null, till: null, info: null, totals: [], sales: [], today: "" },
  ...{ place: "", sale: null, chosen: 0, faults: [], isThere: false, isAlone: false, isBroken: false },
  problem: null, // why this token is told nothing of the lane
  stop: () => {},
};
let view = null;

function repaint() {
  const before = view?.name;
  view = paint(page, talk, press);
  paintLeft(view, talk);
  if (before !== view.name) settleFocus(view.name);
}

function settleFocus(name) {
  const wanted = { entry: "typed", token: "token" }[name] ?? "stage";
  part(wanted).focus();
}

// What is said of what was typed, or nothing any more.
function fault(...words) {
  page.faults = words;
  repaint();
  part("fault").scrollIntoView({ block: "nearest" }); // below the edge of a small panel
}

// With a token: everything begins here, also after a reload.
async function connect(token) {
  page.api = new Api(lane, token);
  page.book = await guarded(() => Book.open(lane, token));
  page.till = new Till(page.api, page.book, told);
  repaint();
  await navigator.locks.request(`${PLACE}.${page.book.owner}`, () => serve());
}

async function serve() {
  page.isAlone = true;
  await navigator.storage.persist(); // what is in hand is not to be let go of when space is short
  await guarded(() => readBook());
  page.stop = follow(page.api, { event: heard, found: () => there(true), lost: () => there(false) });
  const timer = setInterval(refresh, FRESH_MS);
  await refresh();
  await guarded(() => page.till.resume());
  await new Promise((go) => (page.leave = go));
  clearInterval(timer);
}

async function readBook() {
  await page.book.tidy(Date.now());
  if (await page.book.elsewhere()) page.faults = [FAULTS.elsewhere];
  page.sales = await page.book.sales();
}

function there(isThere) {
  if (page.isThere === isThere) return;
  page.isThere = isThere;
  if (isThere) refresh();
  repaint();
}

function heard(event, data) {
  if (data.lane !== lane) return;
  page.till.look();
  if (event === "lane" || (event === "request" && data.verdict)) refresh();
}

async function refresh() {
  try {
    page.info = await page.api.tellLane();
    ({ days: page.totals, today: page.today } = await page.api.tellTotals());
    page.problem = null;
  } catch (error) {
    if (!error.problem && !(error instanceof Lost)) throw error;
    page.problem = error instanceof Refused ? error.problem : null;
  }
  repaint();
}

// The till speaks; where a sale has just ended, what was kept of it is read again.
async function told(now) {
  if (now.step !== "free") page.place = "";
  if (now.step === "ended") {
    page.sales = await page.book.sales();
    page.sale = page.sales.find((sale) => sale.key === now.record.key) ?? null;
    if (now.record.amount_minor !== undefined) clearEntry();
    refresh();
  }
  repaint();
}

// A browser that can't keep what is in hand must not sell.
async function guarded(work) {
  try {
    return await work();
  } catch (error) {
    page.isBroken = true;
    repaint();
    throw error;
  }
}

function clearEntry() {
  part("typed").value = "";
  part("reference").value = "";
  page.faults = [];
}

function charge() {
  const { currency, decimals, amount_max_minor: most } = page.info;
  const amount = parseAmount(part("typed").value, decimals);
  if (amount === null) return fault(FAULTS.amount);
  if (amount === 0) return fault(FAULTS.zero);
  if (most !== null && amount > most) return fault(FAULTS.most, money(page, most, currency));
  page.faults = [];
  return sell({ amount_minor: amount, currency, reference: part("reference").value.trim() });
}

function sell(asked) {
  return guarded(() => page.till.sell(asked));
}

async function save() {
  const typed = part("token").value.trim();
  if (!isToken(typed)) return fault(FAULTS.token);
  try {
    await new Api(lane, typed).tellLane();
  } catch (error) {
    if (error instanceof Lost) return fault(FAULTS.silent);
    if (error.problem) return fault(error.problem.text, nextOf(error.problem));
    throw error;
  }
  await guarded(() => localStorage.setItem(`${PLACE}.token`, typed));
  part("token").value = "";
  page.faults = [];
  return connect(typed);
}

function forget() {
  localStorage.removeItem(`${PLACE}.token`);
  location.reload();
}

async function printSlip() {
  if (!page.info?.prints) return window.print();
  try {
    await page.api.printAgain(page.sale.key);
    fault(SLIP.sent);
  } catch (error) {
    if (!error.problem) return fault(FAULTS.silent);
    fault(error.problem.text, nextOf(error.problem));
  }
  return undefined;
}

function go(place) {
  page.place = place;
  page.faults = [];
  repaint();
}

function choose(step) {
  page.chosen = Math.max(0, Math.min(page.sales.length - 1, page.chosen + step));
  repaint();
}

function free() {
  page.till.leave();
  go("");
}

const ACTS = {
  charge,
  save,
  clear: () => {
    clearEntry();
    repaint();
  },
  next: free,
  again: () => {
    const { amount_minor, currency, reference } = page.till.view.record;
    return sell({ amount_minor, currency, reference });
  },
  "give-up": () => page.till.giveUp(),
  "send-again": () => page.till.sendAgain(),
  drop: () => page.till.drop(),
  look: () => {
    page.till.look();
    refresh();
  },
  sales: () => {
    page.chosen = 0;
    go("sales");
  },
  choose: () => choose(1),
  open: () => {
    page.sale = page.sales[page.chosen];
    go("sale");
  },
  slip: () => {
    page.sale ??= page.sales[0];
    go("slip");
  },
  totals: () => {
    refresh();
    go("totals");
  },
  reverse: () => go("confirm"),
  yes: () => guarded(() => page.till.reverse(page.sale)),
  print: printSlip,
  paper: () => window.print(),
  token: () => go("forget"),
  "forget-it": forget,
  no: () => go(""),
  language: () => {
    talk.next();
    localStorage.setItem("scan-terminal.counter.language", talk.language);
  },
};

function press(key) {
  const found = view.keys.find(([each]) => each === key);
  if (found) ACTS[found[1]]();
  return Boolean(found);
}

function keyed(event) {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.repeat && isActOf(event)) return event.preventDefault(); // a key that is held acts once
  if (view.name === "sales" && event.key === "ArrowUp") choose(-1);
  else if (!press(event.key.length === 1 ? event.key.toLowerCase() : event.key)) return begun(event.key);
  event.preventDefault();
}

// Whether a key does more than move along a list.
function isActOf({ key }) {
  return view.keys.some(([each, act]) => each === key && act !== "choose");
}

// A digit begins the next sale, wherever the last one has left the cashier.
function begun(key) {
  if (!/^[0-9]$/.test(key)) return;
  if (["paid", "refused", "reversed", "canceled", "expired", "problem"].includes(view.name)) free();
  if (view.name === "entry" && document.activeElement !== part("reference")) part("typed").focus();
}

talk.on(() => repaint());
const language = localStorage.getItem("scan-terminal.counter.language") ?? navigator.language.slice(0, 2);
if (language === "en") talk.next();
for (const form of ["entry", "pairing"]) part(form).addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("keydown", keyed);
setInterval(() => paintLeft(view, talk), TICK_MS);
const token = localStorage.getItem(`${PLACE}.token`);
if (token && isToken(token)) connect(token);
else repaint();
