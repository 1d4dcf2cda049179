### For each kind of report: what to do now, and who can help. Shown after Send, and under What to do now.

title-advice = What to do now
advice-lead = You are not in trouble. It is good that you are here.

advice-grooming-now = You can stop writing back. You don't have to keep their secrets. Don't delete the chat.
advice-grooming-who = { $age ->
    [under_13] Tell a grown-up you trust today. Show them the chat.
   *[any] Tell an adult you trust, even if you promised not to.
  }
advice-sexual-pressure-now = You can say no, or just not answer. Don't send anything. If you did, it is still not your fault.
advice-sexual-pressure-who = { $age ->
    [under_13] Tell a grown-up you trust today. You are not in trouble.
   *[any] Tell an adult you trust. Asking you for this is wrong.
  }
advice-sexual-extortion-now = This is not your fault. Don't pay. Don't send more. If you did, you can stop now. Keep the messages. Save their username. Then block them.
advice-sexual-extortion-who = { $age ->
    [under_13] Wake a grown-up you trust now. Tell them someone is scaring you.
   *[any] Wake an adult you trust now. This fear gets smaller when you tell.
  }
advice-image-shared-now = This is not your fault. Report the picture in the app where it is. Don't send it on to anyone, not even to us.
advice-image-shared-who = { $age ->
    [under_13] Tell a grown-up you trust today. They can help get it taken down.
   *[any] Tell an adult you trust. Pictures like this can often be taken down.
  }
advice-meeting-now = Please don't go. Don't tell them where you are. If they are near you now, go to other people and call for help.
advice-meeting-who = { $age ->
    [under_13] Tell a grown-up you trust now, before anything else.
   *[any] Tell an adult you trust now. If you already met, you can still tell.
  }
advice-contact-abuse-now = It is not your fault. If you can, go to people you trust. Call for help if you are hurt.
advice-contact-abuse-who = { $age ->
    [under_13] Tell a teacher, a doctor or another grown-up you trust.
   *[any] Tell a teacher, a doctor or another adult you trust.
  }
advice-exploitation-now = You can stop, even if you took money or gifts. You don't owe them anything. Keep the messages.
advice-exploitation-who = { $age ->
    [under_13] Tell a grown-up you trust today. You are not in trouble.
   *[any] Tell an adult you trust. What they want from you is wrong.
  }
advice-csam-found-now = Close it now. Don't save it, share it or look for it again. You are not in trouble for seeing it.
advice-csam-found-who = { $age ->
    [under_13] Tell a grown-up you trust what you saw. Feeling shocked is normal.
   *[any] Talk to an adult you trust about it. Feeling shocked is normal.
  }
advice-unwanted-sexual-now = You don't have to answer. Don't delete it yet. Save their username, then block them.
advice-unwanted-sexual-who = { $age ->
    [under_13] Tell a grown-up you trust today. You did nothing wrong.
   *[any] Tell an adult you trust. You did nothing wrong.
  }
advice-bullying-now = Don't answer them. Keep the messages. You can mute or block them.
advice-bullying-who = { $age ->
    [under_13] Tell a grown-up at home or at school today.
   *[any] Tell an adult at home or at school. You don't have to fix it alone.
  }
advice-self-harm-now = Please don't stay alone right now. Go to someone near you. If someone tells you to hurt yourself, that is wrong of them.
advice-self-harm-who = { $age ->
    [under_13] Tell a grown-up now: I need help. You can wake them.
   *[any] Tell someone now: I need help. You can wake them.
  }
advice-hate-extremism-now = You don't have to argue or share it. You can leave the group. Keep the link and the names.
advice-hate-extremism-who = { $age ->
    [under_13] Tell a grown-up you trust. If someone plans to hurt people, call for help now.
   *[any] Tell an adult you trust. If someone plans to hurt people, call for help now.
  }
advice-account-now = Change your password on a safe phone or computer. Start with your email. Save the name of the fake account.
advice-account-who = { $age ->
    [under_13] Ask a grown-up at home to help you. Did someone post where you live? Tell them now.
   *[any] Ask an adult to help you. Did someone post where you live? Tell them now.
  }
advice-other-now = You did well to come here. You can stop looking at it. Don't delete it yet.
advice-other-who = { $age ->
    [under_13] Tell a grown-up you trust what happened.
   *[any] Tell an adult you trust what happened.
  }
advice-unspecified-now = You don't have to find the words now. You can stop answering anyone who scares you. Don't delete the chat.
advice-unspecified-who = { $age ->
    [under_13] Go to a grown-up you trust. You can just say: I need help.
   *[any] Go to someone you trust. You can just say: I need help.
  }

advice-for-friend = Ask your friend if they are OK, and listen. Stay with them if they want to die. Tell an adult, even if you promised not to.
advice-for-child = Stay calm and listen. Let them tell it in their own words. Don't write to the person it is about.
advice-for-moderate = Don't open or save pictures. The link is enough. Don't tell the person it is about.
