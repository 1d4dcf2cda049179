### Practice, care for those who read, and second eyes: what staff see.

desk-deed-demo_filled = Filled the practice desk with made-up reports
desk-deed-reading_changed = Changed how their pages look

desk-nav-care = Care
desk-care-kept = Kept, for every browser you sign in with.
desk-care-pause = You have read for a while. A pause is suggested.
desk-care-pause-free = Nothing stops you. The case can be handed over in one press.
desk-care-read = What you uncovered
desk-care-when = When
desk-care-looks = Looks
desk-care-messages = Messages
desk-care-today = Today
desk-care-week = Last seven days
desk-care-seen-by = Only you see these numbers. A supervisor sees that a pause is suggested to you, and no number.
desk-care-when-pause = A pause is suggested after { $looks } looks or { $minutes } minutes. { $pause } minutes without a look count as one.
desk-care-others = To whom a pause is suggested now
desk-care-others-none = Nobody.
desk-care-support = Support for you
desk-care-support-none = The desk has not named anybody yet. It is set in config/desk.toml, under [care].
desk-care-pages = How your pages look
desk-care-keep = Keep
desk-care-pictures = No page shows a picture, whatever you choose here.
desk-choice-of-greyscale = Without colour
desk-choice-means-greyscale = All pages in grey, signs and marks included. Danger to life is written, too.
desk-choice-of-larger = Larger text
desk-choice-means-larger = Everything an eighth larger.
desk-care-pass = Hand over now
desk-care-pass-to = Hand this case to
desk-care-on-duty = { $name }, on duty
desk-care-next = Whoever is next

desk-figures-overdue = { $cases ->
    [one] One case is past its time, and nobody has looked at it.
   *[other] { $cases } cases are past their time, and nobody has looked at them.
}
desk-figures-overdue-many = { $cases } cases or more are past their time, and nobody has looked at them.
desk-figures-overdue-none = No case is past its time without a look.
desk-figures-weekly = Reports a week, the last twelve
desk-figures-weekly-axis = Weeks of the year, Monday to Sunday. – is too few to show.
desk-figures-as-table = The same as a table
desk-figures-week = Week
desk-figures-reports = Reports
desk-figures-soon = How long reports waited for a first look
desk-figures-soon-key = Full dot: half were looked at within this. Hollow dot: nine of ten were. Each mark of the axis is several times the one before; what took longer than a week stands at its end.
desk-figures-soon-few = Fewer than ten were looked at, of any priority.
desk-figures-priority-column = Priority
desk-figures-half = Half within
desk-figures-nine = Nine of ten within
desk-figures-minutes = { $number } min
desk-figures-hours = { $number } h
desk-figures-days = { $number } d

desk-nav-review = Second eyes
desk-nav-waiting = { $number } waiting
desk-deed-review_answered = Looked over what somebody did
desk-deed-review_note_read = Read a note of such a second look
desk-review-lead = { $percent } in 100 looks and searches are put before somebody else, and every unlocking and export. A keyed hash chooses: nobody can tell which beforehand. Nothing older than { $days } days.
desk-review-waiting = Waiting for your word
desk-review-none = Nothing waits. What you did yourself waits for somebody else.
desk-review-why-sampled = Chosen by the keyed hash.
desk-review-why-always = Always looked over by a second person.
desk-review-line = line { $line } of the trail
desk-review-note = A note; to ask about it takes one. Kept sealed.
desk-review-yes = As it should be
desk-review-ask = Ask about this
desk-review-said = Looked over of late
desk-review-none-said = Nothing yet.
desk-review-answer-as_it_should_be = As it should be.
desk-review-answer-ask = To be asked about.
desk-review-read = Read the note (recorded)
desk-review-closed = No key of this desk opens this note.
desk-refused-review-gone = Somebody has answered this, or it is not there.
desk-refused-review-own = This is your own. Somebody else answers it.
desk-refused-review-note = Write what is to be asked.
