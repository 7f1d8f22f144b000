"""The proof that a dataset can be run again: made a second time, differently, in processes of its own."""
