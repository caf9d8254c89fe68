//! The reader and the canonicalizer, against those of a library.

use proptest::prelude::*;

use super::canonical::Canonical;
use super::events::{Event, Events, Scope};
use super::{Limits, XmlError};

fn canonical(text: &str, inclusive: &[String]) -> Result<String, XmlError> {
    let (mut events, mut scope) = (Events::new(text, &Limits::FEDERATION)?, Scope::default());
    let mut out = Canonical::new(String::new(), inclusive);
    while let Some(event) = events.next()? {
        match event {
            Event::Start(name) => {
                scope.enter(events.attributes())?;
                out.start(&scope, name, events.attributes())?;
            }
            Event::Text(text) => out.text(text)?,
            Event::End(name) => {
                scope.leave();
                out.end(name);
            }
        }
    }
    Ok(out.finish())
}

fn library(text: &str, inclusive: &[String]) -> String {
    String::from_utf8(gamlastan::crypto::exc_c14n(text, inclusive).unwrap()).unwrap()
}

#[test]
fn documents_are_canonicalized_as_everybody_does() {
    for text in [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- x --><a/>\n",
        "<a b = 'c\"&lt;&#10;' a=\" d e\"><b></b  >x&amp;y&#x41;&gt;\r\nz<!-- no --> w</a>",
        "<a xmlns='urn:a' xmlns:b='urn:b' xmlns:c='urn:c'><b:x c:y='1' z='2' b:y='3'><a xmlns=''><q/></a></b:x><c:e/></a>",
        "<p:a xmlns:p='urn:1'><p:b xmlns:p='urn:2'><p:c xmlns:p='urn:1'/></p:b><p:d xmlns:p='urn:1' xml:lang='de'/></p:a>",
        "<a xmlns:z='urn:z' xmlns:y='urn:y' xmlns='urn:d' y:b='1' z:a='2' a='3'>\u{e4}\u{1f600}&#xD;</a>",
    ] {
        assert_eq!(canonical(text, &[]).unwrap(), library(text, &[]), "{text}");
    }
    // White space in attributes is normalized (XML 1.0 3.3.3), which the library leaves out; `xmlsec1` has it so.
    assert_eq!(canonical("<a b='\td\r\ne&#9;'/>", &[]).unwrap(), "<a b=\" d e&#x9;\"></a>");
    let text = "<a xmlns='urn:a' xmlns:xs='urn:xs' xmlns:q='urn:q'><b><c xmlns:xs='urn:other'/></b></a>";
    for list in [vec!["xs"], vec!["xs", "q"], vec!["nothing"]] {
        let own: Vec<String> = list.iter().map(|prefix| (*prefix).to_owned()).collect();
        assert_eq!(canonical(text, &own).unwrap(), library(text, &own), "{list:?}");
    }
}

#[test]
fn what_is_no_xml_is_refused() {
    for bad in [
        "",
        "x",
        "<a>",
        "<a></b>",
        "</a>",
        "<a/><b/>",
        "<a/>x",
        "<a b/>",
        "<a b=c/>",
        "<a b='1' b='2'/>",
        "<a b='<'/>",
        "<a>&x;</a>",
        "<a>&#0;</a>",
        "<a>&#x110000;</a>",
        "<a>&#+65;</a>",
        "<a>&amp</a>",
        "<a>]]></a>",
        "<a>\u{1}</a>",
        "<a:b/>",
        "<a b:c='1'/>",
        "<a xmlns:b=''/>",
        "<a xmlns:xmlns='urn:x'/>",
        "<a xmlns:xml='urn:x'/>",
        "<a:b:c xmlns:a='urn:x'/>",
        "<1a/>",
        "<a\u{e4}/>",
        "<a xmlns:p='urn:1' xmlns:q='urn:1' p:x='' q:x=''/>",
        "<a><!-- -- --></a>",
        "<a b='1'c='2'/>",
        "<a",
        "<a b='",
        "<!-- x",
    ] {
        assert!(canonical(bad, &[]).is_err(), "{bad}");
    }
    for markup in ["<!DOCTYPE a><a/>", "<a><![CDATA[x]]></a>", "<a><?php x?></a>"] {
        assert_eq!(canonical(markup, &[]), Err(XmlError::Markup), "{markup}");
    }
    for encoding in ["<?xml version='1.0' encoding='latin1'?><a/>", "<?xml version='1.1'?><a/>"] {
        assert_eq!(canonical(encoding, &[]), Err(XmlError::Encoding), "{encoding}");
    }
    let deep = ["<a>".repeat(40), "</a>".repeat(40)].concat();
    let wide = format!("<a {}/>", (0..70).map(|i| format!("a{i}='' ")).collect::<String>());
    assert_eq!((canonical(&deep, &[]), canonical(&wide, &[])), (Err(XmlError::TooMany), Err(XmlError::TooMany)));
}

proptest! {
    /// Whatever is taken is taken as the library takes it, and canonical form is its own canonical form.
    #[test]
    fn both_agree(text in "<a( xmlns(:b)?='urn:[xy]')?( [bc]='[x&;# ]{0,3}')?>([xy\\r\\n&;#1<]|<b:c xmlns:b='u'/>|&amp;|<a b='&#9;'/>|<!--x-->){0,8}</a>") {
        if let Ok(own) = canonical(&text, &[]) {
            prop_assert_eq!(&own, &library(&text, &[]), "{}", text);
            prop_assert_eq!(canonical(&own, &[]).unwrap(), own);
        }
    }

    #[test]
    fn foreign_bytes_never_panic(text in "[<>/!?a:=' \"&;#x\\[\\]\u{e4}-]{0,200}") {
        let _ = canonical(&text, &[]);
    }
}
