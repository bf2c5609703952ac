"""Forms of the connecting pages."""

from collections.abc import Mapping

from wtforms import BooleanField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from lti_tool.launch.models import Product
from lti_tool.web.forms import Form

PRODUCTS: Mapping[str, str] = {
    Product.CANVAS.value: "Canvas",
    Product.MOODLE.value: "Moodle",
    Product.GENERIC.value: "Another LMS",
}

HOSTED_CANVAS: Mapping[str, str] = {
    "issuer": "https://canvas.instructure.com",
    "auth_login_url": "https://sso.canvaslms.com/api/lti/authorize_redirect",
    "jwks_url": "https://sso.canvaslms.com/api/lti/security/jwks",
}
"""The same for every school on hosted Canvas."""

IN_MOODLE: Mapping[str, str] = {
    "issuer": "Platform ID",
    "client_id": "Client ID",
    "auth_login_url": "Authentication request URL",
    "auth_token_url": "Access token URL",
    "jwks_url": "Public keyset URL",
    "deployment_ids": "Deployment ID",
}
"""What Moodle's page with the tool's values calls each."""

MISSING = "Copy it from the LMS, to the letter."


class ByHandForm(Form):
    """What `cairn platform add` takes, in the browser."""

    name = StringField(
        "What you call it",
        validators=[InputRequired("Give it a name."), Length(max=255, message="Too long.")],
    )
    issuer = StringField("Issuer", validators=[InputRequired(MISSING)])
    client_id = StringField("Client id", validators=[InputRequired(MISSING)])
    auth_login_url = StringField("Authorisation address", validators=[InputRequired(MISSING)])
    auth_token_url = StringField("Access token address", validators=[InputRequired(MISSING)])
    jwks_url = StringField("Key set address", validators=[InputRequired(MISSING)])
    deployment_ids = TextAreaField("Deployment ids you already know")
    auth_audience = StringField("Audience of the token service")
    approves_deployments = BooleanField("Let in every deployment without looking at each")

    def speak(self, words: Mapping[str, str]) -> None:
        """Call the fields what the LMS's own page calls them."""
        for name, label in words.items():
            self[name].label.text = label

    def facts(self) -> dict[str, object]:
        """What was typed, without spaces around it, as `platforms.add_platform` takes it."""
        names = ("name", "issuer", "client_id", "auth_login_url", "auth_token_url", "jwks_url")
        typed: dict[str, object] = {name: (self[name].data or "").strip() for name in names}
        lines = (self.deployment_ids.data or "").splitlines()
        typed["deployment_ids"] = [line.strip() for line in lines if line.strip()]
        typed["auth_audience"] = (self.auth_audience.data or "").strip() or None
        return typed

    def blame(self, words: str) -> bool:
        """Put a refusal's words to the field they are about; false where none is named."""
        fields = {
            "The name ": self.name,
            "The issuer ": self.issuer,
            "The client id ": self.client_id,
            "The login address ": self.auth_login_url,
            "The token address ": self.auth_token_url,
            "The key set address ": self.jwks_url,
            "The deployment id ": self.deployment_ids,
        }
        for beginning, field in fields.items():
            if words.startswith(beginning):
                field.errors = [words]
                return True
        return False


class SettingsForm(Form):
    """What a registration is called, and what it allows beyond the rule."""

    name = StringField(
        "What you call it",
        validators=[InputRequired("Give it a name."), Length(max=255, message="Too long.")],
    )
    product = SelectField("Product", choices=dict(PRODUCTS))
    auth_audience = StringField("Audience of the token service", validators=[Length(max=2048)])
    extra_audiences = TextAreaField("Further audiences its messages may name")
    sub_may_be_number = BooleanField("Its user ids are numbers, not text")
    approves_deployments = BooleanField("Let in every deployment without looking at each")
    legacy_key = StringField("Its consumer key as LTI 1.1", validators=[Length(max=255)])
    legacy_secret = PasswordField("Its shared secret as LTI 1.1", validators=[Length(max=255)])

    @property
    def audiences(self) -> list[str]:
        """The further audiences, one a line."""
        lines = (self.extra_audiences.data or "").splitlines()
        return [line.strip() for line in lines if line.strip()]

    @property
    def legacy(self) -> tuple[str, str] | None:
        """Key and secret where both are typed, two empty texts to forget them, or no change."""
        key, secret = (self.legacy_key.data or "").strip(), self.legacy_secret.data or ""
        if key and secret:
            return key, secret
        return None if key else ("", "")

    def blame(self, words: str) -> None:
        """Put a refusal's words to the field they are about."""
        fields = {
            "The audience ": self.extra_audiences,
            "The consumer key ": self.legacy_key,
            "The shared secret ": self.legacy_secret,
        }
        for beginning, field in fields.items():
            if words.startswith(beginning):
                field.errors = [words]
                return
        self.name.errors = [words]
