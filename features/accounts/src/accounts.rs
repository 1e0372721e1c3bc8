use std::collections::HashMap;
use std::sync::Arc;

use db::Database;
use http::HeaderMap;
use kernel::{Clock, SessionId, UserId};
use live::Relay;
use utoipa_axum::router::OpenApiRouter;

use crate::actions::{self, first_admin};
use crate::shared::{ProfileChanged, Shared, SignedOut, SignedUp};
use crate::{
    AccountMailer, Config, CurrentUser, Error, EventTicket, GameService, TrackmaniaAccounts,
    UserData, routes,
};

/// The feature. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Accounts(Arc<Shared>);

impl Accounts {
    /// `relay` carries what other servers must know; [`Accounts::hear`] is what they tell.
    pub fn new(
        db: Database,
        jobs: jobs::Jobs,
        clock: Clock,
        outside: &outbound::Client,
        relay: Relay,
        config: Config,
    ) -> Self {
        Self(Arc::new(Shared::new(
            db, jobs, clock, outside, relay, config,
        )))
    }

    /// Says how mail about accounts leaves the house. To be called before jobs are run.
    pub fn send_mail_by(&self, mailer: Arc<dyn AccountMailer>) {
        self.0.set_mailer(mailer);
    }

    /// Says who asks Trackmania whose an account is. To be called before requests are served.
    pub fn ask_trackmania_by(&self, accounts: Arc<dyn TrackmaniaAccounts>) {
        self.0.set_trackmania(accounts);
    }

    /// Adds a feature that holds data of users. To be called before requests are served.
    pub fn register_user_data(&self, data: Arc<dyn UserData>) {
        self.0.register_user_data(data);
    }

    /// Adds somebody who wants to know when a user signs up: called with the id, the name and the avatar, after the
    /// commit, on this server only. It must not block.
    pub fn on_signed_up(&self, callback: SignedUp) {
        self.0.on_signed_up(callback);
    }

    /// Adds somebody who remembers screen names or avatars: called when a user's may be others now, after the commit,
    /// on every server, and perhaps more than once. It must not block.
    pub fn on_profile_changed(&self, callback: ProfileChanged) {
        self.0.on_profile_changed(callback);
    }

    /// Adds somebody who must know when a device is signed out, or all of a user's where none is named: called after
    /// the commit, on every server, and perhaps more than once. It must not block.
    pub fn on_signed_out(&self, callback: SignedOut) {
        self.0.on_signed_out(callback);
    }

    /// `/api/v1/auth/…`, `/me…` and `/link…`, ready to serve.
    pub fn routes<S>(&self) -> OpenApiRouter<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        routes::public().with_state(self.clone())
    }

    /// `/api/v1/admin/api-keys…`, `/users…` and `/audit`. Each asks for an [`Admin`](crate::Admin) by itself.
    pub fn admin_routes<S>(&self) -> OpenApiRouter<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        routes::admin().with_state(self.clone())
    }

    /// Whether these headers hold an API key that was found good lately. Looks in memory only: a limit that asks this
    /// for every request stays cheap, and a made-up key earns nothing.
    pub fn is_valid_api_key(&self, headers: &HeaderMap) -> bool {
        self.0.api_keys.is_known(headers)
    }

    /// # Errors
    /// When the database is away.
    pub async fn has_admin(&self) -> Result<bool, Error> {
        Ok(crate::store::users::any_admin(self.0.db.pool()).await?)
    }

    /// Reads who is banned. To be called before requests are served; later changes are heard.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn read_bans(&self) -> Result<(), Error> {
        Ok(self.0.bans.read_all(self.0.db.pool()).await?)
    }

    /// Wrong passwords that one address may try for one e-mail within [`Config::login_window`] from now on; at first, and
    /// with 0, any number.
    pub fn limit_login_attempts(&self, limit: u32) {
        self.0.attempts.set_limit(limit);
        self.0.mail_requests.set_limit(limit);
    }

    /// Makes the first admin, if there is none. An account that has this e-mail already becomes it, with this
    /// password and without its sessions: whoever registered it may not be who set up this server. True when somebody
    /// became admin.
    ///
    /// # Errors
    /// When the e-mail or the password breaks a rule, or the database is away.
    pub async fn ensure_admin(&self, email: &str, password: &str) -> Result<bool, Error> {
        first_admin::ensure(&self.0, email, password).await
    }

    /// What `POST /auth/setup` asks for, while there is no admin. It is random, lives in this process only, and is
    /// worth nothing once there is one.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn setup_token(&self) -> Result<Option<String>, Error> {
        first_admin::setup_token(&self.0).await
    }

    /// A ticket by which the caller can open one event stream without a header.
    ///
    /// # Errors
    /// When the caller's device was signed out, the account is gone, or the database is away.
    pub async fn issue_event_ticket(&self, user: CurrentUser) -> Result<EventTicket, Error> {
        actions::event_tickets::issue(&self.0, user).await
    }

    /// Whoever was given this ticket, on whatever server. It is worth nothing from here on. Whether the device is still
    /// signed in tells [`Accounts::check_signed_in`].
    ///
    /// # Errors
    /// [`Error::InvalidTicket`] when it was used, has expired, or never was; and when the database is away.
    pub async fn redeem_event_ticket(&self, ticket: &str) -> Result<CurrentUser, Error> {
        actions::event_tickets::redeem(&self.0, ticket).await
    }

    /// Whether the caller's device is signed in at this moment, for what lasts longer than a request. Asks the
    /// database.
    ///
    /// # Errors
    /// When it was signed out, the account is gone, or the database is away.
    pub async fn check_signed_in(&self, user: CurrentUser) -> Result<(), Error> {
        actions::sessions::check_signed_in(&self.0, user).await
    }

    /// Those of these users and devices that aren't signed in any more.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn no_longer_signed_in(
        &self,
        those: &[(UserId, Option<SessionId>)],
    ) -> Result<Vec<(UserId, Option<SessionId>)>, Error> {
        let now = self.0.clock.now();
        Ok(crate::store::sessions::ended(self.0.db.pool(), those, now).await?)
    }

    /// Removes sessions and tickets that are over. To be called now and then; gives how many went.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn purge_expired_sessions(&self) -> Result<u64, Error> {
        actions::purge::purge(&self.0).await
    }

    /// Finds the players of an import by their external ids, and makes those who aren't there: without e-mail and
    /// password, so that nobody can sign in as one. Takes (external id, screen name) pairs, whose names keep the rules
    /// of [`ScreenName`](crate::ScreenName); a player who is there keeps the name. Gives all by external id, and how
    /// many were made.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn ensure_unclaimed(
        &self,
        players: &[(&str, &str)],
    ) -> Result<(HashMap<String, UserId>, u64), Error> {
        actions::import::ensure_unclaimed(&self.0, players).await
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    pub(crate) async fn authenticate(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<CurrentUser>, Error> {
        actions::authenticate::authenticate(&self.0, headers).await
    }

    pub(crate) async fn check_admin(&self, user: UserId) -> Result<(), Error> {
        actions::authenticate::check_admin(&self.0, user).await
    }

    pub(crate) async fn game_service(&self, headers: &HeaderMap) -> Result<GameService, Error> {
        actions::api_keys::authenticate(&self.0, headers).await
    }
}
