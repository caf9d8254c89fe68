//! Every sentence exists in every language, with the same values, and is used.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use templates::Lang;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("directory").map(|entry| entry.expect("entry").path()) {
        if entry.is_dir() { files(&entry, found) } else { found.push(entry) }
    }
}

fn texts(dir: &str) -> Vec<String> {
    let mut found = Vec::new();
    files(&root().join(dir), &mut found);
    found.iter().map(|path| fs::read_to_string(path).expect("text")).collect()
}

/// Sentences of a language: file and key, with the names of the values.
fn sentences(lang: Lang) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut paths = Vec::new();
    files(&root().join("ftl").join(lang.tag()), &mut paths);
    let mut all = BTreeMap::new();
    for path in paths {
        let file = path.file_name().expect("name").to_string_lossy().into_owned();
        let mut current: Option<(String, String)> = None;
        for line in fs::read_to_string(&path).expect("text").lines().filter(|line| !line.starts_with('#')) {
            if let Some((key, _)) = line.split_once(" =").filter(|(key, _)| !key.is_empty() && !key.starts_with([' ', '}'])) {
                let key = (file.clone(), key.to_owned());
                assert!(all.insert(key.clone(), BTreeSet::new()).is_none(), "{key:?} twice");
                current = Some(key);
            }
            if let Some(values) = current.as_ref().and_then(|key| all.get_mut(key)) {
                let names =
                    line.split('$').skip(1).map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default());
                values.extend(names.map(str::to_owned));
            }
        }
    }
    all
}

/// The strings between `start` and the next quote.
fn quoted<'a>(texts: &'a [String], start: &'a str) -> impl Iterator<Item = String> + 'a {
    texts.iter().flat_map(move |text| text.split(start).skip(1)).filter_map(|rest| rest.split('"').next()).map(str::to_owned)
}

#[test]
fn languages_have_the_same_sentences_with_the_same_values() {
    let english = sentences(Lang::En);
    assert!(english.len() > 150);
    for lang in Lang::ALL {
        let other = sentences(*lang);
        for (key, values) in &english {
            assert_eq!(other.get(key), Some(values), "{key:?} in {}", lang.tag());
        }
        for key in other.keys() {
            assert!(english.contains_key(key), "{key:?} only in {}", lang.tag());
        }
    }
}

#[test]
fn every_sentence_is_used_and_every_used_one_exists() {
    let known: BTreeSet<String> = sentences(Lang::En).into_keys().map(|(_, key)| key).collect();
    let (pages, sources, views) = ([texts("html"), texts("text")].concat(), texts("src"), texts("src/views"));
    let mentioned: BTreeSet<String> = quoted(&pages, "\"").chain(quoted(&sources, "\"")).collect();
    let unused: Vec<_> = known.difference(&mentioned).collect();
    assert!(unused.is_empty(), "unused: {unused:?}");
    let named = quoted(&pages, " t(\"").chain(quoted(&pages, "rich(\"")).chain(quoted(&views, "=> \""));
    let missing: Vec<_> = named.filter(|key| !known.contains(key)).collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
}
