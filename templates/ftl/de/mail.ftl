mail-added-subject = { $brand }: Ihrem Konto wurde ein Faktor hinzugefügt
mail-added-title = Ihrem Konto wurde ein Faktor hinzugefügt
mail-greeting = Guten Tag { $name },
mail-added-text = { $factor } kann ab sofort zur Anmeldung als { $login } verwendet werden.
mail-kind = Art:
mail-when = Wann:
mail-device = Von:
mail-address = Adresse:
mail-added-you = Wenn Sie das waren, ist nichts weiter zu tun.
mail-added-not-you = Wenn nicht, ändern Sie bitte sofort Ihr Passwort, entfernen Sie den Faktor und informieren Sie Ihren Helpdesk.
mail-portal = Meine Faktoren öffnen

first-ready = Symbolon ist bereit.
first-address = Adresse
first-admin = Administrator
first-password = Passwort
first-once = Das Passwort wird nur dieses eine Mal angezeigt. Bewahren Sie es gut auf.
first-data = Alle Daten liegen in { $dir }.
