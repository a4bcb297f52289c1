"""A QR as a drawing within the page: it comes with the page and prints sharp."""

import segno


def qr_svg(payload: str) -> str:
    """Return the QR of some text as an SVG that fills its box."""
    drawing: str = segno.make_qr(payload, error="m").svg_inline(
        omitsize=True, border=4, light="#fff", svgclass=None, lineclass=None
    )
    return drawing
