"""How people write Persian: letters, spaces, half-spaces and romanized words, and the way back to the original text."""
