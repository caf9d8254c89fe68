//! Apache with mod_auth_mellon: a SAML service provider that we did not write, configured as the guide says.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Server;
use crate::guide::Guide;
use crate::httpd::{Httpd, Site, Software};
use crate::service_provider::register;

/// A running Apache whose path `/protected/` demands a sign-in and shows what it learnt of the person.
pub struct Mellon(Httpd);

/// What its page shows, as elements with these ids.
const SHOWN: &[(&str, &str)] = &[("name-id", "MELLON_NAME_ID"), ("email", "MELLON_email"), ("given-name", "MELLON_given_name")];

const SOFTWARE: Software<'_> = Software {
    packages: "libapache2-mod-auth-mellon",
    modules: &[("auth_mellon_module", "mod_auth_mellon.so")],
    environment: &[],
    prefork: false,
};

impl Mellon {
    /// Starts one that is registered at the server as [`service_provider::ID`](crate::service_provider::ID). Its requests are signed, and its metadata says so.
    ///
    /// # Panics
    /// When Apache does not start.
    pub async fn start(server: &Server) -> Self {
        Self::start_with(server, |metadata| metadata).await
    }

    /// The same; it asks for answers by artifact, as the guide says.
    ///
    /// # Panics
    /// As [`Mellon::start`].
    pub async fn by_artifact(server: &Server) -> Self {
        let place = "/mellon/artifactResponse\" index=\"1\"";
        Self::start_with(server, |metadata| metadata.replace(place, &format!("{place} isDefault=\"true\""))).await
    }

    async fn start_with(server: &Server, change: impl Fn(String) -> String) -> Self {
        let site = Site::new();
        let guide = Guide::open("saml/mod_auth_mellon.md", &server.url(), &site.url());
        let named = create_metadata(&site, &guide, change);
        register(server, &named.with_extension("xml"), &["ecp=true"]);
        site.write("idp.xml", &server.saml_metadata().await);
        site.page("protected/index.html", SHOWN);
        site.write("pages/bye.html", "<!doctype html><title>bye</title><p id=\"bye\">bye</p>");
        let settings = configuration(&site, &guide, &named);
        Self(site.start(&SOFTWARE, &settings).await)
    }

    /// The protected page.
    pub fn protected(&self) -> String {
        self.0.protected()
    }

    /// As [`Mellon::protected`], by a request that wants nothing to be shown.
    pub fn passive(&self) -> String {
        let back: String = url::form_urlencoded::byte_serialize(self.protected().as_bytes()).collect();
        self.0.at(&format!("/mellon/login?ReturnTo={back}&IsPassive=true"))
    }

    /// Signs out everywhere, and then goes to a page with the element `bye`.
    pub fn logout(&self) -> String {
        let back: String = url::form_urlencoded::byte_serialize(self.0.at("/bye.html").as_bytes()).collect();
        self.0.at(&format!("/mellon/logout?ReturnTo={back}"))
    }

    /// Apache's error log.
    pub fn log(&self) -> String {
        self.0.log()
    }
}

/// Runs the script of the package, which makes a key and metadata, as the guide says; returns what its files are called, without their
/// extensions.
fn create_metadata(site: &Site, guide: &Guide, change: impl Fn(String) -> String) -> PathBuf {
    let here = site.url();
    let mut script = Command::new("mellon_create_metadata");
    script.arg(format!("{here}/mellon/metadata")).arg(format!("{here}/mellon")).current_dir(site.dir());
    let made = script.output().unwrap_or_else(|e| panic!("mellon_create_metadata: {e} (Debian package: {})", SOFTWARE.packages));
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let named = site.dir().join(format!("{}_mellon_metadata", here.replace([':', '/'], "_").replace("___", "_")));
    let file = named.with_extension("xml");
    let written = std::fs::read_to_string(&file).expect("the metadata");
    let (before, after) = written.split_once("  </SPSSODescriptor>").expect("the end of the description");
    let places = guide.block("before `</SPSSODescriptor>`");
    std::fs::write(&file, change(format!("{before}{places}  </SPSSODescriptor>{after}"))).expect("written metadata");
    named
}

fn configuration(site: &Site, guide: &Guide, named: &Path) -> String {
    let named = named.display().to_string();
    let idp = site.dir().join("idp.xml").display().to_string();
    let changes =
        [("/etc/apache2/https_notes.example.org_mellon_metadata", named.as_str()), ("/etc/apache2/idp.xml", idp.as_str())];
    // Browsers drop its cookies over plain http otherwise: they would be for other sites, and not Secure.
    let plain = "LogLevel warn auth_mellon:debug\nSetEnvIf Request_URI . MELLON_DISABLE_SAMESITE=1\n";
    format!("{plain}{}", guide.block_with("configuration of Apache", &changes))
}
