"""Places: the statistics office's provinces, districts and communes, which are others from one day to the next."""
