//! Apache with mod_auth_mellon: a SAML service provider that we did not write.

use std::path::Path;

use crate::Server;
use crate::httpd::{Httpd, Site, Software};
use crate::openssl;

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
    /// Starts one that is registered at the server as `mellon`. Its requests are signed, and its metadata says so.
    ///
    /// # Panics
    /// When Apache does not start.
    pub async fn start(server: &Server) -> Self {
        let site = Site::new();
        openssl::key_pair(site.dir(), "sp");
        let metadata = site.write("sp.xml", &description(site.dir(), &site.url()));
        server.cli_ok(&["sp", "add", "mellon", "--metadata", &metadata.display().to_string()], None);
        site.write("idp.xml", &server.saml_metadata().await);
        site.page("protected/index.html", SHOWN);
        site.write("pages/bye.html", "<!doctype html><title>bye</title><p id=\"bye\">bye</p>");
        let settings = configuration(&site.dir().display().to_string());
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

/// Metadata as the script that comes with the module writes it.
fn description(dir: &Path, here: &str) -> String {
    let pem = std::fs::read_to_string(dir.join("sp.crt")).expect("a certificate");
    let certificate: String = pem.lines().filter(|line| !line.starts_with("-----")).collect::<Vec<_>>().join("\n");
    let key = |usage: &str| {
        format!(
            "<KeyDescriptor use=\"{usage}\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
             <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>"
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>
<EntityDescriptor entityID=\"{here}/mellon/metadata\" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">
  <SPSSODescriptor AuthnRequestsSigned=\"true\" WantAssertionsSigned=\"true\" \
   protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">
    {}{}
    <SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{here}/mellon/logout\"/>
    <NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</NameIDFormat>
    <AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{here}/mellon/postResponse\" \
     index=\"0\" isDefault=\"true\"/>
  </SPSSODescriptor>
</EntityDescriptor>
",
        key("signing"),
        key("encryption")
    )
}

fn configuration(dir: &str) -> String {
    format!(
        "LogLevel warn auth_mellon:debug
# Browsers drop its cookies over plain http otherwise: they would be for other sites, and not Secure.
SetEnvIf Request_URI . MELLON_DISABLE_SAMESITE=1
<Location />
  MellonEnable info
  MellonEndpointPath /mellon
  MellonSPPrivateKeyFile {dir}/sp.key
  MellonSPCertFile {dir}/sp.crt
  MellonSPMetadataFile {dir}/sp.xml
  MellonIdPMetadataFile {dir}/idp.xml
  MellonSecureCookie Off
</Location>
<Location /protected>
  MellonEnable auth
  AuthType Mellon
  Require valid-user
</Location>
"
    )
}
