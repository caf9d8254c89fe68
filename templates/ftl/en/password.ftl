password-title = Choose a new password
password-title-advice = Please change your password
password-reason-expired = Your password has expired. Choose a new one to go on.
password-reason-reset = Your password was set by somebody else. Choose one that only you know to go on.
password-reason-grace = Your password has expired. { $left ->
    [0] This was the last time that it let you in.
    [one] You can sign in with it once more.
   *[other] You can sign in with it { $left } more times.
}
password-reason-expires = Your password expires { $days ->
    [0] today
    [one] tomorrow
   *[other] in { $days } days
}.
password-old = Present password
password-new = New password
password-repeat = New password once more
password-show-new = Show new password
password-submit = Change password
password-later = Not now

password-error-old = The present password is not right.
password-error-empty = Please choose a new password.
password-error-differs = The two new passwords are not the same.
password-error-same = The new password must be another one.
password-error-too-short = The new password is too short.
password-error-too-long = The new password is too long.
password-error-too-weak = The new password is too simple. Longer ones, and a mix of letters, digits and signs, are better.
password-error-used = You have used this password before. Please choose another one.
password-error-too-soon = Your password was changed only a short while ago and can’t be changed again yet.
password-error-not-allowed = Your password can’t be changed here. Please ask your administrator.
password-error-other = The new password was not accepted: { $words }
password-error-unavailable = We can’t reach the directory right now. Please try again in a moment.
