"""`verify`: the auditor's look at codes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from terminal.commands.input import line_batches
from terminal.commands.moments import moment
from terminal.commands.options import JsonOption
from terminal.commands.output import payload_text, print_all_json, print_line
from terminal.timekeeping import system_now
from verifier.model import Stale, Verdict
from verifier.reasons import Reason

if TYPE_CHECKING:
    from terminal.auditing import Auditor
    from verifier.pipeline import Judgement

_STANDARD_INPUT = 0


def verify(
    trust: Annotated[
        Path, typer.Option("--trust", help="A keys.json, or a trust folder with status lists.")
    ],
    codes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CODE]...", help="Codes; without any, one a line from stdin."),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="Judge as of this moment (RFC 3339), not now.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", help="A profile of the trust folder; else audit.")
    ] = None,
    family: Annotated[
        list[str] | None,
        typer.Option("--family", help="A family that others brought, read too; may be repeated."),
    ] = None,
    *,
    as_json: JsonOption = False,
) -> int:
    """Judge codes by a local trust folder, without a network, each by itself."""
    from terminal.auditing import Auditor  # noqa: PLC0415  # crypto, when used

    now = system_now() if at is None else moment("--at", at)
    auditor = Auditor(trust, now=now, profile=profile, families=family or ())
    for problem in auditor.problems:
        typer.echo(f"scan-terminal: trust: left out: {problem}", err=True)
    given = [code.encode(errors="surrogateescape") for code in codes] if codes else None
    batches = iter([given]) if given else line_batches(_STANDARD_INPUT)
    verdicts = set[Verdict]()
    for batch in batches:
        verdicts |= _judge(auditor, batch, as_json=as_json)
    if not verdicts:
        typer.echo("scan-terminal: no codes came on standard input", err=True)
    return 0 if verdicts <= {Verdict.GRANT} else 1


def _judge(auditor: "Auditor", payloads: list[bytes], *, as_json: bool) -> set[Verdict]:
    """Print what becomes of some codes, in their order; return the verdicts among them."""
    from terminal.auditing import judgement_members  # noqa: PLC0415  # loaded by then

    judgements = [(payload_text(payload), auditor.judge(payload)) for payload in payloads]
    if as_json:
        print_all_json(judgement_members(text, judgement) for text, judgement in judgements)
    else:
        for text, judgement in judgements:
            decision = judgement.decision
            told = (decision.verdict.value, *_words(decision.reason), *_age(judgement), text)
            print_line(" ".join(told))
    return {judgement.decision.verdict for _, judgement in judgements}


def _age(judgement: "Judgement") -> tuple[str, ...]:
    """Return how old the status list is, where that is worth a word."""
    return tuple(
        f"(status list {check.age_s // 3_600} h old)"
        for check in judgement.verification.checks
        if isinstance(check, Stale)
    )


def _words(reason: Reason | None) -> tuple[str, ...]:
    """Return a reason for a person: its code and its name."""
    if reason is None:
        return ()
    return reason.value, f"({reason.name.lower().replace('_', ' ')})"
