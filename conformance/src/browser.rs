//! A headless Chromium, driven by WebDriver.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::json;
use tempfile::TempDir;

use crate::process::{Process, free_port, wait_for_port};

/// A browser with an empty profile. Ends when dropped.
pub struct Browser {
    client: Client,
    _driver: Process,
    dir: TempDir,
}

impl Browser {
    /// A desktop browser in English.
    pub async fn start() -> Self {
        Self::start_with("en", true).await
    }

    /// A browser with the given language; `scripts` switches JavaScript off when false.
    ///
    /// # Panics
    /// When Chromium or its driver cannot be started.
    pub async fn start_with(language: &str, scripts: bool) -> Self {
        Self::start_in(language, scripts, &[], &[]).await
    }

    /// The same with further arguments and environment for Chromium.
    ///
    /// # Panics
    /// As [`Browser::start_with`].
    pub async fn start_in(language: &str, scripts: bool, more: &[String], environment: &[(String, String)]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let port = free_port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}")).env("TMPDIR", dir.path()).envs(environment.iter().cloned());
        let driver = Process::start("chromedriver", "chromium-driver", &mut command, &dir.path().join("log"));
        wait_for_port(port, "chromedriver").await;
        let profile = dir.path().join("profile");
        let mut preferences = json!({ "intl.accept_languages": language });
        if !scripts {
            preferences["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        let mut options = json!({
            "args": ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage",
                     "--no-first-run", "--disable-component-update", "--disable-sync", "--disable-quic", "--window-size=1280,900",
                     format!("--lang={language}"), format!("--user-data-dir={}", profile.display())],
            "prefs": preferences,
        });
        if let Some(args) = options["args"].as_array_mut() {
            args.extend(more.iter().map(|arg| json!(arg)));
        }
        let mut capabilities = serde_json::map::Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let mut builder = ClientBuilder::new(hyper_util_connector());
        builder.capabilities(capabilities);
        let client = builder.connect(&format!("http://127.0.0.1:{port}")).await;
        let client = client.unwrap_or_else(|e| {
            panic!("no browser: {e}\n{}", std::fs::read_to_string(dir.path().join("log")).unwrap_or_default())
        });
        Self { client, _driver: driver, dir }
    }

    /// Opens a URL.
    ///
    /// # Panics
    /// When the browser refuses.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|e| panic!("opening {url}: {e}"));
    }

    /// Where the browser is.
    ///
    /// # Panics
    /// When the browser does not say.
    pub async fn url(&self) -> String {
        self.client.current_url().await.expect("the current URL").to_string()
    }

    /// Waits for an element and clicks it.
    ///
    /// # Panics
    /// When it does not appear within ten seconds; the page is part of the message.
    pub async fn click(&self, css: &str) {
        let element = self.wait(css).await;
        // The page may still be scrolling to the element.
        for _ in 0..20 {
            if element.click().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let picture = self.keep_screenshot().await;
        panic!("{css} cannot be clicked at {} (screenshot: {})", self.url().await, picture.display());
    }

    /// Waits for a field and types into it.
    ///
    /// # Panics
    /// As [`Browser::click`].
    pub async fn fill(&self, css: &str, text: &str) {
        // The page that was there may just be leaving.
        for _ in 0..20 {
            let element = self.wait(css).await;
            if element.clear().await.is_ok() && element.send_keys(text).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{css} cannot be filled at {}", self.url().await);
    }

    /// The text of an element, once it is there.
    ///
    /// # Panics
    /// As [`Browser::click`].
    pub async fn text(&self, css: &str) -> String {
        // A page that is just being left takes its elements with it: look again on the next one.
        for _ in 0..20 {
            if let Ok(text) = self.wait(css).await.text().await {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{css} cannot be read at {}", self.url().await)
    }

    /// The text in an element, also where it is folded away.
    ///
    /// # Panics
    /// As [`Browser::click`].
    pub async fn content(&self, css: &str) -> String {
        for _ in 0..20 {
            if let Ok(content) = self.wait(css).await.prop("textContent").await {
                return content.unwrap_or_default();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{css} cannot be read at {}", self.url().await)
    }

    /// An attribute of an element, once it is there.
    ///
    /// # Panics
    /// As [`Browser::click`].
    pub async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        for _ in 0..20 {
            if let Ok(value) = self.wait(css).await.attr(name).await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{css} cannot be read at {}", self.url().await)
    }

    /// Whether an element is on the page now.
    pub async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// Whether an element is on the page within ten seconds.
    pub async fn appears(&self, css: &str) -> bool {
        self.find(css).await.is_ok()
    }

    async fn find(&self, css: &str) -> Result<fantoccini::elements::Element, fantoccini::error::CmdError> {
        self.client.wait().at_most(Duration::from_secs(10)).for_element(Locator::Css(css)).await
    }

    async fn wait(&self, css: &str) -> fantoccini::elements::Element {
        match self.find(css).await {
            Ok(element) => element,
            Err(e) => {
                let picture = self.keep_screenshot().await.display().to_string();
                panic!("{css} does not appear ({e}) at {} (screenshot: {picture}):\n{}", self.url().await, self.source().await)
            }
        }
    }

    /// The page as HTML.
    pub async fn source(&self) -> String {
        self.client.source().await.unwrap_or_default()
    }

    /// The page as HTML, once it contains this; after ten seconds, the page that is there. What was clicked may still be on its way.
    pub async fn source_with(&self, text: &str) -> String {
        for _ in 0..100 {
            let source = self.source().await;
            if source.contains(text) {
                return source;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.source().await
    }

    /// Forgets the cookies of the current site.
    ///
    /// # Panics
    /// When the browser refuses.
    pub async fn forget_cookies(&self) {
        self.client.delete_all_cookies().await.expect("cookies deleted");
    }

    /// The cookies of this host, as a request carries them.
    ///
    /// # Panics
    /// When the browser does not say.
    pub async fn cookies(&self) -> String {
        let cookies = self.client.get_all_cookies().await.expect("the cookies");
        cookies.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect::<Vec<_>>().join("; ")
    }

    /// Forgets the cookies of this host that are not ours: its ports share them, so the peers' are among them.
    ///
    /// # Panics
    /// When the browser refuses.
    pub async fn forget_cookies_of_peers(&self) {
        for cookie in self.client.get_all_cookies().await.expect("the cookies") {
            if !cookie.name().starts_with("symbolon") {
                self.client.delete_cookie(cookie.name()).await.expect("a deleted cookie");
            }
        }
    }

    /// A screenshot as a PNG file in the browser's directory.
    ///
    /// # Panics
    /// When the browser makes none.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let png = self.client.screenshot().await.expect("a screenshot");
        let path = self.dir.path().join(format!("{name}.png"));
        std::fs::write(&path, png).expect("a written screenshot");
        path
    }

    /// A screenshot that stays after the test, to see why it failed.
    async fn keep_screenshot(&self) -> PathBuf {
        let path = std::env::temp_dir().join(format!("symbolon-browser-{}.png", std::process::id()));
        if let Ok(png) = self.client.screenshot().await {
            // Without the picture there is still the text.
            let _ = std::fs::write(&path, png);
        }
        path
    }

    /// Ends the session.
    pub async fn close(self) {
        // The driver ends with the value in any case.
        let _ = self.client.clone().close().await;
    }
}

fn hyper_util_connector() -> hyper_util::client::legacy::connect::HttpConnector {
    hyper_util::client::legacy::connect::HttpConnector::new()
}
