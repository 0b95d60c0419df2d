"""A comment on its way in, and whatever becomes of it: read, understood, stored, corrected, exported, erased."""
