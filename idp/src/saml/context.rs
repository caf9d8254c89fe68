//! Contexts of authentication: what a party asks for as levels, and a level as a context (SAML core 3.3.2.2.1).

use super::names::context;
use super::request::{Comparison, Contexts};
use crate::assurance::{AcrRequest, Level, Method};

/// Nothing that was asked for can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoContext;

/// What is demanded, and the classes among which the answer chooses its words; none: our own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Demand {
    pub(crate) acr: AcrRequest,
    pub(crate) classes: Vec<String>,
}

/// What is demanded by a request and by what is configured of its party.
///
/// A stronger sign-in answers a request for a weaker context, whatever the comparison: who has shown a password and a code has
/// shown a password.
///
/// # Errors
/// [`NoContext`] when no context asked for is known, or none can be stronger.
pub(crate) fn demand(wanted: Option<&Contexts>, required: Option<&str>) -> Result<Demand, NoContext> {
    let mut demand = Demand::default();
    if let Some(wanted) = wanted {
        let known = wanted.classes.iter().filter_map(|class| Some((Level::of_acr(class)?, class)));
        let strongest = known.clone().map(|(level, _)| level).max().ok_or(NoContext)?;
        demand.acr.essential = true;
        if wanted.comparison == Comparison::Better {
            demand.acr.values.push(stronger(strongest).ok_or(NoContext)?.acr().to_owned());
        } else {
            demand.classes = known.map(|(_, class)| class.clone()).collect();
            demand.acr.values.clone_from(&demand.classes);
        }
    }
    if let Some((required, level)) = required.and_then(|name| Some((name, Level::of_acr(name)?))) {
        demand.acr.values.retain(|name| Level::of_acr(name).is_some_and(|asked| asked >= level));
        if demand.acr.values.is_empty() {
            demand.acr.values.push(required.to_owned());
        }
        demand.acr.essential = true;
    }
    Ok(demand)
}

fn stronger(than: Level) -> Option<Level> {
    match than {
        Level::Single => Some(Level::Double),
        Level::Double => Some(Level::PhishingResistant),
        Level::PhishingResistant => None,
    }
}

/// The class that an assertion names: of those asked for the strongest that was reached, else our own.
/// `amr` says how: who came with a ticket has shown no password.
pub(crate) fn class_for(reached: Level, amr: &[String], classes: &[String]) -> String {
    let asked = AcrRequest { values: classes.to_vec(), essential: false };
    let name = asked.name_for(reached);
    match name == reached.acr() {
        true => own(reached, amr).to_owned(),
        false => name,
    }
}

fn own(level: Level, amr: &[String]) -> &'static str {
    match level {
        Level::Single if Method::Ticket.amr().is_some_and(|ticket| amr.iter().any(|one| one == ticket)) => context::KERBEROS,
        Level::Single => context::PASSWORD,
        Level::Double => context::MULTI_FACTOR,
        Level::PhishingResistant => context::PHISHING_RESISTANT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(comparison: Comparison, classes: &[&str]) -> Contexts {
        Contexts { comparison, classes: classes.iter().map(|c| (*c).to_owned()).collect() }
    }

    fn levels(comparison: Comparison, classes: &[&str]) -> Result<Vec<Level>, NoContext> {
        demand(Some(&wanted(comparison, classes)), None).map(|d| d.acr.levels().collect())
    }

    #[test]
    fn comparisons() {
        use Comparison::{Better, Exact, Maximum, Minimum};
        for same in [Exact, Minimum, Maximum] {
            assert_eq!(levels(same, &[context::PASSWORD]), Ok(vec![Level::Single]));
            assert_eq!(levels(same, &["urn:x", context::MULTI_FACTOR]), Ok(vec![Level::Double]));
            assert_eq!(levels(same, &["urn:x"]), Err(NoContext));
        }
        assert_eq!(levels(Better, &[context::PASSWORD]), Ok(vec![Level::Double]));
        assert_eq!(levels(Better, &[context::PASSWORD, context::MULTI_FACTOR]), Ok(vec![Level::PhishingResistant]));
        assert_eq!(levels(Better, &[context::PHISHING_RESISTANT]), Err(NoContext));
        assert_eq!(levels(Exact, &[]), Err(NoContext));
    }

    #[test]
    fn what_is_configured_binds_and_the_words_are_those_of_the_party() {
        let asked = wanted(Comparison::Exact, &[context::PASSWORD]);
        let both = demand(Some(&asked), Some("2")).unwrap();
        assert_eq!(both.acr, AcrRequest { values: vec!["2".to_owned()], essential: true });
        assert_eq!(class_for(Level::Double, &[], &both.classes), context::PASSWORD);
        assert_eq!(demand(None, None), Ok(Demand::default()));
        assert!(demand(None, Some("2")).unwrap().acr.essential);
        assert_eq!(class_for(Level::Double, &[], &[]), context::MULTI_FACTOR);
        assert_eq!(class_for(Level::Single, &[], &[]), context::PASSWORD);
        assert_eq!(class_for(Level::Single, &["wia".to_owned()], &[]), context::KERBEROS);
        let two = [context::PASSWORD.to_owned(), context::MULTI_FACTOR.to_owned()];
        assert_eq!(class_for(Level::PhishingResistant, &[], &two), context::MULTI_FACTOR);
        assert_eq!(class_for(Level::Single, &[], &two), context::PASSWORD);
    }
}
