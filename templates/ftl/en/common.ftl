skip-to-content = Skip to content
language = Language
cancel = Cancel
continue = Continue
copied = Copied
# Put before a page's title when its form has a problem.
title-problem = { "Problem: " }

time-today = today, { $time }
time-yesterday = yesterday, { $time }
time-date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }, { $time }

kind-totp = Authenticator app
kind-hotp = Code generator
kind-push = Confirmation in the app
kind-sms = Code by text message
kind-email = Code by email
kind-passkey = Passkey
kind-security-key = Security key
kind-recovery = Recovery code
kind-other = { $name }
