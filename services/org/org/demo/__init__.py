"""The demo: the union as it might be. Provinces and industries are real; everyone counted or hired is made up."""

from org.demo.fill import fill

__all__ = ["fill"]
