"""The form by which somebody is appointed."""

from datetime import date

from wtforms import DateField, SelectField
from wtforms.validators import InputRequired, Optional

from lti_tool.people.roles import Seat
from lti_tool.web.forms import Form

SEATS = {
    Seat.ASSESSOR: "Assessor: judges work and recommends",
    Seat.APPROVER: "Approver: decides on what an assessor recommends",
    Seat.COACH: "Coach",
    Seat.FACILITATOR: "Facilitator",
    Seat.ADMIN: "Program administrator",
}


class AppointmentForm(Form):
    """Seat, program and last day."""

    seat = SelectField(
        "Appoint as",
        choices={seat.value: words for seat, words in SEATS.items()},
        validators=[InputRequired("Choose a seat.")],
    )
    program = SelectField("In the program", validators=[InputRequired("Choose a program.")])
    until = DateField("Last day", validators=[Optional()])

    @property
    def last_day(self) -> date | None:
        """The last day, or `None` for open-ended."""
        day: date | None = self.until.data
        return day
