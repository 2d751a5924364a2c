"""What every answer carries: the content policy, and a log line without secrets."""

import json
import logging
import logging.config

import pytest
from django.test import Client

from oms import logs


def policy(answer_header: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer_header.split(";"))
    return {name: sources for name, _, sources in parts}


@pytest.mark.django_db
def test_the_policy_is_strict_but_in_the_console(client: Client) -> None:
    strict = policy(client.get("/api/docs/")["Content-Security-Policy"])
    console = policy(client.get("/admin/login/")["Content-Security-Policy"])
    assert strict == {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    differing = {name for name in strict if strict[name] != console[name]}
    assert differing == {"script-src", "style-src"}
    assert console["script-src"] == "'self' 'unsafe-eval'"


@pytest.mark.django_db
def test_a_path_that_only_begins_like_the_console_is_strict(client: Client) -> None:
    answer = client.get("/administration/")
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_a_json_answer_may_load_nothing(client: Client) -> None:
    answer = client.get("/api/v1/orders")
    assert answer.status_code == 401
    assert policy(answer["Content-Security-Policy"]) == {
        "default-src": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize(
    ("request_line", "logged"),
    [
        ("GET /api/v1/orders?email=a@b.test", "GET /api/v1/orders"),
        ("GET /track/MTIzNDU2Nzg5MDEyMzQ1Njc4OTA:1abc/", "GET /track/***/"),
        (
            "GET /api/v1/orders/0192f0c1-7c9e-7b21-9c1e-3f0c1d2e4b5a",
            "GET /api/v1/orders/0192f0c1-7c9e-7b21-9c1e-3f0c1d2e4b5a",
        ),
    ],
)
def test_tokens_and_queries_stay_out_of_the_log(request_line: str, logged: str) -> None:
    assert logs.redact_request(None, "info", {"request": request_line})["request"] == logged


def test_a_production_line_is_one_json_object_even_with_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = logs.logging_config(json_lines=True, level="INFO")
    formatter = logging.config.DictConfigurator(config).configure_formatter(
        config["formatters"]["line"]
    )
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.LogRecord(
            "oms.proof", logging.ERROR, __file__, 1, "failed %s", ("here",), None
        )
        record.exc_info = (ValueError, ValueError("two\nlines"), None)
    line = formatter.format(record)
    assert "\n" not in line
    parsed = json.loads(line)
    assert (parsed["event"], parsed["level"], parsed["logger"]) == (
        "failed here",
        "error",
        "oms.proof",
    )
    assert "two\nlines" in parsed["exception"]
    assert capsys.readouterr().out == ""


def test_the_bare_address_leads_to_the_status_page(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/status/")
