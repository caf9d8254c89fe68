use std::path::Path;

use super::Place;

/// The page in the book is what the command prints.
fn is_current(page: &str, command: &[&str]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference").join(page);
    let said = Place::empty().ok(command, "");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == said, "docs/reference/{page} is old; run: symbolon {} > docs/reference/{page}", command.join(" "));
}

#[test]
fn pages_are_current() {
    is_current("settings.md", &["config", "reference"]);
    is_current("command-line.md", &["help", "--markdown"]);
    is_current("policies.md", &["policy", "reference"]);
    is_current("saml-presets.md", &["sp", "presets"]);
    is_current("resolvers.md", &["resolver", "reference"]);
}

#[test]
fn every_command_explains_itself() {
    fn walk(command: &clap::Command, path: &[&str]) {
        for sub in command.get_subcommands() {
            let path = [path, &[sub.get_name()]].concat();
            assert!(sub.get_about().is_some(), "{path:?}");
            for arg in sub.get_arguments() {
                assert!(arg.get_help().is_some(), "{path:?} {}", arg.get_id());
            }
            walk(sub, &path);
        }
    }
    walk(&symbolon::cli::definition(), &[]);
    assert!(Place::empty().ok(&["help", "client", "add"], "").contains("--redirect-uri"));
    Place::empty().refused(2, &["help", "nonsense"], "", "no command nonsense");
}
