### Every sentence of the guided conversation, as a young person reads it.
### One idea a sentence, under fifteen words, for somebody of nine or ten. Titles 24 characters, labels and buttons 45.

## On every screen

practice = Practice: nobody reads this.
button-send = Send to the safety team
button-send-practice = Send (practice)
button-send-added = Send this too
button-more = Tell more first
button-help = Get help now
button-hide = Hide this
button-back = Back
button-add = Tell more
button-next = Next
button-change = Change what I wrote
button-country = Change country
button-use-country = Show help for this country
button-advice = What to do now
button-talk = Talk to someone
button-check = Look again
button-try-again = Try again

## The first screen

title-first = Tell the safety team
first-lead = You did the right thing by coming here. We believe you.
reads-practice = This is a test. In real life, { $desk } would read this.
reads-on-duty = { $who } at { $desk } is here now. They read this.
reads-on-duty-until = { $who } at { $desk } is here now, until { $closes }. They read this.
reads-nobody = { $desk } reads this. Nobody is there right now. In danger? Don't wait for us.
reads-nobody-opens = { $desk } reads this. Nobody is there right now. They open at { $opens }. In danger? Don't wait for us.
not-shown = Nobody in { $community } can see it. The person it is about is not told.
not-shown-unless-yes = Nobody in { $community } can see it, unless you say yes. The person it is about is not told.
not-shown-lead = Nobody else can see it. The person it is about is not told.
saved = { $messages ->
    [one] We saved the message.
   *[other] We saved { $messages } messages.
  }
saved-person = We saved their username.
saves-around = We also save what was said around it, if we can see it.
saves-last = We also save what was said here last, if we can see it.
not-let-in = This app is not in this channel, so it cannot see the other messages. Somebody can add it. Everyone here would see that.
saved-around = { $messages ->
    [0] We saved { $context } messages.
    [one] We saved the message, and { $context } around it.
   *[other] We saved { $messages } messages, and { $context } around them.
  }
not-yet = Not sent yet.
not-sent = Not sent.
not-yet-storing = Not sent yet. We are still storing it.
not-yet-unknown = We don't know yet if it is sent. Please don't wait for us.
not-yet-refused = Not sent. We could not store it. You can go back and try again.
unlock = We don't see your name unless you say yes. If someone could die or be badly hurt, that changes. Then we can unlock your name and tell the police.
unlock-no-account = We don't know your name. If someone could die or be badly hurt, we can tell the police.
app-run-by = { $who } runs this app here.

question-danger = Is anyone in danger right now?
option-danger-yes = Yes, now
option-danger-no = No
option-danger-not-sure = Not sure
question-category = What is happening?
question-runs-place = Is it about someone who runs this place?
option-runs-place-yes = Yes
option-runs-place-no = No
option-runs-place-not-sure = Not sure

## Tell more: the form

title-more = Tell more
more-notice = This is not sent yet. In danger? Call { $number } now. Get help now and Hide this are one step back. Fill in only what you want.
more-notice-unknown = This is not sent yet. In danger? Call your local emergency number now. Get help now and Hide this are one step back. Fill in only what you want.
more-notice-practice = Practice: nobody reads this. This is not sent yet. In danger? Call { $number } now. Get help now and Hide this are one step back. Fill in only what you want.
more-notice-unknown-practice = Practice: nobody reads this. This is not sent yet. In danger? Call your local emergency number now. Get help now and Hide this are one step back. Fill in only what you want.
question-own-words = What would you like to tell us?
hint-own-words = Your own words are best. Mistakes don't matter.
hint-own-words-answered = You wrote something before. It is kept. Write here to change it.
question-about = Who is it about?
hint-about = A name, a username, or what you know about them.
hint-about-answered = You wrote something before. It is kept. Write here to change it.
question-who = Who needs help?
option-who-me = Me
option-who-friend = A friend
option-who-child = A child I look after
option-who-moderate = I am a moderator here
question-age = How old is the person who needs help?
option-age-under-10 = Under 10
option-age-10-12 = 10 to 12
option-age-13-15 = 13 to 15
option-age-16-17 = 16 or 17
option-age-18-plus = 18 or older

## Tell more: the choices

title-choices = You decide
choices-lead = You decide what we know. You can skip any of these.
question-team-may-know-name = May the safety team know your username?
option-team-may-know-name-yes = Yes
option-team-may-know-name-no = No
question-moderators-may-know = May the moderators here know about it?
option-moderators-may-know-yes = Yes
option-moderators-may-know-no = No
question-others-use-phone = Does anyone else use your phone or computer?
option-others-use-phone-yes = Yes
option-others-use-phone-no = No
option-others-use-phone-no-tell = No. Send me a message if there is news
question-contact = Would you like to tell us your name?
hint-contact = Any name is fine. You can add a safe way and time to reach you.
hint-contact-answered = You wrote something before. It is kept. Write here to change it.

## After Send

title-sent = Sent
sent-on-duty = It's sent. Thank you for telling us.
sent-nobody = Sent. Nobody is here right now.
sent-added = That is sent too. Thank you for telling us.
sent-practice = Sent, as practice. Nobody reads it.
reference = Your code is { $reference }. Keep it where only you look.
on-duty = { $who } is on duty now.
on-duty-usually = { $who } is on duty now. { $minutes ->
    [60] Most urgent reports are read within the hour.
   *[other] Most urgent reports are read within { $minutes } minutes.
}
addition-open = What you added is not sent yet.
dont-wait = Please don't wait for us.
dont-wait-opens = We open at { $opens }. Please don't wait for us.
has-it = The team has it. You can tell more, or stop. Both are fine.
has-it-urgent = The team has it, marked urgent. You can tell more, or stop. Both are fine.
has-it-practice = It is stored, as practice. Nobody reads it.

title-storing = Still storing
storing-lead = Not sent yet. We are still storing it.
storing-added-lead = What you added is not sent yet. We are still storing it.
storing-dont-wait = Don't wait for us. You can call now.
look-again = Press Look again to see what became of it.
title-not-known = Not known yet
not-known-lead = We don't know yet if your report is sent.
not-known-added-lead = Your report is sent. We don't know yet about what you added.
not-known-dont-wait = Don't wait for us. You can call now.
title-not-sent = Not sent
not-sent-lead = Your report is not sent. We could not store it. That is our fault, not yours.
not-sent-added-lead = Your report is sent. What you added is not. That is our fault, not yours.
not-sent-dont-wait = You can try again. Don't wait for us.

title-not-saved = Not saved
not-saved-lead = Not sent yet. We could not save what you did just now.
not-saved-added-lead = Your report is sent. We could not save what you did just now.
not-saved-dont-wait = You can try again. Don't wait for us.

## What became of a report that was sent
# Only what is done, never what somebody will do.

told-stored = Stored at
told-received = It arrived at
told-read = Read at
told-not-read = Not opened yet.
told-unread = Nobody has opened this yet. Please call now.
told-not-asked = We cannot ask the team just now.
told-unknown = We do not know this code. Look at it again, or start a new report.

## My report: what became of it, with the code

my-report-title = My report
my-report-label = What is your code?
my-report-hint = It looks like LB-7KQ2-M4XD-9T3V-H. Big or small letters are both fine.
my-report-look = See what happened
my-report-wrong = One letter or number is not right. Please look at your code again.
my-report-again = Type it again
my-report-empty = Type your code first.
my-report-slow = You looked very often. Wait ten minutes, then look again. Get help now always works.

## No team here

title-hand-off = Where to report
hand-off-lead = There is no safety team here. But there are people who can help you.
hand-off-why = We don't send or keep anything.
hand-off-staff-lead = You did the right thing. The team here works with the people who run this place.
hand-off-staff-why = So we did not send it. They will not see it. These people can help.
hand-off-staff-deleted = What we saved is deleted within a day.
hand-off-copy = You can copy the text below and send it to them.
copy-text = I need help with something that happened online. It happened in { $community }. It is about this: { $what }. Please help me.
copy-text-unspecified = I need help with something that happened online. It happened in { $community }. I can't say more now. Please help me.

## Hidden, and what could not be taken

title-hidden = Closed
hidden-lead = This is closed. You can come back any time.
fault-choice = We could not read that answer. Please choose again. All the rest is kept.
fault-too-long = Your text was too long. We kept the first part. You can send the rest as a second message.

# Where anybody may begin: a page of the app, a panel. Written for whoever may look over a shoulder.
title-welcome = Get help or report
welcome-lead = Something online worries you, scares you or hurts you? You can tell us.
welcome-report = Get help or report
welcome-help = Get help now
welcome-advice = What to do now
welcome-my-reports = I have a code
welcome-reads = { $desk } reads what you send.
welcome-no-desk = Nobody reads reports for { $community } here. We can show you where to report, and who helps.
welcome-never = We never write to you first. We never ask for pictures, passwords or money. We never ask you to move to another app.
