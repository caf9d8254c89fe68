mail-added-subject = { $brand }: a factor was added to your account
mail-added-title = A factor was added to your account
mail-greeting = Hello { $name },
mail-added-text = { $factor } can now be used to sign in as { $login }.
mail-kind = Kind:
mail-when = When:
mail-device = From:
mail-address = Address:
mail-added-you = If that was you, there is nothing to do.
mail-added-not-you = If not, please change your password now, remove the factor and tell your help desk.
mail-portal = Open my factors

first-ready = Symbolon is ready.
first-address = Address
first-admin = Administrator
first-password = Password
first-once = The password is shown only this once. Please keep it in a safe place.
first-data = Everything is kept in { $dir }.
