// What is known of who stands before the kiosk, and what can be done for him. All of it is here:
// whoever forgets this object's visit, draft and way has wiped the visit.

import { trouble } from "./parts.js";
import { indexed } from "./search.js";
import { Trail } from "./trail.js";
import { openVisit } from "./visit.js";
import { GENERAL } from "./words.js";

const noDraft = () => ({ urgency: "", text: "", contact: "" });

export class Session {
  #turn = 0; // grows when a visit is forgotten: an answer that comes later belongs to nobody
  #told = {}; // newest event of a visit; it may come before the answer that opened the visit

  /** @param {{paint: () => void, heard: (what: string) => void, finish: () => void}} shown page */
  constructor(calls, talk, shown) {
    this.calls = calls;
    this.talk = talk;
    this.shown = shown;
    this.trail = new Trail();
    this.catalogue = null;
    this.screen = null;
    this.isLive = true;
    this.visit = null;
    this.draft = noDraft();
  }

  get hasDraft() {
    return Boolean(this.draft.text.trim() || this.draft.contact.trim());
  }

  /** Return whether nothing here is anybody's. */
  get isNobodys() {
    return this.visit === null && this.trail.isHome && !this.hasDraft;
  }

  go(place) {
    this.trail.go(place);
    this.shown.paint();
  }

  back() {
    this.trail.back();
    this.shown.paint();
  }

  paint() {
    this.shown.paint();
  }

  /** Say goodbye. */
  finish() {
    this.shown.finish();
  }

  /** Return the service of an id; null stands for a visit to the kiosk itself. */
  serviceOf(id) {
    return this.catalogue?.services.find((each) => each.id === id) ?? GENERAL;
  }

  /** Take the list of services as the terminal has it now; never in the middle of a visit. */
  async fetchCatalogue() {
    if (!this.isNobodys) return;
    const outcome = await this.calls.get("catalogue", "no-cache");
    if (outcome.kind !== "done" || !this.isNobodys) return;
    const { version, issued_at: issuedAt } = outcome.body;
    if (this.catalogue?.version === version && this.catalogue.issued_at === issuedAt) return;
    this.catalogue = { ...outcome.body, index: indexed(outcome.body.services) };
    this.shown.heard("catalogue");
  }

  /** Open a visit for a service; one that was open ends. */
  async openVisit(service) {
    const turn = this.#turn;
    const outcome = await openVisit(this.calls, service, this.talk.language);
    if (outcome.kind !== "done") return outcome;
    if (turn !== this.#turn) {
      outcome.visit.send("end");
      return { kind: "lost" };
    }
    this.visit = outcome.visit;
    if (this.visit.isMeant(this.#told)) this.visit.told.state = this.#told.state;
    return outcome;
  }

  /** Go to where the visit stands: before the reader, or welcomed. */
  arrive() {
    this.go({ name: this.visit.state === "ready" ? "ready" : "scan" });
  }

  /** Return the open visit of a service, opened where there is none. */
  async visitFor(id) {
    if (this.visit && !this.visit.isGone && this.visit.service.id === id) return { kind: "done" };
    return this.openVisit(this.serviceOf(id));
  }

  /** Tell the open visit something. */
  async tell(kind, body) {
    return this.visit ? this.visit.send(kind, body) : { kind: "gone", wasUnsure: false };
  }

  /** Tell for the journal what needs no answer, in a visit of its own where none is open. */
  async tellQuietly(kind, body) {
    if (this.visit && !this.visit.isGone) {
      await this.visit.send(kind, body);
      return;
    }
    const turn = this.#turn;
    const { visit } = await openVisit(this.calls, GENERAL, this.talk.language);
    if (!visit) return;
    if (turn === this.#turn) this.visit ??= visit;
    await visit.send(kind, body);
    if (visit !== this.visit) await visit.send("end");
  }

  /** Do `act` once; what came of it is shown in `said`, unless the view has gone meanwhile. */
  async attempt(node, act, { done, said, anew = null }) {
    if (node.getAttribute("aria-busy") === "true") return;
    node.setAttribute("aria-busy", "true");
    const outcome = await act();
    node.removeAttribute("aria-busy");
    if (!node.isConnected) return;
    const again = () => this.attempt(node, act, { done, said, anew });
    if (outcome.kind === "done") done(outcome.body);
    else said.replaceChildren(trouble(outcome, { again, anew: anew && (() => anew(again)) }));
  }

  /** Hear of a visit by the stream of events; the stream tells that, not what. */
  async heardVisit(event) {
    this.#told = event;
    if (this.visit?.isMeant(event)) await this.refresh();
  }

  /** Ask how the visit stands, after an event or a break of the line. */
  async refresh() {
    const { visit } = this;
    if (!visit) return;
    const outcome = await visit.refresh();
    if (visit !== this.visit || outcome.kind === "lost") return;
    if (visit.state === "ready" && this.trail.here.name === "scan") {
      this.trail.replace({ name: "ready" });
      this.shown.paint();
    } else this.shown.heard("visit");
  }

  /** Take up again what the terminal may have told while it was not heard. */
  async found() {
    await this.refresh();
    if (!this.catalogue) await this.fetchCatalogue();
  }

  clearDraft() {
    this.draft = noDraft();
  }

  /** Forget a visit that the terminal has forgotten; what was written stays. */
  forgetVisit() {
    this.visit = null;
  }

  /** End the visit and forget all of it. */
  forget() {
    this.#turn += 1;
    this.#told = {};
    if (this.visit && !this.visit.isGone) this.visit.send("end"); // its own time-out ends it else
    this.visit = null;
    this.clearDraft();
    this.trail.clear();
  }
}
