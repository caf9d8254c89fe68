//! Where the table is: from driver, server and the parameters of the connection.

use std::path::{Path, PathBuf};

use db::Dialect;
use db::foreign::{Demand, File, Place, Server, Tls};
use kernel::SecretText;
use url::form_urlencoded;

use crate::resolvers::ParamValues;

/// Other drivers are kept.
const REFUSED: &str = "The database of this Driver is not supported: postgresql, mysql, mariadb and sqlite are.";

/// The place, or why nothing can be done although the parameters are sound.
///
/// # Errors
/// Names the parameter that is wrong.
pub(super) fn read(params: &ParamValues, own: Option<&Path>) -> Result<Result<Place, &'static str>, String> {
    let driver = params.text("Driver").trim().to_ascii_lowercase();
    Ok(match driver.split(['+', ':']).next().unwrap_or_default() {
        "" => return Err("Driver: the kind of database is needed".to_owned()),
        "postgresql" | "postgres" | "psql" => Ok(Place::Server(server(params, Dialect::Postgres)?)),
        "mysql" | "mariadb" => Ok(Place::Server(server(params, Dialect::MySql)?)),
        "sqlite" => Ok(Place::File(file(params, own)?)),
        _ => Err(REFUSED),
    })
}

/// Server and Database together are the path, as in a URL; it is always taken from the root.
fn file(params: &ParamValues, own: Option<&Path>) -> Result<File, String> {
    let parts = [params.text("Server").trim(), params.text("Database").trim()];
    let path: PathBuf = parts.join("/").split('/').filter(|part| !part.is_empty()).collect();
    if path.as_os_str().is_empty() || path.to_string_lossy().contains('\0') {
        return Err("Database: the path of a file is needed".to_owned());
    }
    Ok(File { path: Path::new("/").join(path), never: own.map(Path::to_path_buf) })
}

fn server(params: &ParamValues, dialect: Dialect) -> Result<Server, String> {
    let port = match params.text("Port").trim() {
        "" => None,
        text => Some(text.parse::<u16>().ok().filter(|port| *port > 0).ok_or("Port: a number from 1 to 65535 is expected")?),
    };
    let mut server = Server {
        dialect,
        host: params.text("Server").trim().trim_matches('/').to_owned(),
        port,
        socket: None,
        database: params.text("Database").trim().to_owned(),
        user: params.text("User").trim().to_owned(),
        password: SecretText::new(params.text("Password")),
        tls: Tls::default(),
        settings: Vec::new(),
    };
    if server.host.is_empty() {
        server.host = "localhost".to_owned();
        server.socket = (dialect == Dialect::Postgres).then(|| PathBuf::from("/var/run/postgresql"));
    }
    if server.database.is_empty() {
        return Err("Database: the name of the database is needed".to_owned());
    }
    let texts = [&server.host, &server.database, &server.user];
    if texts.iter().any(|text| text.contains('\0')) || server.password.expose().contains('\0') {
        return Err("Server, Database, User and Password cannot have a NUL character".to_owned());
    }
    let mut wishes = Wishes::default();
    for (name, value) in form_urlencoded::parse(params.text("conParams").trim().trim_start_matches('?').as_bytes()) {
        wish(&mut server, &mut wishes, &name.replace('-', "_").to_ascii_lowercase(), value.trim())?;
    }
    server.tls.demand = wishes.demand(server.tls.authority.is_some());
    server.tls.own = wishes.cert.zip(wishes.key);
    Ok(server)
}

/// What the parameters say about TLS, in the words of several drivers.
#[derive(Default)]
struct Wishes {
    mode: Option<Demand>,
    verify: Option<bool>,
    identity: Option<bool>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl Wishes {
    /// Who names an authority wants it to be asked.
    fn demand(&self, authority: bool) -> Demand {
        match (self.mode, self.verify, self.identity) {
            (Some(Demand::Perhaps | Demand::Always) | None, _, Some(true)) => Demand::Name,
            (Some(Demand::Perhaps | Demand::Always) | None, Some(true), _) => Demand::Authority,
            (Some(Demand::Perhaps | Demand::Always) | None, Some(false), _) if authority => Demand::Always,
            (Some(Demand::Perhaps | Demand::Always) | None, None, Some(false)) if authority => Demand::Authority,
            (Some(Demand::Perhaps | Demand::Always), None, None) if authority => Demand::Authority,
            (None, None, None) if authority => Demand::Name,
            (mode, ..) => mode.unwrap_or_default(),
        }
    }
}

fn wish(server: &mut Server, wishes: &mut Wishes, name: &str, value: &str) -> Result<(), String> {
    let path = || PathBuf::from(value);
    let flag = || matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on");
    match name {
        "sslmode" | "ssl_mode" => {
            let mode = value.replace('_', "-").to_ascii_lowercase();
            wishes.mode = Some(match mode.as_str() {
                "disable" | "disabled" => Demand::Never,
                "allow" | "prefer" | "preferred" => Demand::Perhaps,
                "require" | "required" => Demand::Always,
                "verify-ca" => Demand::Authority,
                "verify-full" | "verify-identity" => Demand::Name,
                _ => return Err(format!("conParams: {name}={value} is not known")),
            });
        }
        "ssl_disabled" => wishes.mode = flag().then_some(Demand::Never).or(wishes.mode),
        "ssl" if flag() => wishes.mode = wishes.mode.or(Some(Demand::Always)),
        "ssl" => {}
        "sslrootcert" | "ssl_ca" | "sslca" => server.tls.authority = Some(path()),
        "sslcert" | "ssl_cert" => wishes.cert = Some(path()),
        "sslkey" | "ssl_key" => wishes.key = Some(path()),
        "ssl_verify_cert" => wishes.verify = Some(flag()),
        "ssl_verify_identity" | "ssl_check_hostname" => wishes.identity = Some(flag()),
        "unix_socket" | "socket" => server.socket = Some(path()),
        "host" if value.starts_with('/') => server.socket = Some(path()),
        "host" => server.host = value.to_owned(),
        "options" => server.settings.extend(settings(value)),
        // A misspelt name would leave the connection open to everybody on the way.
        other if other.contains("ssl") || other.contains("tls") => return Err(format!("conParams: {other} is not known")),
        _ => {}
    }
    Ok(())
}

/// `-c name=value`, several times.
fn settings(text: &str) -> impl Iterator<Item = (String, String)> {
    let words = text.split_whitespace().map(|word| word.strip_prefix("--").or(word.strip_prefix("-c")).unwrap_or(word));
    words.filter_map(|word| word.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned()))
}
