"""What the desk holds about somebody who asks, and which of it shows nothing of who reported."""
