"""Settings from the environment (prefix MARKET_), and what production refuses to start with (design §1, M17)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_SECRET = "demo-only-not-a-secret"  # noqa: S105 - refused in production, see unsafe()
MIN_SECRET_LEN = 32
# What the sandbox in the app accepts and signs with: known to everyone, so refused in production.
SANDBOX_STRIPE_KEY = "sk_test_sandbox"
SANDBOX_WEBHOOK_SECRET = "whsec_" + "sandbox" * 5


class UnsafeSettings(ValueError):
    """The environment asks for something production must not run with."""


class Settings(BaseSettings):
    """One field per variable; the README's table is checked against this class by tests/house."""

    model_config = SettingsConfigDict(env_prefix="MARKET_", extra="ignore")

    env: Literal["demo", "test", "production"] = Field(default="demo", description="demo, test or production")
    data_dir: Path = Field(default=Path("data"), description="folder of the embedded database, index, media and outbox")
    base_url: str = Field(
        default="", description="public address, e.g. https://market.example.org; links and payment returns use it"
    )
    database_url: str = Field(
        default="", description="PostgreSQL address; empty = the embedded server in the data folder"
    )
    wal_archive: Path | None = Field(
        default=None,
        description="folder where the embedded database keeps the log of its changes, so that it can go back to any moment",
    )
    pool_size: int = Field(default=10, ge=2, le=200, description="database connections per process")
    secret_key: SecretStr = Field(
        default=SecretStr(DEMO_SECRET), description="signs CSRF tokens and feed addresses; 32+ characters"
    )
    tender_key: SecretStr = Field(
        default=SecretStr(DEMO_SECRET),
        description="keeps bids of tenders sealed until their opening; 32+ characters, not changed while a tender is open",
    )
    stripe_secret_key: SecretStr = Field(
        default=SecretStr(""), description="Stripe API key; empty = the sandbox in the app"
    )
    stripe_webhook_secret: SecretStr = Field(
        default=SecretStr(""), description="webhook signing secrets, newest first, comma separated for rotation"
    )
    media_url: str = Field(
        default="", description="address prefix under which media files are served; empty = the app itself"
    )
    valkey_url: str = Field(
        default="", description="Valkey or Redis for rate limits shared by several machines; empty = PostgreSQL"
    )
    meilisearch_url: str = Field(
        default="",
        description="Meilisearch address; empty = the embedded index; with one, the embedded index stands by",
    )
    meilisearch_key: SecretStr = Field(default=SecretStr(""), description="Meilisearch API key")
    smtp_url: str = Field(
        default="", description="smtp://user:password@host:port; empty = written to the outbox folder"
    )
    sms_url: str = Field(default="", description="HTTP SMS gateway; empty = written to the outbox folder")
    mail_from: str = Field(default="Linli Market <noreply@localhost>", description="sender of mails")
    trusted_proxies: str = Field(default="", description="comma separated addresses whose X-Forwarded-For is believed")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least level that is logged"
    )
    debug: bool = Field(default=False, description="show tracebacks in answers; refused in production")
    web_workers: int = Field(default=1, ge=1, le=32, description="web processes of `market serve`")
    sandbox_url: str = Field(
        default="", description="address under which the app reaches its own payment sandbox; empty = base_url"
    )

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def sandbox(self) -> bool:
        """Whether payments go to the sandbox inside the app."""
        return not self.stripe_secret_key.get_secret_value()

    @property
    def webhook_secrets(self) -> list[str]:
        """Accepted webhook signing secrets, newest first; the sandbox signs with its own."""
        raw = self.stripe_webhook_secret.get_secret_value()
        found = [part.strip() for part in raw.split(",") if part.strip()]
        if not found and self.sandbox and not self.production:
            return [SANDBOX_WEBHOOK_SECRET]
        return found

    def unsafe(self) -> list[str]:
        """What production must refuse, one sentence each."""
        if not self.production:
            return []
        faults = []
        secret = self.secret_key.get_secret_value()
        if secret == DEMO_SECRET or len(secret) < MIN_SECRET_LEN:
            faults.append("MARKET_SECRET_KEY must be set to 32 or more random characters")
        sealing = self.tender_key.get_secret_value()
        if sealing in {DEMO_SECRET, secret} or len(sealing) < MIN_SECRET_LEN:
            faults.append(
                "MARKET_TENDER_KEY must be set to 32 or more random characters, others than those of MARKET_SECRET_KEY"
            )
        if self.sandbox:
            faults.append("MARKET_STRIPE_SECRET_KEY must be set: the payment sandbox is not for production")
        weak = [each for each in self.webhook_secrets if len(each) < 16 or each == SANDBOX_WEBHOOK_SECRET]
        if weak or not self.webhook_secrets:
            faults.append("MARKET_STRIPE_WEBHOOK_SECRET must be set")
        if not self.base_url.startswith("https://"):
            faults.append("MARKET_BASE_URL must be the public https:// address")
        if self.debug:
            faults.append("MARKET_DEBUG must be off")
        if not self.database_url:
            faults.append("MARKET_DATABASE_URL must be set: the embedded database is for demo and tests")
        if self.meilisearch_url and not self.meilisearch_key.get_secret_value():
            faults.append("MARKET_MEILISEARCH_KEY must be set with MARKET_MEILISEARCH_URL")
        return faults

    def require_safe(self) -> None:
        """Raise UnsafeSettings naming every unsafe variable."""
        faults = self.unsafe()
        if faults:
            raise UnsafeSettings("; ".join(faults))
