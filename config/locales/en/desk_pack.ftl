# Exports of cases for somebody outside, and the head of the trail that is told outside.

desk-export = Export for somebody outside
desk-export-lead = A sealed file with what was told, the conversations, and who handled it. One person asks, a second agrees, then either takes it once within 24 hours.
desk-export-none = Nobody has asked for one.
desk-export-erased = What was said here is deleted. There is nothing to export.
desk-export-ask = Ask for an export
desk-export-purpose = What it is for
desk-export-name = Whom it is for
desk-export-name-hint = The person or office, as it shall stand in the file.
desk-export-reason = Reason
desk-export-reason-hint = Your colleague reads it. It is kept sealed here and is not in the file.
desk-export-recipient = Their public age key, if they have one
desk-export-recipient-hint = It begins with age1. Left empty, a passphrase is made when the file is taken.
desk-export-ask-do = Ask a second person
desk-export-alone = Danger to life: take it now
desk-export-alone-hint = In danger to life you need not wait. A second person reviews it within 24 hours.
desk-export-read = Read what is asked for
desk-export-read-recorded = That you read it is recorded.
desk-export-by = Asked for by { $name }
desk-export-answered-by = by { $name }
desk-export-review = A second person has to review this by
desk-export-review-late = The time to review this is over. It still has to be reviewed.
desk-export-until = Can be taken until
desk-export-taken-by = Taken by { $name }
desk-export-file-hash = SHA-256 of the file
desk-export-back = Back to the case
desk-export-not-in = Not in the file: notes of staff, the code of the report, and who reported, unless they said that the team may know.
desk-export-reports = { $reports ->
    [one] It has one report.
   *[other] It has { $reports } reports.
}
desk-export-lock = How it is locked
desk-export-locked-key = For the key
desk-export-locked-passphrase = With a passphrase
desk-export-yes = Agree
desk-export-no = Refuse
desk-export-withdraw = Take it back
desk-export-review-yes = Reviewed: it was right
desk-export-review-no = Reviewed: it was not right
desk-export-passphrase = The passphrase for this file
desk-export-passphrase-means = Write it down before you press. It stands on this page only and is kept nowhere. Tell it by another way than the file.
desk-export-take = Make the file and take it
desk-export-take-means = It can be taken once. The case is opened for it, and that is recorded.
desk-export-key = The key that signs it
desk-export-key-means = Whoever checks the file needs these 64 digits by another way than the file.
desk-export-key-none = There is no key to sign with. The operator makes it with: lifebelt keys new.
desk-export-verify = They check it with: lifebelt pack verify FILE --key DIGITS

desk-exports = Exports
desk-exports-lead = What waits for a second person.
desk-exports-none = No export waits for anybody.
desk-exports-waiting = { $exports ->
    [one] One export waits for a second person.
   *[other] { $exports } exports wait for a second person.
}
desk-exports-see = See them
desk-exports-case = Case
desk-exports-what = What for
desk-exports-who = Asked for by
desk-exports-needs = What it needs
desk-exports-needs-yes = A second person's yes
desk-exports-needs-review = A review

desk-export-purpose-police = Police
desk-export-purpose-helpline = A helpline
desk-export-purpose-court = A court
desk-export-purpose-platform = A platform
desk-export-purpose-other = Somebody else

desk-export-state-asked = Waits for a second person
desk-export-state-ready = Can be taken
desk-export-state-over = Nobody took it in time
desk-export-state-taken = Taken
desk-export-state-refused = Refused
desk-export-state-withdrawn = Taken back

desk-export-refused-case-unknown = There is no such export here.
desk-export-refused-agreement-own = A second person has to answer this.
desk-export-refused-agreement-gone = Somebody answered this already.
desk-export-refused-export-reason = Say why it is needed.
desk-export-refused-export-name = Say whom it is for, in at most 200 characters, and why, in at most 4,000.
desk-export-refused-export-purpose = Choose what it is for.
desk-export-refused-export-key = That is no public age key. It begins with age1.
desk-export-refused-export-alone = Only a danger to life is exported by one person. Ask a second one.
desk-export-refused-export-erased = What was said here is deleted. There is nothing to export.
desk-export-refused-export-taken = It was taken already. Ask for another one.
desk-export-refused-export-not-ready = It cannot be taken: nobody agreed, or its time is over, or two others asked and agreed.
desk-export-refused-export-passphrase = Use the passphrase that the page shows.
desk-export-refused-export-closed = What was asked for does not open with the keys of this desk. Ask for another one.
desk-export-refused-export-large = It is more than one file holds. Ask for parts of the case.
desk-export-refused-export-unsigned = There is no key to sign with. The operator makes it with: lifebelt keys new.

desk-deed-export_asked = Asked for an export
desk-deed-export_alone = Exported alone, for a danger to life
desk-deed-export_read = Read what an export is for
desk-deed-export_agreed = Agreed to an export
desk-deed-export_refused = Refused an export
desk-deed-export_withdrawn = Took back an export
desk-deed-export_reviewed = Reviewed an export that one did alone
desk-deed-export_objected = Found an export wrong that one did alone
desk-deed-export_opened = Opened the case for an export
desk-deed-export_taken = Took an export

# The file itself
desk-pack-title = Case { $case }
desk-pack-for = For
desk-pack-made = Made
desk-pack-asked = Asked for by
desk-pack-agreed = Agreed by
desk-pack-agreed-nobody = Nobody: exported by one person for a danger to life. A second person reviews it within 24 hours.
desk-pack-practice = Practice: none of this is real.
desk-pack-desk = Desk
desk-pack-report = Report
desk-pack-contact-left-out = They wrote how to reach them and did not say that their name may be known. It stays at the desk.
desk-pack-not-known = Who reported is not in this file.
desk-pack-custody = Who handled it
desk-pack-received = Received
desk-pack-received-item = { $kind } by the road { $road }
desk-pack-lines = At the desk
desk-pack-covers = Links are broken so that nothing can be pressed. Pictures are not here: their bytes are never requested.
desk-pack-item-report = the report
desk-pack-item-part = a part that came later
desk-pack-item-supplement = something added

desk-pack-statement-1 = The desk { $desk } ({ $standing }) made this file on { $made } from its case { $case }.
desk-pack-statement-2 = It was asked for by { $asked } on { $at }.
desk-pack-statement-agreed = { $name } agreed on { $at }.
desk-pack-statement-alone = One person exported it for a danger to life. A second person reviews it within 24 hours.
desk-pack-statement-3 = It is for: { $purpose }: { $name }.
desk-pack-statement-4 = The conversations are word for word as they were captured. Who reported is written “reporter” in them.
desk-pack-statement-5 = manifest.json names every file with its SHA-256, and every sealed part as it lies at the desk.
desk-pack-statement-6 = manifest.sig is the desk's signature over manifest.json (Ed25519), by the key { $key }.

desk-pack-readme-1 = transcript.html is for reading. It asks for nothing from outside and runs nothing.
desk-pack-readme-2 = transcript.json and answers.json hold the same, word for word; custody.json holds who handled it. Links in them are as they were written: open none.
desk-pack-readme-3 = schema.json says what each field is.
desk-pack-readme-4 = To check it without the desk: lifebelt pack verify FILE --key KEY. The key is told by the desk by another way than this file.
desk-pack-readme-5 = Not in it: notes of staff, the code of the report, picture bytes, and who reported, unless they said that the team may know.

# Told outside
desk-head-subject = { $entries ->
    [one] Lifebelt: the trail has 1 line
   *[other] Lifebelt: the trail has { $entries } lines
}
desk-head-why = Keep this mail. It shows later whether the end of the desk's trail was cut off or written anew.
desk-head-check = Check it with: lifebelt audit verify --head FILE, where FILE is this mail or the lines above.
desk-trail-signing-key = What the desk signs carries the key
desk-pack-wrote = The desk wrote to them
desk-pack-outcome = The desk closed it, and told them
