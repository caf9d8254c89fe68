use mfa::kerberos::Home;

use super::*;

fn load(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, Problems> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("symbolon.toml"), file).unwrap();
    let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    Config::load(&Sources { data_dir: dir.path().into(), file: None, environment: own(environment), flags: own(flags) })
}

#[test]
fn the_stronger_source_wins() {
    let file = "[server]\nnode = \"file\"\ntimezone = \"Europe/Berlin\"\nlisten = \"127.0.0.1:1\"";
    let config = load(
        file,
        &[("SYMBOLON__SERVER__NODE", "env"), ("SYMBOLON__SERVER__LISTEN", "127.0.0.1:2")],
        &[("server.listen", "127.0.0.1:3")],
    )
    .unwrap();
    assert_eq!(config.server.node, "env");
    assert_eq!(config.server.timezone.show(), "Europe/Berlin");
    assert_eq!(config.server.listen.port(), 3);
}

#[test]
fn every_problem_is_reported_at_once() {
    let file =
        "[server]\npublic_url = \"http://example.org/x\"\nlistne = \"x\"\n[sesion]\na = 1\n[session]\nidle = \"8 fortnights\"";
    let Err(problems) = load(file, &[("SYMBOLON__API__SIGN_RESPONSES", "maybe"), ("SYMBOLON__FOO", "1")], &[]) else {
        panic!("accepted")
    };
    let found: Vec<(&str, &str)> = problems.iter().map(|p| (p.at.as_str(), p.mend.as_str())).collect();
    assert_eq!(found.len(), 6, "{problems}");
    assert!(found.contains(&("server.listne", "did you mean server.listen?")));
    assert!(found.contains(&("sesion", "did you mean session?")));
    assert!(found.iter().any(|(at, _)| *at == "server.public_url"));
    assert!(found.iter().any(|(at, _)| *at == "session.idle"));
    let sign = problems.iter().find(|p| p.at == "api.sign_responses").unwrap();
    assert_eq!(sign.from.as_deref(), Some("the environment"));
    assert!(found.iter().any(|(at, _)| *at == "SYMBOLON__FOO"));
}

#[test]
fn http_is_for_loopback_only() {
    assert!(load("[server]\nlisten = \"0.0.0.0:8080\"", &[], &[]).is_err());
    assert!(load("[server]\nlisten = \"127.0.0.1:8080\"\npublic_url = \"https://id.example.org\"", &[], &[]).is_ok());
    assert!(load("[tls]\ncertificate = \"a.pem\"", &[], &[]).is_err());
    assert!(load("[tls]\ncertificate = \"a\"\nkey = \"b\"\n[server]\nlisten = \"0.0.0.0:443\"", &[], &[]).is_err());
}

#[test]
fn mail_goes_protected_or_nowhere_far() {
    let with =
        |more: &str| load(&format!("[mail]\nhost = \"mail.example.org\"\nfrom = \"no-reply@example.org\"\n{more}"), &[], &[]);
    let config = with("").unwrap();
    assert_eq!((config.mail.port(), config.mail.security()), (587, mfa::delivery::Security::StartTls));
    assert_eq!(with("tls = \"implicit\"").unwrap().mail.port(), 465);
    assert!(with("tls = \"none\"").is_err());
    assert!(with("tls = \"none\"\nallow_plaintext = true").is_ok());
    for here in ["localhost", "127.0.0.1", "[::1]"] {
        assert!(
            load(&format!("[mail]\nhost = \"{here}\"\nfrom = \"a@example.org\"\ntls = \"none\""), &[], &[]).is_ok(),
            "{here}"
        );
    }
    for wrong in ["user = \"x\"", "password = \"x\"", "timeout = \"0s\"", "language = \"tlh\"", "port = 70000"] {
        assert!(with(wrong).is_err(), "{wrong}");
    }
    assert!(load("[mail]\nhost = \"mail.example.org\"", &[], &[]).is_err(), "no sender");
    assert!(load("[mail]\nhost = \"mail.example.org\"\nfrom = \"nobody\"", &[], &[]).is_err(), "no address");
    assert!(load("[mail]\nfrom = \"a@example.org\"", &[], &[]).is_err(), "no server");
    assert!(load("[mail]\nhost = \"a b\"\nfrom = \"a@example.org\"", &[], &[]).is_err());
    let secret = with("user = \"u\"\npassword = \"geheim\"").unwrap();
    assert!(!format!("{:?}", secret.show()).contains("geheim"));
}

#[test]
fn tickets_are_taken_of_named_realms_in_named_networks() {
    let with = |more: &str| load(&format!("[kerberos]\nkeytab = \"/etc/symbolon/http.keytab\"\n{more}"), &[], &[]);
    let config = with("networks = [\"10.0.0.0/8\"]\nrealms = [\"EXAMPLE.ORG=Staff\"]").unwrap();
    let settings = config.kerberos.settings(&config.server.public_url).unwrap();
    assert_eq!(settings.service.to_string(), "HTTP/localhost");
    let home = |resolver: Option<&str>| Home { realm: "staff".to_owned(), resolver: resolver.map(str::to_owned) };
    assert_eq!(settings.realms["EXAMPLE.ORG"], home(None));
    let bound = with("networks = [\"10.0.0.0/8\"]\nrealms = [\"EXAMPLE.ORG = Staff/AD\"]").unwrap();
    assert_eq!(bound.kerberos.settings(&bound.server.public_url).unwrap().realms["EXAMPLE.ORG"], home(Some("AD")));
    assert!(load("", &[], &[]).unwrap().kerberos.settings(&PublicUrl::default()).is_none());
    for wrong in [
        "",
        "networks = [\"10.0.0.0/8\"]",
        "realms = [\"EXAMPLE.ORG=staff\"]",
        "networks = [\"10.0.0.0/8\"]\nrealms = [\"EXAMPLE.ORG\"]",
        "networks = [\"10.0.0.0/8\"]\nrealms = [\"A=staff\", \"A=default\"]",
        "networks = [\"10.0.0.0/8\"]\nrealms = [\"A=staff/\"]",
        "networks = [\"10.0.0.0/8\"]\nrealms = [\"A=staff/ad/x\"]",
        "networks = [\"10.0.0.0/8\"]\nrealms = [\"A=staff\"]\nservice = \"HTTP\"",
        "networks = [\"10.0.0.0/8\"]\nrealms = [\"A=staff\"]\nnames = \"mail\"",
    ] {
        assert!(with(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    std::fs::write(&path, "0123\n").unwrap();
    let config = load("", &[("SYMBOLON__METRICS__TOKEN_FILE", path.to_str().unwrap())], &[]).unwrap();
    assert_eq!(config.metrics.token.as_ref().unwrap().expose(), "0123");
    assert!(!format!("{:?}", config.show()).contains("0123"));
    assert!(load("", &[("SYMBOLON__METRICS__TOKEN_FILE", "/nowhere")], &[]).is_err());
}

#[test]
fn durations_and_lists() {
    let config = load("[session]\nidle = \"90m\"\n[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]", &[], &[]).unwrap();
    assert_eq!(config.session.idle.as_secs(), 5400);
    assert_eq!(config.session.idle.show(), "90m");
    assert_eq!(config.server.trusted_proxies.len(), 2);
    let config = load("", &[("SYMBOLON__SERVER__TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2")], &[]).unwrap();
    assert_eq!(config.server.trusted_proxies.len(), 2);
}

#[test]
fn the_reference_names_every_setting() {
    let reference = reference();
    for declared in Config::declared() {
        assert!(!declared.doc.is_empty() && reference.contains(&format!("`{}`", declared.name)), "{}", declared.name);
    }
    assert!(schema()["properties"]["server"]["properties"]["public_url"]["default"].is_string());
}
