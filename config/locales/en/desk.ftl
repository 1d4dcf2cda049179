# What the people at the desk read. Facts first, no adjectives.

desk-name = Lifebelt desk
desk-skip = Skip to the page
desk-practice = Practice: nobody reads this as a live desk
desk-nav = Pages
desk-nav-queue = Queue
desk-nav-trail = Trail
desk-nav-people = People
desk-nav-help = Help
desk-sign-in = Sign in
desk-sign-out = Sign out
desk-back-queue = Back to the queue
desk-back-people = Back to the people
desk-refresh = Refresh

desk-span-now = under a minute
desk-span-minutes = { $minutes } min
desk-span-hours = { $hours } h { $minutes } min
desk-span-days = { $days } d { $hours } h
desk-ago = { $span } ago

desk-priority-0 = Immediate
desk-priority-1 = Urgent
desk-priority-2 = Soon
desk-priority-3 = Routine

# Signing in and accounts
desk-field-name = Name
desk-field-password = Password
desk-field-again = Password again
desk-field-old = Password now
desk-field-new = New password
desk-sign-in-no-account = No account? A colleague invites you on the page People.
desk-join = Make your account
desk-join-lead = This link works once, for one account.
desk-join-name-hint = 2 to 40 characters. Your colleagues and the trail show it. It cannot be changed.
desk-password-hint = At least 15 characters. Four unrelated words are good. Without your name in it.
desk-join-do = Make the account and sign in
desk-spent = This link no longer works
desk-spent-why = It was used, it is older than 24 hours, or a newer one replaced it.
desk-spent-next = For the first account, start Lifebelt again: it prints a new link. Otherwise ask a colleague for one.
desk-fault-wrong = Name and password do not match an account. Check both and try again.
desk-fault-too-many = Too many tries. Wait 15 minutes, or use a browser you have signed in with before.
desk-fault-name-length = The name needs 2 to 40 characters.
desk-fault-name-symbols = The name may have letters, digits, spaces, dots, hyphens and apostrophes.
desk-fault-name-taken = Somebody has, or had, this name. Choose another.
desk-fault-password-short = The password needs at least 15 characters.
desk-fault-password-long = The password may have at most 256 characters.
desk-fault-password-easy = This password is easy to guess. Leave your name out, and use more different characters.
desk-fault-password-differs = The two passwords are not the same. Type both again.
desk-fault-password-wrong = The password now is not right. Nothing was changed.
desk-fault-person-self = You cannot take your own access away. A colleague can.
desk-fault-roles-self = Your own roles are given by a colleague.
desk-fault-roles-none = Choose at least one role. To let nobody in, take access away.
desk-fault-last-admin = Nobody else is admin. Make a colleague admin first.
desk-fault-person-unknown = This person has no access any more. Nothing was changed.

# People
desk-people-you = you
desk-people-joined = Invited by { $by }. Joined
desk-people-ended = Access taken away
desk-people-roles = Change roles
desk-people-roles-which = What they may do
desk-people-roles-do = Give these roles
desk-role-name-specialist = Specialist
desk-role-name-supervisor = Supervisor
desk-role-name-statistician = Statistician
desk-role-name-auditor = Auditor
desk-role-name-admin = Admin
desk-role-means-specialist = Reads reports and works cases.
desk-role-means-supervisor = As a specialist; also sees the trail and the figures, and puts cases on hold.
desk-role-means-statistician = Sees figures, and no case.
desk-role-means-auditor = Sees the trail, and no case.
desk-role-means-admin = Invites people and gives roles. Sees no case.
desk-people-end = Take access away
desk-people-end-means = { $name } is signed out everywhere and cannot sign in again. What they did stays in the trail.
desk-people-end-do = Take access away
desk-invite = Invite a colleague
desk-invite-lead = Makes a link for one account. It works once, for 24 hours. The trail records that you made it.
desk-invite-do = Make a link
desk-invite-link = Give this link to your colleague yourself. It is shown only now.
desk-password = Change your password
desk-password-do = Change the password
desk-password-changed = Your password is changed. Every other browser is signed out.
desk-everywhere-do = Sign out everywhere

# Sessions
desk-sessions = Where you are signed in
desk-sessions-lead = An unused session ends after an hour, every session after twelve. End what you do not know, and change your password.
desk-sessions-this = this one
desk-sessions-since = Signed in
desk-sessions-seen = Last seen
desk-sessions-end = End
desk-sessions-end-which = End { $browser }, signed in { $since }
desk-sessions-of = End sessions
desk-sessions-of-means = { $name } is signed out everywhere, and can sign in again.
desk-sessions-of-do = End all sessions
desk-browser-edge = Edge
desk-browser-opera = Opera
desk-browser-firefox = Firefox
desk-browser-chrome = Chrome
desk-browser-safari = Safari
desk-browser-other = Another browser
desk-fault-session-unknown = This session has ended already.

# A second step at sign-in
desk-second = Second step at sign-in
desk-second-lead = A code from your phone, beside the password. Whoever learns your password alone then cannot sign in.
desk-second-must = This desk asks everybody for a code beside the password. Set it up to go on.
desk-second-replaces = What you set up here replaces the app and the recovery codes you have now.
desk-second-since = Codes from an app, since
desk-second-start = Set it up
desk-second-anew = Set it up anew
desk-second-scan = Add Lifebelt to your app
desk-second-scan-hint = Any app that makes one-time codes will do. Scan this with its camera.
desk-second-qr = QR code for your app. The same is written out below it.
desk-second-by-hand = Type it instead
desk-second-key = Key
desk-second-address = The whole address
desk-second-type = Type the first code
desk-second-code = Code
desk-second-do = Use codes from now on
desk-second-done = Signing in now asks for a code.
desk-second-end = Take second step away
desk-second-end-means = For a lost phone. Make sure it is { $name } who asks you. Codes and passkeys go. They are signed out everywhere, and sign in with their password alone.
desk-second-end-do = Take second step away
desk-recovery = Ten recovery codes
desk-recovery-lead = Each works once, where your phone is not at hand. They are shown only now. Keep them on paper, away from your password.
desk-recovery-kept = I have kept them
desk-recovery-left = { $codes ->
    [0] No recovery code is left.
    [one] 1 recovery code is left.
   *[other] { $codes } recovery codes are left.
  }
desk-code = Your code
desk-code-lead = Type the 6 digits that your app shows now.
desk-code-recovery = No phone at hand? Type one of your recovery codes.
desk-code-none = You never set up codes here? Then the name or the password was wrong.
desk-code-again = Type them again
desk-fault-code = This does not match. A code works once: wait for the next, or type name and password again.
desk-fault-code-many = Too many codes were tried. Type name and password again.
desk-fault-code-wrong = This is not the code the app shows now. Check that the phone's clock is right.
desk-fault-step-over = That took too long. Sign in again.
desk-fault-offer-over = This page is too old. Scan the new code below.
desk-fault-second-self = Your own second step is set up anew on your own page.
desk-fault-second-none = This person has no second step any more. Nothing was changed.

desk-proof-password = with a password
desk-proof-code = with a code
desk-proof-recovery = with a recovery code
desk-proof-passkey = with a passkey

# Passkeys
desk-passkeys = Passkeys
desk-passkeys-lead = Sign in with your device's lock, or a security key, and no password. It works on this site and no other.
desk-passkeys-has = { $passkeys ->
    [0] You have none.
    [one] You have 1.
   *[other] You have { $passkeys }.
  }
desk-passkeys-see = See your passkeys
desk-passkeys-made-with = Made with { $browser }
desk-passkeys-made = Made
desk-passkeys-used = Last used
desk-passkeys-unused = Not used yet
desk-passkeys-end-which = End the passkey made { $since }
desk-passkeys-add = Add a passkey
desk-passkeys-do = Make a passkey
desk-passkeys-without = This browser makes no passkeys. It needs script, and a version of this or the last year.
desk-passkeys-https = Passkeys work over https with a name, or on this very machine as localhost. This page was reached in another way.
desk-sign-in-passkey = Sign in with a passkey
desk-fault-passkey = No passkey of this desk was shown, or it was too late. Try again.
desk-fault-passkey-not-made = No passkey was made. Try again.
desk-fault-passkey-unknown = This passkey has ended already.
desk-fault-passkeys-many = You have ten passkeys. End one you no longer use.

# The queue
desk-queue-caption = Reports, most urgent first
desk-live-on = Live
desk-live-off = Not live. Trying again.
desk-live-none = Press Refresh to see what is new
desk-count-waiting = { $waiting ->
    [0] Everything here is read.
    [one] 1 not read.
   *[other] { $waiting } not read.
  }
desk-count-more = More on the next page.
desk-count-urgent = { $urgent } immediate.
desk-count-overdue = { $overdue } overdue.
desk-empty = No reports.
desk-empty-next = New ones appear here by themselves.
desk-empty-page = Nothing further.
desk-column-priority = Priority
desk-column-about = About
desk-column-since = Sent
desk-column-due = Due
desk-column-community = Community
desk-column-evidence = Evidence
desk-column-state = State
desk-about-unknown = Not known yet
desk-due-in = in { $span }
desk-due-late = { $span } overdue
desk-due-met = read
desk-state-unread = Not read
desk-state-untriaged = Not triaged yet
desk-state-added = Added to since it was read
desk-state-read-by = Read by { $name }
desk-state-faulty = A part cannot be opened
desk-said-new = New report. { $priority }: { $about }.
desk-page-first = First page
desk-page-next = Next page

# A case
desk-case-facts = Facts
desk-case-why = Why { $priority }
desk-case-trail = Who looked at this, and when
desk-fact-who = At risk
desk-fact-age = Age
desk-fact-danger = In danger now
desk-fact-about = About
desk-fact-runs-place = About who runs the place
desk-fact-sure = How sure
desk-fact-role = Reported by
desk-fact-country = Country
desk-fact-reference = Reference
desk-fact-sent = Sent
desk-fact-next = Next
desk-fact-has = Who has it
desk-fact-covered = Covered until you open the report
desk-next-read = Read it within { $span }.
desk-next-late = Read it now. It is { $span } overdue.
desk-next-added = Something was added after the last look. Open it again.
desk-next-after = Decide and act by your desk's procedure. Lifebelt passes nothing on by itself.
desk-has-nobody = Nobody yet
desk-who-me = The reporter
desk-who-friend = A friend of the reporter
desk-who-child = A child the reporter looks after
desk-who-moderate = Somebody in a community the reporter moderates
desk-who-unsaid = Not said. Taken as the reporter
desk-age-under_10 = Under 10
desk-age-10_12 = 10 to 12
desk-age-13_15 = 13 to 15
desk-age-16_17 = 16 or 17
desk-age-18_plus = 18 or over
desk-age-unsaid = Not said
desk-danger-yes = Yes, now
desk-danger-no = No
desk-danger-not_sure = Not sure
desk-danger-unsaid = Not said
desk-runs-place-yes = Yes. Do not contact the people who run it
desk-runs-place-no = No
desk-runs-place-not_sure = Not sure. Treat as yes
desk-runs-place-unsaid = Not said. Treat as yes
desk-sure-platform = The reporter's word, and messages the platform vouches for
desk-sure-site = The reporter's word, and messages a web page supplied
desk-sure-pasted = The reporter's word, and text they pasted
desk-sure-word = The reporter's word. No messages came along
desk-role-young_person = A young person
desk-role-adult = An adult
desk-role-moderator = A moderator
desk-role-partner = A partner
desk-role-law_enforcement = Law enforcement
desk-country-unknown = Not known
desk-reason-urgent = The community's system marked it as danger to life when it was sent.
desk-reason-untriaged = The triage has not run yet.
desk-reason-none = No rule raised it. It has the floor of its category.
desk-cover = What was said is covered
desk-cover-recorded = Opening it is recorded with your name and the time.
desk-cover-first = The reporter is then told that a person has read it.
desk-cover-open = Open the report
desk-cover-again = Cover again
desk-look-recorded = Your look is recorded.
desk-look-first = Your look is recorded. The reporter is told that it was read.
desk-parts = What came
desk-parts-kind = Part
desk-parts-received = Received
desk-parts-size = Sealed size
desk-parts-state = State
desk-part-answers = Answers
desk-part-reported = Reported message
desk-part-context = Surroundings
desk-part-supplement = Added later
desk-part-identity = Way back, sealed to the platform
desk-part-named = Name, with the reporter's yes
desk-part-sealed = Sealed
desk-part-missing = A part the report lists is not here
desk-part-fault-no_key = None of this desk's keys opens it
desk-part-fault-damaged = Damaged, or not sealed by Lifebelt
desk-part-fault-unknown_version = Written by a newer Lifebelt
desk-part-fault-other_report = Belongs to another report
desk-part-fault-triage_failed = The triage failed on it
desk-trouble = What could not be opened
desk-trouble-next = It is kept as it came. Tell whoever runs this host. A retired key may be missing, or an upgrade.
desk-own-words = In their own words
desk-own-words-none = None given.
desk-about-whom = Whom it is about, in their words
desk-choices = What the reporter chose
desk-choice-name = Team may know their name
desk-choice-named = Name
desk-choice-moderators = Moderators may know
desk-choice-phone = Others use their phone
desk-choice-contact = How to reach them
desk-choice-yes = Yes
desk-choice-no = No
desk-choice-unsaid = Not answered. Treat as no
desk-choice-push = May be told here of news
desk-phone-yes = Yes. Push nothing
desk-phone-no = No
desk-phone-unsaid = Not answered. Treat as yes, push nothing
desk-added = Added later
desk-added-nothing = The same answers again
desk-added-danger = In danger now
desk-added-category = About
desk-added-runs_place = About who runs the place
desk-added-who = At risk
desk-added-age = Age
desk-added-team_may_know_name = Team may know their name
desk-added-moderators_may_know = Moderators may know
desk-added-others_use_phone = Others use their phone
desk-added-may_push = May be told here of news
desk-added-own_words = In their own words
desk-added-about = Whom it is about
desk-added-contact = How to reach them
desk-talk-reported = Reported message
desk-talk-context = Surroundings
desk-talk-subject = The account that was reported
desk-talk-none = No messages came with this report.
desk-talk-channel = In
desk-talk-origin = From the page
desk-talk-left-out-before = { $messages ->
    [one] One earlier message was left out.
   *[other] { $messages } earlier messages were left out.
  }
desk-talk-left-out-after = { $messages ->
    [one] One later message was left out.
   *[other] { $messages } later messages were left out.
  }
desk-source-platform = Platform
desk-source-site = Site
desk-source-pasted = Pasted
desk-help-source-platform = Read from the platform itself.
desk-help-source-site = Supplied by the page. The page could have changed it.
desk-help-source-pasted = Pasted by the reporter. Anybody could have written it.
desk-check-matches = Matches what was sealed when it was sent.
desk-check-mismatch = Does not match what was sealed when it was sent. Do not rely on it.
desk-check-not_listed = Came after sending. Nothing to compare it with.
desk-message-reported = Reported
desk-message-reporter = Reporter
desk-message-staff = Runs or moderates the place
desk-message-no-time = Time not known
desk-message-reply = In reply to
desk-message-reply-gone = (not among these messages)
desk-message-empty = No text
desk-message-edited = Edited
desk-message-otherwise = Its text was changed after the press.
desk-read-from-press = Read at the press,
desk-read-from-history = Read from the history,
desk-read-from-page = Supplied by the page,
desk-read-from-paste = Pasted,
desk-file = File, not fetched
desk-file-at = Lies at
desk-file-id = Platform's id
desk-file-hash = Platform's hash
desk-note-data_uri_removed = A picture inside the text was removed unread.
desk-note-text_shortened = A long text was shortened.
desk-note-attachments_left_out = Some files of a message were left out.
desk-note-messages_left_out = Messages were left out: too many, too large, or none that could be read.
desk-note-encoding_repaired = Broken characters were replaced.
desk-note-name_quoted = Somebody else called themselves "reporter". Their name stands in quotation marks.
desk-note-texts_withheld = The platform shows this app no words of these messages. Who wrote and when is known.
desk-note-unreadable_field = Something the page handed over could not be read. It is missing here.

# The trail
desk-trail-number = No.
desk-trail-when = When
desk-trail-who = Who
desk-trail-did = Did
desk-trail-what = To what
desk-trail-holds = { $entries ->
    [one] The chain holds: 1 entry, nothing changed or missing.
   *[other] The chain holds: { $entries } entries, nothing changed or missing.
  }
desk-trail-head = Head
desk-trail-broken = The chain is broken at entry { $at }.
desk-trail-broken-next = Somebody changed the record, or the disk did. Keep every file as it is, and tell whoever answers for this desk.
desk-trail-of = Only entries of
desk-trail-all = Show all
desk-trail-empty = No entries.
desk-trail-older = Older entries
desk-deed-first = for the first time
desk-deed-looked = Opened a report
desk-deed-person_invited = Made an invitation
desk-deed-person_joined = Made their account
desk-deed-signed_in = Signed in
desk-deed-sign_in_failed = Failed to sign in
desk-deed-signed_out = Signed out
desk-deed-signed_out_everywhere = Signed out everywhere
desk-deed-password_changed = Changed their password
desk-deed-access_ended = Took access away
desk-deed-roles_changed = Changed roles
desk-deed-session_ended = Ended one of their sessions
desk-deed-sessions_ended = Ended all sessions of a colleague
desk-deed-second_factor_set = Set up a second step at sign-in
desk-deed-second_factor_ended = Took a second step away
desk-deed-passkey_made = Made a passkey
desk-deed-passkey_ended = Ended a passkey
desk-deed-case_joined = Put a case together with another
desk-deed-join_undone = Took a case apart again

# The rota
desk-deed-shift_planned = Planned a shift
desk-deed-shift_accepted = Accepted a shift
desk-deed-shift_declined = Declined a shift

# Help
desk-keys = Keys
desk-keys-key = Key
desk-keys-does = What it does
desk-keys-down = Next report
desk-keys-up = Report before
desk-keys-open = Open the marked report
desk-keys-refresh = Refresh the queue
desk-keys-back = Back to the queue
desk-keys-cover = Cover the conversation again
desk-keys-reported = Go to the reported message
desk-keys-help = This page
desk-keys-on = Use these keys in this browser
desk-help-priority = Priorities
desk-help-priority-0 = Danger to life or safety now. Red means this and nothing else.
desk-help-priority-1 = Sexual abuse or extortion under way, or not known what. Also what nobody could read yet.
desk-help-priority-2 = Harm without danger at this hour.
desk-help-priority-3 = Can wait a few days.
desk-help-raise = Rules raise a priority and never lower it. The case page shows each reason.
desk-help-look = Opening a report
desk-help-look-recorded = Each opening is recorded in the trail with your name and the time. Nothing opened is stored. Press "Cover again" when you leave the screen.
desk-help-look-pictures = Pictures are never fetched or shown. Links are shown broken. Do not mend them.
desk-help-source = Where messages come from

# What went wrong
desk-error-400 = This request cannot be read
desk-error-400-next = Nothing was changed. Go back and try again.
desk-error-401 = You are signed out
desk-error-401-next = Your session has ended. Nothing was changed. Sign in again.
desk-error-403 = This form is not valid any more
desk-error-403-next = Nothing was changed. Open the page again and repeat what you did.
desk-error-404 = There is no such page
desk-error-404-next = The report may belong to another desk, or the address is wrong.
desk-error-405 = This page cannot be used in this way
desk-error-405-next = Nothing was changed. Open it from the queue.
desk-error-413 = Too much was sent
desk-error-413-next = Nothing was changed.
desk-error-415 = This form has the wrong format
desk-error-415-next = Nothing was changed. Open the page again and repeat what you did.
desk-error-500 = Something failed here
desk-error-500-next = It may or may not be done. Open the page again and look. If it goes on, tell whoever runs this host.
desk-error-503 = The record cannot be reached
desk-error-503-next = Reports still waiting to come in are kept by the communities. Try again in a minute. If it goes on, tell whoever runs this host: the disk may be full or read-only.

# Working a case

desk-nav-search = Search
desk-row-reports = { $reports } reports
desk-row-has = has it
desk-work = The work on it
desk-work-others = { $names } has this open now.
desk-work-state = How far
desk-work-holder = Who has it
desk-work-yours = You have it
desk-work-nobodys = Nobody has it yet
desk-work-reports = Reports in it
desk-work-this = this one
desk-work-take = Take it
desk-work-take-over = Take it over
desk-work-let-go = Let it go
desk-work-hand-over = Hand over
desk-work-hand-to = To whom
desk-work-note-add = Add a note or a task
desk-work-note-text = What to keep with the case
desk-work-note-hint = Sealed like a report. The young person and the community never see it.
desk-work-note-keep = Keep as a note
desk-work-task-keep = Keep as a task
desk-work-notes-read =
    { $notes ->
        [one] Read the note
       *[other] Read { $notes } notes
    }
desk-work-notes-recorded = That you read them is recorded.
desk-work-tasks-open =
    { $tasks ->
        [one] One task is open.
       *[other] { $tasks } tasks are open.
    }
desk-work-priority = Change the priority
desk-work-priority-to = Priority from now on
desk-work-priority-why = Why
desk-work-priority-hint = To make it less urgent, say why. The reason is sealed and kept with your name.
desk-work-priority-do = Change it
desk-work-hold = Hold
desk-work-held = Kept until the hold is lifted
desk-work-hold-set = Put on hold
desk-work-hold-lift = Lift the hold
desk-work-hold-hint = A closed case is deleted when its time is over. One on hold is kept.
desk-work-erased = Deleted
desk-work-erased-means = What was said is deleted. The figures and the trail stay.
desk-work-close = Close
desk-work-outcome = How it ended
desk-work-told = The young person reads:
desk-work-told-nothing = The young person is told nothing of it.
desk-work-close-two = This is or was a danger to life: a second person has to agree.
desk-work-close-do = Close it
desk-asked-close = { $name } asks to close this case:
desk-asked-yes = Agree and close
desk-asked-no = Not yet
desk-asked-withdraw = Take it back
desk-case-state-new = New
desk-case-state-working = Being worked on
desk-case-state-waiting = Waiting
desk-case-state-handed_on = Handed on
desk-case-state-closed = Closed
desk-step-working = Work on it
desk-step-waiting = Wait for somebody
desk-step-handed_on = Handed on
desk-step-reopen = Open it again
desk-refused-case-changed = A colleague has changed this case meanwhile. This is how it stands now.
desk-refused-state-follows = That step does not follow from how the case stands.
desk-refused-agreement-gone = Somebody has answered this already.
desk-refused-agreement-own = The second yes comes from somebody else.
desk-refused-agreement-asked = Somebody has asked for this already.
desk-refused-reason-needed = To make it less urgent, say why. Nothing was changed.
desk-refused-note-empty = There was nothing to keep. Write something first.
desk-refused-note-long = The note is too long: at most 4,000 characters. Nothing was kept.
desk-refused-task-done = This task is done already.
desk-refused-outcome-unknown = Choose how it ended. Nothing was changed.
desk-refused-person-unknown = This person works no cases here. Nothing was changed.
desk-notes = Notes and tasks
desk-notes-back = Back to the case
desk-notes-recorded = That you read them stands in the trail.
desk-notes-closed = This note cannot be opened: its key is not here.
desk-notes-none = Nothing is kept with this case.
desk-note-kind-task = Task
desk-note-kind-reason = Reason
desk-task-done = Done
desk-task-done-by = Done by { $name }
desk-search-text = Reference, report, or words of notes
desk-search-text-hint = A whole reference or report id, or words that stand in the notes of a case.
desk-search-community = Community (its id)
desk-search-holder = Who has it
desk-search-state = How far
desk-search-any = Any
desk-search-do = Search
desk-search-recorded = That you search is recorded, not what for.
desk-search-found =
    { $cases ->
        [0] Nothing was found.
        [one] One case.
       *[other] { $cases } cases.
    }
desk-search-more = There are more: ask more narrowly.
desk-search-caption = Cases that were found, the most urgent first
desk-deed-searched = Searched cases
desk-deed-notes_read = Read the notes
desk-deed-case_taken = Took a case
desk-deed-case_let_go = Let a case go
desk-deed-case_handed_over = Handed a case over
desk-deed-state_changed = Changed how far a case is
desk-deed-case_closed = Closed a case
desk-deed-closing_asked = Asked to close a case
desk-deed-closing_agreed = Agreed to close a case
desk-deed-closing_refused = Did not agree to close a case
desk-deed-closing_withdrawn = Took a question back
desk-deed-priority_changed = Changed a priority
desk-deed-note_written = Kept a note
desk-deed-task_written = Kept a task
desk-deed-task_done = Did a task
desk-deed-case_held = Put a case on hold
desk-deed-hold_lifted = Lifted a hold
desk-deed-case_erased = Deleted a case whose time was over

# Figures

desk-nav-figures = Figures
desk-figures-months = Months
desk-figures-lead = Counted as it happens, by month in UTC. Numbers under ten are not shown, nor what would give them away.
desk-figures-few = too few to show
desk-figures-none = Nothing was counted.
desk-figures-waiting = In the queue now
desk-figures-priority = Reports by first priority
desk-figures-category = Reports by what they are about
desk-figures-platform = Reports by platform
desk-figures-outcome = Cases closed, by outcome
desk-figures-look = How soon somebody looked: { $priority }
desk-within-5_minutes = within 5 minutes
desk-within-1_hour = within an hour
desk-within-1_day = within a day
desk-within-3_days = within 3 days
desk-within-longer = later

# Links

desk-links = May belong together
desk-links-lead = Nothing is joined unless somebody here says so, and every step can be undone.
desk-links-none = No other report names the same account, number, address, handle or link.
desk-links-confirm = Same person: join
desk-links-refuse = Not the same
desk-links-joined =
    { $reports ->
        [one] { $name } joined a report to this case.
       *[other] { $name } joined { $reports } reports to this case.
    }
desk-links-undo = Take apart
desk-links-refused = Not the same as
desk-links-take-back = Suggest it again
desk-strength-0 = Strong
desk-strength-1 = Some
desk-strength-2 = Weak
desk-link-account = the same account
desk-link-email = the same e-mail address
desk-link-phone = the same phone number
desk-link-file_hash = the same file, by the platform's hash
desk-link-handle = the same handle
desk-link-link = the same link
desk-link-site = the same site
desk-link-shown = the same shown name
desk-link-refused-case-unknown = There is no such case here. Nothing was changed.
desk-link-refused-case-same = They are one case already.
desk-link-refused-join-unknown = This was taken apart already.
desk-link-refused-join-later = Something was joined since. Take that apart first.
desk-deed-link_refused = Said that two cases do not belong together
desk-deed-link_refusal_taken_back = Let two cases be suggested again
