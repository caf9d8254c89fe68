password-title = Neues Passwort wählen
password-title-advice = Bitte ändern Sie Ihr Passwort
password-reason-expired = Ihr Passwort ist abgelaufen. Wählen Sie ein neues, um fortzufahren.
password-reason-reset = Ihr Passwort wurde von jemand anderem gesetzt. Wählen Sie eines, das nur Sie kennen, um fortzufahren.
password-reason-grace = Ihr Passwort ist abgelaufen. { $left ->
    [0] Sie konnten sich zum letzten Mal damit anmelden.
    [one] Sie können sich noch einmal damit anmelden.
   *[other] Sie können sich noch { $left }-mal damit anmelden.
}
password-reason-expires = Ihr Passwort läuft { $days ->
    [0] heute
    [one] morgen
   *[other] in { $days } Tagen
} ab.
password-old = Bisheriges Passwort
password-new = Neues Passwort
password-repeat = Neues Passwort noch einmal
password-show-new = Neues Passwort anzeigen
password-submit = Passwort ändern
password-later = Nicht jetzt

password-error-old = Das bisherige Passwort stimmt nicht.
password-error-empty = Bitte wählen Sie ein neues Passwort.
password-error-differs = Die beiden neuen Passwörter stimmen nicht überein.
password-error-same = Das neue Passwort muss ein anderes sein.
password-error-too-short = Das neue Passwort ist zu kurz.
password-error-too-long = Das neue Passwort ist zu lang.
password-error-too-weak = Das neue Passwort ist zu einfach. Besser ist ein längeres, gemischt aus Buchstaben, Ziffern und Zeichen.
password-error-used = Dieses Passwort haben Sie schon einmal verwendet. Bitte wählen Sie ein anderes.
password-error-too-soon = Ihr Passwort wurde erst vor Kurzem geändert und kann noch nicht wieder geändert werden.
password-error-not-allowed = Ihr Passwort kann hier nicht geändert werden. Bitte wenden Sie sich an Ihre Administration.
password-error-other = Das neue Passwort wurde nicht angenommen: { $words }
password-error-unavailable = Das Verzeichnis ist gerade nicht erreichbar. Bitte versuchen Sie es gleich noch einmal.
