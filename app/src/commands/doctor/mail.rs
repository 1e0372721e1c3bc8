//! Whether mail can leave the house.

use kernel::Clock;

use super::Finding::{self, Bad, Doubtful, Good};
use super::PATIENCE;
use crate::config::Config;
use crate::wiring;

/// Greets the mail server as for a mail, and sends none.
pub async fn mail(config: &Config) -> Finding {
    let Some(url) = &config.notifications.smtp_url else {
        return match config.is_production() {
            true => Doubtful(
                "SMTP_URL isn't set: mails become files in the data folder, and reach nobody."
                    .to_owned(),
            ),
            false => {
                Good("Mails become files in the data folder, as SMTP_URL isn't set.".to_owned())
            }
        };
    };
    let server = format!("{}:{}", url.host, url.port);
    let mailer = wiring::mailer(config, &Clock::system());
    match tokio::time::timeout(PATIENCE, mailer.greet()).await {
        Ok(Ok(())) => Good(format!("The mail server {server} lets us in.")),
        Ok(Err(why)) => Bad(format!("SMTP_URL: {server}: {why}")),
        Err(_) => Bad(format!(
            "SMTP_URL: {server}: no answer within {} seconds. Check host, port and firewall; many networks let nobody out to port 25.",
            PATIENCE.as_secs()
        )),
    }
}
