"""What is read by rules and not learned: cues and their scope, irony, numbers, days, promises and other entities."""
