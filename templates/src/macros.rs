//! The two declarations of this crate: pages, and enums whose variants are sentences.

/// Declares the pages: method name, view struct, template file.
///
/// Each line yields the method of [`Templates`](crate::Templates), the entry in the table of sources that is compiled at
/// start, and the samples that the tests and the gallery render.
macro_rules! views {
    ($( $(#[$meta:meta])* $name:ident($view:ty) = $file:literal; )*) => {
        /// Page templates: file name and source.
        pub(crate) const SOURCES: &[(&str, &str)] = &[$( ($file, include_str!(concat!("../html/", $file))) ),*];

        impl crate::Templates {
            $(
                $(#[$meta])*
                pub fn $name(&self, ctx: &crate::Ctx, view: &$view) -> Result<String, crate::RenderError> {
                    self.render($file, ctx, view)
                }
            )*
        }

        /// Every page with its sample data, for tests, the gallery and previews.
        pub fn samples() -> Vec<Sample> {
            let mut all = Vec::new();
            $(
                for (case, view) in <$view as View>::samples() {
                    all.push(Sample {
                        page: stringify!($name),
                        case,
                        render: Box::new(move |templates, ctx| templates.$name(ctx, &view)),
                    });
                }
            )*
            all
        }
    };
}

/// Declares an enum whose variants are sentences of the translations.
///
/// `Variant { field: Type } => "key"`: serialised as a map of `code` (the variant's name), `key` and the fields, which
/// `say(value)` in a template turns into text with the fields as the sentence's values.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident {
        $( $(#[$vmeta:meta])* $variant:ident $({ $( $(#[$fmeta:meta])* $field:ident : $type:ty ),* })? => $key:literal, )*
    }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum $name {
            $( $(#[$vmeta])* $variant $({ $( $(#[$fmeta])* $field: $type ),* })?, )*
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                match self {
                    $( Self::$variant $({ $($field),* })? => {
                        map.serialize_entry("code", stringify!($variant))?;
                        map.serialize_entry("key", $key)?;
                        $( $( map.serialize_entry(stringify!($field), $field)?; )* )?
                    } )*
                }
                map.end()
            }
        }
    };
}

pub(crate) use {views, words};
