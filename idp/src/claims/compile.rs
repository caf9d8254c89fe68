//! From rules to what can be evaluated: every mistake is found here, and none later.

use std::collections::BTreeMap;

use serde_json::Value;

use super::filter::Filter;
use super::rule::{self, Destination, Rule};
use super::standard::{self, Kind};
use super::template::Template;
use crate::oidc::scope::{OPENID, is_scope};

/// Most rules of one application.
const MOST_RULES: usize = 100;
/// Most attributes of one rule.
const MOST_ATTRIBUTES: usize = 20;
/// Most entries of a list that is constant.
const MOST_CONSTANTS: usize = 100;
/// Most bytes of a constant.
const MOST_BYTES: usize = 4096;

/// Where values come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// The first of these attributes that has a value.
    Attributes(Vec<String>),
    /// A template.
    Template(String, Template),
    /// The same for everybody.
    Constant(Value),
}

/// Why an application gets a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Every application does.
    Standard,
    /// Its setting `claim_attributes`.
    Renamed,
    /// The rule at this place, counted from one.
    Rule(usize),
}

/// One claim of one application.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) claim: String,
    pub(super) origin: Origin,
    pub(super) source: Source,
    pub(super) kind: Kind,
    pub(super) filter: Option<Filter>,
    pub(super) multiple: bool,
    pub(super) required: bool,
    pub(super) scope: String,
    pub(super) to: Vec<Destination>,
}

impl Line {
    fn standard(claim: &standard::Claim) -> Self {
        Self {
            claim: claim.name.to_owned(),
            origin: Origin::Standard,
            source: Source::Attributes(claim.from.iter().map(|name| (*name).to_owned()).collect()),
            kind: claim.kind,
            filter: None,
            multiple: false,
            required: false,
            scope: claim.scope.to_owned(),
            to: vec![Destination::Userinfo],
        }
    }
}

/// All claims of one application: its own rules in their order, then the standard claims that none of them is about.
///
/// # Errors
/// Everything that is wrong.
pub(super) fn lines(rules: &[Rule], renamed: &BTreeMap<String, String>, scopes: &[String]) -> Result<Vec<Line>, Vec<String>> {
    let (mut lines, mut problems) = (Vec::<Line>::new(), Vec::new());
    if rules.len() > MOST_RULES {
        return Err(vec![format!("there are more than {MOST_RULES} rules")]);
    }
    for (at, rule) in rules.iter().enumerate() {
        let mut found = mistakes(rule, scopes);
        let twice = lines.iter().any(|line| line.claim == rule.claim) || renamed.contains_key(&rule.claim);
        if twice {
            found.push("there is another rule for this claim, here or in `claim_attributes`".to_owned());
        }
        match line(at + 1, rule) {
            Ok(line) if found.is_empty() => lines.push(line),
            Ok(_) => {}
            Err(problem) => found.push(problem),
        }
        let shown: String = rule.claim.chars().filter(|c| !c.is_control()).take(60).collect();
        problems.extend(found.into_iter().map(|problem| format!("rule {} (`{shown}`): {problem}", at + 1)));
    }
    for (claim, attribute) in renamed {
        match standard::by_name(claim) {
            Some(standard) => lines.push(Line {
                origin: Origin::Renamed,
                source: Source::Attributes(vec![attribute.clone()]),
                ..Line::standard(standard)
            }),
            None => problems.push(format!("`{claim}` in `claim_attributes` is not a standard claim")),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let named: Vec<String> = lines.iter().map(|line| line.claim.clone()).collect();
    lines.extend(standard::CLAIMS.iter().filter(|claim| !named.iter().any(|n| n == claim.name)).map(Line::standard));
    Ok(lines)
}

/// What is wrong with a rule, apart from its texts.
fn mistakes(rule: &Rule, scopes: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut unless = |good: bool, text: &str| {
        if !good {
            found.push(text.to_owned());
        }
    };
    let is_standard = standard::by_name(&rule.claim).is_some();
    unless(rule::is_claim(&rule.claim), "the name of a claim has 1 to 255 visible ASCII characters without quotes, < > & and \\");
    unless(!rule::is_reserved(&rule.claim), "only the provider sets this claim");
    let sources = [!rule.attribute.0.is_empty(), rule.template.is_some(), rule.constant.is_some()];
    unless(sources.iter().filter(|given| **given).count() <= 1, "give one of `attribute`, `template` and `constant`");
    let by_attribute = rule.template.is_none() && rule.constant.is_none();
    let attributes = &rule.attribute.0;
    unless(
        attributes.len() <= MOST_ATTRIBUTES && attributes.iter().all(|name| rule::is_attribute(name)),
        "`attribute` names at most 20 attributes of letters, digits and . _ - ;",
    );
    let filtered = !rule.only.0.is_empty() || !rule.strip.is_empty();
    unless(by_attribute || !filtered, "`match` and `strip` are for attributes");
    unless(rule.template.is_none() || !rule.multiple, "a template gives one value, so not `multiple`");
    unless(!is_standard || !rule.multiple, "a standard claim has one value, so not `multiple`");
    unless(!is_standard || rule.value_type.is_none(), "the type of a standard claim is given");
    unless(
        rule.constant.is_none() || (rule.value_type.is_none() && !rule.multiple),
        "a constant has its own type, and is a list if it is one",
    );
    unless(
        rule.constant.as_ref().is_none_or(is_plain),
        "a constant is a text, number or truth value, or a list of at most 100 of them, in 4096 bytes",
    );
    unless(!rule.required || rule.to.as_ref().is_none_or(|to| !to.is_empty()), "it is required and goes nowhere");
    if let Some(scope) = &rule.scope {
        unless(is_scope(scope), "`scope` is no scope");
        let may = scope == OPENID || scopes.contains(scope);
        unless(may, "its `scope` is not among the `scopes` of the application");
    }
    found
}

fn is_plain(constant: &Value) -> bool {
    let scalar = |value: &Value| match value {
        Value::String(text) => !text.contains('\0'),
        Value::Number(_) | Value::Bool(_) => true,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    };
    let fits = match constant {
        Value::Array(list) => list.len() <= MOST_CONSTANTS && list.iter().all(scalar),
        one => scalar(one),
    };
    fits && super::mapping::weight(constant) <= MOST_BYTES
}

fn line(at: usize, rule: &Rule) -> Result<Line, String> {
    let usual = standard::by_name(&rule.claim).map(Line::standard);
    let source = match (&rule.template, &rule.constant) {
        (Some(text), _) => Source::Template(text.clone(), Template::read(text)?),
        (None, Some(constant)) => Source::Constant(constant.clone()),
        (None, None) if !rule.attribute.0.is_empty() => Source::Attributes(rule.attribute.0.clone()),
        (None, None) => usual.as_ref().map_or_else(|| Source::Attributes(vec![rule.claim.clone()]), |line| line.source.clone()),
    };
    let filtered = !rule.only.0.is_empty() || !rule.strip.is_empty();
    let filter = if filtered { Some(Filter::read(&rule.only.0, &rule.strip)?) } else { None };
    let mut to = rule.to.clone().unwrap_or_else(|| vec![Destination::Userinfo]);
    to.sort_by_key(|destination| destination.name());
    to.dedup();
    Ok(Line {
        claim: rule.claim.clone(),
        origin: Origin::Rule(at),
        source,
        kind: usual.as_ref().map_or_else(|| rule.value_type.map_or(Kind::Text, Kind::from), |line| line.kind),
        filter,
        multiple: rule.multiple,
        required: rule.required,
        scope: rule.scope.clone().unwrap_or_else(|| usual.map_or_else(|| OPENID.to_owned(), |line| line.scope)),
        to,
    })
}
