"""A QR code as an SVG picture that stands in a page."""

import segno


def qr_svg(text: str, *, title: str) -> str:
    """The picture with its quiet zone of four modules; it scales with the box around it."""
    return segno.make(text, error="m", micro=False).svg_inline(
        border=4, omitsize=True, dark="#000", light="#fff", title=title, svgclass=None, lineclass=None
    )
