"""The schema as numbered files, the same numbers in every dialect.

A released file never changes: what changes the tables is a new file of the next number in
`central/schema/sqlite` and in `central/schema/postgresql`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from central.errors import SiteUnusable

_FILE = re.compile(r"(\d{4})_[a-z_]+\.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The tables of one dialect, from nothing up to `version`."""

    scripts: Mapping[int, str]  # by number, from 1 without a gap

    @property
    def version(self) -> int:
        """Return the number of the newest."""
        return max(self.scripts)

    def behind(self, version: int, *, where: str) -> Iterator[str]:
        """Return the statements that bring a database of `version` up to date, in order.

        Args:
            version: what the database has; 0: nothing.
            where: names the database to the operator.

        Raises:
            SiteUnusable: a newer program has made it.
        """
        if version > self.version:
            raise SiteUnusable(
                f"{where} has schema {version}, this program {self.version}: it was made by a"
                " newer scan-central, so run that one"
            )
        for number in range(version + 1, self.version + 1):
            yield from statements(self.scripts[number])


def load_schema(dialect: str) -> Schema:
    """Return the schema files of `dialect`, sqlite or postgresql.

    Raises:
        ValueError: a file is misnamed, or a number is missing or given twice.
    """
    found: dict[int, str] = {}
    for file in files("central").joinpath("schema", dialect).iterdir():
        match = _FILE.fullmatch(file.name)
        if match is None or int(match[1]) in found:
            raise ValueError(f"{dialect}/{file.name} is misnamed, or its number is taken")
        found[int(match[1])] = file.read_text("utf-8")
    if set(found) != set(range(1, len(found) + 1)):
        raise ValueError(f"the schema files of {dialect} lack a number")
    return Schema(scripts=found)


def statements(script: str) -> Iterator[str]:
    """Return each statement of a script; one ends with the semicolon that ends its line."""
    lines: list[str] = []
    for line in script.splitlines():
        code = line.partition("--")[0].rstrip()
        if code:
            lines.append(code)
        if code.endswith(";"):
            yield "\n".join(lines)
            lines.clear()
    if lines:
        raise ValueError(f"a schema file ends within a statement: {lines[0]}")
