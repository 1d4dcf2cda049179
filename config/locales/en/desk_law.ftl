# The console: duties, unlocking an identity, letting moderators know, subject access.

desk-nav-duties = Duties

# Refused presses

desk-law-refused-press-unclear = The form said something this page does not know. Nothing was changed.
desk-law-refused-duty-ended = This duty has ended, or is not of this case. Nothing was changed.
desk-law-refused-call-time = The time must lie between when the desk knew and now.
desk-law-refused-call-back-first = Police reached by phone or mail are rung back first, at a number they publish.
desk-law-refused-words-needed = Every field needs words. Nothing was changed.
desk-law-refused-reason-needed = This takes a reason. Nothing was changed.
desk-law-refused-note-long = That is more than 4,000 characters. Nothing was changed.
desk-law-refused-unlock-not-danger = The case is not, and was not, a danger to life. Nobody is unlocked.
desk-law-refused-unlock-here = Who it is has been unlocked already.
desk-law-refused-unlock-named = They said yes: their name is among what they told.
desk-law-refused-unlock-nobody = The platform knew no account. There is nothing to unlock.
desk-law-refused-unlock-asked = It has been asked for. The platform’s side has not answered yet.
desk-law-refused-unlock-reviewed = Somebody has reviewed this already.
desk-law-refused-unlock-own = Whoever unlocked cannot review it.
desk-law-refused-release-staff = It is about somebody who runs this place. Its moderators are not told.
desk-law-refused-release-no-yes = They did not say yes to that when they reported.
desk-law-refused-release-staff-unsure = They did not say that it is about nobody who runs this place.
desk-law-refused-release-kind = Moderators do not handle reports of this kind unless the young person tells the desk yes.
desk-law-refused-access-closed = What was asked for cannot be opened with the keys here. Nothing was given.
desk-law-refused-release-closed = What they answered cannot be opened. Nothing was told.
desk-law-refused-release-done = The moderators have been told that already.
desk-law-refused-release-first = Let the moderators know of the case first.

# Duties

desk-duties = Reporting duty
desk-duties-lead = What somebody must report, the oldest first. No consent and no second person delays it.
desk-duties-empty = Nothing is due.
desk-duties-none = Nobody has recorded yet whether somebody must report this.
desk-duties-column-due = Due
desk-duties-column-law = Duty
desk-duties-column-whose = Whose
desk-duties-column-case = Case
desk-duties-column-asked = Unlocked by
desk-duties-overdue =
    { $duties ->
        [one] One reporting duty is overdue.
       *[other] { $duties } reporting duties are overdue.
    }
desk-unlocks-to-review =
    { $unlocks ->
        [one] One unlocked identity is not reviewed.
       *[other] { $unlocks } unlocked identities are not reviewed.
    }
desk-unlocks-late =
    { $unlocks ->
        [one] One unlocked identity was not reviewed within 24 hours.
       *[other] { $unlocks } unlocked identities were not reviewed within 24 hours.
    }
desk-duty-none-known = No duty is known
desk-duty-state-open = Open
desk-duty-state-done = Handed on
desk-duty-state-not_owed = Not owed
desk-duty-state-none_known = Looked at
desk-duty-due = Due
desk-duty-whose = Whose duty
desk-duty-whose-platform = The platform’s
desk-duty-whose-desk = The desk’s
desk-duty-whose-school = The school’s
desk-duty-whose-none = Nobody’s
desk-duty-to = Who is told
desk-duty-law = Law
desk-duty-sure-source = Read in the text itself on { $on }:
desk-duty-sure-secondary = Read in a page about it on { $on }, not in the text:
desk-duty-sure-unread = Nobody has looked it up since { $on }:
desk-duty-knew = The desk knew
desk-duty-recorded = Recorded by { $name }
desk-duty-called = Rung back
desk-duty-ended = Ended
desk-duty-receiver-police = The police
desk-duty-receiver-centre = A national centre
desk-duty-receiver-hotline = A hotline
desk-duty-receiver-childrens_services = Children’s services
desk-duty-receiver-platform = The platform
desk-duty-receiver-other = Somebody else
desk-duty-way-form = by their own form or API
desk-duty-way-phone = by phone
desk-duty-way-mail = by mail
desk-duty-way-in_person = in person
desk-duty-hand-on = Mark as handed on
desk-duty-hand-to = Handed on to
desk-duty-hand-way = How
desk-duty-where = Where exactly
desk-duty-receipt = The receipt: the reference they gave
desk-duty-sealed = What you write is sealed, and kept with the notes.
desk-duty-call-first = The police by phone or mail: ring back first, below.
desk-duty-hand-do = Mark as handed on
desk-duty-call = Record that the police were rung back
desk-duty-call-hint = Ring a number that the police publish themselves, not one that a caller or a mail gave you.
desk-duty-number = The number you rang
desk-duty-published = Where it is published
desk-duty-spoke = Whom you spoke to
desk-duty-at = When, in UTC; empty: just now
desk-duty-call-do = Record the call
desk-duty-not-owed = It is not owed after all
desk-duty-not-owed-do = Mark as not owed
desk-duty-record = Record a duty
desk-duty-which = Which
desk-duty-record-hint = Its time is counted from when somebody here first read the report.
desk-duty-record-do = Record it
desk-note-kind-handed = Handed on
desk-note-kind-called = Rung back
desk-deed-duty_recorded = Recorded a reporting duty
desk-deed-duty_called_back = Rang the police back at a published number
desk-deed-duty_handed_on = Handed a report on
desk-deed-duty_not_owed = Found a duty not to be owed

# Unlocking

desk-unlock = Unlocked identity
desk-unlock-asked = { $name } asked to unlock who this is, in danger to life.
desk-unlock-waits = The platform’s side has not answered yet.
desk-unlock-stuck = The platform’s side has not answered. It can be asked again; call the police with what is known.
desk-unlock-look = Show who it is
desk-unlock-recorded = That you looked is recorded.
desk-unlock-looked = That you looked is in the trail. This page is not kept.
desk-unlock-review-by = A second person reviews this before
desk-unlock-late = Nobody has reviewed this within 24 hours. It was due
desk-unlock-own = You unlocked it. Somebody else reviews it.
desk-unlock-words = What you think of it, in your words
desk-unlock-do-agreed = It was right
desk-unlock-do-objected = It was not right
desk-unlock-agreed = { $name } reviewed it: it was right.
desk-unlock-objected = { $name } reviewed it: it was not right.
desk-unlock-do = Unlock who this is
desk-unlock-hint = Only where somebody could die or be badly hurt, and the police need a name. A second person reviews it within 24 hours. The young person is not told.
desk-unlock-why = Why: what makes you think that somebody could die
desk-unlock-press = Unlock, and record why
desk-unlock-platform = Platform
desk-unlock-account = Account
desk-unlock-shown = Name shown
desk-unlock-no-way-back = How they can be reached stays with the platform’s side.
desk-unlocks-review = Unlocked, and not reviewed
desk-part-unlocked = Who it is, unlocked in danger to life
desk-deed-unlock_asked = Unlocked an identity, in danger to life
desk-deed-unlocked_looked = Looked at an unlocked identity
desk-deed-unlock_agreed = Reviewed an unlock: it was right
desk-deed-unlock_objected = Reviewed an unlock: it was not right

# Letting moderators know

desk-release = This community’s moderators
desk-release-none = They know nothing of this report.
desk-release-released = { $name } let them know that there is a case.
desk-release-go_ahead = { $name } let them act against the account.
desk-release-basis-answers = The young person said yes when they reported.
desk-release-basis-conversation = The young person said yes to the desk.
desk-release-do = Let this community’s moderators know
desk-release-hint = They learn what kind of report it is, how urgent, and since when. Never a word of it, nor whose report it is.
desk-release-word = On whose word
desk-release-why = Why, and where they said yes. Needed where they told the desk
desk-release-press = Let them know
desk-release-act = Let them act now
desk-release-act-hint = They may give the account a time-out, say. What is reported is kept before anything is hidden.
desk-release-act-press = Let them act
desk-deed-moderators_told = Let a community’s moderators know of a case
desk-deed-moderators_may_act = Let a community’s moderators act
desk-deed-moderators_not_told = Wanted to let moderators know, and may not

# Subject access

desk-access = Requests of people who are reported
desk-access-lead = Somebody asks what is held about them. A second supervisor decides; the answer says nothing of whoever reported. Young people who reported ask with their code, not here.
desk-access-back = Back to the requests
desk-access-column-asked = Asked
desk-access-column-by = Taken in by
desk-access-column-stands = How it stands
desk-access-column-open = Open
desk-access-waits = Waits for a second supervisor.
desk-access-agreed = { $name } agreed to the answer.
desk-access-refused = { $name } refused it.
desk-access-given = Taken down
desk-access-read = Read
desk-access-give = Take down the answer, once
desk-access-new = Take in a request
desk-access-platform = Platform of their account
desk-access-account = Its id on the platform
desk-access-others = E-mail addresses, phone numbers, handles
desk-access-others-hint = As in a text. Handles with an @ before them.
desk-access-country = Country of the numbers, two letters
desk-access-proof = How you know that these are theirs
desk-access-ask = Look, and keep it for a second person
desk-access-recorded = That you read this is in the trail. This page is not kept.
desk-access-about = Asked about
desk-access-proved = How that was shown
desk-access-letter = The answer
desk-access-letter-lead = This goes to whoever asked, and nothing else of this page.
desk-access-withheld = Withheld, for the desk’s own file
desk-access-withheld-lead = Never give this list to anybody: it says what the answer does not. The sections are a reminder; have a lawyer of your country check them.
desk-access-spoken = May be spoken of.
desk-access-of-all = Of every report:
desk-access-nothing-held = Nothing is held.
desk-access-own = You took it in. Somebody else decides.
desk-access-do-agreed = Agree to the answer
desk-access-do-refused = Refuse it
desk-access-letter-open = You asked what we hold about you.
desk-access-letter-none = There is nothing that we can tell you.
desk-access-letter-some = Reports about you were received, read and closed. Kinds: { $kinds }. Years: { $years }.
desk-access-letter-law = The law lets us withhold what would show who told us something, what would harm work against crime, and what would put somebody in danger. Where we withhold something, we do not say so, nor whether there is anything.
desk-access-letter-close = You may complain to the supervisory authority for data protection, or go to court.
desk-withheld-open = Somebody works on it (GDPR Article 23(1)(d) and (i)).
desk-withheld-crime = Police or another service has it, or it is on hold for them (GDPR Article 23(1)(d); in the United Kingdom DPA 2018 Schedule 2 paragraph 2).
desk-withheld-abuse = It is about sexual abuse, or nobody knows yet about what (GDPR Article 23(1)(d) and (i)).
desk-withheld-danger = It is, or was, a danger to life (GDPR Article 23(1)(i)).
desk-withheld-unsure = It may be about somebody else: only a handle fits (GDPR Article 15(4)).
desk-withheld-few = Fewer than ten could be spoken of: one would point at who reported (GDPR Article 15(4); in the United Kingdom DPA 2018 Schedule 2 paragraph 16).
desk-withheld-words = What a reporter said (GDPR Article 15(4); in the United Kingdom DPA 2018 Schedule 2 paragraph 16).
desk-withheld-messages = What was captured, their own messages too: which one was pressed on shows who pressed (GDPR Article 15(4)).
desk-withheld-work = Notes, links and assessments, and who worked on it (GDPR Article 15(4) and 23(1)(d)).
desk-law-refused-access-nothing = Name an account, an address, a number or a handle.
desk-law-refused-access-decided = Somebody has decided this already.
desk-law-refused-access-own = Whoever took it in does not decide it.
desk-law-refused-access-undecided = Nobody has agreed to this answer.
desk-law-refused-access-given = The answer was taken down already. It is given once.
desk-deed-subject_access_asked = Took in a request of somebody who is reported
desk-deed-subject_access_read = Read a request of somebody who is reported
desk-deed-subject_access_agreed = Agreed to the answer to a request
desk-deed-subject_access_refused = Refused the answer to a request
desk-deed-subject_access_given = Took down the answer to a request
desk-duties-access = Requests of people who are reported
