# The console: the conversation with a young person. To a specialist: facts, no adjectives.
desk-talk = Conversation
desk-talk-outcome = Outcome
desk-talk-shown = Shown to them
desk-talk-not-shown = Not shown to them yet
desk-talk-nothing = Nobody has written yet.
desk-talk-open = Read and write
desk-talk-read = Read the conversation
desk-talk-recorded = That you read it is recorded.
desk-talk-wishes = How it is safe to reach them
desk-talk-wishes-shared = Nothing is sent to their device. They read this when they enter their code.
desk-talk-wishes-push = Their device says “You have an update”, and no more. They read this when they open it.
desk-talk-wishes-quiet = They did not ask to be told. They read this when they enter their code.
desk-talk-said = What was written
desk-talk-them = The young person
desk-talk-closed = { $parts ->
    [one] { $parts } part cannot be opened with the keys here.
   *[other] { $parts } parts cannot be opened with the keys here.
}
desk-talk-write = Write to them
desk-talk-held = { $name } has this case. Take it over on the case page to write.
desk-talk-label = Your message
desk-talk-never = One question at a time. No links or phone numbers. Never ask for a picture, a password, money, or to move to another app. They cannot send files here.
desk-talk-where = It is shown to them as it stands, as from the team, without your name. The community and its moderators see nothing of it.
desk-talk-send = Send to the young person
desk-talk-send-anyway = Send it as it stands
desk-talk-leads = It has a question that yes or no answers, or that asks why they did something. Ask openly: what, where, how, who, when.
desk-talk-begin = Begin with
desk-refused-message-closed = The case is closed, or what was said is deleted. Reopen it to write.
desk-refused-message-held = A colleague has this case. Nothing was sent.
desk-refused-message-newer = Something came while you wrote. Nothing was sent. Read it, then send.
desk-refused-message-empty = Write something first.
desk-refused-message-long = It is longer than 3,000 characters.
desk-refused-message-link = It has a link or an address. A young person is never sent one.
desk-refused-message-phone = It has a phone number. The danger exit on their screen has checked numbers.
desk-refused-message-picture = It asks for a picture. That is never asked.
desk-refused-message-secret = It asks for a password or a code. That is never asked.
desk-refused-message-money = It asks for money. That is never asked.
desk-refused-message-elsewhere = It asks them to talk elsewhere. That is never asked.
desk-added-reply = Written back to you
desk-deed-message_sent = Wrote to the young person
desk-deed-conversation_read = Read the conversation
