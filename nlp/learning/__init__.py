"""What the heads learn from, and how: invented comments, weak answers, word vectors, folds."""
