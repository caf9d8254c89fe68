skip-to-content = Zum Inhalt springen
language = Sprache
cancel = Abbrechen
continue = Weiter
copied = Kopiert
# Put before a page's title when its form has a problem.
title-problem = { "Problem: " }

time-today = heute, { $time }
time-yesterday = gestern, { $time }
time-date = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
} { $year }, { $time }

kind-totp = Authenticator-App
kind-hotp = Codegenerator
kind-push = Bestätigung in der App
kind-sms = Code per SMS
kind-email = Code per E-Mail
kind-passkey = Passkey
kind-security-key = Sicherheitsschlüssel
kind-recovery = Wiederherstellungscode
kind-other = { $name }
