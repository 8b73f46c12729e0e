"""The archive's part of the graph."""

import strawberry

from kit.graphql import build_schema
from media_archive.assets.fields import AssetMutation, AssetQuery
from media_archive.assets.types import Unit
from media_archive.audit.fields import AuditQuery
from media_archive.captions.fields import CaptionMutation
from media_archive.collections.fields import CollectionMutation, CollectionQuery
from media_archive.collections.notice_fields import NoticeMutation, NoticeQuery
from media_archive.collections.personal_fields import PersonalMutation, PersonalQuery
from media_archive.coverage.fields import CoverageMutation
from media_archive.keeping.fields import KeepingMutation, KeepingQuery
from media_archive.needs.types import TopicInUnit
from media_archive.reuse.fields import ReuseMutation
from media_archive.rights.fields import RightsMutation, RightsQuery
from media_archive.royalties.card_fields import RoyaltyCardMutation
from media_archive.royalties.fields import RoyaltyMutation, RoyaltyQuery
from media_archive.search.fields import SearchQuery
from media_archive.sharing.fields import SharingMutation, SharingQuery
from media_archive.similarity.fields import SimilarityMutation, SimilarityQuery
from media_archive.speech.fields import SpeechMutation
from media_archive.uploads.limit_fields import UploadLimitMutation, UploadLimitQuery


@strawberry.type(description="What can be asked.")
class Query(
    AssetQuery,
    SearchQuery,
    AuditQuery,
    CollectionQuery,
    PersonalQuery,
    NoticeQuery,
    KeepingQuery,
    RightsQuery,
    RoyaltyQuery,
    SharingQuery,
    SimilarityQuery,
    UploadLimitQuery,
):
    """The archive's questions."""


@strawberry.type(description="What can be changed.")
class Mutation(
    AssetMutation,
    CaptionMutation,
    SpeechMutation,
    ReuseMutation,
    CollectionMutation,
    PersonalMutation,
    NoticeMutation,
    KeepingMutation,
    RightsMutation,
    RoyaltyMutation,
    RoyaltyCardMutation,
    CoverageMutation,
    SharingMutation,
    SimilarityMutation,
    UploadLimitMutation,
):
    """The archive's changes."""


schema = build_schema(Query, Mutation, types=[Unit, TopicInUnit])
