"""The part of the graph that org answers."""

import strawberry

from kit.graphql import build_schema
from org.access.fields import AccessMutation, AccessQuery
from org.audit.fields import AuditQuery
from org.channels.fields import ChannelMutation, ChannelQuery
from org.exchange.fields import ExchangeMutation, ExchangeQuery
from org.groups.fields import GroupMutation, GroupQuery
from org.headcounts.fields import HeadcountMutation
from org.people.fields import PeopleMutation, PeopleQuery
from org.places.fields import PlaceQuery
from org.reorganisations.fields import ReorganisationMutation, ReorganisationQuery
from org.units.fields import UnitMutation, UnitQuery
from org.vocabularies.fields import VocabularyMutation, VocabularyQuery


@strawberry.type(description="What can be asked.")
class Query(
    UnitQuery,
    ReorganisationQuery,
    ExchangeQuery,
    PeopleQuery,
    ChannelQuery,
    GroupQuery,
    PlaceQuery,
    VocabularyQuery,
    AccessQuery,
    AuditQuery,
):
    """All root fields."""


@strawberry.type(description="What can be changed.")
class Mutation(
    UnitMutation,
    ReorganisationMutation,
    ExchangeMutation,
    PeopleMutation,
    ChannelMutation,
    GroupMutation,
    VocabularyMutation,
    HeadcountMutation,
    AccessMutation,
):
    """All mutations."""


schema = build_schema(query=Query, mutation=Mutation)
