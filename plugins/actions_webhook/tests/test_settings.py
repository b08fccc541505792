"""What a rule may say."""

import pytest
from pydantic import ValidationError

from plugins.actions_webhook.settings import SendWebhookConfig
from plugins.actions_webhook.signing import key_of
from plugins.actions_webhook.simulator import SECRET


def made(url: str, secret: str = SECRET) -> SendWebhookConfig:
    return SendWebhookConfig.model_validate({"url": url, "secret": secret})


@pytest.mark.parametrize(
    "url", ["https://example.com/hooks?key=1", "https://example.com:8443/", "http://10.0.0.8:8080/in"]
)
def test_addresses(url: str) -> None:
    assert made(url).url == url


def test_what_is_behind_a_hash_is_not_sent() -> None:
    assert made("https://example.com/hooks#top").url == "https://example.com/hooks"


@pytest.mark.parametrize(
    "url",
    ["", "example.com/hooks", "ftp://example.com/", "https://", "https:///hooks",
     "https://a:b@example.com/",
     "https://example.com:port/", "https://exa mple.com/", "https://exam\nple.com/",
     "javascript:alert(1)", "https://[::1/"],
)  # fmt: skip
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValidationError):
        made(url)


def test_the_secret_is_not_shown() -> None:
    config = made("https://example.com/")
    assert SECRET not in f"{config!r}{config.model_dump(mode='json')}"
    with pytest.raises(ValidationError) as caught:
        made("https://example.com/", "whsec_c2hvcnQ=")
    assert "c2hvcnQ" not in str(caught.value)


def test_a_secret_that_nobody_types_is_made_anew_each_time() -> None:
    first, second = (SendWebhookConfig.model_validate({"url": "https://example.com/"}) for _ in range(2))
    assert len(key_of(first.secret.get_secret_value())) == 32
    assert first.secret != second.secret
