choose-title = How would you like to confirm it’s you?
factor-title = Enter your code
factor-lead = Open your authenticator app and enter the code it shows.
factor-lead-named = Enter the code shown by { $factor }.
factor-code = Code
factor-pin = PIN
factor-pin-hint = The PIN of this factor. Leave it empty if it has none.
factor-digits = { $digits } digits. Spaces don’t matter.
factor-others = Another way
factor-resend = Send a new code

factor-recovery-title = Enter a recovery code
factor-recovery-lead = Use one of the codes you put away when you set up your second factor.
factor-recovery-code = Recovery code
factor-recovery-hint = Each code works once. Capital or small letters, with or without dashes.

factor-purpose-sign-in = One more step, so that nobody else can sign in as you.
factor-purpose-step-up = This application asks for an additional proof.
factor-purpose-change = Before your factors are changed, please prove that it’s you.

factor-error-wrong = That code isn’t right. Wait for the next one, check that your device’s clock is correct, and try again.
factor-error-used = That code has been used already. Please wait for the next one.
factor-error-missing = Please enter the code.
factor-error-too-many = There were too many wrong codes. Please try again in { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
}, or use another way.
factor-error-expired = That took too long. Please try again with a new code.
factor-error-declined = The request was declined. If that wasn’t you, change your password.
factor-error-unavailable = This way can’t be checked right now. Please use another one, or try again in a moment.

wait-title = Confirm on your device
wait-lead = We sent a request to { $device }.
wait-lead-plain = We sent a request to your device.
wait-code = Choose this number there
wait-refresh = Waiting for your answer …
wait-now = Check now
wait-warning = If a request arrives that you didn’t start yourself, decline it.
