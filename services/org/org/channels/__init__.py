"""Channels: where a unit speaks to people, from its website to the notice board at the gate, and how many units do."""
