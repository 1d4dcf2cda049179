"""What the desk and a young person write to each other."""
