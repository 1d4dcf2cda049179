# What stands around the dialogue on Slack alone. Short sentences, words a nine-year-old reads.

slack-choose = Choose one
slack-choose-best = Choose what fits best
slack-close = Close
slack-closed = This is closed.
slack-here = this workspace
slack-run-by = Whoever runs { $community }

# A modal's own buttons hold 24 characters: shorter words where the dialogue's own are longer.
slack-submit-country = Use this country

# The page of the app, and the answer to whoever writes to the app.
slack-home-let-in = For whoever runs this workspace: add this app to its channels. A report then keeps what was said around a message.
slack-write-title = Press the button to go on.
slack-write = Please do not write here what happened. People who run this workspace may be able to read this chat.
slack-write-open = Open
slack-not-opened = This did not open. Nothing is sent.

# What people find in Slack's own menus: the manifest says the same.
slack-command-report = Get help, or tell people who can help. Nobody else here sees it.
slack-command-advice = What to do when something online goes wrong. Nobody else here sees it.
slack-shortcut-message = Report message
slack-shortcut-global = Get help or report
