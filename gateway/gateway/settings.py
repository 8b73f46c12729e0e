"""Everything an operator can turn on the gateway, each with its reason; read from the environment (prefix `LOA_`)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

SUPERGRAPH = Path(__file__).with_name("supergraph.graphql")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LOA_", extra="ignore", use_attribute_docstrings=True)

    environment: Literal["development", "production"] = "production"
    """`development` serves the GraphiQL explorer at GET /graphql; `production` does not."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe log line that is written."""

    org_url: str = "http://127.0.0.1:8001"
    """Base URL of the org service; its subgraph answers at /graphql below it."""
    survey_url: str = "http://127.0.0.1:8002"
    """Base URL of the survey service; its subgraph answers at /graphql below it."""
    media_archive_url: str = "http://127.0.0.1:8003"
    """Base URL of the media-archive service; its subgraph answers at /graphql below it."""
    supergraph: Path = SUPERGRAPH
    """The composed supergraph; a subgraph that no other setting names answers where the supergraph says."""
    trusted_proxies: str = "127.0.0.1"
    """Addresses whose `X-Forwarded-For` is believed, by commas, or `*` where nobody else can reach the gateway."""
    introspection: bool = True
    """Whether clients may ask for the schema itself."""

    subgraph_timeout: float = Field(default=10.0, gt=0)
    """Seconds a service may take for one answer before its fields turn null."""
    subgraph_connections: int = Field(default=64, ge=1)
    """Connections kept to each service; further requests wait for a free one within their time."""
    subgraph_response_limit: int = Field(default=16 * 1024 * 1024, ge=1024)
    """Bytes of one service's answer that are read before it is given up."""
    subgraph_idle_seconds: float = Field(default=4.0, gt=0)
    """Seconds an unused connection is kept: less than the services' own keep-alive time (uvicorn: 5)."""

    body_limit: int = Field(default=256 * 1024, ge=1024)
    """Bytes of a request's body."""
    document_limit: int = Field(default=32 * 1024, ge=256)
    """Characters of a GraphQL document."""
    token_limit: int = Field(default=2000, ge=10)
    """Lexical tokens of a GraphQL document."""
    depth_limit: int = Field(default=15, ge=1)
    """Levels of nested fields; introspection is bounded by a rule of its own."""
    alias_limit: int = Field(default=60, ge=0)
    """Aliases in an operation, fragments counted wherever they are used."""
    root_field_limit: int = Field(default=30, ge=1)
    """Root fields of an operation, fragments counted wherever they are used."""
    field_limit: int = Field(default=600, ge=1)
    """Fields of an operation, fragments counted wherever they are used."""

    plan_cache_size: int = Field(default=2000, ge=1)
    """Operations whose compiled plans are kept; the least recently used goes first."""
    persisted_query_cache_size: int = Field(default=2000, ge=1)
    """Automatically persisted documents that are kept; clients send the document again when theirs is gone."""
    new_operations_burst: int = Field(default=60, ge=1)
    """Operations never seen before that one caller may send at once."""
    new_operations_per_second: float = Field(default=1.0, gt=0)
    """How fast a caller's allowance of new operations fills up again."""
    planning_concurrency: int = Field(default=4, ge=1)
    """New operations being parsed, checked and planned at one time, of all callers together."""
    planning_timeout: float = Field(default=5.0, gt=0)
    """Seconds the planner may take for one operation before it is started anew."""
    planner_wait: float = Field(default=10.0, gt=0)
    """Seconds a new operation waits for its turn and for a planner that is being started anew."""

    trusted_documents: Path | None = None
    """A JSON file of trusted documents: an object of SHA-256 (hexadecimal) to document."""
    trusted_only: bool = False
    """Whether only trusted documents are served."""
