login-title = Sign in
login-again-title = Please confirm it’s you
login-continue-to = to continue to { $application }
login-portal = to your account
login-username = User name
login-password = Password
login-show-password = Show password
login-forgotten = Forgotten?
login-submit = Sign in
login-ticket = Sign in with this computer’s account
login-no-account = No account yet?
login-sign-up = Create one

login-error-credentials = User name and password don’t match. Please check both and try again.
login-error-incomplete = Please enter your user name and your password.
login-error-locked = There were too many attempts. Please try again in { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
}.
login-error-expired = This sign-in was open for too long. Please enter your details once more.
login-error-unavailable = We can’t check passwords right now. Please try again in a moment.
error-stale = This page was out of date, so nothing was changed. Please try again.
login-remark-ticket = Your computer couldn’t sign you in automatically. Please use your user name and password.
