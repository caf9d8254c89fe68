//! Apache with mod_auth_openidc: a relying party that we did not write.

use crate::Server;
use crate::httpd::{Httpd, Site, Software};

/// A running Apache whose path `/protected/` demands a sign-in and shows the claims it got.
pub struct Apache(Httpd);

const SECRET: &str = "apache-client-secret-0123456789";

const SOFTWARE: Software<'_> = Software {
    packages: "libapache2-mod-auth-openidc",
    modules: &[("auth_openidc_module", "mod_auth_openidc.so")],
    environment: &[],
    prefork: false,
};

impl Apache {
    /// Starts one, registered at the server as client `apache`.
    ///
    /// # Panics
    /// When Apache does not start.
    pub async fn start(server: &Server) -> Self {
        let site = Site::new();
        let claims = ["sub", "acr", "amr", "sid", "name", "email", "auth_time", "groups", "display"];
        let variables = claims.map(|claim| (claim, format!("OIDC_CLAIM_{claim}")));
        site.page("protected/index.html", &variables.each_ref().map(|(id, name)| (*id, name.as_str())));
        site.write("pages/bye.html", "<!doctype html><p id=\"bye\">bye</p>");
        let here = site.url();
        server.add_client("apache", SECRET, &format!("{here}/protected/redirect_uri"), &format!("{here}/bye.html"));
        let settings = configuration(&here, &server.url());
        Self(site.start(&SOFTWARE, &settings).await)
    }

    /// The protected page.
    pub fn protected(&self) -> String {
        self.0.protected()
    }

    /// Signs out at the relying party and at the provider, and comes back to a page with `#bye`.
    pub fn logout(&self) -> String {
        let back: String = url::form_urlencoded::byte_serialize(self.0.at("/bye.html").as_bytes()).collect();
        self.0.at(&format!("/protected/redirect_uri?logout={back}"))
    }

    /// Apache's error log.
    pub fn log(&self) -> String {
        self.0.log()
    }
}

fn configuration(here: &str, issuer: &str) -> String {
    format!(
        "LogLevel warn auth_openidc:info
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID apache
OIDCClientSecret {SECRET}
OIDCRedirectURI {here}/protected/redirect_uri
OIDCCryptoPassphrase a-passphrase-of-the-test
OIDCScope \"openid profile email\"
OIDCPKCEMethod S256
OIDCPassClaimsAs environment
<Location /protected>
  AuthType openid-connect
  Require valid-user
</Location>
"
    )
}
