//! `/system`

use http::Method;
use mfa::people::ops::ListNodes;
use mfa::settings::ops::{DeleteSetting, GetSettings, SetSettings};

use crate::http::Route;

use super::operation::operation;

pub(super) fn routes() -> Vec<Route> {
    vec![
        operation(Method::GET, "/system", GetSettings).about("Show settings.", &[]),
        operation(Method::GET, "/system/{key}", GetSettings).about("Show a setting.", &["key"]),
        operation(Method::GET, "/system/nodes", ListNodes).about("List the nodes.", &[]),
        operation(Method::POST, "/system/setConfig", SetSettings).about("Set settings by name.", &[]),
        operation(Method::DELETE, "/system/{key}", DeleteSetting).about("Let a setting have its default again.", &["key"]),
    ]
}
