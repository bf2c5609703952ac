"""Figures of a journey: what a person pressed and waited for, and the bars it must meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Request

# What a hand does, told at once: presses of a pointer, and of the keys that press a control.
# Beside it, how long after the last letter the page says that it is saved.
WATCHED = """
addEventListener('pointerdown', event => event.isTrusted && window.pressed('pointer'), true);
addEventListener('keydown', event => {
  const writes = event.target.matches('textarea, input:not([type=radio], [type=checkbox])');
  if (event.isTrusted && !writes && [' ', 'Enter'].includes(event.key)) window.pressed('key');
}, true);
addEventListener('input', () => { window.lastInput = performance.now(); }, true);
addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
  const is_saved = [...document.querySelectorAll('.saved')].some(
    one => one.textContent.startsWith('Saved '));
  if (is_saved && window.lastInput) {
    window.savedAfter = performance.now() - window.lastInput;
    window.lastInput = 0;
  }
}).observe(document.body, {subtree: true, childList: true, characterData: true}));
"""


@dataclass
class Figures:
    """What was measured, each beside its bar; all of it is told, then all of it is required."""

    tell: Callable[[str, object], None]
    lines: list[tuple[str, float, float | None, str]] = field(default_factory=list)

    def keep(self, name: str, figure: float, bar: float | None, unit: str = "clicks") -> None:
        """`bar` is the most it may be."""
        self.lines.append((name, figure, bar, unit))
        self.tell(name, f"{figure:g} {unit}" + (f" (at most {bar:g})" if bar is not None else ""))

    def missed(self) -> list[str]:
        """What is over its bar."""
        return [
            f"{name}: {figure:g} {unit}, at most {bar:g}"
            for name, figure, bar, unit in self.lines
            if bar is not None and figure > bar
        ]

    def __str__(self) -> str:
        return "\n".join(
            f"{name:<64}{figure:>8.3g} {unit}" + (f"  (bar {bar:g})" if bar is not None else "")
            for name, figure, bar, unit in self.lines
        )


class Watch:
    """Counts what one person presses, and adds up what the tool takes to answer with pages."""

    def __init__(self, page: Page, base_url: str) -> None:
        """Before the page goes anywhere."""
        self.presses: list[str] = []
        self.addresses: list[str] = []
        self.server_seconds = 0.0
        self._base = base_url
        page.context.expose_binding("pressed", self._pressed)
        page.context.add_init_script(WATCHED)
        page.on("framenavigated", lambda frame: self.addresses.append(frame.url))
        page.on("requestfinished", self._finished)

    def _pressed(self, _source: dict[str, Any], how: str) -> None:
        self.presses.append(how)

    def _finished(self, request: Request) -> None:
        if request.is_navigation_request() and request.url.startswith(self._base):
            timing = request.timing
            self.server_seconds += max(0.0, timing["responseStart"] - timing["requestStart"]) / 1000

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """What is pressed meanwhile, in a list that is full at the end."""
        before = len(self.presses)
        pressed: list[str] = []
        yield pressed
        pressed.extend(self.presses[before:])

    @property
    def sign_ins(self) -> int:
        """How often the tool wanted to know who somebody is."""
        return sum("sign-in" in url for url in self.addresses if url.startswith(self._base))
