"""The compose file, the Dockerfile and the README's table say what the settings know."""

import re

import yaml

from market.settings import Settings
from tests.house.tree import ROOT

KNOWN = {f"MARKET_{field.upper()}" for field in Settings.model_fields}
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_every_variable_the_compose_file_sets_is_one_the_settings_know() -> None:
    for service in ("web", "worker"):
        environment = COMPOSE["services"][service]["environment"]
        assert set(environment) <= KNOWN
        assert "MARKET_ENV" in environment


def test_every_service_has_a_health_check_and_no_default_password() -> None:
    for service, body in COMPOSE["services"].items():
        if service != "web":  # the image's own health check
            assert "healthcheck" in body, service
    secrets = [
        line
        for line in (ROOT / "docker-compose.yml").read_text(encoding="utf-8").splitlines()
        if re.search(r"PASSWORD|SECRET|KEY", line)
    ]
    assert secrets
    assert [line for line in secrets if re.search(r"\$\{\w*(PASSWORD|SECRET|KEY)\w*:-", line)] == []


def test_production_settings_of_the_compose_file_are_complete() -> None:
    values = {
        key: re.sub(r"\$\{\w+:[?-]([^}]*)\}", r"x-\1", str(value))
        for key, value in COMPOSE["services"]["web"]["environment"].items()
    }
    values |= {
        "MARKET_BASE_URL": "https://market.example.org",
        "MARKET_SECRET_KEY": "r" * 40,
        "MARKET_TENDER_KEY": "t" * 40,
        "MARKET_WEB_WORKERS": "2",
    }
    settings = Settings(**{key.removeprefix("MARKET_").lower(): value for key, value in values.items()})
    assert settings.unsafe() == []


def test_the_image_runs_as_an_ordinary_user_and_is_checked() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER (?!root)\w+", text, re.MULTILINE)
    assert "HEALTHCHECK" in text
    assert set(re.findall(r"\bMARKET_[A-Z_]+", text)) <= KNOWN


def test_the_readme_lists_every_setting() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [variable for variable in sorted(KNOWN) if f"`{variable}`" not in readme] == []
