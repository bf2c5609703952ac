"""What the two judges do: assess and recommend; approve."""

from lti_tool.walk.visitor import Lost, Page, Visitor


def assess(visitor: Visitor, base_url: str, public_id: str, *, mixed: bool = True) -> Page:
    """Open the work, rate each criterion, recommend.

    Args:
        visitor: the assessor.
        base_url: of the tool.
        public_id: of the work.
        mixed: whether the first criterion is rated one step below the top where that is met too.
    """
    address = f"{base_url}/review/{public_id}"
    page = visitor.get(address)
    begin = [form for form in page.forms if form.action.endswith("/begin")]
    if begin:
        page = visitor.send(page, begin[0])
    form = page.form("/ratings")
    values: dict[str, str] = {}
    for place, (name, options) in enumerate(form.choices.items()):
        best = options[-2] if mixed and place == 0 and len(options) > 2 else options[-1]
        values[name] = best.value
    if not values:
        raise Lost(f"{page.url} shows no criterion to rate: {page.text[:400]}")
    return visitor.send(page, form, values, button=("then", "recommend"))


def approve(visitor: Visitor, base_url: str, public_id: str) -> Page:
    """Open the assessed work and approve it."""
    page = visitor.get(f"{base_url}/review/{public_id}")
    return visitor.send(page, page.form("/decision"), button=("outcome", "approved"))
