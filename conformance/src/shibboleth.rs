//! Shibboleth's service provider: Apache with `mod_shib`, and `shibd` beside it, configured as the guide says.

use std::process::Command;
use std::time::Duration;

use crate::guide::Guide;
use crate::httpd::{Httpd, Site, Software};
use crate::process::Process;
use crate::server::client;
use crate::service_provider::{ServiceProvider, escaped, metadata_for, register};
use crate::{Server, openssl};

const PACKAGE: &str = "libapache2-mod-shib";

/// What its page shows, as elements with these ids.
const SHOWN: &[(&str, &str)] =
    &[("name-id", "persistent-id"), ("email", "mail"), ("given-name", "givenName"), ("context", "Shib-AuthnContext-Class")];

/// Files of the package that stay as they are.
const AS_INSTALLED: &[&str] = &[
    "attribute-policy.xml",
    "security-policy.xml",
    "protocols.xml",
    "bindingTemplate.html",
    "globalLogout.html",
    "localLogout.html",
    "metadataError.html",
    "partialLogout.html",
    "postTemplate.html",
    "sessionError.html",
];

/// Where its daemon writes its log.
const LOGGER: &str = "log4j.rootCategory=INFO, all
log4j.appender.all=org.apache.log4j.FileAppender
log4j.appender.all.fileName=DIR/NAME.log
log4j.appender.all.layout=org.apache.log4j.PatternLayout
log4j.appender.all.layout.ConversionPattern=%p %c: %m%n
";

/// What it needs to ask from server to server: what the guide says, and plain http.
fn back_channel(guide: &Guide) -> (&'static str, String) {
    let (before, settings) = ("metadataAttributePrefix=", guide.block("has two more settings:"));
    (before, format!("requireConfidentiality=\"false\" {} {before}", settings.trim()))
}

/// Starts one that is registered at the server. Its requests are signed, and its metadata says so.
///
/// # Panics
/// When it does not start.
pub async fn start(server: &Server) -> ServiceProvider {
    start_with(server, &|_| Vec::new(), &[]).await
}

/// The same; it asks for attributes, which stand in no answer to a sign-in.
///
/// # Panics
/// As [`start`].
pub async fn asking(server: &Server) -> ServiceProvider {
    let extractor = "<AttributeExtractor type=\"XML\"";
    let added = |guide: &Guide| {
        let resolver = format!("{}{extractor}", guide.block("the resolver:"));
        vec![back_channel(guide), (extractor, resolver)]
    };
    start_with(server, &added, &["attribute_query=true", "only_by_query=true"]).await
}

/// The same; it asks for answers by artifact.
///
/// # Panics
/// As [`start`].
pub async fn by_artifact(server: &Server) -> ServiceProvider {
    let place = "<SSO ";
    let added = |guide: &Guide| vec![back_channel(guide), (place, format!("{place}acsIndex=\"3\" "))];
    start_with(server, &added, &[]).await
}

/// With changes of `shibboleth2.xml`, and settings here.
async fn start_with(
    server: &Server,
    changes: &(dyn Fn(&Guide) -> Vec<(&'static str, String)> + Sync),
    settings_here: &[&str],
) -> ServiceProvider {
    let site = Site::new();
    let guide = Guide::open("saml/shibboleth.md", &server.url(), &site.url());
    configure(server, &site, &guide, &changes(&guide)).await;
    let dir = site.dir().display().to_string();
    // Its files are in `shibboleth` below the directory of configurations.
    let places = ["CFGDIR", "LOGDIR", "RUNDIR", "CACHEDIR"].map(|name| (format!("SHIBSP_{name}"), dir.clone()));
    let mut command = Command::new("/usr/sbin/shibd");
    command.args(["-f", "-F", "-c"]).arg(site.dir().join("shibboleth/shibboleth2.xml")).envs(places.clone());
    let daemon = Process::start("shibd", PACKAGE, &mut command, &site.dir().join("shibd.out"));
    wait_for_socket(&site).await;
    let software = Software { packages: PACKAGE, modules: &[("mod_shib", "mod_shib.so")], environment: &places, prefork: false };
    let settings = format!("ShibConfig {dir}/shibboleth/shibboleth2.xml\n{}", guide.block("configuration of Apache"));
    let apache = site.start(&software, &settings).await;
    let metadata = client().get(apache.at("/Shibboleth.sso/Metadata")).send().await.expect("an answer");
    let file = apache.dir().join("notes.xml");
    std::fs::write(&file, metadata.text().await.expect("metadata")).expect("a written file");
    register(server, &file, &[&["attribute_format=uri"], settings_here].concat());
    // It reads the file again as soon as that is younger, by seconds.
    let ours = apache.dir().join("shibboleth/idp.xml");
    let was = std::fs::metadata(&ours).and_then(|file| file.modified()).expect("a file");
    std::fs::write(&ours, metadata_for(server, settings_here).await).expect("a written file");
    let file = std::fs::File::options().append(true).open(&ours).expect("a file");
    file.set_modified(was + Duration::from_secs(2)).expect("a younger file");
    described(apache, daemon)
}

async fn configure(server: &Server, site: &Site, guide: &Guide, more: &[(&str, String)]) {
    let dir = site.dir().display().to_string();
    openssl::key_pair(&site.directory("shibboleth"), "sp");
    // Plain http, as nowhere else; logs, the socket and all other files are of this test alone.
    let placed = format!(
        "clockSkew=\"180\"><OutOfProcess logger=\"{dir}/shibboleth/shibd.logger\"/><InProcess logger=\"{dir}/shibboleth/native.logger\"/>\
         <UnixListener address=\"{dir}/shibd.sock\"/>"
    );
    let changes = [
        ("handlerSSL=\"true\" cookieProps=\"https\"", "handlerSSL=\"false\" cookieProps=\"http\""),
        ("clockSkew=\"180\">", placed.as_str()),
        ("sp-key.pem", "sp.key"),
        ("sp-cert.pem", "sp.crt"),
    ];
    let more = more.iter().map(|(part, other)| (*part, other.as_str()));
    let changes: Vec<_> = changes.into_iter().chain(more).collect();
    site.write("shibboleth/shibboleth2.xml", &guide.block_with("shibboleth2.xml`:", &changes));
    site.write("shibboleth/attribute-map.xml", &guide.block("attribute-map.xml`:"));
    site.write("shibboleth/idp.xml", &server.saml_metadata().await);
    for name in ["shibd", "native"] {
        site.write(&format!("shibboleth/{name}.logger"), &LOGGER.replace("DIR", &dir).replace("NAME", name));
    }
    for name in AS_INSTALLED {
        let installed = std::path::Path::new("/etc/shibboleth").join(name);
        std::fs::copy(&installed, site.dir().join("shibboleth").join(name))
            .unwrap_or_else(|e| panic!("{name}: {e} (Debian package: {PACKAGE})"));
    }
    site.page("protected/index.html", SHOWN);
}

async fn wait_for_socket(site: &Site) {
    for _ in 0..600 {
        if site.dir().join("shibd.sock").exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("shibd does not start:\n{}", std::fs::read_to_string(site.dir().join("shibd.out")).unwrap_or_default());
}

fn described(apache: Httpd, daemon: Process) -> ServiceProvider {
    let login = |how: &str| apache.at(&format!("/Shibboleth.sso/Login?target={}&{how}", escaped(&apache.protected())));
    let dir = apache.dir().to_owned();
    let logs = ["shibd.log", "shibd.out", "native.log", "error.log"];
    ServiceProvider {
        protected: apache.protected(),
        forced: login("forceAuthn=true"),
        passive: login("isPassive=true"),
        verifies: &["rsa-sha384", "rsa-sha512", "ecdsa-sha256"],
        says_of_changes: "signature could not be verified",
        says_of_passive: "NoPassive",
        log: Box::new(move || logs.map(|name| std::fs::read_to_string(dir.join(name)).unwrap_or_default()).concat()),
        running: Box::new((apache, daemon)),
    }
}
