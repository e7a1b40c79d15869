"""One look at a scanner: samples are shown until enough came, at the baud rate that fits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from terminal.diagnosis.scanner.analysis import analyse
from terminal.diagnosis.scanner.faults import Fault, FaultKind, Reading
from terminal.diagnosis.scanner.samples import SAMPLES, Sample
from terminal.diagnosis.scanner.subject import Heard, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What is to be scanned now."""

    sample: Sample
    number: int  # of the scan, from 1
    baud: int | None  # None: not of a serial line


def samples_of(subject: Subject) -> tuple[Sample, ...]:
    """Return the samples that this scanner can show."""
    is_typing = subject.layout is not None
    return tuple(sample for sample in SAMPLES if sample.is_typeable or not is_typing)


def examine(
    subject: Subject,
    *,
    count: int,
    timeout_ms: int,
    monotonic_ms: Callable[[], int],
    prompt: Callable[[Prompt], object] = lambda _: None,
) -> Iterator[Heard]:
    """Yield each burst as it comes, until `count` were no noise, or one did not come in time.

    Args:
        subject: the scanner.
        count: scans to take, 1 or more.
        timeout_ms: how long is waited for each.
        monotonic_ms: the clock.
        prompt: told what to show, before each scan.

    Raises:
        DriverError: the device can't be opened, or went away.
    """
    taken = 0
    samples = samples_of(subject)
    for baud in subject.bauds:
        with subject.hear(baud) as ear:
            while taken < count:
                sample = samples[taken % len(samples)]
                prompt(Prompt(sample=sample, number=taken + 1, baud=baud))
                burst = ear.hear(monotonic_ms() + timeout_ms)
                if burst is None:
                    return
                readings = analyse(burst, layout=subject.layout)
                is_noise = all(_is_noise(each) for each in readings)
                if taken == 0 and is_noise and baud != subject.bauds[-1]:
                    yield Heard(burst=burst, readings=readings, baud=baud)
                    break  # another rate may fit
                taken += 1
                yield Heard(burst=burst, readings=_at(readings, baud, subject.baud), baud=baud)
        if taken >= count:
            return


def told_of(heard: list[Heard]) -> list[Reading]:
    """Return the readings that count: noise at wrong rates is forgotten once a rate fits."""
    known = [each for each in heard if any(not _is_noise(one) for one in each.readings)]
    return [reading for each in known or heard for reading in each.readings]


def _is_noise(reading: Reading) -> bool:
    return any(fault.kind is FaultKind.NOISE for fault in reading.faults)


def _at(readings: tuple[Reading, ...], baud: int | None, set_to: int | None) -> tuple[Reading, ...]:
    """Return the readings with the fault that the rate is not the one that is set."""
    if baud == set_to:
        return readings
    fault = Fault(kind=FaultKind.BAUD, detail=f"{baud}, and {set_to} is set")
    return tuple(
        replace(each, faults=(fault, *each.faults)) if each.is_known else each for each in readings
    )
