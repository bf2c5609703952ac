"""Our own keys, as platforms fetch them (T-138)."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from lti_tool.database import sessions
from lti_tool.keyring import KeyState, SigningKey


@pytest.mark.row("T-138")
def test_platforms_find_our_public_keys(client: FlaskClient) -> None:
    """T-138: at least one RSA key, named, for signatures, without its private parts."""
    answer = client.get("/lti/jwks")

    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert "max-age" in answer.headers["Cache-Control"]
    (key,) = answer.get_json()["keys"]
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
    assert key["kid"]
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key)


@pytest.mark.row("T-138")
def test_a_retired_key_stays_published(client: FlaskClient, engine: Engine) -> None:
    """T-138: what it signed may still be on its way; a revoked one goes at once."""
    with sessions(engine).begin() as session:
        mine = session.scalars(select(SigningKey).where(SigningKey.purpose == "lti")).one()
        for kid, state in (("old", KeyState.RETIRED), ("stolen", KeyState.REVOKED)):
            session.add(
                SigningKey(
                    kid=kid,
                    purpose=mine.purpose,
                    algorithm=mine.algorithm,
                    public_jwk=mine.public_jwk,
                    state=state,
                    made_at=mine.made_at,
                )
            )

    kids = [key["kid"] for key in client.get("/lti/jwks").get_json()["keys"]]

    assert kids == [mine.kid, "old"]
