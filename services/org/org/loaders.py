"""The loaders of one request: made anew each time, so that nobody sees what was read for somebody else."""

from org.headcounts.loaders import headcount_by_path
from org.people.loaders import department_by_id, departments_by_unit, officers_by_unit
from org.units.loaders import children_by_unit, descendants_by_path, subtree_count_by_path, unit_by_id, unit_by_number
from org.vocabularies.loaders import terms_by_vocabulary


class Loaders:
    """One loader for each way in which rows are looked up."""

    def __init__(self) -> None:
        self.children_by_unit = children_by_unit()
        self.department_by_id = department_by_id()
        self.departments_by_unit = departments_by_unit()
        self.descendants_by_path = descendants_by_path()
        self.headcount_by_path = headcount_by_path()
        self.officers_by_unit = officers_by_unit()
        self.subtree_count_by_path = subtree_count_by_path()
        self.terms_by_vocabulary = terms_by_vocabulary()
        self.unit_by_id = unit_by_id()
        self.unit_by_number = unit_by_number()
