### The danger exit and the helplines. A number stands in every sentence, so that it can be read without a press.

title-help = Get help now
emergency = Call { $number } now ({ $country }).
emergency-local = Call your local emergency number now ({ $country }).
emergency-unknown = Call your local emergency number now. We don't know which country you are in.
danger = In danger, or might hurt yourself? Call { $number } now.
danger-unknown = In danger, or might hurt yourself? Call your local emergency number now.
silent-GB = Can't speak? Call { $number } from a mobile. When you are asked, press 55.
silent-AU = Can't speak? Call { $number } from a mobile. When you are asked, press 55.
silent-FR = Can't speak? Send a text to { $number }.
silent-US = Can't speak? Send a text to { $number }. In some places it does not arrive. Then call.
silent = Can't speak? Use { $name }: { $how }.
silent-chat = Can't speak? Chat with { $name }: { $how }. They are not the police or an ambulance.
child-line = Talk to { $name }: { $how }.
child-chat = Can't talk? Chat with { $name }: { $how }.
crisis = If you want to hurt yourself, { $name } listens: { $how }.
directory = Find someone to talk to: { $how }.
directory-too = Help in other countries: { $how }.
takedown = Get a picture taken down with { $name }: { $how }.
hotline = Report the link to { $name }: { $how }.
report-place = You can also report to { $name }: { $how }.

title-helplines = Talk to someone
helplines-lead = These people listen. You don't have to say your name.

title-country = Your country
country-lead = Choose where you are now. Then we show the right numbers.
question-country = Which country are you in?
country-elsewhere = Somewhere else
country-more = More countries
