//! Every route of the admin face: router, OpenAPI document and tests are made of this list.

use http::Method;

use crate::directory::Sort;

/// Where the face is.
pub const BASE: &str = "/admin/";

/// A route.
#[derive(Clone, Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path; `{name}` stands for the name of a record, of a collection, of a job.
    pub path: String,
    /// What it does.
    pub action: Action,
}

/// What a route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Describes the face.
    Description,
    /// Says who asks.
    Me,
    /// Lists profiles.
    Profiles,
    /// Shows a profile.
    Profile,
    /// Says where something would go that is not created.
    Rehearse,
    /// Shows the decision of a job.
    Decision,
    /// Tells what has happened.
    Events,
    /// Sums up what was used.
    Usage,
    /// Lists resources.
    Resources,
    /// Takes resources over for a tenant.
    Adopt,
    /// Has resources forgotten.
    Forget,
    /// Lists what is forgotten.
    Forgotten,
    /// Recalls what was forgotten.
    Recall,
    /// Has an account looked at.
    Refresh,
    /// Something with records of a sort.
    Records(Sort, Verb),
}

/// What is done with records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// All are listed.
    List,
    /// One is made.
    Create,
    /// One is shown.
    Show,
    /// One is changed.
    Change,
    /// One is deleted.
    Delete,
}

/// All routes.
pub fn routes() -> Vec<Route> {
    let fixed = [
        (Method::GET, "openapi.json", Action::Description),
        (Method::GET, "me", Action::Me),
        (Method::GET, "events", Action::Events),
        (Method::GET, "usage", Action::Usage),
        (Method::GET, "profiles", Action::Profiles),
        (Method::GET, "profiles/{name}", Action::Profile),
        (Method::POST, "placements/{name}", Action::Rehearse),
        (Method::GET, "jobs/{name}/placement", Action::Decision),
        (Method::GET, "resources", Action::Resources),
        (Method::POST, "resources/adopt", Action::Adopt),
        (Method::POST, "resources/forget", Action::Forget),
        (Method::GET, "forgotten", Action::Forgotten),
        (Method::DELETE, "forgotten/{name}", Action::Recall),
        (Method::POST, "accounts/{name}/refresh", Action::Refresh),
    ];
    let fixed = fixed.into_iter().map(|(method, path, action)| route(method, path, action));
    let records = Sort::ALL.into_iter().flat_map(|sort| {
        let all = sort.collection();
        let one = format!("{all}/{{name}}");
        [
            route(Method::GET, all, Action::Records(sort, Verb::List)),
            route(Method::POST, all, Action::Records(sort, Verb::Create)),
            route(Method::GET, &one, Action::Records(sort, Verb::Show)),
            route(Method::PATCH, &one, Action::Records(sort, Verb::Change)),
            route(Method::DELETE, &one, Action::Records(sort, Verb::Delete)),
        ]
    });
    fixed.chain(records).collect()
}

fn route(method: Method, path: &str, action: Action) -> Route {
    Route { method, path: format!("{BASE}{path}"), action }
}
