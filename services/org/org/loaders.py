"""The loaders of one request: made anew each time, so that nobody sees what was read for somebody else."""

from org.channels.loaders import channel_counts_by_unit, channels_by_unit, subtree_size_by_unit, units_without_channel
from org.exchange.loaders import remarks_by_import
from org.groups.loaders import group_set_by_id, groups_by_set, groups_by_unit, unit_count_by_group, units_by_group
from org.headcounts.loaders import HeadcountLoaders
from org.people.loaders import PeopleLoaders
from org.places.loaders import place_by_code, predecessors_by_place, successors_by_place
from org.reorganisations.loaders import LineageLoaders
from org.units.loaders import children_by_unit, descendants_by_path, subtree_count_by_path, unit_by_id, unit_by_number
from org.vocabularies.loaders import is_code_known, terms_by_vocabulary


class Loaders:
    """One loader for each way in which rows are looked up."""

    def __init__(self) -> None:
        self.channel_counts_by_unit = channel_counts_by_unit()
        self.channels_by_unit = channels_by_unit()
        self.group_set_by_id = group_set_by_id()
        self.groups_by_set = groups_by_set()
        self.groups_by_unit = groups_by_unit()
        self.remarks_by_import = remarks_by_import()
        self.place_by_code = place_by_code()
        self.predecessors_by_place = predecessors_by_place()
        self.subtree_size_by_unit = subtree_size_by_unit()
        self.successors_by_place = successors_by_place()
        self.unit_count_by_group = unit_count_by_group()
        self.units_by_group = units_by_group()
        self.units_without_channel = units_without_channel()
        self.children_by_unit = children_by_unit()
        self.descendants_by_path = descendants_by_path()
        self.headcounts = HeadcountLoaders()
        self.is_code_known = is_code_known()
        self.lineage = LineageLoaders()
        self.people = PeopleLoaders()
        self.subtree_count_by_path = subtree_count_by_path()
        self.terms_by_vocabulary = terms_by_vocabulary()
        self.unit_by_id = unit_by_id()
        self.unit_by_number = unit_by_number()
