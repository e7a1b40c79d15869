"""A terminal's report as rows for people: what, how it stands, and how bad that is. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from terminal.diagnosis.finding import Level
from terminal.diagnosis.words import Language
from terminal.status.saying import age, said
from terminal.wording.units import money
from verifier.profile import Phrase

_LEVELS: Mapping[str, Level] = {
    "out-of-service": "fail",
    "held-open": "warn",
    "down": "fail",
    "starting": "warn",
    "stale": "warn",
    "expired": "fail",
    "untrusted": "fail",
    "backing-off": "warn",
    "refused": "fail",
    "halted": "fail",
}

_RUNS = Phrase(zh="运行中", en="running")
_RUNS_NOT = Phrase(zh="未运行", en="not running")
_UNENROLLED = Phrase(zh="未登记", en="not enrolled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line; those of more depth belong to the one above."""

    name: str
    text: str
    level: Level = "ok"
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Makes rows in one language."""

    language: Language

    def rows(self, state: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the rows of a report, of a daemon or of a disk."""
        yield self._head(state)
        if told := state.get("enrolment"):
            left = f" ({age(told['ends_in_s'], self.language)})" if told["ends_in_s"] else ""
            yield Row(name=self._("登记", "enrolment"), text=self._of(told) + left, level="fail")
        for lane in state.get("lanes", ()):
            yield from self._lane(lane)
        if trust := state.get("trust"):
            yield self._trust(trust)
        if clock := state.get("clock"):
            yield self._clock(clock)
        if journal := state.get("journal"):
            yield self._journal(journal)
        if stop := state.get("value_stop"):
            yield Row(name=self._("收付", "money"), text=str(stop), level="fail")
        if sync := state.get("sync"):
            text = f"{self._said(sync['state'])} {sync['detail']}".rstrip()
            yield Row(name=self._("同步", "sync"), text=text, level=_level(sync["state"]))
        if sales := state.get("sales"):
            yield from self._sales(sales)
        if local := state.get("local"):
            yield from self._local(local)

    def _head(self, state: Mapping[str, Any]) -> Row:
        is_running = bool(state.get("running"))
        name = self._("终端", "terminal")
        if state.get("enrolled") is False:
            return Row(name=name, text=self._p(_UNENROLLED), level="fail")
        text = self._p(_RUNS if is_running else _RUNS_NOT)
        name = f"{name} {state.get('terminal')} {self._('纪元', 'epoch')} {state.get('epoch')}"
        return Row(name=name, text=text, level="ok" if is_running else "fail")

    def _lane(self, lane: Mapping[str, Any]) -> Iterator[Row]:
        trouble = f": {lane['trouble']}" if lane["trouble"] else ""
        level = _level(lane["state"])
        yield Row(
            name=f"{self._('通道', 'lane')} {lane['name']} ({lane['profile']})",
            text=self._said(lane["state"]) + trouble,
            level="warn" if level == "ok" and trouble else level,
        )
        for name, told in (lane.get("freshness") or {}).items():
            text = f"{self._said(told['state'])}, {self._old(told['age_s'])}"
            yield Row(name=self._said(name), text=text, level=_level(told["state"]), depth=1)
        for device in lane["devices"]:
            yield Row(
                name=f"{self._said(device['part'])} {device['device']}",
                text=f"{self._said(device['condition'])} {device['detail']}".rstrip(),
                level=_level(device["condition"]),
                depth=1,
            )
        if lane.get("dropped"):
            text = f"{lane['dropped']}"
            yield Row(name=self._("丢弃的码", "codes dropped"), text=text, depth=1)

    def _trust(self, trust: Mapping[str, Any]) -> Row:
        lists = self._(f"{trust['status_lists']} 张状态表", f"{trust['status_lists']} status lists")
        parts = [self._(f"版本 {trust['version']}", f"version {trust['version']}"), lists]
        if trust["age_s"] is not None:
            parts.append(self._old(trust["age_s"]))
        parts.append(self._(f"来自 {trust['source']}", f"from {trust['source']}"))
        if trust["expired"]:
            parts.append(f"{self._said('expired')}: {', '.join(trust['expired'])}")
        parts += trust["problems"]
        is_well = not trust["expired"] and not trust["problems"]
        level: Level = "ok" if is_well else "warn"
        return Row(name=self._("名单", "lists"), text=", ".join(parts), level=level)

    def _clock(self, clock: Mapping[str, Any]) -> Row:
        parts = [self._said(clock["quality"])]
        if clock["uncertainty_s"]:
            parts.append(f"±{clock['uncertainty_s']} s")
        level = _level(clock["quality"])
        if level != "ok":
            parts.append(f"clock.{clock['state']}")
        if clock["far"] is not None:
            parts.append(f"clock.far {clock['far']['source']} {clock['far']['date']}")
            level = "warn" if level == "ok" else level
        return Row(name=self._("时钟", "clock"), text=", ".join(parts), level=level)

    def _journal(self, journal: Mapping[str, Any]) -> Row:
        name = self._("日志", "journal")
        if journal["fault"] is not None:
            return Row(name=name, text=str(journal["fault"]), level="fail")
        seq, acked = journal["seq"], journal["acked"]
        if seq is None or acked is None:
            return Row(name=name, text=self._("读不到", "can't be asked now"), level="warn")
        waiting = max(0, seq - acked)
        text = self._(
            f"{seq} 条，中心已收 {acked}，待传 {waiting}",
            f"{seq} entries, acknowledged {acked}, waiting in the outbox {waiting}",
        )
        return Row(name=name, text=text)

    def _sales(self, sales: Mapping[str, Any]) -> Iterator[Row]:
        if sales["approvals"] == "out":
            text = self._(
                "中心不应答，按离线规则", "the centre does not answer: offline rules decide"
            )
            yield Row(name=self._("联机许可", "approvals"), text=text, level="warn")
        for each in sales["days"]:
            sums = f"{each['sales']}, {money(each['sum_minor'], each['currency'])}"
            if each["reversals"]:
                back = money(each["reversed_minor"], each["currency"])
                sums += f"; {self._('退', 'reversed')} {each['reversals']}, {back}"
            name = f"{self._('销售', 'sales')} {each['lane']} {each['day']}"
            yield Row(name=name, text=sums)

    def _local(self, local: Mapping[str, Any]) -> Iterator[Row]:
        for listener in local["listeners"]:
            text = listener["trouble"] or self._("监听中", "listening")
            level: Level = "fail" if listener["trouble"] else "ok"
            yield Row(name=f"{self._('接口', 'local')} {listener['name']}", text=text, level=level)
        if local["clients"]:
            name = self._("接口令牌", "local clients")
            yield Row(name=name, text=str(local["clients"]), level="warn")

    def _old(self, seconds: int) -> str:
        told = age(seconds, self.language)
        return told if seconds <= 0 else self._(f"{told}前", f"{told} old")

    def _said(self, word: str) -> str:
        return said(word, self.language)

    def _(self, zh: str, en: str) -> str:
        return zh if self.language is Language.ZH else en

    def _p(self, phrase: Phrase) -> str:
        return self._(phrase.zh, phrase.en)

    def _of(self, told: Mapping[str, Any]) -> str:
        return str(told[self.language.value])


def screen_rows(urls: Mapping[str, str], language: Language) -> Iterator[Row]:
    """Yield where each lane's screen is to be seen.

    Args:
        urls: by lane.
        language: of the rows.
    """
    for lane, url in urls.items():
        name = "屏幕" if language is Language.ZH else "screen"
        yield Row(name=f"{name} {lane}", text=url)


def _level(word: str) -> Level:
    return _LEVELS.get(word, "ok")
