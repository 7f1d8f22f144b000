"""What a team starts from: a location from the template, and datasets added to it."""
