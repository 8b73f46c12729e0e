"""What is said of a material beyond its title: who made it, who and what is to be seen, for whom it is meant."""
