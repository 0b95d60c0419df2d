"""How right and how fast the tagger is, beside the alternatives and label by label; whether a version may go live."""
