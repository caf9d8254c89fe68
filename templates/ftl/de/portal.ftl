portal-nav = Konto
portal-home = Übersicht
portal-factors = Meine Faktoren

home-greeting = Guten Tag, { $name }
home-greeting-plain = Guten Tag
home-lead = Mit Ihrem Konto ist alles in Ordnung.
home-lead-care = Bitte kümmern Sie sich darum.
home-see-to = Ansehen
home-attention-no-factor = Ihr Konto ist nur durch ein Passwort geschützt.
home-attention-no-spare = Wenn Sie Ihren einzigen Faktor verlieren, sind Sie ausgesperrt. Fügen Sie einen weiteren hinzu oder erzeugen Sie Wiederherstellungscodes.
home-attention-few-codes = { $remaining ->
    [0] Sie haben keine Wiederherstellungs­codes mehr.
    [one] Sie haben noch einen Wiederherstellungscode.
   *[other] Sie haben noch { $remaining } Wiederherstellungscodes.
}
home-factors = { $count ->
    [one] Faktor in Gebrauch
   *[other] Faktoren in Gebrauch
}
home-codes = { $count ->
    [one] Wiederherstellungs­code übrig
   *[other] Wiederherstellungs­codes übrig
}
home-no-codes = keine Wiederherstellungs­codes
home-sessions = { $count ->
    [one] offene Sitzung
   *[other] offene Sitzungen
}
home-last = Letzte Anmeldung vor dieser:
home-not-you = Das waren nicht Sie?
home-check-sessions = Sitzungen prüfen

factors-lead = Womit Sie sich außer mit Ihrem Passwort ausweisen.
factors-section = Faktoren
factors-add = Faktor hinzufügen
factors-none = Sie haben noch keinen zweiten Faktor.
factors-last-used = zuletzt verwendet
factors-never-used = noch nie verwendet
factors-added = hinzugefügt
factors-change = Ändern
factors-change-named = { $name } ändern
factors-name = Name
factors-rename = Umbenennen
factors-disable = Ausschalten
factors-enable = Einschalten
factors-remove = Entfernen
factors-serial = Seriennummer
factors-proof = Vor einer Änderung fragen wir Sie nach einem Code von einem Ihrer Faktoren.
factor-state-active = aktiv
factor-state-disabled = aus
factor-state-locked = gesperrt
factor-state-expired = abgelaufen
factor-state-unverified = nicht bestätigt

recovery-section = Wiederherstellungscodes
recovery-remaining = { $remaining } von { $total } übrig
recovery-made = erzeugt
recovery-renew = Neue Codes
recovery-renew-hint = Neue Codes ersetzen die alten, die dann nicht mehr gelten.

sessions-section = Sitzungen
sessions-current = dieser Browser
sessions-since = angemeldet
sessions-seen = zuletzt aktiv
sessions-end = Beenden
sessions-end-named = Sitzung auf { $device } beenden
sessions-end-all = Überall abmelden

remove-title = Faktor entfernen
remove-question = { $name } entfernen?
remove-text = { $kind }: Eine Anmeldung ist damit nicht mehr möglich. Um den Faktor wieder zu verwenden, müssten Sie ihn neu einrichten.
remove-last = Das ist Ihr letzter Faktor. Ohne Faktor können Sie sich möglicherweise nicht mehr anmelden.
remove-proof = Wir fragen Sie vorher nach einem Code.
remove-keep = Behalten

portal-notice-added = { $name } wurde hinzugefügt.
portal-notice-renamed = Der Name lautet jetzt { $name }.
portal-notice-disabled = { $name } ist ausgeschaltet.
portal-notice-enabled = { $name } ist eingeschaltet.
portal-notice-removed = { $name } wurde entfernt.
portal-notice-codes = Sie haben neue Wiederherstellungscodes.
portal-notice-session = Die Sitzung wurde beendet.
portal-notice-sessions = Alle anderen Sitzungen wurden beendet.
portal-error-empty-name = Bitte geben Sie einen Namen ein.
portal-error-long-name = Bitte geben Sie einen kürzeren Namen ein, höchstens { $most } Zeichen.
portal-error-last-factor = Hier ist ein zweiter Faktor vorgeschrieben, deshalb kann der letzte nicht entfernt werden. Fügen Sie zuerst einen anderen hinzu.
portal-error-changed = Das wurde inzwischen an anderer Stelle geändert. Bitte sehen Sie noch einmal nach.
portal-error-not-allowed = Ihre Organisation lässt das nicht zu. Bitte wenden Sie sich an Ihren Helpdesk.
