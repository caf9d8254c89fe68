mail-subject = { $title } ({ $brand })
mail-greeting = Hello { $name },
mail-kind = Kind:
mail-when = When:
mail-device = From:
mail-device-on = { $browser } on { $system }
mail-address = Address:
mail-portal = Open my factors

mail-factor-added = A factor was added to your account
mail-factor-added-text = { $factor } can now be used to sign in as { $login }.
mail-factor-enabled = A factor was switched on again
mail-factor-enabled-text = { $factor } can be used again to sign in as { $login }.
mail-factor-disabled = A factor was switched off
mail-factor-removed = A factor was removed from your account
mail-factor-gone-text = { $factor } can no longer be used to sign in as { $login }.
mail-codes-made = You have new recovery codes
mail-codes-made-text = New recovery codes were made for { $login }. Earlier ones no longer work.
mail-code-used = A recovery code was used
mail-code-used-text = A recovery code of { $login } was used. { $left ->
    [0] It was the last one: please make new ones.
    [one] One is left.
   *[other] { $left } are left.
}
mail-password-changed = Your password was changed
mail-password-changed-text = The password of { $login } is another one now, and open sessions have ended.
mail-email-changed = Your email address was changed
mail-email-changed-text = Messages about { $login } go to another address from now on. This is the last one to this address.
mail-signed-out = You were signed out everywhere
mail-signed-out-text = All sessions of { $login } were ended.

mail-was-you = If that was you, there is nothing to do.
mail-care-factor = If not, please change your password now, remove the factor and tell your help desk.
mail-care-account = If not, somebody may know your password. Please change it now, look through your factors and tell your help desk.
mail-care-lost = If not, somebody else may be using your account. Please tell your help desk now.
mail-by-administrator = An administrator did this. If you did not expect it, please ask your help desk.

mail-test = Mail works
mail-test-text = This is the test message that was asked for at { $url }. Messages to people will reach them.

first-ready = Symbolon is ready.
first-address = Address
first-admin = Administrator
first-password = Password
first-once = The password is shown only this once. Please keep it in a safe place.
first-data = Everything is kept in { $dir }.
