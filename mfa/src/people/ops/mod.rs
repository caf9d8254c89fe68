//! Operations on people, realms, resolvers and local administrators.

mod admins;
mod attributes;
mod password_change;
mod person;
mod realm_default;
mod realm_delete;
mod realm_list;
mod realm_set;
mod resolver_delete;
mod resolver_list;
mod resolver_set;
mod resolver_test;
mod user_add;
mod user_delete;
mod user_disable;
mod user_list;
mod user_update;

pub use admins::{AddAdmin, ChangeAdmin, RemoveAdmin};
pub use attributes::{DeleteAttribute, EditableAttributes, GetAttributes, InternalAttributes, SetAttribute};
pub use password_change::{ChangePassword, PasswordChange};
pub use person::UserParams;
pub use realm_default::{ClearDefaultRealm, GetDefaultRealm, SetDefaultRealm};
pub use realm_delete::DeleteRealm;
pub use realm_list::ListRealms;
pub use realm_set::SetRealm;
pub use resolver_delete::DeleteResolver;
pub use resolver_list::ListResolvers;
pub use resolver_set::SetResolver;
pub use resolver_test::TestResolver;
pub use user_add::AddUser;
pub use user_delete::DeleteUser;
pub use user_disable::DisableUser;
pub use user_list::ListUsers;
pub use user_update::UpdateUser;
