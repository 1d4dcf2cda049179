"""Who is on duty, who is paged when nobody answers, and when the sign comes down."""
