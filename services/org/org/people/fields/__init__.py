"""Questions about people, and changes of departments, posts, people and training."""

import strawberry

from org.people.fields.departments import DepartmentMutation
from org.people.fields.persons import PersonMutation, PersonQuery
from org.people.fields.posts import PostMutation
from org.people.fields.training import TrainingMutation, TrainingQuery


@strawberry.type
class PeopleQuery(PersonQuery, TrainingQuery):
    """Root fields of people."""


@strawberry.type
class PeopleMutation(DepartmentMutation, PostMutation, PersonMutation, TrainingMutation):
    """Changes of people."""


__all__ = ["PeopleMutation", "PeopleQuery"]
