# The desk: what links reports, floods folded into a case, saved queues, and reporters who are reported.
desk-link-own_words = told in nearly the same words
desk-link-message = nearly the same message
desk-link-place = the same room within an hour
desk-link-reporter = the same person told it

desk-keys-take = Take the marked report
desk-keys-search = Search

desk-alike = Reports that look alike
desk-alike-lead = Of one community, within the hour: about the same account, or in nearly the same words. Nothing is deleted, and the case is as urgent as its most urgent report.
desk-alike-to = Alike to
desk-alike-see = See which open reports look alike
desk-alike-rows =
    { $reports ->
        [one] One report on this page looks alike.
       *[other] { $reports } reports on this page look alike.
    }
desk-alike-look = Look at them together
desk-alike-fold =
    { $reports ->
        [one] Fold this one into one case
       *[other] Fold these { $reports } into one case
    }
desk-alike-back = It can be undone in one press.
desk-alike-none = Nothing here can be folded.
desk-alike-caption = What looks alike: what stands apart comes first
desk-alike-what = What happens to it
desk-alike-common = In common
desk-alike-goes = Goes into the case
desk-alike-folded =
    { $reports ->
        [one] { $name } folded a report into this case.
       *[other] { $name } folded { $reports } reports into this case.
    }
desk-alike-undo = Take them all apart
desk-apart-words = Stays: told in other words
desk-apart-urgent = Stays: more urgent
desk-apart-worked = Stays: somebody works on it
desk-apart-conflict = Stays: goes to a supervisor
desk-alike-refused-fold-none = There is nothing to fold.
desk-alike-refused-fold-changed = What looks alike has changed. Look again before you fold.
desk-alike-refused-join-unknown = This was taken apart already.
desk-alike-refused-join-later = Something was joined since. Take that apart first.
desk-alike-refused-case-unknown = This report is in another case, or not here. Nothing was changed.
desk-deed-flood_folded = Folded reports that look alike into a case
desk-deed-fold_undone = Took a folded case apart again

desk-filter = Filter
desk-filter-change = Change or save this filter
desk-filter-on = You see a part of the queue.
desk-filter-priority = Priority
desk-filter-state = State
desk-filter-holder = Who has it
desk-filter-holder-me = Me
desk-filter-holder-nobody = Nobody
desk-filter-waits = Waits for
desk-filter-waits-us = Us
desk-filter-waits-them = Somebody else
desk-filter-platform = Platform
desk-filter-overdue = Overdue only
desk-filter-do = Show these
desk-filter-whole = Show everything
desk-filter-none = Nothing in the queue is like this
desk-saved = Saved queues
desk-saved-shared = shared
desk-saved-name = Save this as
desk-saved-name-hint = Up to 40 characters. Name nobody in it.
desk-saved-share = For everybody here
desk-saved-do = Save
desk-saved-forget = Forget
desk-saved-refused-saved-name = Choose a filter and a name of up to 40 characters.
desk-saved-refused-saved-many = You have thirty saved queues. Forget one first.
desk-saved-refused-saved-unknown = There is no such saved queue of yours.
desk-deed-queue_saved = Saved a filter of the queue
desk-deed-queue_forgotten = Forgot a saved queue

desk-conflict = For a supervisor
desk-conflict-why = Somebody who told this is reported in another case. This is known because they said that the desk may know their name.
desk-conflict-kept = Only a supervisor opens it and takes it.
desk-conflict-others = They are reported in:
desk-conflict-row = For a supervisor
desk-deed-reporter_is_reported = Noted that whoever told this is reported elsewhere
