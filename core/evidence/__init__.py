"""What was captured: the transcript, its manifest, and the envelope of sealed parts."""
