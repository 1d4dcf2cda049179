import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.signing import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    check_secret,
    new_secret,
    sign,
    verify,
)
from core.errors import KeysMissing, SignatureInvalid

# The vector that the Standard Webhooks specification publishes.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()
THIRD = "whsec_" + base64.b64encode(b"t" * 32).decode()


def headers(**changed: str) -> dict[str, str]:
    return sign(SECRET, ID, AT, BODY) | {name.replace("_", "-"): value for name, value in changed.items()}


def test_signing_gives_the_vector_that_the_specification_publishes() -> None:
    assert sign(SECRET, ID, AT, BODY) == {
        ID_HEADER: ID,
        TIMESTAMP_HEADER: "1614265330",
        SIGNATURE_HEADER: SIGNATURE,
    }


def test_the_published_vector_is_believed_at_its_own_time() -> None:
    published = {"Webhook-Id": ID, "Webhook-Timestamp": "1614265330", "Webhook-Signature": SIGNATURE}
    signed = verify([SECRET], published, BODY, AT)
    assert (signed.id, signed.at, signed.secret) == (ID, AT, 0)


def test_a_time_in_another_zone_signs_as_the_same_moment() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=9)))
    assert sign(SECRET, ID, elsewhere, BODY)[SIGNATURE_HEADER] == SIGNATURE


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_a_clock_up_to_five_minutes_off_is_believed(seconds: int) -> None:
    assert verify([SECRET], headers(), BODY, AT + timedelta(seconds=seconds)).id == ID


@pytest.mark.parametrize("seconds", [-86_400, -301, 301, 86_400])
def test_what_was_signed_at_another_time_is_refused_by_the_clock_passed_in(seconds: int) -> None:
    with pytest.raises(SignatureInvalid) as refused:
        verify([SECRET], headers(), BODY, AT + timedelta(seconds=seconds))
    assert refused.value.field == TIMESTAMP_HEADER


def test_a_secret_being_retired_still_vouches_and_says_which_it_was() -> None:
    assert verify([OTHER, THIRD, SECRET], headers(), BODY, AT).secret == 2


def test_a_sender_in_rotation_may_send_several_signatures() -> None:
    both = sign(OTHER, ID, AT, BODY)[SIGNATURE_HEADER] + " " + SIGNATURE
    assert verify([SECRET], headers(webhook_signature=both), BODY, AT).id == ID


def test_a_signature_of_another_version_beside_ours_is_passed_over() -> None:
    both = "v1a,bm90IG91cnM= " + SIGNATURE
    assert verify([SECRET], headers(webhook_signature=both), BODY, AT).id == ID


def test_a_revoked_secret_vouches_for_nothing() -> None:
    with pytest.raises(SignatureInvalid):
        verify([OTHER], headers(), BODY, AT)


def test_without_any_secret_nobody_is_believed() -> None:
    with pytest.raises(SignatureInvalid):
        verify([], headers(), BODY, AT)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook_id": "msg_another"},
        {"webhook_timestamp": "1614265331"},
        {"webhook_signature": "v1,AAAA"},
    ],
)
def test_what_was_changed_under_way_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(SignatureInvalid):
        verify([SECRET], headers(**changed), BODY, AT)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook_id", ""),
        ("webhook_id", "a.1614265330"),
        ("webhook_id", "x" * 65),
        ("webhook_id", "line\nbreak"),
        ("webhook_timestamp", ""),
        ("webhook_timestamp", "soon"),
        ("webhook_timestamp", "1614265330.0"),
        ("webhook_timestamp", " 1614265330"),
        ("webhook_timestamp", "01614265330"),
        ("webhook_timestamp", "+1614265330"),
        ("webhook_timestamp", "१६१४२६५३३०"),
        ("webhook_timestamp", "1" * 400),
        ("webhook_timestamp", "nan"),
        ("webhook_signature", ""),
        ("webhook_signature", "v1"),
        ("webhook_signature", "v1,"),
        ("webhook_signature", "v1,not base64"),
        ("webhook_signature", "v1,ÿ"),
        ("webhook_signature", "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("webhook_signature", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("webhook_signature", "v1,AAAA " * 8 + SIGNATURE),
    ],
)
def test_headers_that_are_not_what_they_should_be_are_refused_and_crash_nothing(
    name: str, value: str
) -> None:
    with pytest.raises(SignatureInvalid) as refused:
        verify([SECRET], headers(**{name: value}), BODY, AT)
    assert refused.value.field == name.replace("_", "-")


def test_headers_that_are_missing_are_refused() -> None:
    with pytest.raises(SignatureInvalid):
        verify([SECRET], {}, BODY, AT)


def test_a_body_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        verify([SECRET], headers(), b"\xff\xfe", AT)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_c2hvcnQ=",
        "whsec_!!!!",
        "whsec_ü",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_" + base64.b64encode(b"l" * 65).decode(),
    ],
)
def test_what_is_not_a_secret_signs_and_checks_nothing(secret: str) -> None:
    with pytest.raises(KeysMissing):
        check_secret(secret)
    with pytest.raises(KeysMissing):
        sign(secret, ID, AT, BODY)
    with pytest.raises(KeysMissing):
        verify([secret], headers(), BODY, AT)


def test_an_id_that_would_blur_the_signed_text_is_never_signed() -> None:
    with pytest.raises(ValueError, match="letters"):
        sign(SECRET, "a.1614265330", AT, BODY)


def test_new_secrets_are_secrets_and_differ() -> None:
    first, second = new_secret(), new_secret()
    check_secret(first)
    assert first != second


@given(
    body=st.text().map(lambda text: text.encode("utf-8", "ignore")),
    message_id=st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    at=st.datetimes(datetime(2001, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001 - made aware below
)
def test_whatever_is_signed_is_believed_by_its_secret_and_by_no_other(
    body: bytes, message_id: str, at: datetime
) -> None:
    moment = at.replace(tzinfo=UTC)
    signed = sign(SECRET, message_id, moment, body)
    assert verify([OTHER, SECRET], signed, body, moment).id == message_id
    with pytest.raises(SignatureInvalid):
        verify([OTHER], signed, body, moment)
    with pytest.raises(SignatureInvalid):
        verify([SECRET], signed, body + b" ", moment)
