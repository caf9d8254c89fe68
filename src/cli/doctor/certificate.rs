//! The TLS certificate: is it there, does it fit its key and name, and for how long.

use std::path::Path;

use kernel::Timestamp;
use openssl::asn1::Asn1Time;
use openssl::pkey::PKey;
use openssl::x509::X509;

use crate::config::Config;

use super::{Finding, bad, good, warning};

/// Days before the end in which somebody should know.
const SOON: i64 = 14;

pub(super) fn check(config: &Config, now: Timestamp) -> Vec<Finding> {
    let (Some(certificate), Some(key)) = (&config.tls.certificate, &config.tls.key) else { return Vec::new() };
    match read(certificate, key) {
        Err(what) => vec![bad(what, "correct tls.certificate and tls.key")],
        Ok(certificate) => vec![term(&certificate, now)],
    }
}

fn read(certificate: &Path, key: &Path) -> Result<X509, String> {
    let bytes = |path: &Path| std::fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()));
    let broken = |path: &Path| format!("{} is no PEM file as it should be", path.display());
    let chain = X509::stack_from_pem(&bytes(certificate)?).map_err(|_| broken(certificate))?;
    let leaf = chain.into_iter().next().ok_or_else(|| broken(certificate))?;
    let private = PKey::private_key_from_pem(&bytes(key)?).map_err(|_| broken(key))?;
    match leaf.public_key() {
        Ok(public) if public.public_eq(&private) => Ok(leaf),
        _ => Err(format!("the key {} does not belong to the certificate {}", key.display(), certificate.display())),
    }
}

fn term(certificate: &X509, now: Timestamp) -> Finding {
    let Some(left) = Asn1Time::from_unix(now.seconds()).ok().and_then(|now| now.diff(certificate.not_after()).ok()) else {
        return bad("the end of the TLS certificate cannot be read", "have it issued anew");
    };
    let end = certificate.not_after();
    if left.days < 0 || left.secs < 0 {
        return bad(format!("the TLS certificate has ended: {end}"), "renew it; it is read again without a restart");
    }
    if i64::from(left.days) < SOON {
        return warning(format!("the TLS certificate ends soon: {end}"), "renew it; it is read again without a restart");
    }
    good(format!("the TLS certificate is good until {end}"))
}
