# Signing in by way of an identity provider.

desk-provider-sign-in = Sign in with { $name }
desk-provider-join = Connect your { $name } account first
desk-provider-join-lead = Then you can sign in with it, too. A password is made all the same: it works when { $name } does not.
desk-provider-joined = Your { $name } account is connected with what you make here.
desk-provider-entered = You are signed in
desk-provider-go-on = Go on
desk-proof-provider = with the provider

desk-fault-provider-down = The provider does not answer. Sign in with your password.
desk-fault-provider-refused = The provider did not let you in, or what it said does not hold. Try again, or use your password.
desk-fault-provider-state = That was not begun in this browser, or too long ago. Try again.
desk-fault-provider-unknown = No account here is connected with that one. An invitation connects it.
desk-fault-provider-taken = That account is connected with somebody here already.
desk-fault-provider-over = That took too long. Open the link of your invitation again.
