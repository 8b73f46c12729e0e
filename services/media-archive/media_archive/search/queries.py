"""From a question to tantivy's queries: what must match, what ranks, what filters."""

import tantivy

from media_archive.assets.visibility import Sight
from media_archive.search.asking import Facet, Question, Words
from media_archive.search.documents import TOKEN_FIELDS
from media_archive.search.tokens import TokenField, Tokens

Query = tantivy.Query
Must, Should = tantivy.Occur.Must, tantivy.Occur.Should
Clause = tuple[tantivy.Occur, tantivy.Query]


class Queries:
    """Makes queries for an index of one schema."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def scope(self, question: Question) -> list[Clause]:
        """What the caller may see, where was looked, and which values of facets are wanted."""
        filters: list[tantivy.Query] = []
        if not question.sight.everything:
            filters.append(self._visible_to(question.sight))
        if question.within is not None:
            filters.append(self._flat("unit", question.within))
        filters.extend(self._one_of(facet, question.filters[facet]) for facet in question.narrowed_by)
        return [(Must, one) for one in filters]

    def matching(self, asked: Words) -> list[list[Clause]]:
        """What must match, in order of preference: the next is asked when nothing answers the one before.

        First some pair of neighbours, as words have mostly two syllables; else all syllables, in any order. Single
        common syllables would match nearly everything: the list would rank well and its count say nothing.
        """
        phrases = [(Must, self._phrase(phrase)) for phrase in asked.phrases]
        free = asked.free
        if not free.folded:
            return [phrases]
        every_syllable = [(Must, self._flat("folded", word)) for word in dict.fromkeys(free.folded)]
        if not free.folded_pairs:
            return [[*phrases, *every_syllable]]
        pairs = [(Should, self._flat("folded_pairs", pair)) for pair in dict.fromkeys(free.folded_pairs)]
        return [[*phrases, (Must, Query.boolean_query(pairs))], [*phrases, *every_syllable]]

    def ranking(self, asked: Tokens) -> list[Clause]:
        """What makes an answer a better one. Where no accent was typed, none is meant."""
        fields = TOKEN_FIELDS[:2] if asked.is_bare else TOKEN_FIELDS
        return [
            (Should, Query.term_query(self._schema, name, token, index_option="freq"))
            for name in fields
            for token in dict.fromkeys(asked.of(name))
        ]

    def typed(self, begun: Tokens) -> list[Clause]:
        """Titles in which these syllables stand in a row, the last one perhaps not typed to its end."""
        return [(Must, Query.phrase_prefix_query(self._schema, "title_folded", list(begun.folded)))]

    def at_least(self, field: str, number: int) -> Clause:
        """Only from this number on."""
        return Must, self._range(field, lower=number)

    def at_most(self, field: str, number: int) -> Clause:
        """Only up to this number."""
        return Must, self._range(field, upper=number)

    def together(self, clauses: list[Clause]) -> tantivy.Query:
        """Return one query of clauses; without any, everything."""
        return Query.boolean_query(clauses) if clauses else Query.all_query()

    def _range(self, field: str, *, lower: int | None = None, upper: int | None = None) -> tantivy.Query:
        limits = Query.range_query(self._schema, field, tantivy.FieldType.Integer, lower_bound=lower, upper_bound=upper)
        return Query.const_score_query(limits, 0.0)

    def _phrase(self, phrase: Tokens) -> tantivy.Query:
        """Syllables in a row, as they were typed; typed without any accent they stand for every accent."""
        field, row = ("folded", phrase.folded) if phrase.is_bare else ("accented", phrase.accented)
        return self._flat(field, row[0]) if len(row) == 1 else self._row(field, row)

    def _row(self, field: str, syllables: list[str]) -> tantivy.Query:
        return Query.const_score_query(Query.phrase_query(self._schema, field, list(syllables)), 0.0)

    def _visible_to(self, sight: Sight) -> tantivy.Query:
        ways = [self._flat("sight", token) for token in sight.tokens]
        return Query.const_score_query(Query.boolean_query([(Should, way) for way in ways]), 0.0)

    def _one_of(self, facet: Facet, values: tuple[str, ...]) -> tantivy.Query:
        if facet is Facet.YEAR:
            years = [int(value) for value in values if value.isdecimal() and len(value) <= 4]
            ways = [Query.term_query(self._schema, "year", year, index_option="basic") for year in years]
            return Query.const_score_query(Query.boolean_query([(Should, way) for way in ways]), 0.0)
        return Query.boolean_query([(Should, self._flat(facet, value)) for value in dict.fromkeys(values)])

    def _flat(self, field: TokenField | str, term: str) -> tantivy.Query:
        """A term that decides and does not rank."""
        return Query.const_score_query(Query.term_query(self._schema, field, term, index_option="basic"), 0.0)
