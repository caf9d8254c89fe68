error-not-found = This page doesn’t exist
error-not-found-text = Please check the address, or start again from the application you came from.
error-expired = This sign-in has ended
error-expired-text = It was open for too long, or it has been finished in another window. Please start again.
error-stale-page = This page was out of date
error-stale-page-text = Nothing was changed. Please go back, reload the page and try again.
error-cookies = Your browser sent no cookie
error-cookies-text = Signing in needs cookies for this address. Please allow them and try again.
error-forbidden = You can’t do this
error-forbidden-text = Your account isn’t allowed to open this page. If you need it, please ask your help desk.
error-application = The application made a mistake
error-application-text = The request from { $application } can’t be answered. Please try again from there; if it happens again, tell its makers what you see below.
error-application-text-plain = The request that brought you here can’t be answered. Please try again from the application; if it happens again, tell its makers what you see below.
error-bad-request = That couldn’t be read
error-bad-request-text = Your browser sent something unexpected. Please go back and try again.
error-too-many = Too many requests
error-too-many-text = Please try again in { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
}.
error-unavailable = Not available right now
error-unavailable-text = A part that is needed for this doesn’t answer. Please try again in a moment.
error-internal = Something went wrong
error-internal-text = The mistake is ours, and it has been recorded. Please try again in a moment.
error-retry = Try again
error-home = To your account
error-leave = Back to { $application }
error-detail = Detail
error-request = Request
error-request-hint = Please quote this number if you ask your help desk.
