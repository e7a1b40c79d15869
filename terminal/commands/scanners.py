"""`doctor scanner`: what a scanner changes on the way, and how its table must look."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from drivers.clock import monotonic_ms
from terminal.commands.devices import LanguageOption, members, print_finding
from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_json, print_line
from terminal.diagnosis.words import Language
from terminal.errors import UsageError

if TYPE_CHECKING:
    from terminal.diagnosis.finding import Finding
    from terminal.diagnosis.scanner.examination import Prompt
    from terminal.diagnosis.scanner.subject import Heard, Subject

Kind = Literal["serial", "wedge", "hid-pos"]

_SHOW = {
    Language.EN: "scan {number}: show the sample {name} to the scanner{rate}",
    Language.ZH: "第 {number} 次：请用扫码器扫样码 {name}{rate}",
}
_HEARD = {
    Language.EN: "  {octets} octets came: {what}",
    Language.ZH: "  收到 {octets} 字节：{what}",
}
_TOO_SMALL = {
    Language.EN: "this console is too small to draw it ({0} columns, {1} lines): --page prints it",
    Language.ZH: "控制台太小，画不下（需 {0} 列 {1} 行）：请用 --page 打印",
}
_NO_SAMPLE = {Language.EN: "no sample", Language.ZH: "不是样码"}
_ADVICE = {
    Language.EN: ("the lane's scanner should be:", "tried against what came: {0}"),
    Language.ZH: ("通道的 scanner 应写为：", "已用收到的内容核对：{0}"),
}
_PROVEN = {
    Language.EN: {True: "every sample comes out right", False: "some still come out wrong"},
    Language.ZH: {True: "样码全部正确", False: "仍有样码不对"},
}
_WRITTEN = {
    Language.EN: "written; the old settings are {0}. systemctl start scan-terminal",
    Language.ZH: "已写入；原设置存为 {0}。systemctl start scan-terminal",
}


def scanner(  # noqa: PLR0913  # typer reads options from the signature
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    lane: Annotated[
        str | None, typer.Option("--lane", help="The lane; needed where there are more.")
    ] = None,
    port: Annotated[
        str | None, typer.Option("--port", help="A device instead, with --kind; no settings.")
    ] = None,
    kind: Annotated[Kind, typer.Option("--kind", help="Of --port.")] = "serial",
    baud: Annotated[
        list[int] | None, typer.Option("--baud", help="Baud rates to try; may be repeated.")
    ] = None,
    samples: Annotated[int, typer.Option("--samples", min=1, max=1_000, help="Scans to take.")] = 3,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, max=3_600, help="Seconds to wait for each.")
    ] = 60,
    page: Annotated[
        Path | None, typer.Option("--page", metavar="OUT", help="Write a page to print, and end.")
    ] = None,
    language: LanguageOption = Language.EN,
    write: Annotated[
        bool, typer.Option("--write", help="Write the scanner's table into the settings.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Take sample scans and find what the scanner changes; exit 1 where something is wrong."""
    if page is not None:
        return _write_page(page)
    from terminal.diagnosis.scanner.subject import subject_of  # noqa: PLC0415  # when used

    if write and port is not None:
        raise UsageError("--write needs a lane of the settings, and --port is none")
    name, table = (None, _table_of(port, kind)) if port is not None else _lanes(config, lane)
    subject = subject_of(table, baud or ())
    told = _Told(subject, language, as_json=as_json)
    heard = told.listen(samples, int(timeout * 1_000))
    findings = told.findings(name or str(port), heard)
    advised = told.advise(heard)
    kept = None
    if write and name is not None and advised is not None:
        from terminal.diagnosis.scanner.writing import write_scanner  # noqa: PLC0415  # as above

        kept = write_scanner(config, name, advised)
    told.conclude(findings, heard, advised, kept)
    return 0 if all(finding.level == "ok" for finding in findings) else 1


class _Told:
    """What a technician or a program sees while a scanner is looked at."""

    def __init__(self, subject: "Subject", language: Language, *, as_json: bool) -> None:
        self._subject, self._language, self._as_json = subject, language, as_json
        self._drawn = ""

    def listen(self, count: int, timeout_ms: int) -> "list[Heard]":
        """Return what came, told as it comes; Ctrl-C ends the listening and no more."""
        from terminal.diagnosis.scanner.examination import examine  # noqa: PLC0415  # when used

        heard: list[Heard] = []
        try:
            for each in examine(
                self._subject,
                count=count,
                timeout_ms=timeout_ms,
                monotonic_ms=monotonic_ms,
                prompt=self._prompt,
            ):
                heard.append(each)
                self._tell(len(heard), each)
        except KeyboardInterrupt:
            self._line("")
        return heard

    def findings(self, name: str, heard: "list[Heard]") -> "list[Finding]":
        """Return the findings, each printed."""
        from terminal.diagnosis.scanner.examination import told_of  # noqa: PLC0415  # when used
        from terminal.diagnosis.scanner.report import findings_of  # noqa: PLC0415

        found = list(findings_of(name, told_of(heard)))
        for finding in found:
            if self._as_json:
                print_json(members(finding, self._language))
            else:
                print_finding(finding, self._language)
        return found

    def advise(self, heard: "list[Heard]") -> dict[str, Any] | None:
        """Return the table to be set; None: nothing was recognised, so nobody can say."""
        is_known = any(reading.is_known for each in heard for reading in each.readings)
        return self._subject.advised(heard) if is_known else None

    def conclude(
        self,
        findings: "list[Finding]",
        heard: "list[Heard]",
        advised: Mapping[str, Any] | None,
        kept: Path | None,
    ) -> None:
        """Print the table, whether it is proven, and where the old settings are."""
        from terminal.diagnosis.scanner.subject import is_proven  # noqa: PLC0415  # when used
        from terminal.diagnosis.scanner.writing import inline  # noqa: PLC0415

        toml = None if advised is None else f"scanner = {inline(advised)}"
        proven = advised is not None and is_proven(advised, heard)
        if self._as_json:
            well = all(finding.level == "ok" for finding in findings)
            told = {"well": well, "scanner": advised, "toml": toml, "proven": proven}
            print_json({**told, "written": None if kept is None else str(kept)})
            return
        if toml is not None:
            before, after = _ADVICE[self._language]
            self._line(before)
            self._line(f"  {toml}")
            self._line(after.format(_PROVEN[self._language][proven]))
        if kept is not None:
            self._line(_WRITTEN[self._language].format(kept))

    def _prompt(self, prompt: "Prompt") -> None:
        if self._as_json:
            sample = prompt.sample.name
            print_json({"show": sample, "scan": prompt.number, "baud": prompt.baud})
            return
        if sys.stdout.isatty() and prompt.sample.name != self._drawn:
            self._drawn = prompt.sample.name
            self._draw(prompt)
        rate = "" if prompt.baud is None else f" ({prompt.baud} baud)"
        said = _SHOW[self._language]
        self._line(said.format(number=prompt.number, name=prompt.sample.name, rate=rate))

    def _draw(self, prompt: "Prompt") -> None:
        """Draw a sample where the console has room for it; a cut one would be read by nobody."""
        from rich.console import Console  # noqa: PLC0415  # for a person alone
        from rich.text import Text  # noqa: PLC0415

        from terminal.diagnosis.scanner.drawing import console_rows  # noqa: PLC0415  # as above

        console, rows = Console(), console_rows(prompt.sample)
        if console.width < len(rows[0]) or console.height <= len(rows):
            self._line(_TOO_SMALL[self._language].format(len(rows[0]), len(rows) + 1))
            return
        for row in rows:  # light on dark on every console, and without colours on a dark one
            console.print(Text(row, style="bright_white on black", no_wrap=True))

    def _tell(self, number: int, heard: "Heard") -> None:
        names = [reading.sample for reading in heard.readings if reading.is_known]
        if self._as_json:
            octets = len(heard.burst)
            sample = names[0] if names else None
            print_json({"scan": number, "sample": sample, "baud": heard.baud, "octets": octets})
            return
        what = ", ".join(names) or _NO_SAMPLE[self._language]
        self._line(_HEARD[self._language].format(octets=len(heard.burst), what=what))

    def _line(self, text: str) -> None:
        if not self._as_json:
            print_line(text)


def _table_of(port: str, kind: Kind) -> dict[str, Any]:
    return {"kind": kind, "port" if kind == "serial" else "device": port}


def _lanes(config: Path, lane: str | None) -> tuple[str, dict[str, Any]]:
    """Return a lane's name and its scanner's table as the settings write it."""
    import tomllib  # noqa: PLC0415  # when used

    from terminal.aiming import target_of  # noqa: PLC0415  # devices, when used

    name = target_of(config, lane=lane, source=None).lane
    document = tomllib.loads(config.read_text("utf-8"))
    tables = {each["name"]: each["scanner"] for each in document["lane"]}
    if name is None:
        raise ValueError("a lane of the settings has a name")
    return name, tables[name]


def _write_page(out: Path) -> int:
    from terminal.diagnosis.scanner.drawing import page  # noqa: PLC0415  # when used

    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(page())
    except FileExistsError as error:
        raise UsageError(f"--page {out}: is there already; name another file") from error
    print_line(f"{out}: print it, and scan from it")
    return 0
