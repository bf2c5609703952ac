"""The service description: what the API answers, as OpenAPI 3.0 (Open Badges 3.0, 6.3 and 7.1.1).

A service reads it to learn where to register and where to send people.
"""

from dataclasses import dataclass
from typing import Any

from lti_tool.wallets import scopes, status_info

OPENAPI = "3.0.3"
SECURITY = "OAuth2ACG"


@dataclass(frozen=True)
class Places:
    """Our addresses, as the settings have them."""

    api: str
    """Where the API's paths begin."""
    register: str
    authorize: str
    token: str
    about: str
    """The page with terms and privacy."""
    picture: str


def document(places: Places, *, name: str) -> dict[str, Any]:
    """The description of this installation's API."""
    policy, terms = f"{places.about}#privacy", f"{places.about}#terms"
    return {
        "openapi": OPENAPI,
        "info": {
            "title": f"{name}: Open Badges",
            "description": "The badges that people hold in Cairn, for services they connect.",
            "version": "3.0",
            "termsOfService": terms,
            "x-imssf-image": places.picture,
            "x-imssf-privacyPolicyUrl": policy,
        },
        "servers": [{"url": places.api}],
        "paths": {
            "/discovery": {"get": _discovery()},
            "/credentials": {"get": _read(), "post": _deposit()},
            "/profile": {"get": _profile(), "put": _update()},
        },
        "components": {
            "securitySchemes": {SECURITY: _scheme(places, name, policy, terms)},
            "schemas": _schemas(),
        },
    }


def metadata(places: Places, *, issuer: str, revoke: str) -> dict[str, Any]:
    """The same for programs that know OAuth only (RFC 8414)."""
    return {
        "issuer": issuer,
        "authorization_endpoint": places.authorize,
        "token_endpoint": places.token,
        "registration_endpoint": places.register,
        "revocation_endpoint": revoke,
        "scopes_supported": list(scopes.ALL),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "op_policy_uri": f"{places.about}#privacy",
        "op_tos_uri": f"{places.about}#terms",
        "service_documentation": places.about,
    }


def _scheme(places: Places, name: str, policy: str, terms: str) -> dict[str, Any]:
    return {
        "type": "oauth2",
        "description": "OAuth 2.0 Authorization Code Grant with PKCE (S256)",
        "x-imssf-name": name,
        "x-imssf-registrationUrl": places.register,
        "x-imssf-privacyPolicyUrl": policy,
        "x-imssf-termsOfServiceUrl": terms,
        "flows": {
            "authorizationCode": {
                "authorizationUrl": places.authorize,
                "tokenUrl": places.token,
                "refreshUrl": places.token,
                "scopes": dict(scopes.DESCRIPTIONS),
            }
        },
    }


# -- paths ---------------------------------------------------------------------------------------


def _ref(schema: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}


def _json(words: str, schema: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": _ref(schema)}}}


def _refusals(*statuses: int) -> dict[str, Any]:
    words = {
        400: "The request cannot be understood or breaks a rule.",
        401: "There is no access token, or it is over.",
        403: "The token does not allow this.",
        405: "The path knows no such method.",
        413: "The body is too large.",
        429: "Too much at once; see Retry-After.",
        500: "Something broke on our side.",
    }
    told = {str(one): _json(words[one], "Imsx_StatusInfo") for one in statuses}
    return {**told, "default": _json("Anything else.", "Imsx_StatusInfo")}


def _operation(name: str, words: str, scope: str, responses: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["OpenBadgeCredentials"],
        "summary": words,
        "security": [{SECURITY: [scope]}],
        "responses": responses,
    }


def _discovery() -> dict[str, Any]:
    return {
        "operationId": "getServiceDescription",
        "tags": ["Discovery"],
        "summary": "This description; public.",
        "security": [],
        "responses": {
            "200": {
                "description": "The service description.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            **_refusals(405, 429, 500),
        },
    }


def _parameter(name: str, words: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": words, "required": False, "schema": schema}


def _read() -> dict[str, Any]:
    whole = {"type": "integer", "format": "int32"}
    counted = {
        "X-Total-Count": {"description": "How many there are.", "schema": {"type": "integer"}},
        "Link": {
            "description": "Addresses of pages: first and last, next and prev where there are any.",
            "schema": {"type": "string"},
        },
    }
    words = "The badges the holder chose for this service."
    found = {**_json(words, "GetOpenBadgeCredentialsResponse"), "headers": counted}
    return {
        **_operation(
            "getCredentials",
            words,
            scopes.READ,
            {"200": found, **_refusals(400, 401, 403, 405, 429, 500)},
        ),
        "parameters": [
            _parameter("limit", "Badges on a page, at most 100.", **whole, minimum=1, default=50),
            _parameter("offset", "Number of the first one, from zero.", **whole, minimum=0),
            _parameter(
                "since",
                "Only those that this service could read after this moment for the first time.",
                type="string",
                format="date-time",
            ),
        ],
    }


def _credential_content() -> dict[str, Any]:
    credential = {"schema": _ref("AchievementCredential")}
    return {
        "application/json": credential,
        "application/vc+ld+json": credential,
        "text/plain": {"schema": _ref("CompactJws")},
    }


def _deposit() -> dict[str, Any]:
    def kept(words: str) -> dict[str, Any]:
        return {"description": words, "content": _credential_content()}

    return {
        **_operation(
            "upsertCredential",
            "Deposit a badge that is made out to the holder, or a newer one in its place.",
            scopes.DEPOSIT,
            {
                "200": kept("It replaced an older one."),
                "201": kept("It is kept."),
                "304": {"description": "The same badge is kept already."},
                **_refusals(400, 401, 403, 405, 413, 429, 500),
            },
        ),
        "requestBody": {"required": True, "content": _credential_content()},
    }


def _profile() -> dict[str, Any]:
    words = "Who the holder is."
    return _operation(
        "getProfile",
        words,
        scopes.READ_PROFILE,
        {"200": _json(words, "Profile"), **_refusals(401, 403, 405, 429, 500)},
    )


def _update() -> dict[str, Any]:
    words = (
        "Tell the address (`url`) and `description` of the holder's page. Name and e-mail address"
        " come from the school and may only be repeated."
    )
    return {
        **_operation(
            "putProfile",
            words,
            scopes.UPDATE_PROFILE,
            {
                "200": _json("The profile as it is kept.", "Profile"),
                **_refusals(400, 401, 403, 405, 413, 429, 500),
            },
        ),
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref("Profile")}},
        },
    }


# -- schemas -------------------------------------------------------------------------------------


def _texts(**more: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, **more}


def _schemas() -> dict[str, Any]:
    return {
        "AchievementCredential": {
            "type": "object",
            "description": "An Open Badges 3.0 credential; see the standard for all of it.",
            "required": [
                "@context", "id", "type", "issuer", "validFrom", "credentialSubject", "proof",
            ],
            "properties": {
                "@context": {"type": "array", "items": {}, "minItems": 2},
                "id": {"type": "string", "format": "uri"},
                "type": {"oneOf": [{"type": "string"}, _texts(minItems=1)]},
                "issuer": {"oneOf": [{"type": "string"}, _ref("Profile")]},
                "validFrom": {"type": "string", "format": "date-time"},
                "validUntil": {"type": "string", "format": "date-time"},
                "credentialSubject": {"type": "object"},
                "proof": {
                    "oneOf": [
                        {"type": "object"},
                        {"type": "array", "items": {"type": "object"}},
                    ]
                },
            },
            "additionalProperties": True,
        },
        "CompactJws": {
            "type": "string",
            "pattern": r"^[-A-Za-z0-9_]+\.[-A-Za-z0-9_]+\.[-A-Za-z0-9_]+$",
        },
        "GetOpenBadgeCredentialsResponse": {
            "type": "object",
            "properties": {
                "credential": {"type": "array", "items": _ref("AchievementCredential")},
                "compactJwsString": {"type": "array", "items": _ref("CompactJws")},
            },
        },
        "Profile": {
            "type": "object",
            "required": ["id", "type"],
            "properties": {
                "@context": {"type": "array", "items": {}},
                "id": {"type": "string", "format": "uri"},
                "type": {"oneOf": [{"type": "string"}, _texts(minItems=1)]},
                "name": {"type": "string"},
                "email": {"type": "string", "format": "email"},
                "url": {"type": "string", "format": "uri"},
                "description": {"type": "string"},
            },
            "additionalProperties": True,
        },
        **_status_schemas(),
    }  # fmt: skip


def _status_schemas() -> dict[str, Any]:
    def word(values: tuple[str, ...]) -> dict[str, Any]:
        return {"type": "string", "enum": list(values)}

    return {
        "Imsx_StatusInfo": {
            "type": "object",
            "required": ["imsx_codeMajor", "imsx_severity"],
            "properties": {
                "imsx_codeMajor": word(status_info.MAJORS),
                "imsx_severity": word(status_info.SEVERITIES),
                "imsx_description": {"type": "string"},
                "imsx_CodeMinor": _ref("Imsx_CodeMinor"),
            },
        },
        "Imsx_CodeMinor": {
            "type": "object",
            "required": ["imsx_codeMinorField"],
            "properties": {
                "imsx_codeMinorField": {
                    "type": "array",
                    "minItems": 1,
                    "items": _ref("Imsx_CodeMinorField"),
                }
            },
        },
        "Imsx_CodeMinorField": {
            "type": "object",
            "required": ["imsx_codeMinorFieldName", "imsx_codeMinorFieldValue"],
            "properties": {
                "imsx_codeMinorFieldName": {"type": "string"},
                "imsx_codeMinorFieldValue": word(status_info.CODES),
            },
        },
    }
