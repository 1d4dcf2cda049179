"""What a report is: categories, priorities, triage, the reference, and the road from press to stored."""
