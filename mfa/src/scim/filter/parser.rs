//! Tokens as filters. `and` binds closer than `or`, `not` closer than both (RFC 7644 section 3.4.2.2).

use serde_json::Value;

use super::lexer::{Token, tokens};
use super::{Filter, MAX_DEPTH, MAX_LENGTH, MAX_TERMS, Op};
use crate::scim::error::{Kind, ScimError};
use crate::scim::path::Path;
use crate::scim::schema::{Attr, Resource, Returned, Type};

/// Whose attributes a filter names.
#[derive(Clone, Copy)]
pub enum Within {
    /// Those of a resource. An unknown one is an error.
    Resource(&'static Resource),
    /// Those of a resource among others. An unknown one has no value (section 3.4.2.1).
    AnyResource(&'static Resource),
    /// Those of the objects of an attribute.
    Attribute(&'static Attr),
}

fn wrong(what: impl std::fmt::Display) -> ScimError {
    ScimError::new(Kind::InvalidFilter, format!("The filter is not valid: {what}."))
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// [`Kind::InvalidFilter`] says what is not understood.
    pub fn parse(text: &str, within: Within) -> Result<Self, ScimError> {
        if text.len() > MAX_LENGTH {
            return Err(wrong(format!("it is longer than {MAX_LENGTH} bytes")));
        }
        let tokens = tokens(text).map_err(wrong)?;
        let mut parser = Parser { tokens: &tokens, at: 0, terms: 0 };
        let filter = parser.or(within, 0)?;
        match parser.peek() {
            None => Ok(filter),
            Some(_) => Err(wrong("something follows after its end")),
        }
    }
}

struct Parser<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    terms: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token<'t>> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<&'t Token<'t>> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    fn word_is(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word))
    }

    fn demand(&mut self, token: &Token<'_>, name: &str) -> Result<(), ScimError> {
        match self.next() {
            Some(next) if next == token => Ok(()),
            _ => Err(wrong(format!("{name} is expected"))),
        }
    }

    fn or(&mut self, within: Within, depth: usize) -> Result<Filter, ScimError> {
        if depth > MAX_DEPTH {
            return Err(wrong("it is nested too deeply"));
        }
        let mut any = vec![self.and(within, depth)?];
        while self.word_is("or") {
            self.at += 1;
            any.push(self.and(within, depth)?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Filter::Or(any) })
    }

    fn and(&mut self, within: Within, depth: usize) -> Result<Filter, ScimError> {
        let mut all = vec![self.term(within, depth)?];
        while self.word_is("and") {
            self.at += 1;
            all.push(self.term(within, depth)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Filter::And(all) })
    }

    fn term(&mut self, within: Within, depth: usize) -> Result<Filter, ScimError> {
        match self.next() {
            Some(Token::Open) => {
                let inner = self.or(within, depth + 1)?;
                self.demand(&Token::Close, ")")?;
                Ok(inner)
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("not") && self.peek() == Some(&Token::Open) => {
                self.at += 1;
                let inner = self.or(within, depth + 1)?;
                self.demand(&Token::Close, ")")?;
                Ok(Filter::Not(Box::new(inner)))
            }
            Some(Token::Word(name)) => self.attribute(name, within, depth),
            _ => Err(wrong("an attribute is expected")),
        }
    }

    fn attribute(&mut self, name: &str, within: Within, depth: usize) -> Result<Filter, ScimError> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(wrong(format!("it has more than {MAX_TERMS} comparisons")));
        }
        let path = resolve(name, within)?;
        if self.peek() == Some(&Token::OpenBracket) {
            self.at += 1;
            return self.objects(path, within, depth);
        }
        let Some(Token::Word(word)) = self.next() else { return Err(wrong("an operator is expected")) };
        if word.eq_ignore_ascii_case("pr") {
            return Ok(path.map_or(Filter::Always(false), Filter::Present));
        }
        let op = Op::parse(word).ok_or_else(|| wrong(format!("there is no operator {word}")))?;
        let literal = match self.next() {
            Some(Token::Text(text)) => Value::String(text.clone()),
            Some(Token::Word(word)) => literal(word).ok_or_else(|| wrong(format!("{word} is no value")))?,
            _ => return Err(wrong("a value is expected")),
        };
        match path {
            Some(path) => comparison(path, op, literal),
            None => Ok(Filter::Always((op == Op::Ne) != literal.is_null())),
        }
    }

    /// What stands in brackets behind an attribute.
    fn objects(&mut self, path: Option<Path>, within: Within, depth: usize) -> Result<Filter, ScimError> {
        let Some(path) = path else {
            // Nobody knows the attributes of an unknown attribute: skip to the end of its brackets.
            while self.next().ok_or_else(|| wrong("] is expected"))? != &Token::CloseBracket {}
            return Ok(Filter::Always(false));
        };
        if path.sub.is_some() || path.attr.ty != Type::Complex || matches!(within, Within::Attribute(_)) {
            return Err(wrong(format!("{} has no attributes of its own", path.attr.name)));
        }
        let inner = self.or(Within::Attribute(path.attr), depth + 1)?;
        self.demand(&Token::CloseBracket, "]")?;
        Ok(Filter::Any(path, Box::new(inner)))
    }
}

fn resolve(name: &str, within: Within) -> Result<Option<Path>, ScimError> {
    let found = match within {
        Within::Resource(resource) | Within::AnyResource(resource) => resource.path(name),
        Within::Attribute(attr) => attr.sub(name).map(Path::to),
    };
    let hidden = |path: &Path| path.attr.returned == Returned::Never;
    match (found, within) {
        // What nobody may read cannot be found out by asking either.
        (Some(path), _) if hidden(&path) => Err(wrong(format!("{name} cannot be compared"))),
        (Some(path), _) => Ok(Some(path)),
        (None, Within::AnyResource(_)) => Ok(None),
        (None, _) => Err(wrong(format!("there is no attribute {name}"))),
    }
}

fn literal(word: &str) -> Option<Value> {
    match word.to_ascii_lowercase().as_str() {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "null" => Some(Value::Null),
        number => serde_json::from_str(number).ok().filter(Value::is_number),
    }
}

/// Refuses what cannot be compared, so that asking never fails.
fn comparison(path: Path, op: Op, literal: Value) -> Result<Filter, ScimError> {
    let name = path.attr.name;
    let Some(leaf) = path.leaf() else {
        return Err(wrong(format!("{name} is an object; name one of its attributes")));
    };
    if literal.is_null() {
        return match op {
            Op::Eq => Ok(Filter::Not(Box::new(Filter::Present(path)))),
            Op::Ne => Ok(Filter::Present(path)),
            _ => Err(wrong("null is neither greater nor less than anything")),
        };
    }
    let literal = match leaf.ty {
        // Some clients write truth values as text.
        Type::Bool if op.orders() || !matches!(op, Op::Eq | Op::Ne) => {
            return Err(wrong(format!("{name} is true or false: use eq or ne")));
        }
        Type::Bool => crate::scim::document::truth(&literal).map(Value::Bool),
        Type::Text | Type::Reference | Type::Moment => Some(literal).filter(Value::is_string),
        Type::Complex => None,
    };
    match literal {
        Some(literal) => Ok(Filter::Compare(path, op, literal)),
        None => Err(wrong(format!("{name} is compared with a value of another type"))),
    }
}
