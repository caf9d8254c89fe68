//! Every page with its sample data, the hostile included, in every language.

mod markup;

use markup::{Tag, tags};
use templates::{CSRF_FIELD, Ctx, Lang, LanguageSwitch, Templates, When, samples};

fn ctx(lang: Lang) -> Ctx {
    let mut ctx = Ctx::new(lang, "n0nce".into(), "csrf-token".into(), "01JD9Q4ZK3W8E5R7T6Y2".into(), When(1_763_761_020_000_000));
    ctx.language_switch = Some(LanguageSwitch { action: "/language".into(), return_to: "/login".into() });
    ctx
}

/// Renders every sample in every language and hands page, name of the sample and HTML to `check`.
fn each_page(check: impl Fn(&str, &str, &str)) {
    let templates = Templates::new().expect("templates compile");
    for lang in Lang::ALL {
        for sample in samples() {
            let name = format!("{}/{} ({})", sample.page, sample.case, lang.tag());
            let html = sample.render(&templates, &ctx(*lang)).unwrap_or_else(|error| panic!("{name}: {error}"));
            check(sample.page, &name, &html);
        }
    }
}

/// The one sample of that name in English.
fn page(page: &str, case: &str) -> String {
    let templates = Templates::new().expect("templates compile");
    let sample = samples().into_iter().find(|sample| sample.page == page && sample.case == case).expect("sample");
    sample.render(&templates, &ctx(Lang::En)).expect("renders")
}

#[test]
fn documents_are_complete_and_name_their_language() {
    each_page(|_, name, html| {
        assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"), "{name}");
        let lang = &name[name.len() - 3..name.len() - 1];
        assert!(html.contains(&format!("<html lang=\"{lang}\" dir=\"ltr\"")), "{name}");
        let count = |element: &str| tags(html).filter(|tag| tag.name == element).count();
        assert_eq!((count("title"), count("h1"), count("main")), (1, 1, 1), "{name}");
    });
}

#[test]
fn no_markup_defies_the_content_security_policy() {
    each_page(|page, name, html| {
        for tag in tags(html) {
            for (attribute, value) in &tag.attributes {
                assert!(!attribute.starts_with("on"), "{name}: handler in {tag:?}");
                assert!(*attribute != "style", "{name}: style in {tag:?}");
                let scheme = value.trim_start().to_ascii_lowercase();
                assert!(!scheme.starts_with("javascript:") && !scheme.starts_with("data:text/html"), "{name}: {tag:?}");
            }
            match tag.name {
                "script" if page == "form_post" && !tag.has("src") => assert_eq!(tag.get("nonce"), Some("n0nce"), "{name}"),
                "script" => assert!(tag.get("src").is_some_and(|src| src.starts_with("/assets/")), "{name}: {tag:?}"),
                "style" => assert_eq!(tag.get("nonce"), Some("n0nce"), "{name}"),
                "iframe" | "object" | "embed" | "base" => panic!("{name}: {tag:?}"),
                _ => {}
            }
        }
    });
}

#[test]
fn every_form_posts_and_carries_the_token_except_the_one_that_leaves() {
    each_page(|page, name, html| {
        let may_leave = matches!(page, "form_post" | "signing_out" | "signed_out");
        let leaving = |form: &str| may_leave && form.contains("id=\"answer\"");
        for form in html.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap_or_default()) {
            assert!(form.contains("method=\"post\""), "{name}: {form}");
            let token = format!("<input type=\"hidden\" name=\"{CSRF_FIELD}\" value=\"csrf-token\">");
            assert_eq!(form.contains(&token), !leaving(form), "{name}: {form}");
        }
    });
}

#[test]
fn inputs_have_labels_ids_are_unique_and_references_lead_somewhere() {
    each_page(|_, name, html| {
        let all: Vec<Tag> = tags(html).collect();
        let ids: Vec<&str> = all.iter().filter_map(|tag| tag.get("id")).collect();
        for (position, id) in ids.iter().enumerate() {
            assert!(!ids[..position].contains(id), "{name}: id {id} twice");
        }
        for tag in &all {
            let labelled = || all.iter().any(|label| label.name == "label" && label.get("for") == tag.get("id"));
            if tag.name == "input" && tag.get("type") != Some("hidden") {
                assert!(tag.get("id").is_some() && labelled(), "{name}: {tag:?}");
            }
            for attribute in ["aria-describedby", "aria-labelledby", "for", "data-copy", "data-reveal"] {
                for id in tag.get(attribute).unwrap_or_default().split_ascii_whitespace() {
                    assert!(ids.contains(&id), "{name}: {attribute} leads nowhere in {tag:?}");
                }
            }
            if tag.name == "img" {
                assert!(tag.has("alt"), "{name}: {tag:?}");
            }
        }
    });
}

#[test]
fn hostile_values_stay_text() {
    each_page(|page, name, html| {
        let scripts = tags(html).filter(|tag| tag.name == "script").count();
        assert_eq!(scripts, if page == "form_post" { 2 } else { 1 }, "{name}");
        assert!(!html.contains("<script>"), "{name}");
        assert!(!html.contains('\u{202e}'), "{name}: a name may not turn the direction of the text");
    });
}

#[test]
fn field_names_that_scripts_rely_on() {
    let expected: &[(&str, &str, &[&str])] = &[
        ("login", "first", &["username", "password"]),
        ("change_password", "expired", &["password", "new_password", "repeat_password"]),
        ("change_password", "grace", &["skip"]),
        ("factor", "totp", &["otp"]),
        ("factor", "recovery", &["otp"]),
        ("factor", "with PIN", &["pin", "otp"]),
        ("enrol_totp", "first", &["otp"]),
        ("recovery_codes", "first", &["acknowledged"]),
        ("consent", "usual", &["accept", "deny"]),
        ("consent", "more", &["accept", "deny", "remember"]),
        ("sign_out", "portal", &["accept", "deny"]),
    ];
    for (view, case, names) in expected {
        let html = page(view, case);
        for name in *names {
            let found = tags(&html).any(|tag| tag.get("id") == Some(*name) && tag.get("name") == Some(*name));
            assert!(found, "{view}/{case}: {name}");
        }
    }
}

#[test]
fn browsers_and_password_managers_are_told_what_fields_are_for() {
    let autocomplete = |view: &str, case: &str, id: &str| {
        tags(&page(view, case)).find(|tag| tag.get("id") == Some(id)).and_then(|tag| tag.get("autocomplete").map(str::to_owned))
    };
    assert_eq!(autocomplete("login", "first", "username").as_deref(), Some("username"));
    assert_eq!(autocomplete("login", "first", "password").as_deref(), Some("current-password"));
    assert_eq!(autocomplete("change_password", "expired", "password").as_deref(), Some("current-password"));
    for id in ["new_password", "repeat_password"] {
        assert_eq!(autocomplete("change_password", "expired", id).as_deref(), Some("new-password"));
    }
    assert_eq!(autocomplete("factor", "totp", "otp").as_deref(), Some("one-time-code"));
    let html = page("factor", "totp");
    let otp = tags(&html).find(|tag| tag.get("id") == Some("otp")).expect("otp");
    assert_eq!(otp.get("inputmode"), Some("numeric"));
}

#[test]
fn the_application_is_named_and_the_hint_prefilled() {
    let html = page("login", "full");
    assert!(html.contains("to continue to <b><bdi>Harbour Notes</bdi></b>"));
    assert!(html.contains("name=\"username\" type=\"text\" value=\"ada@example.org\""));
}

#[test]
fn waiting_needs_no_script() {
    assert!(page("wait", "code").contains("<meta http-equiv=\"refresh\" content=\"3;url=/login/wait\">"));
}

#[test]
fn signing_out_goes_on_by_itself_only_the_first_time() {
    let redirect = "<meta http-equiv=\"refresh\" content=\"1;url=https://timesheets.invalid/slo?SAMLRequest=fZFB&amp;SigAlg=";
    assert!(page("signing_out", "redirect").contains(redirect), "{}", page("signing_out", "redirect"));
    assert!(page("signing_out", "form").contains(" data-send>"));
    for late in ["late", "form_late", "hostile"] {
        let html = page("signing_out", late);
        assert!(!html.contains("http-equiv=\"refresh\"") && !html.contains("data-send"), "{late}");
        assert!(html.contains("id=\"skip\""), "{late}");
    }
}

#[test]
fn the_key_can_be_scanned_opened_and_typed() {
    let html = page("enrol_totp", "first");
    assert!(html.contains("<svg class=\"qr\" role=\"img\" aria-label=\""));
    assert!(html.contains("<span>JBSW</span><span>Y3DP</span>"));
    assert!(html.contains("href=\"otpauth://totp/Symbolon:ada%40example.org?secret="));
}

#[test]
fn recovery_codes_can_be_kept_without_scripts() {
    let html = page("recovery_codes", "first");
    assert!(html.contains("href=\"data:text/plain;charset=utf-8,Symbolon%20%C2%B7%20"));
    assert!(html.contains("%0A7MQX-V2KD-9RTP%0A") && html.contains("download=\"recovery-codes.txt\""));
}

#[test]
fn an_answer_is_sent_even_if_a_field_hides_the_method() {
    // `form.submit` would be an element as soon as a field or button bears that name.
    let html = page("form_post", "code");
    assert!(html.contains("HTMLFormElement.prototype.submit.call(") && !html.contains("id=\"submit\""));
}

#[test]
fn an_answer_is_never_posted_to_a_script() {
    let templates = Templates::new().expect("templates compile");
    let view = |action: &str| templates::views::FormPostView { action: action.into(), fields: vec![], application: None };
    assert!(templates.form_post(&ctx(Lang::En), &view("https://rp.example/cb")).is_ok());
    assert!(templates.form_post(&ctx(Lang::En), &view("javascript:alert(1)")).is_err());
}
