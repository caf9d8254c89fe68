//! What a person does on the hosted pages to sign in.

use crate::{Browser, oath};

/// A factor that was set up while signing in.
pub struct Enrolled {
    /// The key of the one-time codes, in base32.
    pub secret: String,
    /// The recovery codes.
    pub recovery: Vec<String>,
}

impl Browser {
    /// Types a name and a password.
    pub async fn type_password(&self, name: &str, password: &str) {
        self.fill("#username", name).await;
        self.fill("#password", password).await;
        self.click("#submit").await;
    }

    /// The key that the page shows for an authenticator.
    pub async fn shown_secret(&self) -> String {
        self.content("#secret").await.split_whitespace().collect()
    }

    /// Types the code of this step, or of one that many steps later, so that it was not used before.
    pub async fn type_code(&self, secret: &str, ahead: usize) {
        self.fill("#otp", &oath::totp_window(secret, 3)[ahead]).await;
        self.click("#submit").await;
    }

    /// Sets up the factor that policy demands, by the code of this step, and keeps the recovery codes.
    pub async fn enrol_first_factor(&self) -> Enrolled {
        let secret = self.shown_secret().await;
        self.type_code(&secret, 0).await;
        let recovery = self.text(".codes").await.lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
        self.click("label[for=acknowledged]").await;
        self.click("#submit").await;
        Enrolled { secret, recovery }
    }
}
