"""The wave kit: what a union office needs to call its people to a wave, made from the wave's own data in one click."""
