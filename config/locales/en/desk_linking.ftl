# The desk: what links reports, floods folded into a case, saved queues, and reporters who are reported.
desk-link-own_words = told in nearly the same words
desk-link-message = nearly the same message
desk-link-place = the same room within an hour
desk-link-reporter = the same person told it
