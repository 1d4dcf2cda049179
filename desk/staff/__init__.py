"""The people of the desk: their accounts, how they sign in, and for how long they stay signed in."""
