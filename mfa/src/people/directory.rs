//! The directory: realms and resolvers, loaded and built once, immutable until the revision changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use db::DbError;
use kernel::ids::RowId;
use keys::Place;

use super::realm::Realm;
use super::store::realm as realm_store;
use super::store::resolver as resolver_store;
use crate::resolvers::{Env, Given, Guarded, ParamValues, Resolver, ResolverError, ResolverKind, is_secret, kind};

/// A resolver that is configured.
pub struct ResolverRef {
    /// Its row.
    pub id: RowId,
    /// Its id in the wire format.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: &'static ResolverKind,
    /// Its parameters.
    pub params: ParamValues,
    /// Compare-and-set guard of the row.
    pub(crate) version: i64,
    built: Result<Arc<Guarded>, ResolverError>,
}

impl ResolverRef {
    /// The resolver itself, behind its guard.
    ///
    /// # Errors
    /// When it could not be built from its parameters.
    pub fn get(&self) -> Result<&dyn Resolver, ResolverError> {
        self.guard().map(|guard| guard as &dyn Resolver)
    }

    /// The guard of the resolver, which knows how its store is doing.
    ///
    /// # Errors
    /// As [`ResolverRef::get`].
    pub fn guard(&self) -> Result<&Guarded, ResolverError> {
        self.built.as_deref().map_err(Clone::clone)
    }

    /// Whether people can be edited through it.
    pub fn editable(&self) -> bool {
        self.built.as_ref().is_ok_and(|resolver| resolver.capabilities().editable)
    }
}

/// Realms and resolvers.
#[derive(Default)]
pub struct Directory {
    realms: BTreeMap<String, Realm>,
    resolvers: BTreeMap<String, Arc<ResolverRef>>,
    names: HashMap<RowId, String>,
    default: Option<String>,
}

impl Directory {
    /// Loads all; resolvers whose row is as it was `before` are kept with their connections.
    pub(super) async fn load(env: &Env, before: &Self) -> Result<Self, DbError> {
        let mut directory = Self::default();
        for realm in realm_store::all(&env.db).await? {
            if realm.is_default {
                directory.default = Some(realm.name.clone());
            }
            directory.realms.insert(realm.name.clone(), realm);
        }
        for row in resolver_store::all(&env.db).await? {
            let Some(kind) = kind(&row.kind) else {
                tracing::error!(resolver = row.name, kind = row.kind, "there is no such kind of resolver");
                continue;
            };
            directory.names.insert(row.id, row.name.to_lowercase());
            let same = |old: &&Arc<ResolverRef>| old.version == row.version && old.name == row.name && old.built.is_ok();
            if let Some(kept) = before.resolver_by_id(row.id).filter(same) {
                directory.resolvers.insert(row.name.to_lowercase(), Arc::clone(kept));
                continue;
            }
            let built = open(env, kind, row.id, &row.params);
            let params = built.clone().unwrap_or_default();
            let built = built.and_then(|params| (kind.build)(row.id, &params, env));
            let built = built.map(|store| Arc::new(Guarded::new(&row.name, store, env.clock.clone())));
            if let Err(e) = &built {
                tracing::error!(resolver = row.name, "the resolver cannot be used: {e}");
            }
            let resolver =
                ResolverRef { id: row.id, number: row.number, name: row.name, kind, params, version: row.version, built };
            directory.resolvers.insert(resolver.name.to_lowercase(), Arc::new(resolver));
        }
        Ok(directory)
    }

    /// The same with another store behind a resolver.
    #[cfg(test)]
    pub(super) fn with_store(&self, name: &str, store: Arc<dyn Resolver>, clock: kernel::Clock) -> Self {
        let old = &self.resolvers[name];
        let (id, number, name, kind, version) = (old.id, old.number, old.name.clone(), old.kind, old.version);
        let built = Ok(Arc::new(Guarded::new(&name, store, clock)));
        let resolver = ResolverRef { id, number, name, kind, params: ParamValues::default(), version, built };
        let mut resolvers = self.resolvers.clone();
        resolvers.insert(resolver.name.clone(), Arc::new(resolver));
        Self { realms: self.realms.clone(), resolvers, names: self.names.clone(), default: self.default.clone() }
    }

    /// All realms, by name.
    pub fn realms(&self) -> impl Iterator<Item = &Realm> {
        self.realms.values()
    }

    /// The realm of this name, in any case.
    pub fn realm(&self, name: &str) -> Option<&Realm> {
        self.realms.get(name).or_else(|| self.realms.get(&name.to_lowercase()))
    }

    /// Name of the default realm.
    pub fn default_realm(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// All resolvers, by name.
    pub fn resolvers(&self) -> impl Iterator<Item = &Arc<ResolverRef>> {
        self.resolvers.values()
    }

    /// The resolver of this name, in any case.
    pub fn resolver(&self, name: &str) -> Option<&Arc<ResolverRef>> {
        self.resolvers.get(&name.to_lowercase())
    }

    /// The resolver of this row.
    pub fn resolver_by_id(&self, id: RowId) -> Option<&Arc<ResolverRef>> {
        self.resolvers.get(self.names.get(&id)?)
    }

    /// Names of the realms that show a resolver on a node; the default realm first.
    pub fn realms_with(&self, resolver: RowId, node: &str) -> Vec<&str> {
        let shows =
            |realm: &&Realm| realm.members.iter().any(|m| m.resolver == resolver && (m.node.is_empty() || m.node == node));
        let mut realms: Vec<&Realm> = self.realms.values().filter(shows).collect();
        realms.sort_by_key(|realm| !realm.is_default);
        realms.into_iter().map(|realm| realm.name.as_str()).collect()
    }
}

/// Where a sealed parameter belongs: the name of the parameter is part of the row key.
fn with_place<T>(id: RowId, name: &str, f: impl FnOnce(&Place<'_>) -> T) -> T {
    let row = format!("{id}/{name}");
    f(&Place::new("resolver", "params", &row))
}

fn open(env: &Env, kind: &ResolverKind, id: RowId, stored: &str) -> Result<ParamValues, ResolverError> {
    let mut values: Given = serde_json::from_str(stored).map_err(|e| ResolverError::Internal(e.to_string()))?;
    let sealed: Vec<String> = values.keys().filter(|name| is_secret(kind, &values, name)).cloned().collect();
    for name in sealed {
        let Some(value) = values.get_mut(&name).filter(|value| !value.is_empty()) else { continue };
        let bytes = with_place(id, &name, |place| env.keys.sealer().open(place, value.expose()))?;
        *value = bytes.into_text().ok_or_else(|| ResolverError::Internal(format!("parameter {name} is not text")))?;
    }
    ParamValues::read(kind, &values, None)
}

/// The parameters as they are stored: secrets sealed to their place.
pub(crate) fn seal(env: &Env, kind: &ResolverKind, id: RowId, params: &ParamValues) -> String {
    let stored: BTreeMap<&str, String> = params
        .iter()
        .map(|(name, value)| {
            let sealed = params.is_secret(kind, name) && !value.is_empty();
            let text = if sealed {
                with_place(id, name, |place| env.keys.sealer().seal(place, value.expose().as_bytes()))
            } else {
                value.expose().to_owned()
            };
            (name, text)
        })
        .collect();
    serde_json::to_string(&stored).unwrap_or_default()
}
