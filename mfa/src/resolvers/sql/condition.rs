//! The parameter `Where`: `column operator value`, joined by AND. It becomes conditions whose values are bound.

use db::foreign::{Name, Operator, Test};

use super::map::unquoted;

const MOST: usize = 32;

/// Reads all conditions.
///
/// # Errors
/// Says which part is wrong.
pub(super) fn read(text: &str) -> Result<Vec<Test>, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let parts = words.split(|word| word.eq_ignore_ascii_case("and"));
    let tests = parts.map(condition).collect::<Result<Vec<_>, _>>()?;
    if tests.len() > MOST { Err(format!("more than {MOST} conditions")) } else { Ok(tests) }
}

fn condition(words: &[&str]) -> Result<Test, String> {
    let shown = words.join(" ");
    let [column, operator, value @ ..] = words else {
        return Err(format!("`{shown}` is no condition: column, operator and value are expected, with blanks between them"));
    };
    let operator = match operator.to_ascii_lowercase().as_str() {
        "=" | "==" => Operator::Equal,
        ">" => Operator::Greater,
        "<" => Operator::Less,
        "like" => Operator::Like,
        other => return Err(format!("`{other}` is no operator: ==, =, >, < and like are possible")),
    };
    if shown.contains(['(', ')']) {
        return Err("brackets are not possible".to_owned());
    }
    let value = value.join(" ");
    let value = unquoted(&value);
    if value.is_empty() || value.contains('\0') {
        return Err(format!("`{shown}` has no value"));
    }
    let column = Name::new(column).ok_or_else(|| format!("`{column}` is no name of a column"))?;
    Ok(Test::Holds(column, operator, value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<Vec<(String, Operator, String)>, String> {
        let show = |test: Test| match test {
            Test::Holds(name, operator, value) => (name.as_str().to_owned(), operator, value),
            other => panic!("{other:?}"),
        };
        read(text).map(|tests| tests.into_iter().map(show).collect())
    }

    #[test]
    fn conditions() {
        let of = |name: &str, operator, value: &str| (name.to_owned(), operator, value.to_owned());
        assert_eq!(shown("  "), Ok(vec![]));
        assert_eq!(shown("active == 1"), Ok(vec![of("active", Operator::Equal, "1")]));
        assert_eq!(
            shown("type LIKE adm% And age > 17 AND n < 3 and city = 'St. Gallen'"),
            Ok(vec![
                of("type", Operator::Like, "adm%"),
                of("age", Operator::Greater, "17"),
                of("n", Operator::Less, "3"),
                of("city", Operator::Equal, "St. Gallen"),
            ])
        );
        for wrong in ["active", "active ==", "active==1", "a = 1 and", "and", "a != 1", "(a = 1)", "a = 1 and (b = 2)", "a = ''"]
        {
            assert!(shown(wrong).is_err(), "{wrong}");
        }
        // Whatever it says is a value.
        assert_eq!(shown("a = 1; DROP TABLE x --"), Ok(vec![of("a", Operator::Equal, "1; DROP TABLE x --")]));
    }
}
