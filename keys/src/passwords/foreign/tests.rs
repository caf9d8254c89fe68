//! Against hashes that other programs make, and other programs against ours.

use std::io::Write as _;
use std::process::{Command, Stdio};

use kernel::Entropy;

use super::super::{Cost, Passwords};
use super::*;

const PASSWORD: &str = "Grüße, 17 Zeichen";

/// What a program says, given this on standard input.
fn tool(program: &str, args: &[&str], input: &str) -> String {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{program} (scripts/install test): {e}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{program} {args:?}");
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

fn check(stored: &str, from: &str) {
    let plain = plain(stored);
    assert!(recognises(&plain), "{from}: {stored}");
    assert!(verify(&plain, PASSWORD.as_bytes()), "{from}: {stored}");
    for wrong in ["", "Grüße, 17 Zeichen ", "grüße, 17 zeichen"] {
        assert!(!verify(&plain, wrong.as_bytes()), "{from}: {stored} takes {wrong:?}");
    }
}

#[test]
fn hashes_of_crypt() {
    for (method, rounds) in [
        ("md5crypt", ""),
        ("sha256crypt", "1000"),
        ("sha512crypt", "1000"),
        ("bcrypt", "4"),
        ("bcrypt-a", "4"),
        ("scrypt", "6"),
        ("yescrypt", "1"),
        ("yescrypt", "3"),
    ] {
        let mut args = vec!["--stdin", "-m", method];
        if !rounds.is_empty() {
            args.extend(["-R", rounds]);
        }
        check(&tool("mkpasswd", &args, PASSWORD), method);
    }
}

#[test]
fn hashes_of_web_and_directory_servers() {
    for kind in ["-m", "-s", "-B", "-2", "-5"] {
        let line = tool("htpasswd", &["-n", "-i", kind, "user"], PASSWORD);
        check(line.split_once(':').unwrap().1, kind);
    }
    for scheme in ["{SSHA}", "{SHA}", "{SMD5}", "{MD5}"] {
        let stored = tool("/usr/sbin/slappasswd", &["-n", "-h", scheme, "-s", PASSWORD], "");
        check(&stored, scheme);
        check(&stored.replace(scheme, &scheme.to_lowercase()), scheme);
    }
    let crypt = tool("/usr/sbin/slappasswd", &["-n", "-h", "{CRYPT}", "-c", "$6$%.8s", "-s", PASSWORD], "");
    check(&crypt, "{CRYPT}");
}

#[test]
fn hashes_of_php() {
    let php = |expression: &str| {
        let code = format!("$p = stream_get_contents(STDIN); echo {expression};");
        tool("php", &["-r", &code], PASSWORD)
    };
    check(&php("password_hash($p, PASSWORD_BCRYPT, ['cost' => 4])"), "bcrypt");
    check(&php("password_hash($p, PASSWORD_ARGON2I, ['memory_cost' => 1024])"), "argon2i");
    check(&format!("3|{}", php("password_hash($p, PASSWORD_ARGON2ID, ['memory_cost' => 1024])")), "argon2id");
    check(&format!("1|{}", php("password_hash($p, PASSWORD_BCRYPT, ['cost' => 4])")), "bcrypt behind a number");
    check(&php("hash('sha256', $p)"), "sha256");
    check(&php("strtoupper(hash('sha256', $p))"), "SHA256");
    let wordpress = "'$wp' . password_hash(base64_encode(hash_hmac('sha384', trim($p), 'wp-sha384', true)), PASSWORD_BCRYPT, \
                     ['cost' => 4])";
    let stored = php(wordpress);
    assert!(verify(&stored, format!(" {PASSWORD}\n").as_bytes()), "as WordPress does");
    assert!(verify(&stored, PASSWORD.as_bytes()) && !verify(&stored, b"x") && !verify(&stored, b""));
}

const SCHEMES: &str = "import sys\nfrom passlib import hash as h\nh.bcrypt.set_backend('bcrypt')\n\
    schemes = {'phpass': h.phpass.using(rounds=7), 'phpbb': h.phpass.using(rounds=7, ident='H'), 'sha': h.ldap_sha1, \
    'ssha': h.ldap_salted_sha1, 'ssha256': h.ldap_salted_sha256, 'ssha512': h.ldap_salted_sha512, 'md5': h.md5_crypt, \
    'apr': h.apr_md5_crypt, 'sha256': h.sha256_crypt.using(rounds=1000), 'sha512': h.sha512_crypt.using(rounds=1000), \
    'bcrypt': h.bcrypt.using(rounds=4), 'pbkdf2-1': h.pbkdf2_sha1.using(rounds=9), 'pbkdf2-256': h.pbkdf2_sha256.using(rounds=9), \
    'pbkdf2-512': h.pbkdf2_sha512.using(rounds=9), 'scrypt': h.scrypt.using(rounds=4), \
    'django': h.django_pbkdf2_sha256.using(rounds=9), 'django1': h.django_pbkdf2_sha1.using(rounds=9)}\n";

#[test]
fn hashes_of_passlib() {
    let code = format!("{SCHEMES}p = sys.stdin.read()\nfor name, scheme in schemes.items(): print(name, scheme.hash(p))");
    let said = tool("/usr/bin/python3", &["-W", "ignore", "-c", &code], PASSWORD);
    assert_eq!(said.lines().count(), 17);
    for line in said.lines() {
        let (name, stored) = line.split_once(' ').unwrap();
        check(stored, name);
    }
}

/// The examples of hashcat (modes 400, 7900) and of the phpass distribution.
#[test]
fn published_hashes() {
    for (stored, password) in [
        ("$P$984478476IagS59wHZvyQMArzfx58u.", "hashcat"),
        ("$S$C33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf", "hashcat"),
        ("$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "test12345"),
    ] {
        assert!(recognises(stored) && verify(stored, password.as_bytes()), "{stored}");
        assert!(!verify(stored, b"hashcat1"), "{stored}");
    }
}

#[tokio::test]
async fn other_programs_take_what_is_made() {
    let here = Passwords::new(Cost::for_tests(), Entropy::seeded(1));
    let mut made = Vec::new();
    for (name, passlib) in [
        ("PHPASS", "phpass"),
        ("SHA", "sha"),
        ("SSHA", "ssha"),
        ("SSHA256", "ssha256"),
        ("SSHA512", "ssha512"),
        ("SHA256CRYPT", "sha256"),
        ("SHA512CRYPT", "sha512"),
        ("MD5CRYPT", "md5"),
        ("BCRYPT", "bcrypt"),
    ] {
        let stored = here.hash_foreign(Maker::named(name).unwrap(), &PASSWORD.into()).await.unwrap().unwrap();
        assert_eq!(here.verify_foreign(stored.expose(), &PASSWORD.into()).await, Ok(Some(true)), "{name}");
        made.push(format!("{passlib} {}", stored.expose()));
    }
    let code = format!(
        "{SCHEMES}for line in sys.stdin:\n  name, stored = line.split()\n  print(name, schemes[name].verify({PASSWORD:?}, stored), \
         schemes[name].verify('x', stored))"
    );
    let said = tool("/usr/bin/python3", &["-W", "ignore", "-c", &code], &made.join("\n"));
    assert_eq!(said.lines().count(), made.len());
    assert!(said.lines().all(|line| line.ends_with(" True False")), "{said}");
    let argon = here.hash_foreign(Maker::named("argon2id").unwrap(), &PASSWORD.into()).await.unwrap().unwrap();
    let code = "var_dump(password_verify(stream_get_contents(STDIN), $argv[1]));";
    assert_eq!(tool("php", &["-r", code, "--", argon.expose()], PASSWORD), "bool(true)");
    let otrs = here.hash_foreign(Maker::named("OTRS").unwrap(), &PASSWORD.into()).await.unwrap().unwrap();
    assert_eq!(tool("php", &["-r", "echo hash('sha256', stream_get_contents(STDIN));"], PASSWORD), otrs.expose());
    assert_eq!(Maker::all().count(), 11);
}

#[tokio::test]
async fn what_is_no_hash_is_told_and_matches_nothing() {
    let here = Passwords::new(Cost::for_tests(), Entropy::seeded(1));
    for stored in [
        "",
        "x",
        "*",
        "!",
        "geheim",
        "{PLAIN}geheim",
        "{CRYPT}",
        "1|",
        "{SSHA}",
        "$wp$",
        "$9$x",
        "5f4dcc3b5aa765d61d8327deb882cf99",
    ] {
        for guess in ["", "geheim", stored] {
            assert_eq!(here.verify_foreign(stored, &guess.into()).await, Ok(None), "{stored:?}");
        }
    }
    let long = "x".repeat(73);
    assert!(here.hash_foreign(Maker::named("BCRYPT").unwrap(), &long.as_str().into()).await.unwrap().is_none());
    assert!(Maker::named("ROT13").is_none());
}

proptest::proptest! {
    #[test]
    fn reading_never_panics(
        mark in "(\\$P\\$|\\$S\\$|\\{S?SHA\\}|\\$1\\$|\\$7\\$|\\$y\\$|\\$scrypt\\$|pbkdf2_sha256\\$|\\$wp\\$2y\\$|[1-3]\\||bcrypt\\$)?",
        text in "[./0-9A-Za-z$=,ä ]{0,60}"
    ) {
        let stored = mark + &text;
        let _ = recognises(&plain(&stored));
    }
}
