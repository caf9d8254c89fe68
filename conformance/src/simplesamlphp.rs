//! SimpleSAMLphp as a service provider, in Apache with PHP, configured as the guide says.

use crate::guide::Guide;
use crate::httpd::{Httpd, Site, Software};
use crate::server::client;
use crate::service_provider::{ServiceProvider, register};
use crate::{Server, openssl};

const PACKAGES: &str = "simplesamlphp libapache2-mod-php php-xml php-soap";

/// Shows what the page of the guide has learnt; before, whatever is asked for in the query.
const ASKED: &str = "$person = new \\SimpleSAML\\Auth\\Simple('default-sp');
$here = \\SimpleSAML\\Utils\\HTTP::getSelfURLNoQuery();
if (isset($_GET['forced'])) $person->login(['ForceAuthn' => true, 'ReturnTo' => $here]);
if (isset($_GET['passive'])) $person->login(['isPassive' => true, 'ReturnTo' => $here]);
";
const SHOWN: &str = "
$shown = ['name-id' => $name, 'email' => $attributes['mail'][0], 'given-name' => $attributes['givenName'][0], 'context' => $context];
foreach ($shown as $id => $value) echo \"<p id='$id'>\" . htmlspecialchars($value) . '</p>';
";

/// What cannot be as printed: plain http, as nowhere else, and files of this test alone.
const HERE: &str = "
$config['session.cookie.secure'] = $config['language.cookie.secure'] = false;
$config['session.cookie.samesite'] = $config['language.cookie.samesite'] = 'Lax';
$config['tempdir'] = 'DIR/tmp';
$config['logging.handler'] = 'errorlog';
$config['secretsalt'] = 'salt-of-this-test';
$config['auth.adminpassword'] = 'password-of-this-test';
$config['admin.checkforupdates'] = false;
";

/// Starts one that is registered at the server. Its requests are signed, and its metadata says so.
///
/// # Panics
/// When it does not start.
pub async fn start(server: &Server) -> ServiceProvider {
    start_with(server, "").await
}

/// The same; it asks for answers by artifact.
///
/// # Panics
/// As [`start`].
pub async fn by_artifact(server: &Server) -> ServiceProvider {
    start_with(server, "'ProtocolBinding' => 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact',\n").await
}

/// With further settings of the source.
async fn start_with(server: &Server, settings: &str) -> ServiceProvider {
    let site = Site::new();
    let guide = Guide::open("saml/simplesamlphp.md", &server.url(), &site.url());
    configure(server, &site, &guide, settings).await;
    let dir = site.dir().display().to_string();
    let environment = [("SIMPLESAMLPHP_CONFIG_DIR".to_owned(), dir.clone())];
    let software =
        Software { packages: PACKAGES, modules: &[("php_module", "libphp8.2.so")], environment: &environment, prefork: true };
    let settings = format!(
        "PassEnv SIMPLESAMLPHP_CONFIG_DIR
Include /etc/simplesamlphp/apache.conf
<FilesMatch \"\\.php$\">
  SetHandler application/x-httpd-php
</FilesMatch>
php_value session.save_path {dir}/tmp
"
    );
    let apache = site.start(&software, &settings).await;
    let metadata = client().get(apache.at("/simplesamlphp/module.php/saml/sp/metadata.php/default-sp")).send().await;
    let file = apache.dir().join("notes.xml");
    std::fs::write(&file, metadata.expect("an answer").text().await.expect("metadata")).expect("a written file");
    register(server, &file, &["attribute_format=uri"]);
    described(apache)
}

async fn configure(server: &Server, site: &Site, guide: &Guide, settings: &str) {
    let dir = site.dir().display().to_string();
    openssl::key_pair(site.dir(), "sp");
    site.write("idp.xml", &server.saml_metadata().await);
    let installed = std::fs::read_to_string("/etc/simplesamlphp/config.php");
    let installed = installed.unwrap_or_else(|e| panic!("config.php: {e} (Debian packages: {PACKAGES})"));
    // Secrets of the machine are not for everybody.
    let installed = installed.replace("require_once('/var/lib/simplesamlphp/secrets.inc.php');", "");
    let changes = [("/etc/simplesamlphp/cert/", format!("{dir}/")), ("/etc/simplesamlphp/metadata/", format!("{dir}/"))];
    let changes = changes.each_ref().map(|(part, other)| (*part, other.as_str()));
    let added = guide.block_with("config.php`:", &changes);
    site.write("config.php", &format!("{installed}{added}{}", HERE.replace("DIR", &dir)));
    let before = "'privatekey' =>";
    let source = guide.block_with("authsources.php`:", &[(before, &format!("{settings}{before}"))]);
    site.write("authsources.php", &source);
    site.writable("tmp");
    let created = "$person = new \\SimpleSAML\\Auth\\Simple('default-sp');\n";
    let page = guide.block_with("demands a sign-in", &[(created, ASKED)]);
    site.write("pages/protected/index.php", &format!("{page}{SHOWN}"));
}

fn described(apache: Httpd) -> ServiceProvider {
    let page = apache.at("/protected/index.php");
    let log = apache.dir().join("error.log");
    ServiceProvider {
        forced: format!("{page}?forced=1"),
        passive: format!("{page}?passive=1"),
        protected: page,
        verifies: &["rsa-sha384", "rsa-sha512"],
        says_of_changes: "Reference validation failed",
        says_of_passive: "NoPassive",
        log: Box::new(move || std::fs::read_to_string(&log).unwrap_or_default()),
        running: Box::new(apache),
    }
}
