# What stands around the dialogue on the web: the ways out, the button, the practice room, my report.
# Short sentences, words a nine-year-old reads. Never names what the page is about in a tab or a title bar.

web-tab = Lifebelt
web-practice = Practice: nobody reads this.
web-help = Get help now
web-exit = Leave this page
web-exit-secondary = Leave this page now
web-exit-explained = “Leave this page” opens a page about the weather. You can also press Shift three times. It does not clear your browser’s history. It cannot stop an app that spies on this device.
web-exit-presses = { $left ->
    [one] Press Shift once more to leave.
   *[other] Press Shift { $left } more times to leave.
}
web-exit-leaving = Leaving this page.
web-offline = Not sent yet. There is no connection. What you wrote is still here. In danger? Call your local emergency number now.
web-hide = Hide this
web-choose = Choose what fits best
web-answered = You answered this before. It stays unless you write something new.
web-copy-name = Text to keep
web-copy = Copy this text
web-copied = Copied.
web-back = Back to where I was
web-tell = Tell us what happened

web-call = Call { $number }
web-text = Text { $how }
web-chat = Open { $name }

web-country = Another country?
web-country-show = Show its numbers

web-evidence-kept = The messages are kept.
web-evidence-not-kept = The messages are not kept yet. You can still tell us.

# What became of a report that was sent. Only what is done, never what somebody will do.
web-told-stored = Stored
web-told-received = The team has it since
web-told-read = Read at
web-told-not-read = Not opened yet.
web-told-unread = Nobody has opened this yet. Please call now.
web-told-not-asked = We cannot ask the team just now.
web-told-unknown = We do not know this code. Look at it again, or start a new report.

web-my-report-title = My report
web-my-report-label = What is your code?
web-my-report-hint = It looks like LB-7KQ2-M4XD-9T3V-H. Big or small letters are both fine.
web-my-report-look = See what happened
web-my-report-wrong = One letter or number is not right. Please look at your code again.
web-my-report-empty = Type your code first.
web-my-report-slow = You looked very often. Wait ten minutes, then look again. “Get help now” always works.

web-nothing-title = This page is empty

web-unknown-title = Not found here
web-unknown-text = We do not know this place. Maybe the link is old. You can still get help.
web-too-large-title = That was too much
web-too-large-text = Not sent yet. That was more than we can take at once. Go back and make it shorter.
web-refused-title = That did not work
web-refused-text = Not sent yet. We could not read that. Go back and try again.
web-broken-title = That did not work
web-broken-text = Not sent yet. Something broke on our side. It was not you. Go back and try again.
web-start-title = Lifebelt
web-start-text = This is a safe place to ask for help. Use the button on the page you came from.

web-button-label = Get help or report
web-button-title = Get help or report
web-button-close = Close
web-button-loading = Opening.
