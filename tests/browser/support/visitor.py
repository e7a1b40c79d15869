"""Somebody who stands before a page: touches what it is called, types, and looks."""

from typing import Self

from playwright.sync_api import Page, expect

# As many as no view of ours has things to stop at.
_STOPS_MAX = 80


class Visitor:
    """Every act returns the visitor, so that a test reads as what he does."""

    def __init__(self, page: Page) -> None:
        """Stand before a page."""
        self.page = page

    def touches(self, name: str) -> Self:
        """Touch the one thing that is called `name`, or begins so."""
        shown = self.page.locator("button:visible, label:visible, dialog[open] button")
        exact = shown.get_by_text(name, exact=True)
        named = self.page.get_by_role("button", name=name, exact=True)
        exact.or_(named).first.tap()
        return self

    def picks(self, name: str) -> Self:
        """Touch the row of a list that is called `name`."""
        self.page.locator(".rows .tile", has_text=name).first.tap()
        return self

    def searches(self, words: str) -> Self:
        """Search from the start page, by a plugged-in keyboard."""
        self.page.locator(".seek").tap()
        return self.types(words)

    def types(self, text: str) -> Self:
        """Type where the focus is."""
        self.page.keyboard.type(text)
        return self

    def presses(self, *keys: str) -> Self:
        """Press keys, one by one."""
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def goes_by_keys_to(self, name: str) -> Self:
        """Press Tab until the thing called `name` has the focus."""
        wanted = self.page.get_by_role("button", name=name).first
        expect(wanted).to_be_enabled()
        for _ in range(_STOPS_MAX):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("node => node === document.activeElement"):
                return self
        raise AssertionError(f"no way by keys to {name}")

    def sees(self, text: str) -> Self:
        """Look until the text is on the screen."""
        expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible()
        return self
