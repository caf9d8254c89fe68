//! Pages of the reference that follow from declarations: the command line, the policies and the resolvers.

use std::fmt::Write as _;

use clap::Command;
use mfa::policy::{Comparator, Missing, Registry, Scope, Section, Spec, ValueType};

/// The reference of the whole command line in Markdown.
pub fn command_line() -> String {
    let mut root = super::definition();
    root.build();
    let mut out = String::from(
        "# Command line\n\nMade by `symbolon help --markdown`.\n\n\
         Secrets come on standard input, never as arguments, where other users of the machine could read them. Exit codes: 0 done, \
         1 refused or failed, 2 wrong usage, 3 wrong configuration, 4 something that Symbolon depends on does not answer. With \
         `--json` an error is an object `{\"error\": {\"message\", \"mend\", \"exit\"}}` on standard output.\n",
    );
    out.push_str("\nOptions of every command:\n\n");
    options(&mut out, &root, true);
    for verb in root.get_subcommands() {
        page(&mut out, verb, "symbolon", 2);
    }
    out
}

fn page(out: &mut String, command: &Command, above: &str, level: usize) {
    let name = format!("{above} {}", command.get_name());
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = write!(out, "\n{} `{name}`\n\n{about}.\n", "#".repeat(level));
    let aliases: Vec<&str> = command.get_visible_aliases().collect();
    if !aliases.is_empty() {
        let _ = write!(out, "\nAlso: `{above} {}`.\n", aliases.join("`, `"));
    }
    let mut below = command.get_subcommands().filter(|sub| sub.get_name() != "help").peekable();
    if below.peek().is_none() {
        let usage = command.clone().disable_help_flag(true).render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").trim();
        let usage = if usage.starts_with("symbolon") { usage.to_owned() } else { format!("{above} {usage}") };
        let _ = write!(out, "\n```\n{usage}\n```\n");
        if command.get_arguments().any(|arg| shown(arg, false)) {
            out.push('\n');
            options(out, command, false);
        }
    }
    for sub in below {
        page(out, sub, &name, level + 1);
    }
}

fn shown(arg: &clap::Arg, global: bool) -> bool {
    !arg.is_hide_set() && arg.is_global_set() == global && !matches!(arg.get_id().as_str(), "help" | "version")
}

fn options(out: &mut String, command: &Command, global: bool) {
    for arg in command.get_arguments().filter(|arg| shown(arg, global)) {
        let value = arg.get_value_names().map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
        let value = value.filter(|_| arg.get_action().takes_values());
        let name = match (arg.get_long(), value) {
            (Some(long), Some(value)) => format!("--{long} {value}"),
            (Some(long), None) => format!("--{long}"),
            (None, value) => value.unwrap_or_else(|| arg.get_id().to_string().to_uppercase()),
        };
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = write!(out, "* `{name}`: {help}");
        let defaults: Vec<String> = arg.get_default_values().iter().map(|v| v.to_string_lossy().into_owned()).collect();
        if !defaults.is_empty() && arg.get_action().takes_values() {
            let _ = write!(out, " [default: `{}`]", defaults.join(" "));
        }
        if let Some(env) = arg.get_env() {
            let _ = write!(out, " [environment: `{}`]", env.to_string_lossy());
        }
        let choices: Vec<String> = arg
            .get_possible_values()
            .iter()
            .filter(|_| arg.get_action().takes_values())
            .map(|choice| format!("`{}`", choice.get_name()))
            .collect();
        if !choices.is_empty() {
            let _ = write!(out, " [{}]", choices.join(", "));
        }
        out.push('\n');
    }
}

/// The reference of all policy actions in Markdown.
pub fn policies() -> String {
    let registry = Registry::of_kinds();
    let mut out = String::from(
        "# Policies\n\nMade by `symbolon policy reference`.\n\n\
         A policy belongs to one scope and says one or more things (its actions). It takes effect on a request that meets all of its \
         conditions: realm, resolver, user, administrator, client address, user agent, node, time, and the extended conditions \
         below. Where two policies contradict each other, the one with the smaller priority number wins; where two of equal \
         priority do, the request is refused. `symbolon explain SCOPE ACTION` tells which policies take effect, and where the \
         others drop out.\n",
    );
    for scope in Scope::ALL {
        let mut specs = registry.of(scope).peekable();
        if specs.peek().is_none() {
            continue;
        }
        let _ = write!(out, "\n## Scope `{}`\n\n| action | value | |\n|---|---|---|\n", scope.name());
        for spec in specs {
            let _ = writeln!(out, "| `{}` | {} | {} |", spec.name, value(spec), cell(spec.doc()));
        }
    }
    out.push_str("\n## Extended conditions\n\nA condition compares one value of a section: `[section, key, comparator, value, active, handle_missing_data]`.\n");
    list(&mut out, "section", Section::ALL.iter().map(|s| (s.name(), s.about())));
    list(&mut out, "comparator", Comparator::ALL.iter().map(|c| (c.name(), c.about())));
    list(&mut out, "when data is missing", Missing::ALL.iter().map(|m| (m.name(), m.about())));
    out
}

/// The reference of all kinds of resolvers in Markdown.
pub fn resolvers() -> String {
    let mut out = String::from(
        "# Resolvers\n\nMade by `symbolon resolver reference`.\n\n\
         A resolver is a store of people. Parameters that a kind does not know are kept and shown. A `preset` fills in the values of a \
         usual case; what is given besides wins.\n",
    );
    for kind in mfa::resolvers::KINDS {
        let _ =
            write!(out, "\n## `{}`\n\n{}.\n\n| parameter | type | default | |\n|---|---|---|---|\n", kind.name, kind.description);
        for param in kind.params {
            let default = match param.default {
                None => "needed".to_owned(),
                Some("") => String::new(),
                Some(text) => format!("`{}`", cell(text)),
            };
            let _ = writeln!(out, "| `{}` | {} | {default} | {} |", param.name, param.ty.name(), cell(param.doc));
        }
        for preset in kind.presets {
            let _ = write!(out, "\nPreset `{}`: {}.\n\n", preset.name, preset.description);
            for (name, value) in preset.values {
                let _ = writeln!(out, "* `{name}`: `{value}`");
            }
        }
    }
    out
}

fn list<'a>(out: &mut String, head: &str, rows: impl Iterator<Item = (&'a str, &'a str)>) {
    let _ = write!(out, "\n| {head} | |\n|---|---|\n");
    for (name, about) in rows {
        let _ = writeln!(out, "| `{name}` | {} |", cell(about));
    }
}

fn value(spec: &Spec) -> String {
    match (spec.value_type, spec.choices) {
        (ValueType::Bool, _) => "none: it is there or not".to_owned(),
        (ValueType::Int, []) => "a whole number".to_owned(),
        (ValueType::Str, []) => "text".to_owned(),
        (_, choices) => choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", "),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
