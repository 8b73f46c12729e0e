"""The part of the graph that org answers."""

import strawberry

from kit.graphql import build_schema
from org.access.fields import AccessMutation, AccessQuery
from org.headcounts.fields import HeadcountMutation
from org.units.fields import UnitMutation, UnitQuery
from org.vocabularies.fields import VocabularyQuery


@strawberry.type(description="What can be asked.")
class Query(UnitQuery, VocabularyQuery, AccessQuery):
    """All root fields."""


@strawberry.type(description="What can be changed.")
class Mutation(UnitMutation, HeadcountMutation, AccessMutation):
    """All mutations."""


schema = build_schema(query=Query, mutation=Mutation)
