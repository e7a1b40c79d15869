"""What tables of answer lines have in common: in which form an answer is told, and which are."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import model_validator

from terminal.answer_form import AnswerForm, JsonForm, TextForm
from terminal.devices.table import Table

Ending = Literal["lf", "cr", "crlf"]
ENDINGS: Mapping[Ending, bytes] = {"lf": b"\n", "cr": b"\r", "crlf": b"\r\n"}

TEMPLATE = "{verdict};{reason};{card};{amount}"


class FormTable(Table):
    """An answer line that tells JSON, or text by a template."""

    form: Literal["json", "text"] = "json"
    template: str = TEMPLATE
    on: Literal["all", "grant"] = "all"  # of which decisions it tells

    @model_validator(mode="after")
    def _check_form(self) -> Self:
        if self.form == "json" and "template" in self.model_fields_set:
            raise ValueError('template belongs to form = "text"')
        self.answer_form()
        return self

    def answer_form(self) -> AnswerForm:
        """Return what writes its answers."""
        is_grant_alone = self.on == "grant"
        if self.form == "json":
            return JsonForm(is_grant_alone=is_grant_alone)
        return TextForm(template=self.template, is_grant_alone=is_grant_alone)
