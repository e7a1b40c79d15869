"""The demo: a small city on one machine, from the first card to the reconciliation.

The centre and the terminal are the real programs, started as processes; only people, phones,
cameras, the serial peers and the cable between the two are simulated, each speaking the real
protocol of its kind.
"""

import json
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path

from simulator.centre import Centre
from simulator.citizens import Crowd, gather
from simulator.counter import Counter
from simulator.ending import SLICE_S, Ending, until_signalled
from simulator.network import Cable
from simulator.posts import OPEN_S, Post, UnderScanner, camera_post
from simulator.programs import PATIENCE_S, Program, ProgramFailed, run_once
from simulator.reconciliation import Presentation, Reconciliation, reconcile
from simulator.serial_peers import AnswerPeer, ScannerPeer
from simulator.shoppers import SHOPPERS, Shoppers
from simulator.till import Till
from simulator.turnstile import Turnstile
from simulator.view import View
from verifier.model import UnixSeconds

TERMINAL = "demo-1"
SEED = 20_261_122

# The cable is out for this part of the time that citizens come.
OUTAGE_FROM, OUTAGE_TO = 0.35, 0.7
# People come a little apart; a redrawn phone is back at its lane after more than 8 s.
GAP_S = 0.7
_POLL_S = 0.1

# As shipped, with a turnstile: who does not go through has not come.
_GATE = f"""entry_type = "passage"
capability = "health-pass"
static = "refer"
consume_on = "passage"
open_ms = {OPEN_S * 1_000:.0f}
"""


def run_demo(*, seconds: float, as_json: bool) -> int:
    """Run the city for `seconds` and reconcile it; return 0 only when everything is right.

    Ctrl-C and the like end it in good order, with nothing left behind; 130 is returned then.
    """
    view = View(as_json=as_json)

    def live(ending: Ending) -> int:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scan-demo-")))
            city = City(folder, view, stack, ending)
            city.open()
            sums = city.live(seconds)
        view.ended(sums, asdict(sums))
        return 0 if sums.is_clean else 1

    return until_signalled("demo", live)


class City:
    """Everything that the demo starts, and the order in which it does."""

    def __init__(self, folder: Path, view: View, stack: ExitStack, ending: Ending) -> None:
        self._folder, self._view, self._stack, self._ending = folder, view, stack, ending
        self._config = folder / "terminal.toml"
        self._shown: list[Presentation] = []
        self._lock = threading.Lock()

    def open(self) -> None:
        """Bring centre, cards, cable, posts and terminal up; returns when every lane serves."""
        self._view.say("making a centre, an issuer and cards")
        self._centre = Centre(self._folder / "centre", self._ending)
        self._centre.set_profile("gate", _GATE)
        self._centre.set_content("service-hall")
        self._open_posts()
        posts = [self._gate.name, self._kiosk.name, self._counter.name]
        gate, kiosk, shop = gather(self._centre, posts, _now, gates=[self._gate.name])
        phones = self._centre.phones(SHOPPERS)
        self._centre.publish()
        served, self._cable = self._centre.serve(self._folder / "centre.log")
        self._stack.callback(served.stop)
        self._stack.enter_context(self._cable)
        self._shoppers = Shoppers(
            crowd=shop, phones=phones, is_cut=lambda: not self._cable.is_plugged
        )
        self._crowds: list[Crowd | Shoppers] = [gate, kiosk, self._shoppers]
        self._config.write_text(self._settings(self._cable), encoding="utf-8")
        self._view.say(f"enrolling terminal {TERMINAL}")
        self._command("enrol", self._centre.enrolment_code(TERMINAL))
        log = self._folder / "run.log"
        self._terminal = Program("terminal", "run", *self._where(), log=log, ending=self._ending)
        self._stack.callback(self._terminal.stop)
        self._view.say("starting the terminal: a gate, a kiosk and a pharmacy counter")
        self._wait_for_lanes()
        self._counter.till = self._connected(self._counter.name)
        self._view.say(f"what people see: {self._counter.till.url}/screen/")

    def _open_posts(self) -> None:
        """Set up a gate with a turnstile, a kiosk and a counter that sells."""
        stack = self._stack
        self._gate = camera_post("gate-1", "gate", stack, SEED)
        self._turnstile = self._gate.turnstile = Turnstile(stack)
        self._kiosk = camera_post("kiosk-1", "kiosk", stack, SEED + 1)
        self._kiosk.screen = '{ kind = "kiosk", content = "service-hall" }'
        scanner = UnderScanner(stack.enter_context(ScannerPeer()))
        answers = stack.enter_context(AnswerPeer())
        self._counter = Counter("pharmacy-1", "pharmacy", scanner, answers)
        self._posts: list[Post] = [self._gate, self._kiosk, self._counter]

    def _connected(self, lane: str) -> Till:
        """Return a till that the terminal lets in."""
        words = ("till-1", "--lanes", lane, "--scopes", "sale,reverse,status", "--json")
        token = json.loads(self._command("client", "add", *words))["token"]
        state = json.loads(self._command("status", "--json", expect_healthy=False))
        return Till(state["local"]["listeners"][0]["name"], token, lane)

    def live(self, seconds: float) -> Reconciliation:
        """Let citizens come for `seconds`, pull the cable in the middle, and reconcile."""
        ends_s = time.monotonic() + seconds
        self._ending.together(
            partial(self._outage, seconds),
            *(
                partial(self._serve, post, crowd, ends_s)
                for post, crowd in zip(self._posts, self._crowds, strict=True)
            ),
        )
        self._view.say("bringing the last entries home")
        acknowledged = self._drain()
        status = self._terminal.stop()
        if status != 0:
            raise ProgramFailed(f"the terminal ended with {status}: {self._terminal.last_words()}")
        return self._reconciled(acknowledged)

    def _serve(self, post: Post, crowd: Crowd | Shoppers, ends_s: float) -> None:
        """Send one post's citizens; every kind comes at least once, whatever the time."""
        for number, visit in enumerate(crowd.visits()):
            if time.monotonic() >= ends_s and crowd.is_over(number):
                return
            offline = not self._cable.is_plugged
            answer = post.present(visit, self._ending)
            crowd.went(visit)
            shown = Presentation(post=post.name, visit=visit, answer=answer, offline=offline)
            if answer.verdict == "grant":
                crowd.album.take(_now(), post.name, visit.text)
            with self._lock:
                self._shown.append(shown)
            self._view.decided(shown)
            self._ending.wait(GAP_S)

    def _outage(self, seconds: float) -> None:
        """Pull the cable in the middle of `seconds` and plug it in again.

        Not before the centre was asked about a dear sale, nor after before it could not be.
        """
        self._ending.wait(seconds * OUTAGE_FROM)
        while not self._shoppers.was_approved:
            self._ending.wait(SLICE_S)
        self._cable.pull()
        self._view.say("the network to the centre goes away")
        self._ending.wait(seconds * (OUTAGE_TO - OUTAGE_FROM))
        while not self._shoppers.was_limited:
            self._ending.wait(SLICE_S)
        self._cable.plug()
        self._view.say("the network to the centre is back")

    def _drain(self) -> int:
        """Wait until the centre has acknowledged every entry; return the last one's number."""
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            told = json.loads(self._command("sync", "--once", "--json", expect_healthy=False))
            state = json.loads(self._command("status", "--json", expect_healthy=False))
            journal = state["journal"]
            if journal["seq"] == journal["acked"] == told["seq"]:
                return int(journal["acked"])
            self._ending.wait(_POLL_S)
        raise ProgramFailed(f"the journal does not reach the centre: {self._terminal.last_words()}")

    def _reconciled(self, acknowledged: int) -> Reconciliation:
        exported = self._command("journal", "export").splitlines()
        return reconcile(
            self._shown,
            journal=[json.loads(line) for line in exported],
            acknowledged=acknowledged,
            central=self._centre.entries(),
            gate=(self._gate.name, self._turnstile.openings),
            receipts=self._counter.till.receipts,
        )

    def _wait_for_lanes(self) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            if not self._terminal.is_running():
                raise ProgramFailed(f"the terminal ended: {self._terminal.last_words()}")
            state = json.loads(self._command("status", "--json", expect_healthy=False))
            lanes = state.get("lanes", [])
            if lanes and all(_is_serving(lane) for lane in lanes):
                return
            self._ending.wait(_POLL_S)
        raise ProgramFailed(f"the lanes do not come up: {self._terminal.last_words()}")

    def _settings(self, cable: Cable) -> str:
        return (
            f'[terminal]\nstate = "{self._folder / "terminal"}"\n'
            f'[centre]\nurl = "{cable.url}"\ntrust_root = "{self._centre.trust_root}"\nsync_s = 1\n'
            "[local]\nport = 0\n" + "".join(post.settings() for post in self._posts)
        )

    def _where(self) -> tuple[str, str]:
        return "--config", str(self._config)

    def _command(self, *arguments: str, expect_healthy: bool = True) -> str:
        accept = (0,) if expect_healthy else (0, 1)
        where = self._where()
        return run_once("terminal", *arguments, *where, accept=accept, ending=self._ending)


def _is_serving(lane: dict[str, object]) -> bool:
    devices = lane["devices"]
    up = isinstance(devices, list) and devices and all(d["condition"] == "up" for d in devices)
    return lane["state"] == "idle" and bool(up)


def _now() -> UnixSeconds:
    return UnixSeconds(int(time.time()))
