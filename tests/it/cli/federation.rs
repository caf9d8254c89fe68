//! Federations from the command line, and what a large one costs.

#![allow(clippy::print_stdout, reason = "what was measured is shown with --nocapture")]

use std::process::Stdio;

use db::Dialect;

use super::Place;
use crate::saml::federation::document;
use crate::saml::publisher::{Signer, verifies};

db::on_every_database![a_large_federation_needs_little_memory, presets_are_registered];

/// The most memory that a process has had so far, in MiB.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
}

async fn a_large_federation_needs_little_memory(on: Dialect) {
    let (place, signer) = (Place::ready(on).await, Signer::new());
    let count = if db::testing::full_scale() { 10_000 } else { 300 };
    let xml = document(0, count, "", &signer.base64(), 3600);
    let file = signer.sign_file(&xml, "EntitiesDescriptor");
    assert!(verifies(&file, &signer.certificate_file(), "EntitiesDescriptor"));
    let (metadata, certificate) = (file.display().to_string(), signer.certificate_file().display().to_string());
    let began = kernel::clock::Stopwatch::start();
    let mut add = vec!["sp", "federation", "add", "edu", "--metadata", &metadata, "--certificate", &certificate];
    add.extend(["--setting", "require_valid_until=false"]);
    let mut command = place.command(&add);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut most = 0;
    let status = loop {
        most = most.max(peak(child.id()).unwrap_or(0));
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(std::time::Duration::from_millis(5)),
        }
    };
    assert!(status.success());
    let size = std::fs::metadata(&file).unwrap().len() / (1024 * 1024);
    println!(
        "scale: federation of {count} entities, {size} MiB on {on:?}: {:.1} s, peak {most} MiB",
        began.elapsed().as_secs_f64()
    );
    assert!(most < 150 + 3 * size, "{most} MiB for {size} MiB");
    let shown: serde_json::Value = serde_json::from_str(&place.ok(&["sp", "federation", "show", "edu"], "")).unwrap();
    assert_eq!((shown["services"].as_u64(), shown["status"].as_str()), (Some(count as u64), Some("usable")));
    assert!(place.ok(&["sp", "federation", "refresh", "edu", "--metadata", &metadata], "").contains("nothing new"));
    place.ok(&["sp", "federation", "remove", "edu"], "");
}

async fn presets_are_registered(on: Dialect) {
    let place = Place::ready(on).await;
    place.refused(2, &["sp", "add", "--preset", "slack"], "", "workspace");
    place.refused(2, &["sp", "add", "--preset", "nonsense"], "", "google-workspace");
    place.ok(&["sp", "add", "--preset", "slack", "--param", "workspace=acme", "team"], "");
    let shown = place.ok(&["sp", "show", "team"], "");
    assert!(shown.contains("https://acme.slack.com/sso/saml") && shown.contains("User.Email"), "{shown}");
    let told = place.ok(&["sp", "metadata", "--public-url", "https://id.example.org"], "");
    assert!(told.contains("entityID=\"https://id.example.org/saml/metadata\""), "{told}");
    let announced = place.ok(&["keys", "rotate", "--only", "saml"], "");
    assert!(announced.contains("signs from"), "{announced}");
    assert_eq!(place.ok(&["sp", "metadata"], "").matches("<md:KeyDescriptor").count(), 4, "the next keys stand in our metadata");
}
