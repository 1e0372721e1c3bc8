//! Whose certificates mail servers may show besides those that the system trusts.

use std::path::Path;

use lettre::transport::smtp::client::{Certificate, TlsParameters};

/// Certificates of authorities, such as an organization's own.
#[derive(Clone, Debug)]
pub struct Authorities(Certificate);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AuthoritiesError(String);

impl Authorities {
    /// From a PEM file with one certificate or more.
    ///
    /// # Errors
    /// With what is wrong with it, for a person.
    pub fn read(path: &Path) -> Result<Self, AuthoritiesError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| AuthoritiesError(format!("it can't be read: {error}")))?;
        if !text.contains("-----BEGIN CERTIFICATE-----") {
            return Err(AuthoritiesError("it holds no certificate".to_owned()));
        }
        let unreadable =
            |error| AuthoritiesError(format!("its certificates can't be read: {error}"));
        let authorities = Self(Certificate::from_pem(text.as_bytes()).map_err(unreadable)?);
        // Whether they are certificates at all is seen when they are used first.
        authorities
            .parameters("localhost".to_owned())
            .map_err(unreadable)?;
        Ok(authorities)
    }

    /// For a connection to this host.
    pub(super) fn parameters(
        &self,
        host: String,
    ) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        TlsParameters::builder(host)
            .add_root_certificate(self.0.clone())
            .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_certificates_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authorities.pem");
        let why = || Authorities::read(&path).unwrap_err().to_string();
        assert!(why().starts_with("it can't be read"), "{}", why());
        for (text, start) in [
            ("", "it holds no certificate"),
            ("-----BEGIN PRIVATE KEY-----", "it holds no certificate"),
            (
                "-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----\n",
                "its certificates can't be read",
            ),
            (
                "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
                "its certificates can't be read",
            ),
        ] {
            std::fs::write(&path, text).unwrap();
            assert!(why().starts_with(start), "{text}: {}", why());
        }
    }
}
