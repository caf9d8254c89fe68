//! Forms to inputs: the names of fields are those that `templates` declares.

use idp::login::Input;

use crate::http::Form;

/// Name of the hidden field with the version of the step that was shown.
pub const VERSION: &str = "step";

/// What a form answers; `None` when it has none of the fields that mean something.
pub fn input(form: &Form) -> Option<Input> {
    if form.has("deny") {
        return Some(Input::Consent { accept: false });
    }
    if form.has("other") {
        return Some(Input::SwitchAccount);
    }
    if form.has("new_password") {
        let (old, new, again) = (form.secret("password"), form.secret("new_password"), form.secret("repeat_password"));
        return Some(Input::ChangePassword { old, new, again });
    }
    if form.has("skip") {
        return Some(Input::Skip);
    }
    if form.has("password") {
        let realm = form.get("realm").filter(|r| !r.is_empty()).map(str::to_owned);
        return Some(Input::Password { name: form.text("username").trim().to_owned(), realm, password: form.secret("password") });
    }
    if let Some(code) = form.get("otp") {
        // People type codes in groups; no code of ours has blanks in it.
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let pin = form.has("pin").then(|| form.secret("pin"));
        return Some(Input::Code { code: code.into(), pin });
    }
    if let Some(factor) = form.get("factor") {
        return Some(Input::Choose { factor: factor.to_owned() });
    }
    if let Some(kind) = form.get("kind") {
        return Some(Input::Enrol { kind: kind.to_owned() });
    }
    if form.has("acknowledged") {
        return Some(Input::Kept);
    }
    if form.has("continue") || form.has("account") {
        return Some(Input::Continue);
    }
    form.has("accept").then_some(Input::Consent { accept: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::form::pairs;

    fn read(text: &str) -> Option<Input> {
        input(&pairs(text.as_bytes()).expect("a form"))
    }

    #[test]
    fn fields_name_the_input() {
        assert!(matches!(read("username=+ada+&password=x"), Some(Input::Password { name, realm: None, .. }) if name == "ada"));
        let changed = read("password=a&new_password=b&repeat_password=c");
        assert!(matches!(changed, Some(Input::ChangePassword { old, new, again })
            if (old.expose(), new.expose(), again.expose()) == ("a", "b", "c")));
        assert!(matches!(read("csrf=x&skip=1"), Some(Input::Skip)));
        assert!(matches!(read("otp=123+456&factor=a"), Some(Input::Code { code, pin: None }) if code.expose() == "123456"));
        assert!(matches!(read("accept=1"), Some(Input::Consent { accept: true })));
        assert!(matches!(read("accept=1&deny=1"), Some(Input::Consent { accept: false })));
        assert!(matches!(read("factor=TOTP1"), Some(Input::Choose { .. })));
        assert!(read("csrf=x&step=1").is_none());
    }
}
