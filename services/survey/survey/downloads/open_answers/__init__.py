"""What people wrote in their own words, without whom it would name, frozen with a release."""
