"""No secret is in a diagnosis."""

import time
from pathlib import Path

import pytest

from launcher.diagnosis import redaction
from launcher.diagnosis.redaction import REMOVED, Redaction


@pytest.mark.parametrize(
    "text",
    [
        "redis://user:hunter2@host:6379/0",
        "MANY_MODELS_WARM=rediss://:hunter2@host",
        "password: hunter2",
        'spec: {"password": "hunter2"}',
        "  redis_password: 'hunter2'",
        "api_key=hunter2&x=1",
        "https://a.blob.core.windows.net/c?sv=2024&sig=hunter2&se=x",
        "AccountName=a;AccountKey=hunter2;EndpointSuffix=x",
        "Authorization: Bearer hunter2",
        "authorization: Basic hunter2==",
        "client_secret=hunter2",
        "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n",
        "eyJhbGciOiJI.hunter2.sgn",
    ],
)
def test_what_looks_like_a_secret_is_removed(text: str) -> None:
    shown = Redaction()(text)
    assert "hunter2" not in shown
    assert REMOVED in shown


@pytest.mark.parametrize(
    "text",
    [
        "tenants: [tenant-1, tenant-2]",
        "deadline_ms: 10000",
        "2026-11-30T10:00:00.000-INFO-io.manymodels.X-listening on http://127.0.0.1:8080/score",
        '{"tenant":"a","model_version":3}',
        'mms_requests_total{code="200"} 5',
        "basic auth is off",
        "imagePullSecrets:\n  - name: registry",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert Redaction()(text) == text


@pytest.mark.parametrize("unit", ["a.", "password", "eyJaaaaaa-", "://", "-----BEGIN PRIVATE KEY"])
def test_a_long_text_takes_no_longer_than_its_length(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    begun = time.process_time()
    Redaction()(text)
    assert time.process_time() - begun < 30


def test_known_secrets_are_removed_wherever_they_stand() -> None:
    redacted = Redaction({"s3cr/t", "s3cr/t-and-more", "abc"})
    assert redacted("x s3cr/t-and-more, s3cr%2Ft; abc") == f"x {REMOVED}, {REMOVED}; abc"


def test_secrets_are_found_in_variables_and_their_files(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-a-file\n", encoding="utf-8")
    environment = {
        "MANY_MODELS_REDIS_PASSWORD": "from-a-variable",
        "MANY_MODELS_ADMIN_TOKEN_FILE": str(file),
        "AZURE_STORAGE_KEY": "of-azure",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-key=of-otel",
        "SOMEONES_API_KEY": "of-someone",
        "MANY_MODELS_LOG": "json",
        "PATH": "/bin",
    }
    assert redaction.secrets_of(environment) == {
        "from-a-variable",
        "from-a-file",
        "of-azure",
        "x-key=of-otel",
        "of-someone",
    }
    assert redaction.shown(environment) == {
        "AZURE_STORAGE_KEY": "(set)",
        "MANY_MODELS_ADMIN_TOKEN_FILE": str(file),
        "MANY_MODELS_LOG": "json",
        "MANY_MODELS_REDIS_PASSWORD": "(set)",
        "OTEL_EXPORTER_OTLP_HEADERS": "(set)",
    }
