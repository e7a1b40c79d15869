// The kiosk page: draws where the visit stands, and joins it to the terminal's events.

import { Talk } from "../languages.js";
import { follow, laneOf } from "../live.js";
import { Voice } from "../speech.js";
import { Badges } from "./badges.js";
import { Bar } from "./bar.js";
import { Calls } from "./calls.js";
import { helpDialog, LeaveDialog } from "./dialogs.js";
import { Presence } from "./presence.js";
import { tellIn } from "./said.js";
import { Session } from "./session.js";
import { Stage } from "./stage.js";
import { VIEWS } from "./views.js";

// Long enough to read the thanks; nothing on that view is anybody's.
const BYE_MS = 6_000;
// How long a screen that nobody touches shows an older list than the terminal has.
const CATALOGUE_MS = 300_000;
// Who reads slowly has longer to read, as at a lane's screen.
const SENIOR_FACTOR = 1.6;
const CHIMES = { granted: "ok", refused: "deny", help: "refer", "held-open": "held-open" };

const lane = laneOf(location);

class Page {
  #byeTimer = 0;
  #held = { timer: 0, screen: null }; // what comes after an answer that is still to be read
  #readUntil = 0;

  constructor() {
    this.talk = new Talk(document.documentElement);
    this.voice = new Voice();
    this.stage = new Stage(this.talk);
    const shown = {
      paint: () => this.paint(),
      heard: (what) => this.stage.heard(what),
      finish: () => this.#ask(() => this.#finish()),
    };
    this.session = new Session(new Calls(`/screen/v1/${lane}`), this.talk, shown);
    this.badges = new Badges();
    this.bar = new Bar(this.#acts());
    this.help = helpDialog();
    this.leave = new LeaveDialog();
    this.presence = new Presence({
      isNobodys: () => this.session.isNobodys,
      alive: () => this.session.visit && this.session.tell("alive", {}),
      wipe: () => this.wipe(),
    });
    this.talk.on(() => this.#retell());
    setInterval(() => this.session.fetchCatalogue(), CATALOGUE_MS);
    this.wipe();
  }

  /** Draw the place where the visit stands. */
  paint({ isQuiet = false } = {}) {
    clearTimeout(this.#byeTimer);
    this.#release();
    const place = this.session.trail.here;
    this.stage.show(place.name, VIEWS[place.name](this.session, place), { isQuiet });
    this.bar.show({ isHome: this.session.trail.isHome, talk: this.talk });
    if (!isQuiet) this.#speak();
    if (place.name === "bye") this.#byeTimer = setTimeout(() => this.wipe(), BYE_MS);
  }

  /** Leave nothing of whoever stood here: neither words nor choices, nor what is said aloud. */
  wipe() {
    this.presence.stop();
    for (const dialog of [this.help, this.leave.node]) dialog.close();
    this.session.forget();
    this.paint({ isQuiet: true }); // before all else: a view whose visit has gone is asked nothing
    this.voice.hush();
    this.talk.reset();
    getSelection()?.removeAllRanges();
    this.session.fetchCatalogue();
  }

  /** Take what the terminal tells of its lane. */
  hears() {
    const { session, stage } = this;
    const live = (isLive) => {
      session.isLive = isLive;
      this.badges.live(isLive);
      stage.heard("live");
      if (isLive) session.found();
    };
    return {
      settings: (settings) => this.#settle(settings),
      screen: (screen) => this.#screen(screen),
      visit: (visit) => session.heardVisit(visit),
      lost: () => live(false),
      found: () => live(true),
    };
  }

  #settle({ languages, mode, idle_s: idleS, sound }) {
    this.talk.settle({ languages, mode });
    this.presence.idle.settle(idleS);
    this.voice.isOn = sound;
    this.#retell();
  }

  // An answer has its time, which a lane that is idle again does not take from it.
  #screen(screen) {
    clearTimeout(this.#held.timer);
    const waitMs = screen.view === "idle" ? this.#readUntil - performance.now() : 0;
    if (waitMs <= 0) {
      this.#held.screen = null;
      this.#shown(screen);
    } else this.#held = { timer: setTimeout(() => this.#shown(screen), waitMs), screen };
  }

  // Whoever goes on has read it, or somebody else stands there.
  #release() {
    clearTimeout(this.#held.timer);
    if (this.#held.screen) this.session.screen = this.#held.screen;
    this.#held.screen = null;
    this.#readUntil = 0;
  }

  #shown(screen) {
    this.#held.screen = null;
    const factor = this.talk.isSenior ? SENIOR_FACTOR : 1;
    this.#readUntil = performance.now() + screen.shown_ms * factor;
    const before = this.session.screen;
    this.session.screen = screen;
    this.badges.show(screen);
    this.stage.heard("screen");
    if (before && before.number !== screen.number) this.#sound(screen);
    if (screen.view === "reading" && this.session.visit) this.presence.seen();
  }

  #acts() {
    return {
      back: () => this.session.back(),
      home: () => this.#ask(() => this.#goHome()),
      help: () => this.help.showModal(),
      language: () => this.talk.next(),
      larger: () => this.talk.toggle(),
    };
  }

  // Something that was written and not sent is not lost by one wrong touch.
  #ask(leave) {
    if (this.session.hasDraft) this.leave.ask(leave);
    else leave();
  }

  #goHome() {
    this.session.forget();
    this.paint();
  }

  #finish() {
    this.session.forget();
    this.session.go({ name: "bye" });
  }

  #retell() {
    tellIn(this.talk.language);
    this.bar.show({ isHome: this.session.trail.isHome, talk: this.talk });
    this.stage.heard("mode");
  }

  // An answer of the lane is heard as well as seen; its words, by those who asked for large type.
  #sound({ view, title, text, spoken }) {
    if (!CHIMES[view]) return;
    const { talk, voice } = this;
    voice.chime(CHIMES[view]);
    if (!talk.isSenior) return;
    voice.say(`${talk.say(title)} ${talk.say(text)}`, talk.language, spoken?.[talk.language] ?? "");
  }

  #speak() {
    if (this.talk.isSenior) this.voice.say(this.stage.aloud(), this.talk.language);
  }
}

const page = new Page();
// A browser may keep a page that is left as it stands, and show it again to whoever goes back.
addEventListener("pagehide", () => page.wipe());
// What was copied outlives the wipe, in the machine's clipboard.
for (const name of ["copy", "cut"]) addEventListener(name, (event) => event.preventDefault());
follow(lane, page.hears());
