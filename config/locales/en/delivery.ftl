# What people are told unasked: that there is something, and no more.

you-have-an-update = You have an update

# Alarms, to whoever runs this installation. They may be read on a lock screen: numbers and times only.

alarm-urgent-undelivered =
    { $count ->
        [one] Lifebelt: 1 report of danger to life has not reached its desk
       *[other] Lifebelt: { $count } reports of danger to life have not reached their desk
    }
alarm-urgent-undelivered-mend = Call whoever runs the desk now. Then look at /readyz and at the log of this installation. Delivery goes on by itself, every half minute or sooner, and stops only when the desk has the report.
alarm-digest-conflict =
    { $count ->
        [one] Lifebelt: a desk has other bytes for 1 item than we do
       *[other] Lifebelt: a desk has other bytes for { $count } items than we do
    }
alarm-digest-conflict-mend = Two different things were sent under one id, or one was changed. Keep both databases as they are. Compare the trail of the desk with the ids below before anything is sent again.
alarm-dead-letters =
    { $count ->
        [one] Lifebelt: 1 item is refused by its desk
       *[other] Lifebelt: { $count } items are refused by their desk
    }
alarm-dead-letters-mend = Trying again will not help until something is mended: the address of the desk, the secret of this road, or its version. Nothing is lost meanwhile. Once it is mended, restart this installation, or put the items back into the queue.
alarm-undelivered =
    { $count ->
        [one] Lifebelt: 1 item has waited over an hour for its desk
       *[other] Lifebelt: { $count } items have waited over an hour for their desk
    }
alarm-undelivered-mend = Ask whoever runs the desk whether it is up. Nothing is lost: everything is delivered as soon as it answers, the most urgent first.
alarm-ledger-unavailable = Lifebelt: no report can be stored
alarm-ledger-unavailable-mend = Whoever presses the button is told that it was not sent, and is given numbers to call. Look at the log of this installation now: is the disk full or read-only, is the database gone? It goes on by itself once that is mended.
alarm-drill-missed = Lifebelt: nobody at the desk answered a drill
alarm-drill-missed-mend = Nobody is named as on duty until a drill is answered in time. Call whoever was on call. Look at the page Rota of the desk: is the address right, did the page leave? Then start another drill there.
alarm-since = Since { $since }.
alarm-why = Why, and how many: { $why }.
alarm-items =
    { $shown ->
        [one] Its id: { $items }
       *[other] The ids of the oldest: { $items }
    }
alarm-again = This is sent once, and again every hour while it lasts. It never says what was reported, or by whom.
