"""Contrast of colours, as WCAG 2.2 defines it."""

WHITE = "#ffffff"
DARK_PAPER = "#161c22"
"""`--paper` of the dark scheme in `static/cairn.css`."""


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`: 0 for black to 1 for white."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
