"""How a service speaks GraphQL: schema, context, mutations with typed results, paging, one HTTP endpoint."""

from kit.graphql.context import Context, Info, asks_for, parse_id
from kit.graphql.endpoint import GraphQLEndpoint
from kit.graphql.files import MOST_FILE_BYTES, small_file
from kit.graphql.mutations import mutation, problem_type, result
from kit.graphql.paging import (
    After,
    Connection,
    First,
    PageInfo,
    Window,
    decode_cursor,
    encode_cursor,
    foreign_cursor,
    window,
)
from kit.graphql.schema import ServiceSchema, build_schema

__all__ = [
    "MOST_FILE_BYTES",
    "After",
    "Connection",
    "Context",
    "First",
    "GraphQLEndpoint",
    "Info",
    "PageInfo",
    "ServiceSchema",
    "Window",
    "asks_for",
    "build_schema",
    "decode_cursor",
    "encode_cursor",
    "foreign_cursor",
    "mutation",
    "parse_id",
    "problem_type",
    "result",
    "small_file",
    "window",
]
