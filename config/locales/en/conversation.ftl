### What the team wrote back, and answering it. Short sentences, words a nine-year-old reads.
### Titles 24 characters, labels and buttons 45.

## What the team wrote
# Behind each stands a time, then the words of the team as they wrote them.

told-wrote = The team wrote to you at
told-message = The team wrote to you. You can read it with your code. It came at
told-outcome = The team finished your report at
conversation-answer = Answer
conversation-more = Other messages
conversation-no-answer = Nothing is sent. Your answer was empty.
conversation-too-long = Not sent yet. Your answer is too long. Please make it shorter.
conversation-words-lost = Your answer is not sent. You can write it again. That is our fault, not yours.
conversation-slow = This took too long. Type your code once more.

## Answering: the form

title-answer = Answer the team
question-answer = What would you like to tell them?
hint-answer = Words only. Mistakes don't matter.
answer-notice = You don't have to answer. Pictures and files cannot be sent here. Nobody here asks for pictures, passwords or money. In danger? Call { $number } now. Get help now and Hide this are one step back.
answer-notice-unknown = You don't have to answer. Pictures and files cannot be sent here. Nobody here asks for pictures, passwords or money. In danger? Call your local emergency number now. Get help now and Hide this are one step back.
answer-notice-practice = Practice: nobody reads this. You don't have to answer. Pictures and files cannot be sent here. Nobody here asks for pictures, passwords or money. In danger? Call { $number } now. Get help now and Hide this are one step back.
answer-notice-unknown-practice = Practice: nobody reads this. You don't have to answer. Pictures and files cannot be sent here. Nobody here asks for pictures, passwords or money. In danger? Call your local emergency number now. Get help now and Hide this are one step back.
answer-send = Send my answer

## What became of the answer

answer-stored = Your answer is sent. Thank you for telling us.
answer-stored-practice = Your answer is sent, as practice. Nobody reads it.
answer-stop = You can write more, or stop. Both are fine.
answer-storing = Your answer is not sent yet. We are still storing it.
answer-unknown = We don't know yet if your answer is sent.
answer-refused = Your answer is not sent. We could not store it. That is our fault, not yours.
answer-dont-wait = Don't wait for us. You can call now.
answer-see = See what happened
answer-kept = What you wrote is kept. Write here only to change it.
answer-more = Write more
