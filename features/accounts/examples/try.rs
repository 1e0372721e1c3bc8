use std::sync::Arc;
use accounts::*;
use axum::extract::FromRef;
#[derive(Clone)] struct St(Accounts);
impl FromRef<St> for Accounts { fn from_ref(s:&St)->Self{ s.0.clone() } }
async fn game(g: GameService) -> String { format!("{:?}", g) }
async fn maybe(g: MaybeUser) -> String { format!("{:?}", g) }
#[tokio::main]
async fn main() {
    let options = "postgres://postgres@127.0.0.1:5499/accounts_try".parse().unwrap();
    let db = db::Database::open(&db::DatabaseConfig{options, max_connections: 10}).await.unwrap();
    let out = outbound::Client::new(&outbound::Config{contact:"x".into(), allow_http:true}).unwrap();
    let mut c = Config::new(kernel::Secret::new("0123456789abcdef0123456789abcdef"));
    c.refresh_token_expiry = std::time::Duration::from_secs(4);
    let a = Accounts::new(db, kernel::Clock::system(), &out, c);
    a.on_profile_changed(Arc::new(|u,n,v| println!("profile {u} {n} {v}")));
    println!("setup {:?}", a.setup_token().await.unwrap());
    println!("unclaimed {:?}", a.ensure_unclaimed(&[("x1","X1"),("x2","X2"),("x1","X3")]).await.unwrap());
    println!("unclaimed {:?}", a.ensure_unclaimed(&[("x1","X1"),("x2","X2"),("x1","X3")]).await.unwrap());
    let (r, api) = utoipa_axum::router::OpenApiRouter::<()>::new().merge(a.routes()).merge(a.admin_routes()).split_for_parts();
    std::fs::write("/tmp/accounts-openapi.json", api.to_pretty_json().unwrap()).unwrap();
    let a2=a.clone();
    let r = r.merge(axum::Router::new().route("/game", axum::routing::get(game)).route("/maybe", axum::routing::get(maybe)).route("/exempt", axum::routing::get(move |h: http::HeaderMap| async move { a2.is_valid_api_key(&h).to_string() })).with_state(St(a.clone())));
    // speed
    let l = tokio::net::TcpListener::bind("127.0.0.1:3911").await.unwrap();
    let a3=a.clone();
    tokio::spawn(async move { loop { tokio::time::sleep(std::time::Duration::from_secs(8)).await; println!("purged {:?}", a3.purge_expired_sessions().await); }});
    axum::serve(l, r).await.unwrap();
}
