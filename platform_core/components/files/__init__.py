"""Files that arrive: which belong to a dataset, and how their rows are read with nothing lost and nothing guessed."""
