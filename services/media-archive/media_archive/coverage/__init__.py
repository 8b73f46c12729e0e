"""How far the programme's targets for materials are reached: digitised, described, shared, reused."""
