# What stands around the dialogue on the web: the ways out, the button, the practice room, my report.
# Short sentences, words a nine-year-old reads. Never names what the page is about in a tab or a title bar.

web-tab = Lifebelt
web-practice = Practice: nobody reads this.
web-help = Get help now
web-exit = Leave this page
web-exit-secondary = Leave this page now
web-exit-explained = “Leave this page” opens an ordinary page instead. Pressing Shift three times does the same. Your browser still remembers this page. An app that spies on this device still sees it.
web-exit-presses = { $left ->
    [one] Press Shift once more to leave.
   *[other] Press Shift { $left } more times to leave.
}
web-exit-leaving = Leaving this page.
web-offline = There is no connection. It may not be sent yet. What you wrote is still here. In danger? Call your local emergency number now.
web-hide = Hide this
web-choose = Choose what fits best
web-copy-name = Text to keep
web-copy = Copy this text
web-copied = Copied.
web-show-answer = Use this answer
web-back = Back to where I was
web-tell = Tell us what happened

web-call = Call { $number }
web-text = Text { $how }
web-chat = Open { $name }

web-country = Another country?
web-country-show = Show its numbers

web-evidence-not-kept = We could not save the messages. You can still tell us what happened.

web-nothing-title = This page is empty

web-unknown-title = Not found here
web-unknown-text = We do not know this place. Maybe the link is old. You can still get help.
web-too-large-title = That was too much
web-too-large-text = Not sent yet. That was more than we can take at once. Go back and make it shorter.
web-refused-title = That did not work
web-refused-text = Not sent yet. We could not read that. Go back and try again.
web-broken-title = That did not work
web-broken-text = Something broke on our side. It was not you. It may not be sent yet. Go back and try again.
web-start-title = Lifebelt
web-start-text = This is a safe place to ask for help. Use the button on the page you came from.

web-button-label = Get help or report
web-button-title = Get help or report
web-button-close = Close
web-button-loading = Opening.

# The practice room, for whoever tries Lifebelt for the first time. Nobody in it is real.
practice-title = Try the button
practice-lead = This is a made-up chat. One person in it keeps asking for a private talk. Tell somebody about it, and see where it goes.
practice-room = sketch-club
practice-room-about = Drawings, questions, pictures of paper.
practice-talk = The chat
practice-name-robin = Robin
practice-name-tomo = Tomo
practice-name-northlight = Northlight
practice-says-show = I finally finished the fox. The tail took me three days.
practice-says-nice = The tail is the best part!
practice-says-wow = Honestly the best drawing in here. You have a real gift.
practice-says-thanks = Thank you :)
practice-says-old = How old are you, if I may ask?
practice-says-young = 12, nearly 13
practice-says-mature = You seem much older than that. Easier to talk to than the others.
practice-says-paper = Does anyone know good paper for ink?
practice-says-app = I could teach you shading. Do you have another app? It is calmer there, just us two.
practice-says-here = We can talk here, can’t we?
practice-says-secret = Here everybody reads along. Let it be our little secret, the others would only be jealous.
practice-says-waiting = I am waiting for you. Don’t let me down.
practice-more = More about this message from { $name }
practice-report-message = Report message
practice-composer = Write a message
practice-placeholder = Write a message, or type /report
practice-send = Send
practice-command = Tell the safety team. Nobody here sees it.
practice-steps = Within a minute
practice-step-press = Press, in one of three ways
practice-way-type = Type into the chat:
practice-way-menu = “Report message” behind:
practice-way-button = The button above the chat:
practice-step-send = Send
practice-step-send-text = You may answer the questions. You do not have to.
practice-step-desk = See it arrive
practice-step-desk-text = Your report is on the desk’s screen, with the messages. What the desk opens is written down.
practice-console = Open the desk
practice-step-back = Hear back
practice-step-back-text = Look up the code you were given.
practice-plain = The same page without a chat, and without script
