//! The house rules that a compiler does not check: which crate may know which, where SQL may stand, how long files may be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Crate of ours -> crates of ours that it may depend on (outside of tests).
const ARROWS: &[(&str, &[&str])] = &[
    ("symbolon-kernel", &[]),
    ("symbolon-db", &["symbolon-kernel"]),
    ("symbolon-keys", &["symbolon-kernel", "symbolon-db"]),
    ("symbolon-audit", &["symbolon-kernel", "symbolon-db", "symbolon-keys"]),
    ("symbolon-mfa", &["symbolon-kernel", "symbolon-db", "symbolon-keys", "symbolon-audit"]),
    ("symbolon-idp", &["symbolon-kernel", "symbolon-db", "symbolon-keys", "symbolon-audit"]),
    ("symbolon-templates", &[]),
    (
        "symbolon",
        &[
            "symbolon-kernel",
            "symbolon-db",
            "symbolon-keys",
            "symbolon-audit",
            "symbolon-mfa",
            "symbolon-idp",
            "symbolon-templates",
        ],
    ),
    ("symbolon-demo", &[]),
    ("symbolon-testbed", &[]),
    // The benchmark measures the bare database beside the program.
    ("symbolon-conformance", &["symbolon-kernel", "symbolon-db", "symbolon-testbed"]),
];

/// Foreign crates that only some of ours may use.
const RESERVED: &[(&str, &[&str])] = &[
    ("axum", &["symbolon", "symbolon-demo", "symbolon-conformance"]),
    ("clap", &["symbolon", "symbolon-demo", "symbolon-conformance"]),
    // The benchmark measures the bare drivers beside the facade.
    ("sqlx", &["symbolon-db", "symbolon-conformance"]),
    ("rusqlite", &["symbolon-db", "symbolon-conformance"]),
    ("minijinja", &["symbolon-templates"]),
];

const LONG: usize = 500;
const TOO_LONG: usize = 800;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn arrows_point_inwards() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("name");
        seen.insert(name.to_owned());
        let Some(may) = allowed.get(name) else {
            wrong.push(format!("{name} is not in the list of crates"));
            continue;
        };
        let dependencies = package["dependencies"].as_array().expect("dependencies");
        for dependency in dependencies.iter().filter(|d| d["kind"].is_null()) {
            let other = dependency["name"].as_str().expect("name");
            if allowed.contains_key(other) && !may.contains(&other) {
                wrong.push(format!("{name} -> {other}"));
            }
            if let Some((_, users)) = RESERVED.iter().find(|(crate_name, _)| *crate_name == other)
                && !users.contains(&name)
            {
                wrong.push(format!("{name} uses {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that should not exist:\n{}", wrong.join("\n"));
    assert_eq!(seen.len(), ARROWS.len(), "a listed crate is missing");
}

/// Every Rust source of the workspace, without build output.
fn sources() -> Vec<PathBuf> {
    fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if name != "target" && !name.to_string_lossy().starts_with('.') {
                    walk(&path, out);
                }
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(path);
            }
        }
    }
    let mut out = Vec::new();
    walk(&root(), &mut out);
    out.sort();
    assert!(out.len() > 50, "sources not found");
    out
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

#[test]
fn files_stay_small() {
    let mut wrong = Vec::new();
    for path in sources() {
        let text = std::fs::read_to_string(&path).expect("readable");
        let lines = text.lines().count();
        let has_reason = text.lines().take(40).any(|l| l.starts_with("//! Long because"));
        if lines > TOO_LONG || (lines > LONG && !has_reason) {
            wrong.push(format!("{}: {lines} lines", short(&path)));
        }
    }
    assert!(wrong.is_empty(), "split by thing, or say `//! Long because ...` at the top:\n{}", wrong.join("\n"));
}

#[test]
fn sql_stands_in_stores_only() {
    let mut wrong = Vec::new();
    for path in sources() {
        let name = short(&path);
        let is_store = name.split(['/', '.']).any(|part| part == "store" || part.ends_with("_store"));
        // Re-sealing walks every sealed column by statements made from their declaration.
        let is_exempt = name.starts_with("db/") || name == "keys/src/reseal.rs";
        let is_test = name.contains("tests") || name.contains("testing") || name.starts_with("conformance/");
        if is_store || is_exempt || is_test {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("readable");
        // Tests at the end of a file may look into tables.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let sql = ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "statements! {"];
            if sql.iter().any(|s| line.contains(s)) && !line.trim_start().starts_with("//") {
                wrong.push(format!("{name}:{}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "SQL outside of a store module:\n{}", wrong.join("\n"));
}

#[test]
fn no_test_is_switched_off() {
    let mark = concat!("#[ig", "nore");
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|p| std::fs::read_to_string(p).is_ok_and(|t| t.lines().any(|l| l.trim_start().starts_with(mark))))
        .map(|p| short(&p))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

/// A test with a database is named in `db::on_every_database!`; none chooses for itself.
#[test]
fn no_test_chooses_its_database() {
    // Those that serve all tests, and those about all databases at once or about several nodes, which SQLite does not have.
    let allowed = ["architecture", "statements", "support", "cli/mod", "nodes"].map(|name| format!("tests/it/{name}.rs"));
    let mut wrong = Vec::new();
    for path in sources() {
        let name = short(&path);
        if !name.starts_with("tests/it/") || allowed.contains(&name) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("readable");
        let marks = ["#[tokio::test]", "Dialect::Sqlite", "Dialect::Postgres", "Dialect::MySql"];
        wrong.extend(marks.into_iter().filter(|mark| text.contains(mark)).map(|mark| format!("{name}: {mark}")));
    }
    assert!(wrong.is_empty(), "use db::on_every_database!:\n{}", wrong.join("\n"));
}
