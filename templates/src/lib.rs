//! HTML and text templates, assets and translations with typed contexts; nothing but views.
