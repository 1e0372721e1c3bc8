use axum::extract::State;
use axum::routing::delete;
use http::StatusCode;
use http_api::{ApiPath, ApiResult, ErrorBody};
use utoipa_axum::router::OpenApiRouter;

use crate::actions;
use crate::model::identity::Provider;
use crate::{Accounts, CurrentUser};

/// Unlink an account elsewhere
#[utoipa::path(
    delete,
    path = "/api/v1/link/{provider}",
    operation_id = "removeLink",
    tag = "accounts",
    security(("user" = [])),
    params(("provider" = Provider, Path, description = "Where the account is")),
    responses(
        (status = 204, description = "The link is gone"),
        (status = 401, description = "`unauthenticated`, `invalid_token` or `token_expired`", body = ErrorBody),
        (status = 404, description = "`not_linked`", body = ErrorBody),
    )
)]
pub async fn remove_link(
    State(accounts): State<Accounts>,
    user: CurrentUser,
    ApiPath(provider): ApiPath<Provider>,
) -> ApiResult<StatusCode> {
    actions::links::unlink(accounts.shared(), user.id, provider).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The same at the fixed paths: `POST /link/steam` takes them away from `/link/{provider}`.
pub fn below_the_providers() -> OpenApiRouter<Accounts> {
    let remove = |provider| delete(move |state, user| remove_link(state, user, ApiPath(provider)));
    [Provider::Steam, Provider::Discord, Provider::Trackmania]
        .into_iter()
        .fold(OpenApiRouter::new(), |router, provider| {
            let path = format!("/api/v1/link/{}", provider.as_str());
            router.route(&path, remove(provider))
        })
}
