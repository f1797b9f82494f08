"""The recommendation: a released candidate, told with its evidence; a live object that may be withdrawn or expire."""
