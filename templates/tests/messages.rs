//! Mails and the text of the first start.

use std::sync::Arc;

use templates::{
    Accent, Brand, Ctx, Device, FirstStart, Lang, Localized, Mail, NoticeKind, NoticeMail, Templates, TestMail, When,
};

fn ctx(lang: Lang) -> Ctx {
    Ctx::new(lang, String::new(), String::new(), String::new(), When(1_763_847_420_000_000))
}

fn notice(lang: Lang, view: &NoticeMail) -> Mail {
    Templates::new().expect("templates compile").notice_mail(&ctx(lang), view).expect("renders")
}

#[test]
fn a_new_factor_is_told_in_the_owners_language() {
    let mail = notice(Lang::En, &NoticeMail::sample(NoticeKind::FactorAdded));
    assert_eq!(mail.subject, "A factor was added to your account (Symbolon)");
    assert_eq!(
        mail.text,
        "Hello Ada Lovelace,

Pixel 9 can now be used to sign in as ada.

  Kind: Authenticator app
  When: 21 November 2025, 21:37 UTC
  From: Firefox on Linux
  Address: 192.0.2.17

If that was you, there is nothing to do.

If not, please change your password now, remove the factor and tell your help desk.

Open my factors: https://login.example.org/factors

-- 
Symbolon"
    );
    let mail = notice(Lang::De, &NoticeMail::sample(NoticeKind::FactorAdded));
    assert_eq!(mail.subject, "Ihrem Konto wurde ein Faktor hinzugefügt (Symbolon)");
    assert!(mail.html.contains("<html lang=\"de\"") && mail.html.contains("21. November 2025, 21:37 UTC"));
    assert!(mail.html.contains("Firefox unter Linux"));
}

#[test]
fn what_an_administrator_did_is_told_without_their_address() {
    let view =
        NoticeMail { by_administrator: true, address: None, device: None, ..NoticeMail::sample(NoticeKind::PasswordChanged) };
    assert_eq!(
        notice(Lang::En, &view).text,
        "Hello Ada Lovelace,

The password of ada is another one now, and open sessions have ended.

  When: 21 November 2025, 21:37 UTC

An administrator did this. If you did not expect it, please ask your help desk.

Open my factors: https://login.example.org/factors

-- 
Symbolon"
    );
}

#[test]
fn every_notice_says_something_of_its_own_in_every_language() {
    let mut seen = std::collections::BTreeSet::new();
    for lang in Lang::ALL {
        for kind in NoticeKind::ALL {
            let mail = notice(*lang, &NoticeMail::sample(*kind));
            assert!(seen.insert(mail.subject.clone()), "{kind:?}: {} twice", mail.subject);
            assert!(mail.text.contains("ada") && mail.html.contains("<b><bdi>ada</bdi></b>"), "{kind:?}: {}", mail.html);
            assert!(mail.html.starts_with("<!doctype html>") && mail.html.trim_end().ends_with("</html>"), "{kind:?}");
            assert!(!mail.html.contains("<img") && !mail.html.contains("<script") && !mail.html.contains("url("), "{kind:?}");
            assert!(
                mail.text.lines().all(|line| line.len() < 998 && line.trim_end_matches(' ') == line || line == "-- "),
                "{kind:?}"
            );
            assert!(!mail.text.contains("\n\n\n"), "{kind:?}: {}", mail.text);
        }
    }
    let last = notice(Lang::En, &NoticeMail { left: 0, ..NoticeMail::sample(NoticeKind::CodeUsed) });
    assert!(last.text.contains("It was the last one") && last.html.contains("It was the last one"));
}

#[test]
fn a_mail_carries_hostile_names_as_text_and_in_one_line() {
    let templates = Templates::new().expect("templates compile");
    let mut ctx = ctx(Lang::En);
    let mut brand = Brand { accent: Accent::parse("#ffee00").ok(), ..Brand::named("Acme\r\nBcc: all@example.org") };
    brand.texts.help = Localized::any("<b>desk</b>\r\n");
    ctx.brand = Arc::new(brand);
    let hostile = "<script>alert(1)</script>\r\nX: y\u{202e}";
    let view = NoticeMail {
        name: hostile.into(),
        login: hostile.into(),
        factor: hostile.into(),
        address: Some(hostile.into()),
        device: Some(Device { browser: hostile.into(), system: Some(hostile.into()) }),
        portal_url: "javascript:alert(1)".into(),
        ..NoticeMail::sample(NoticeKind::FactorAdded)
    };
    for view in [view.clone(), NoticeMail { device: Some(Device { browser: hostile.into(), system: None }), ..view }] {
        let mail = templates.notice_mail(&ctx, &view).expect("renders");
        assert!(!mail.subject.contains(['\r', '\n']), "{}", mail.subject);
        assert!(!mail.html.contains("<script>") && !mail.html.contains("javascript:") && !mail.html.contains("<b>desk"));
        assert!(!mail.text.contains('\r') && !mail.text.contains("\nX: y") && !mail.text.contains('\u{202e}'), "{}", mail.text);
        assert!(!mail.html.contains('\u{202e}'));
    }
}

#[test]
fn the_test_mail_names_who_sends_it() {
    let templates = Templates::new().expect("templates compile");
    for lang in Lang::ALL {
        let mail = templates.test_mail(&ctx(*lang), &TestMail::sample()).expect("renders");
        assert!(
            mail.text.contains("https://login.example.org") && mail.html.contains("https://login.example.org"),
            "{}",
            mail.text
        );
        assert!(!mail.subject.is_empty() && !mail.subject.contains('\n'));
    }
}

#[test]
fn the_first_start_shows_what_is_needed() {
    let templates = Templates::new().expect("templates compile");
    for lang in Lang::ALL {
        let text = templates.first_start(&ctx(*lang), &FirstStart::sample()).expect("renders");
        for part in ["http://localhost:8080", "admin", "kestrel-Quartz-7492-lantern", "/var/lib/symbolon"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 80));
    }
}
