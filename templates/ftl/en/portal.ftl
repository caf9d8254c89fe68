portal-nav = Account
portal-home = Overview
portal-factors = My factors

home-greeting = Hello, { $name }
home-greeting-plain = Hello
home-lead = Your account is in good order.
home-lead-care = Please see to this.
home-see-to = See to it
home-attention-no-factor = Your account is protected by a password alone.
home-attention-no-spare = If you lose your only factor, you will be locked out. Add another one, or make recovery codes.
home-attention-few-codes = { $remaining ->
    [0] You have no recovery codes left.
    [one] You have one recovery code left.
   *[other] You have { $remaining } recovery codes left.
}
home-factors = { $count ->
    [one] factor in use
   *[other] factors in use
}
home-codes = { $count ->
    [one] recovery code left
   *[other] recovery codes left
}
home-no-codes = no recovery codes
home-sessions = { $count ->
    [one] open session
   *[other] open sessions
}
home-last = Last sign-in before this one:
home-not-you = Not you?
home-check-sessions = Check your sessions

factors-lead = What you use to prove that it’s you, besides your password.
factors-section = Factors
factors-add = Add a factor
factors-none = You have no second factor yet.
factors-last-used = last used
factors-never-used = never used
factors-added = added
factors-change = Change
factors-change-named = Change { $name }
factors-name = Name
factors-rename = Rename
factors-disable = Switch off
factors-enable = Switch on
factors-remove = Remove
factors-serial = Serial number
factors-proof = Before a change, we ask you for a code from one of your factors.
factor-state-active = active
factor-state-disabled = off
factor-state-locked = locked
factor-state-expired = expired
factor-state-unverified = not confirmed

recovery-section = Recovery codes
recovery-remaining = { $remaining } of { $total } left
recovery-made = made
recovery-renew = New codes
recovery-renew-hint = New codes replace the old ones, which then stop working.

sessions-section = Sessions
sessions-current = this browser
sessions-since = signed in
sessions-seen = last seen
sessions-end = End
sessions-end-named = End the session on { $device }
sessions-end-all = Sign out everywhere

remove-title = Remove factor
remove-question = Remove { $name }?
remove-text = { $kind }: it can’t be used for signing in any more. To use it again, you would have to set it up anew.
remove-last = This is your last factor. Without one you may not be able to sign in.
remove-proof = We will ask you for a code first.
remove-keep = Keep it

portal-notice-added = { $name } was added.
portal-notice-renamed = It is now called { $name }.
portal-notice-disabled = { $name } is switched off.
portal-notice-enabled = { $name } is switched on.
portal-notice-removed = { $name } was removed.
portal-notice-codes = You have new recovery codes.
portal-notice-session = The session was ended.
portal-notice-sessions = All other sessions were ended.
portal-error-empty-name = Please enter a name.
portal-error-long-name = Please enter a shorter name, at most { $most } characters.
portal-error-last-factor = A second factor is required here, so the last one can’t be removed. Add another one first.
portal-error-changed = This was changed elsewhere in the meantime. Please look again.
portal-error-not-allowed = Your organisation doesn’t allow this. Please ask your help desk.
