mail-subject = { $title } ({ $brand })
mail-greeting = Guten Tag { $name },
mail-kind = Art:
mail-when = Wann:
mail-device = Von:
mail-device-on = { $browser } unter { $system }
mail-address = Adresse:
mail-portal = Meine Faktoren öffnen

mail-factor-added = Ihrem Konto wurde ein Faktor hinzugefügt
mail-factor-added-text = { $factor } kann ab sofort zur Anmeldung als { $login } verwendet werden.
mail-factor-enabled = Ein Faktor wurde wieder eingeschaltet
mail-factor-enabled-text = { $factor } kann wieder zur Anmeldung als { $login } verwendet werden.
mail-factor-disabled = Ein Faktor wurde ausgeschaltet
mail-factor-removed = Ein Faktor wurde aus Ihrem Konto entfernt
mail-factor-gone-text = { $factor } kann nicht mehr zur Anmeldung als { $login } verwendet werden.
mail-codes-made = Sie haben neue Wiederherstellungscodes
mail-codes-made-text = Für { $login } wurden neue Wiederherstellungscodes erzeugt. Frühere gelten nicht mehr.
mail-code-used = Ein Wiederherstellungscode wurde verwendet
mail-code-used-text = Ein Wiederherstellungscode von { $login } wurde verwendet. { $left ->
    [0] Es war der letzte: Bitte erzeugen Sie neue.
    [one] Einer ist noch übrig.
   *[other] { $left } sind noch übrig.
}
mail-password-changed = Ihr Passwort wurde geändert
mail-password-changed-text = Für { $login } gilt jetzt ein anderes Passwort, und offene Sitzungen sind beendet.
mail-email-changed = Ihre E-Mail-Adresse wurde geändert
mail-email-changed-text = Nachrichten zu { $login } gehen ab jetzt an eine andere Adresse. Dies ist die letzte an diese Adresse.
mail-signed-out = Sie wurden überall abgemeldet
mail-signed-out-text = Alle Sitzungen von { $login } wurden beendet.

mail-was-you = Wenn Sie das waren, ist nichts weiter zu tun.
mail-care-factor = Wenn nicht, ändern Sie bitte sofort Ihr Passwort, entfernen Sie den Faktor und informieren Sie Ihren Helpdesk.
mail-care-account = Wenn nicht, kennt vielleicht jemand Ihr Passwort. Bitte ändern Sie es sofort, sehen Sie Ihre Faktoren durch und informieren Sie Ihren Helpdesk.
mail-care-lost = Wenn nicht, verwendet vielleicht jemand anders Ihr Konto. Bitte informieren Sie sofort Ihren Helpdesk.
mail-by-administrator = Das hat eine Administratorin oder ein Administrator getan. Wenn Sie es nicht erwartet haben, fragen Sie bitte Ihren Helpdesk.

mail-test = E-Mail funktioniert
mail-test-text = Das ist die Testnachricht, die bei { $url } verlangt wurde. Nachrichten an Personen kommen an.

first-ready = Symbolon ist bereit.
first-address = Adresse
first-admin = Administrator
first-password = Passwort
first-once = Das Passwort wird nur dieses eine Mal angezeigt. Bewahren Sie es gut auf.
first-data = Alle Daten liegen in { $dir }.
