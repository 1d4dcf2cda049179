# Shifts, pages and drills: what the people at the desk read, on the screen and in a page.

desk-page-subject = Lifebelt desk: { $counts } waits for an answer
desk-page-practice = Practice. { $line }
desk-page-drill = Lifebelt desk: a drill. Answer it at the desk
desk-page-since = Since { $since }.
desk-page-step-on_call = You are on call. Open the queue, or press "I have it" there.
desk-page-step-second = Whoever is on call has not answered. You are second.
desk-page-step-supervisors = Nobody on duty has answered. You supervise this desk.
desk-page-step-outside = Nobody at the desk has answered, or nobody is on duty. Call whoever runs the desk.
desk-page-step-drill = This is a drill: no report waits. Sign in at the desk and press "I am here". If nobody does in time, nobody is named as on duty.
desk-page-apart = { $apart } of them are unlike the others.
desk-page-link = { $link }
desk-page-end = A page never says what was reported, by whom or where.

# Who is on duty
desk-nav-rota = Rota
desk-on-duty = On duty: { $names }
desk-duty-nobody = Nobody is on duty.
desk-duty-on_duty = Somebody is on duty.
desk-duty-drill_missed = The last drill was not answered in time. Start another one on the page Rota; whoever is on call answers it.
desk-duty-pages_missed = Two urgent pages in a row were not answered in time. An answered page, or a drill from the page Rota, ends this.
desk-duty-not_staffed = The desk is not open now.
desk-duty-no_shift = No accepted shift runs now.

# What waits for an answer
desk-strip = Waits for an answer
desk-strip-count = { $many } × { $priority }
desk-strip-since = not answered. The first has waited for { $span }.
desk-strip-have = I have it
desk-strip-drill = A drill: no report waits.
desk-strip-drill-by = Answer it by { $by }.
desk-strip-here = I am here

# Rota
desk-rota-now = Now
desk-rota-sign-up = Young people are told that somebody is here, and by the names set below.
desk-rota-week = Seven days
desk-rota-weeks = Other weeks
desk-rota-before = Week before
desk-rota-today = From today
desk-rota-after = Week after
desk-rota-zone = Times of { $zone }.
desk-rota-blocked = Blocked: nobody is here
desk-rota-hours = Open { $hours }
desk-rota-closed = Closed
desk-rota-no-shift = No shift
desk-rota-uncovered = Nobody has accepted { $times }.
desk-rota-no-address = no address to be paged at
desk-rota-saved = Saved.
desk-weekday-0 = Monday
desk-weekday-1 = Tuesday
desk-weekday-2 = Wednesday
desk-weekday-3 = Thursday
desk-weekday-4 = Friday
desk-weekday-5 = Saturday
desk-weekday-6 = Sunday
desk-place-on_call = On call
desk-place-second = Second
desk-reply-asked = Not accepted yet
desk-reply-accepted = Accepted
desk-reply-declined = Declined
desk-shift-accept = Accept
desk-shift-decline = Decline
desk-shift-plan = Plan a shift
desk-shift-person = Who
desk-shift-place = As
desk-shift-day = Day
desk-shift-starts = From
desk-shift-ends = Until
desk-shift-ends-hint = Times of { $zone }. An end before the start is on the next day. It counts once they have accepted it.
desk-shift-days = Days in a row, the same times
desk-shift-do = Plan it
desk-contact = How you are paged and called
desk-contact-address = Mail address for pages
desk-contact-address-hint = A page says how many reports wait and since when, and no more. Your colleagues see only whether there is an address.
desk-contact-called = Name that young people are shown while you are on duty
desk-contact-called-hint = Empty: "Somebody". The name of your account is not shown to them.
desk-contact-do = Keep this
desk-drill-do = Start a drill
desk-drill-means = Pages whoever is on call. If nobody answers in time, nobody is named as on duty until a drill is answered. One comes by itself every week.

# Pages of late
desk-pages = Pages of late
desk-pages-table = Pages of late, as a table
desk-pages-none = Nobody was paged.
desk-pages-when = When
desk-pages-who = Who
desk-pages-what = What
desk-pages-sent = Sent
desk-pages-answer = Answer
desk-pages-outside = Outside contact
desk-pages-drill = Drill
desk-pages-apart = { $apart } unlike the others
desk-pages-mailed = Mailed.
desk-pages-posted = Webhook taken.
desk-pages-leaving = Not left yet
desk-pages-answered = { $name }, after { $span }
desk-pages-late = Too late
desk-pages-told = Nothing to answer
desk-pages-missed = Not answered in time
desk-pages-waits = Waits
desk-rung-on_call = on call
desk-rung-second = second
desk-rung-supervisors = supervisor
desk-rung-outside = last step
desk-unsent-nowhere = Nowhere to send it
desk-unsent-mail = The mail did not leave; it is tried again
desk-unsent-webhook = The webhook did not take it; it is tried again
desk-unsent-given_up = Given up after an hour

# What a press may be refused for
desk-rota-fault-shift-times = These times cannot be: a shift ends after it starts, lasts 24 hours at most, is not over, and at most 14 are planned at once. Nothing was planned.
desk-rota-fault-shift-person = This person works no cases, or has no access any more. Nothing was planned.
desk-rota-fault-shift-twice = They have a shift at that time already. Nothing was planned.
desk-rota-fault-shift-unknown = This shift is somebody else's, or is gone. Nothing was changed.
desk-rota-fault-shift-settled = This shift was answered before, or is over. Nothing was changed.
desk-rota-fault-page-gone = Nothing waits for an answer: a colleague was quicker.
desk-rota-fault-page-address = This is no mail address. Write one, as name@example.org, or leave it empty.
desk-rota-fault-page-called = The name needs 2 to 40 characters: letters, digits, spaces, dots, hyphens and apostrophes.
desk-rota-fault-drill-nobody = Nobody is on an accepted shift now. Nobody was paged.
desk-rota-fault-drill-running = A drill runs already. Nobody was paged again.
desk-rota-fault-drill-over = There is no drill for you to answer, or its time is over.

# In the trail
desk-deed-paging_set = Set how they are paged and called
desk-deed-pages_answered = Answered pages: has what waits
desk-deed-drill_begun = Started a drill
desk-deed-drill_answered = Answered a drill

# Help
desk-help-pages = Pages and who is on duty
desk-help-pages-answer = Whoever opens an urgent report, or acts on it, has answered the pages about it. Until somebody does, the next person is paged, at last the outside contact.
desk-help-pages-have = "I have it" answers all that waits, too. What nobody has opened by the time of the last step waits and pages anew.
desk-help-pages-sign = Somebody is named to young people as on duty only while an accepted shift runs within the hours of the desk. Two urgent pages in a row that nobody answers, or a missed drill, end that at once, until a page or a drill is answered in time.
