"""OAI-PMH 2.0: public materials to be harvested, and told of also when they are gone."""
