# What stands around the dialogue on Discord alone. Short sentences, words a nine-year-old reads.

discord-choose = Choose one
discord-choose-best = Choose what fits best
discord-closed = This is closed.
discord-here = this chat

# What people find in Discord's own menus. Command names are ours; these are their descriptions and the menus' words.
discord-command-report = Get help, or tell people who can help. Nobody else here sees it.
discord-command-my-reports = See what happened with your report. You need your code.
discord-menu-message = Report message
discord-menu-person = Report this person
