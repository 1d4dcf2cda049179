# Shifts, pages and drills: what the people at the desk read, on the screen and in a page.

desk-page-subject = Lifebelt desk: { $counts } waits for an answer
desk-page-drill = Lifebelt desk: a drill. Answer it at the desk
desk-page-since = Since { $since }.
desk-page-step-on_call = You are on call. Open the queue, or press "I have it" there.
desk-page-step-second = Whoever is on call has not answered. You are second.
desk-page-step-supervisors = Nobody on duty has answered. You supervise this desk.
desk-page-step-outside = Nobody at the desk has answered, or nobody is on duty. Call whoever runs the desk.
desk-page-step-drill = This is a drill: no report waits. Sign in at the desk and press "I am here". If nobody does in time, nobody is named as on duty.
desk-page-apart = { $apart } of them are unlike the others.
desk-page-link = { $link }
desk-page-end = A page never says what was reported, by whom or where.
