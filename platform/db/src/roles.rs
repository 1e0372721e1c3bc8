//! The two roles that requests and the server's own work run under. They belong to the whole PostgreSQL
//! cluster rather than to one database, so they are made here and not in a migration.

use sqlx::{Connection, Executor, PgConnection};

use crate::StartError;

/// The server's own work: group commit, jobs, administration.
pub(crate) const WRITER: &str = "grandstand_writer";
/// One user's request, held to that user's rows by row-level security.
pub(crate) const REQUEST: &str = "grandstand_request";

/// Makes sure that both roles exist and that our user may take them on. Safe when several servers start at once.
pub(crate) async fn ensure(connection: &mut PgConnection) -> Result<(), StartError> {
    if ready(connection).await.map_err(StartError::Roles)? {
        return Ok(());
    }
    let user: String = sqlx::query_scalar("select current_user::text")
        .fetch_one(&mut *connection)
        .await
        .map_err(StartError::Roles)?;
    let mut transaction = connection.begin().await.map_err(StartError::Roles)?;
    // Roles are shared by the cluster: two servers on two databases could create one at the same moment.
    sqlx::query("select pg_advisory_xact_lock(hashtext('grandstand roles'))")
        .execute(&mut *transaction)
        .await
        .map_err(StartError::Roles)?;
    let statements = statements(&user);
    match transaction
        .execute(sqlx::AssertSqlSafe(statements.clone()))
        .await
    {
        Ok(_) => transaction.commit().await.map_err(StartError::Roles),
        // 42501: insufficient privilege.
        Err(error) if code(&error).as_deref() == Some("42501") => {
            Err(StartError::RolesMissing { statements })
        }
        // Another database of the same cluster won the race; the lock above only holds within one.
        Err(error) if matches!(code(&error).as_deref(), Some("23505" | "42710")) => {
            drop(transaction);
            match ready(connection).await {
                Ok(true) => Ok(()),
                _ => Err(StartError::Roles(error)),
            }
        }
        Err(error) => Err(StartError::Roles(error)),
    }
}

async fn ready(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select count(*) = 2 from pg_roles
         where rolname = any($1) and pg_has_role(current_user, oid, 'member')",
    )
    .bind([WRITER, REQUEST])
    .fetch_one(connection)
    .await
}

/// What an administrator may have to run; repeating it does no harm.
fn statements(user: &str) -> String {
    let user = user.replace('"', "\"\"");
    [WRITER, REQUEST]
        .map(|role| {
            format!(
                "do $$ begin create role {role} nologin; exception when duplicate_object then null; end $$;\n\
                 grant {role} to \"{user}\";\n"
            )
        })
        .concat()
}

fn code(error: &sqlx::Error) -> Option<String> {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .map(|code| code.into_owned())
}
