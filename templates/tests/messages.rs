//! Mails and the text of the first start.

use templates::{Ctx, FactorAddedMail, FirstStart, Lang, Templates, When};

fn ctx(lang: Lang) -> Ctx {
    Ctx::new(lang, String::new(), String::new(), String::new(), When(1_763_847_420_000_000))
}

#[test]
fn a_new_factor_is_told_in_the_owners_language() {
    let templates = Templates::new().expect("templates compile");
    let mail = templates.factor_added_mail(&ctx(Lang::En), &FactorAddedMail::sample()).expect("renders");
    assert_eq!(mail.subject, "Symbolon: a factor was added to your account");
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

Open my factors: https://login.example.org/

-- 
Symbolon"
    );
    let mail = templates.factor_added_mail(&ctx(Lang::De), &FactorAddedMail::sample()).expect("renders");
    assert_eq!(mail.subject, "Symbolon: Ihrem Konto wurde ein Faktor hinzugefügt");
    assert!(mail.html.contains("<html lang=\"de\"") && mail.html.contains("21. November 2025, 21:37 UTC"));
}

#[test]
fn a_mail_carries_hostile_names_as_text_and_in_one_line() {
    let templates = Templates::new().expect("templates compile");
    let mut ctx = ctx(Lang::En);
    ctx.brand = std::sync::Arc::new(templates::Brand::named("Acme\r\nBcc: all@example.org"));
    let view = FactorAddedMail {
        name: "<script>alert(1)</script>".into(),
        factor: "\r\nX: y".into(),
        portal_url: "javascript:alert(1)".into(),
        ..FactorAddedMail::sample()
    };
    let mail = templates.factor_added_mail(&ctx, &view).expect("renders");
    assert!(!mail.subject.contains(['\r', '\n']));
    assert!(!mail.html.contains("<script>") && !mail.html.contains("javascript:"));
    assert!(mail.text.contains("X: y can now be used") && !mail.text.contains('\r'));
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
