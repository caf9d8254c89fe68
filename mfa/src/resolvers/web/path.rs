//! Where a value is within a JSON document: `name.first`, `phones[0].number`, `emails.0.value`, `groups.display`.

use serde_json::Value;

/// Longest path.
pub(super) const LONGEST: usize = 255;
/// Values of one list at most.
const MOST: usize = 2_000;

/// The value at a path. A key that is written with dots counts before a way through objects; a name within a list means that of all
/// its elements.
pub(in crate::resolvers) fn find(value: &Value, path: &str) -> Option<Value> {
    if path.len() > LONGEST {
        return None;
    }
    step(value, path)
}

fn step(value: &Value, path: &str) -> Option<Value> {
    if path.is_empty() {
        return Some(value.clone());
    }
    match value {
        Value::Object(map) => {
            if let Some(found) = map.get(path) {
                return Some(found.clone());
            }
            // `urn:...:2.0:User.department` has dots and colons of its own: every end of a name is tried.
            let ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '[' | ':'));
            ends.filter_map(|(at, _)| step(map.get(&path[..at])?, &path[at + 1..])).next()
        }
        Value::Array(list) => {
            let (first, rest) = path.split_once(['.', '[']).unwrap_or((path, ""));
            if let Ok(index) = first.trim_end_matches(']').parse::<usize>() {
                return step(list.get(index)?, rest.trim_start_matches('.'));
            }
            let all: Vec<Value> = list.iter().take(MOST).filter_map(|each| step(each, path)).collect();
            (!all.is_empty()).then_some(Value::Array(all))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_path() {
        let document = json!({
            "name": { "first": "Hans" },
            "phones": [{ "number": "1", "type": "work" }, { "number": "2" }],
            "a.b": 1,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "IT" },
            "list": [["x", "y"]],
        });
        for (path, expected) in [
            ("name.first", json!("Hans")),
            ("phones[1].number", json!("2")),
            ("phones.0.number", json!("1")),
            ("phones.number", json!(["1", "2"])),
            ("a.b", json!(1)),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", json!("IT")),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.department", json!("IT")),
            ("list[0][1]", json!("y")),
        ] {
            assert_eq!(find(&document, path), Some(expected), "{path}");
        }
        for none in ["name.last", "phones[7].number", "name.first.x", "x", "phones.x", "[0]"] {
            assert_eq!(find(&document, none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn paths_never_panic(path in "[a-z.\\[\\]:0-9é]{0,30}") {
            let _ = find(&json!({ "a": [{ "a": { "b": [] } }, "é"], "": { "": 1 } }), &path);
        }
    }
}
