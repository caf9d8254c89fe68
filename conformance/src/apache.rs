//! Apache with mod_auth_openidc: a relying party that we did not write.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use tempfile::TempDir;

use crate::Server;
use crate::process::{Process, free_port, wait_for_port};

/// A running Apache whose path `/protected/` demands a sign-in and shows the claims it got.
pub struct Apache {
    _process: Process,
    dir: TempDir,
    port: u16,
}

const SECRET: &str = "apache-client-secret-0123456789";

impl Apache {
    /// Starts one, registered at the server as client `apache`.
    ///
    /// # Panics
    /// When Apache does not start.
    pub async fn start(server: &Server) -> Self {
        let port = free_port();
        let dir = tempfile::tempdir().expect("a temporary directory");
        // Apache's workers are another user.
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
        let pages = dir.path().join("pages/protected");
        std::fs::create_dir_all(&pages).expect("a directory");
        let claims: String = ["sub", "acr", "amr", "sid", "name", "email", "auth_time", "groups", "display"]
            .iter()
            .map(|c| format!("<p id=\"{c}\"><!--#echo var=\"OIDC_CLAIM_{c}\" --></p>\n"))
            .collect();
        std::fs::write(pages.join("index.html"), format!("<!doctype html><title>protected</title>{claims}")).expect("a page");
        std::fs::write(dir.path().join("pages/bye.html"), "<!doctype html><p id=\"bye\">bye</p>").expect("a page");
        let here = format!("http://localhost:{port}");
        server.add_client("apache", SECRET, &format!("{here}/protected/redirect_uri"), &format!("{here}/bye.html"));
        let conf = dir.path().join("httpd.conf");
        std::fs::write(&conf, configuration(&dir.path().display().to_string(), port, &server.url())).expect("a configuration");
        let mut command = Command::new("/usr/sbin/apache2");
        command.arg("-f").arg(&conf).arg("-DFOREGROUND");
        let process = Process::start("apache2", "apache2 libapache2-mod-auth-openidc", &mut command, &dir.path().join("log"));
        wait_for_port(port, "Apache").await;
        Self { _process: process, dir, port }
    }

    /// The protected page.
    pub fn protected(&self) -> String {
        format!("http://localhost:{}/protected/index.html", self.port)
    }

    /// Signs out at the relying party and at the provider, and comes back to a page with `#bye`.
    pub fn logout(&self) -> String {
        let port = self.port;
        format!("http://localhost:{port}/protected/redirect_uri?logout=http%3A%2F%2Flocalhost%3A{port}%2Fbye.html")
    }

    /// Apache's error log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("error.log")).unwrap_or_default()
    }
}

fn configuration(dir: &str, port: u16, issuer: &str) -> String {
    let modules: String = [
        ("mpm_event", "mpm_event"),
        ("authn_core", "authn_core"),
        ("authz_core", "authz_core"),
        ("authz_user", "authz_user"),
        ("mime", "mime"),
        ("dir", "dir"),
        ("include", "include"),
        ("auth_openidc", "auth_openidc"),
    ]
    .iter()
    .map(|(name, file)| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{file}.so\n"))
    .collect();
    format!(
        "ServerRoot {dir}
ServerName localhost
PidFile {dir}/httpd.pid
DefaultRuntimeDir {dir}
Mutex file:{dir} default
Listen 127.0.0.1:{port}
{modules}
User www-data
Group www-data
ErrorLog {dir}/error.log
LogLevel warn auth_openidc:info
TypesConfig /etc/mime.types
DocumentRoot {dir}/pages
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID apache
OIDCClientSecret {SECRET}
OIDCRedirectURI http://localhost:{port}/protected/redirect_uri
OIDCCryptoPassphrase a-passphrase-of-the-test
OIDCScope \"openid profile email\"
OIDCPKCEMethod S256
OIDCPassClaimsAs environment
<Directory {dir}/pages>
  Require all granted
  Options +Includes
  AddOutputFilter INCLUDES .html
</Directory>
<Location /protected>
  AuthType openid-connect
  Require valid-user
</Location>
"
    )
}
