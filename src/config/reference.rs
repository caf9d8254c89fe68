//! The reference page and the schema, made from the declarations.

use std::fmt::Write as _;

use super::Config;

/// The reference of all settings in Markdown.
pub fn reference() -> String {
    let mut out = String::from(
        "# Settings\n\nMade by `symbolon config reference`.\n\nWritten in `symbolon.toml`, as environment variable `SYMBOLON__SECTION__KEY`, or with `--set section.key=value`.\n",
    );
    let declared = Config::declared();
    for (section, doc) in Config::sections() {
        let _ = write!(out, "\n## `[{section}]`\n\n{}\n\n| key | value | default | |\n|---|---|---|---|\n", doc.trim());
        for d in declared.iter().filter(|d| d.section == section) {
            let default = d.default.as_ref().map_or_else(|| "unset".to_owned(), |v| format!("`{v}`"));
            let name = if d.secret { format!("`{0}`, `{0}_file`", d.name) } else { format!("`{}`", d.name) };
            let _ = writeln!(out, "| {name} | {} | {default} | {} |", d.kind, d.doc);
        }
    }
    out
}

/// A JSON schema of the configuration file.
pub fn schema() -> serde_json::Value {
    let declared = Config::declared();
    let mut sections = serde_json::Map::new();
    for (section, doc) in Config::sections() {
        let mut keys = serde_json::Map::new();
        for d in declared.iter().filter(|d| d.section == section) {
            let mut about = serde_json::json!({ "description": format!("{} Write {}.", d.doc, d.kind) });
            if let Some(default) = &d.default {
                about["default"] = serde_json::from_str(default).unwrap_or_default();
            }
            if d.secret {
                keys.insert(format!("{}_file", d.name), serde_json::json!({ "type": "string" }));
            }
            keys.insert(d.name.to_owned(), about);
        }
        sections.insert(
            section.to_owned(),
            serde_json::json!({ "type": "object", "description": doc.trim(), "additionalProperties": false, "properties": keys }),
        );
    }
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "symbolon.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": sections,
    })
}
