### The danger exit and the helplines. A number stands in every sentence, so that it can be read without a press.
### A sentence that ends in a number or an address has no full stop after it.

title-help = Get help now
emergency = Call { $number } now ({ $country }).
emergency-local = Call your local emergency number now ({ $country }).
emergency-unknown = Call your local emergency number now. We don't know the number where you are.
emergency-ambulance = For an ambulance, call { $number }
emergency-police = For the police, call { $number }
emergency-rescue = For an ambulance or a fire, call { $number }
emergency-all = You can also call { $number }
danger = In danger, or might hurt yourself? Call { $number } now.
danger-unknown = In danger, or might hurt yourself? Call your local emergency number now.
silent-press-55 = Can't speak? Call { $number } from a mobile. When you are asked, press 55.
silent-text = Can't speak? Send a text to { $number }
child-line-call = Talk to { $name }: { $how }
child-line-text = Text { $name }: { $how }
child-line-page = Talk to { $name }: { $how }
child-chat-call = Can't talk out loud? Write to { $name }: { $how }
child-chat-text = Can't talk out loud? Text { $name }: { $how }
child-chat-page = Can't talk out loud? Chat with { $name }: { $how }
crisis-call = If you want to hurt yourself, call { $name }: { $how }
crisis-text = If you want to hurt yourself, text { $name }: { $how }
crisis-page = If you want to hurt yourself, write to { $name }: { $how }
directory-call = Find someone to talk to with { $name }: { $how }
directory-text = Find someone to talk to with { $name }: { $how }
directory-page = Find someone to talk to, in any country: { $how }
directory-too-call = More people to talk to: { $how }
directory-too-text = More people to talk to: { $how }
directory-too-page = More people to talk to, in any country: { $how }
takedown-call = Is a picture of you out there? This service can help take it down. Call { $name }: { $how }
takedown-text = Is a picture of you out there? This service can help take it down. Text { $name }: { $how }
takedown-page = Is a picture of you out there? This service can help take it down. { $name }: { $how }
hotline-call = You can report a link. You don't need to look again. Call { $name }: { $how }
hotline-text = You can report a link. You don't need to look again. Text { $name }: { $how }
hotline-page = You can report a link. You don't need to look again. { $name }: { $how }
report-place-call = You can report it to { $name }: { $how }
report-place-text = You can report it to { $name }: { $how }
report-place-page = You can report it to { $name }: { $how }

title-helplines = Talk to someone
helplines-lead = These people listen. You can stop at any time.

title-country = Your country
country-lead = Choose where you are now. Then we show the right numbers.
question-country = Which country are you in?
country-elsewhere = Somewhere else
country-more = More countries
