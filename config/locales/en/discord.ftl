# What stands around the dialogue on Discord alone. Short sentences, words a nine-year-old reads.

discord-choose = Choose one
discord-choose-best = Choose what fits best
discord-closed = This is closed.
