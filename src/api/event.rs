//! `/event`

use http::Method;
use mfa::events::ops::{DeleteBinding, DescribeHandler, EnableBinding, ListBindings, SetBinding};

use crate::http::Route;

use super::operation::operation;

const FIELDS: &[&str] = &[
    "id",
    "name",
    "event",
    "handlermodule",
    "action",
    "position",
    "ordering",
    "active",
    "abort_on_error",
    "options",
    "conditions",
];
const MODULE: &[&str] = &["handlermodule"];
const ID: &[&str] = &["eventid"];

pub(super) fn routes() -> Vec<Route> {
    let describe = |path, aspect, about| operation(Method::GET, path, aspect).about(about, MODULE);
    vec![
        operation(Method::GET, "/event", ListBindings).about("List event handlers.", &[]),
        operation(Method::POST, "/event", SetBinding).about("Create or change an event handler.", FIELDS),
        operation(Method::GET, "/event/{eventid}", ListBindings)
            .about("Show an event handler; or list events (available) or modules (handlermodules).", ID),
        operation(Method::DELETE, "/event/{eid}", DeleteBinding).about("Remove an event handler.", &["eid"]),
        operation(Method::POST, "/event/enable/{eventid}", EnableBinding(true)).about("Let an event handler count.", ID),
        operation(Method::POST, "/event/disable/{eventid}", EnableBinding(false))
            .about("Let an event handler count no more.", ID),
        describe("/event/positions/{handlermodule}", DescribeHandler::Positions, "Where a module can take part."),
        describe("/event/actions/{handlermodule}", DescribeHandler::Actions, "What a module can do."),
        describe("/event/conditions/{handlermodule}", DescribeHandler::Conditions, "On what handlers of a module may depend."),
        describe("/event/defaults/{handlermodule}", DescribeHandler::Defaults, "What holds where a handler does not say."),
    ]
}
