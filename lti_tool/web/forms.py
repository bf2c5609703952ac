"""Forms: WTForms with input kept on a fault. The form token is the guard's (`permissions.py`)."""

from typing import Any

from flask import request
from wtforms import Form as WTForm


class Form(WTForm):
    """A form filled from the request; render its fields with `templates/_field.html`."""

    @classmethod
    def received(cls, **defaults: Any) -> "Form":
        """The form as it was sent, or with its defaults on a first visit."""
        return cls(request.form if request.method == "POST" else None, data=defaults)
