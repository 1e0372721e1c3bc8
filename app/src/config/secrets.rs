//! The two secrets that everything signed stands on.
//!
//! Invariants: in production both are given, long, and different; in development what isn't given is made at the
//! first start and kept in the data folder, readable by its owner only. They are never shown.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use kernel::Secret;

use super::reader::{Reader, Setting, Show};
use super::sections::Environment;
use super::source::Origin;
use super::value;

const JWT_SECRET: Setting<Secret> = Setting {
    name: "JWT_SECRET",
    default: None,
    allowed: "at least 32 random characters",
    show: Show::Masked,
    parse: value::secret,
};
const ACTION_TOKEN_SECRET: Setting<Secret> = Setting {
    name: "ACTION_TOKEN_SECRET",
    default: None,
    allowed: "at least 32 random characters, others than JWT_SECRET",
    show: Show::Masked,
    parse: value::secret,
};

const FILE: &str = "secrets.env";
const MIN_CHARACTERS: usize = 32;
/// Random text of 32 characters has more; `aaaa…` and `12345678…` of a tutorial don't.
const MIN_DIFFERENT_CHARACTERS: usize = 10;
/// Beginnings and parts of the secrets that examples have.
const EXAMPLES: [&str; 14] = [
    "changeme",
    "change-me",
    "change_me",
    "change this",
    "change-this",
    "replace",
    "example",
    "secret",
    "password",
    "default",
    "your-",
    "your_",
    "insecure",
    "dev-",
];

/// What was given. See [`obtain`] for the secrets to sign with.
#[derive(Clone, Debug)]
pub struct SecretsSection {
    jwt: Option<Secret>,
    action_token: Option<Secret>,
}

/// The secrets to sign with.
#[derive(Clone, Debug)]
pub struct Secrets {
    pub jwt: Secret,
    pub action_token: Secret,
}

impl SecretsSection {
    pub(super) fn read(reader: &mut Reader<'_>, environment: Environment, data_dir: &Path) -> Self {
        let section = Self {
            jwt: reader.optional(&JWT_SECRET),
            action_token: reader.optional(&ACTION_TOKEN_SECRET),
        };
        let given = [
            (JWT_SECRET.name, &section.jwt),
            (ACTION_TOKEN_SECRET.name, &section.action_token),
        ];
        match environment {
            Environment::Production => {
                for (name, secret) in given {
                    check(reader, name, secret.as_ref());
                }
                if section.jwt.is_some() && section.jwt == section.action_token {
                    reader.problem(
                        ACTION_TOKEN_SECRET.name,
                        "is the same as JWT_SECRET; whoever learns one must not have the other",
                    );
                }
            }
            Environment::Development => {
                let file = data_dir.join(FILE);
                let origin = if file.exists() {
                    Origin::Generated(file)
                } else {
                    Origin::ToBeGenerated
                };
                for (name, secret) in given {
                    if secret.is_none() {
                        reader.set_default(name, Some("***".to_owned()), origin.clone());
                    }
                }
            }
        }
        section
    }

    /// The secrets to sign with: those given, and for the others those in the data folder, made if need be.
    ///
    /// # Errors
    /// If the file can't be read or written, or holds no secrets.
    pub fn obtain(&self, data_dir: &Path) -> Result<Secrets, SecretsError> {
        if let (Some(jwt), Some(action_token)) = (&self.jwt, &self.action_token) {
            return Ok(Secrets {
                jwt: jwt.clone(),
                action_token: action_token.clone(),
            });
        }
        let kept = keep(data_dir)?;
        Ok(Secrets {
            jwt: self.jwt.clone().unwrap_or(kept.jwt),
            action_token: self.action_token.clone().unwrap_or(kept.action_token),
        })
    }
}

fn check(reader: &mut Reader<'_>, name: &'static str, secret: Option<&Secret>) {
    let advice = "use the output of `openssl rand -hex 32`";
    let Some(secret) = secret else {
        reader.problem(name, format!("must be given in production; {advice}"));
        return;
    };
    let text = secret.expose();
    let lower = text.to_lowercase();
    let mut different: Vec<char> = text.chars().collect();
    different.sort_unstable();
    different.dedup();
    if text.chars().count() < MIN_CHARACTERS {
        let count = text.chars().count();
        reader.problem(
            name,
            format!("has {count} characters, but needs {MIN_CHARACTERS} at least; {advice}"),
        );
    }
    if EXAMPLES.iter().any(|example| lower.contains(example)) {
        reader.problem(
            name,
            format!("looks like a default or an example, which anybody could guess; {advice}"),
        );
    } else if text.chars().count() >= MIN_CHARACTERS && different.len() < MIN_DIFFERENT_CHARACTERS {
        reader.problem(
            name,
            format!("repeats a few characters and could be guessed; {advice}"),
        );
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    #[error("Couldn't {action} {}: {source}. Give the folder to the user that runs Grandstand, or choose another with DATA_DIR.", .path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{} should hold JWT_SECRET and ACTION_TOKEN_SECRET, but doesn't. Mend it, or delete it to have new ones made (everybody is signed out then).", .path.display())]
    Damaged { path: PathBuf },
    #[error(
        "The machine gave no random numbers for new secrets. Give JWT_SECRET and ACTION_TOKEN_SECRET yourself."
    )]
    NoRandomness,
}

/// The secrets in the data folder; made first if there are none.
fn keep(data_dir: &Path) -> Result<Secrets, SecretsError> {
    let path = data_dir.join(FILE);
    let failed = |action, path: &Path| {
        let path = path.to_owned();
        move |source| SecretsError::File {
            action,
            path,
            source,
        }
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => return understand(&text).ok_or(SecretsError::Damaged { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed("read", &path)(error)),
    }
    std::fs::create_dir_all(data_dir).map_err(failed("make", data_dir))?;
    // Written whole beside it, then linked into place: of two servers that start at once, both end up with the
    // secrets of the one that came first, and a crash leaves no half a file.
    let unfinished = data_dir.join(format!("{FILE}.{}", std::process::id()));
    let _ = std::fs::remove_file(&unfinished);
    let text = format!(
        "# Made by Grandstand at its first start. Whoever has these can sign in as anybody: keep the file private.\n\
         {}={}\n{}={}\n",
        JWT_SECRET.name,
        random()?,
        ACTION_TOKEN_SECRET.name,
        random()?,
    );
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            hand_to_owner_of(data_dir, &file)?;
            file.sync_all()
        });
    written.map_err(failed("write", &unfinished))?;
    let linked = std::fs::hard_link(&unfinished, &path);
    let _ = std::fs::remove_file(&unfinished);
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(failed("write", &path)(error));
        }
        _ => {}
    }
    let text = std::fs::read_to_string(&path).map_err(failed("read", &path))?;
    understand(&text).ok_or(SecretsError::Damaged { path })
}

/// Where root starts the server in somebody's folder, they must be able to start it later without.
fn hand_to_owner_of(folder: &Path, file: &File) -> io::Result<()> {
    let owner = std::fs::metadata(folder)?;
    if nix::unistd::geteuid().is_root() && owner.uid() != 0 {
        fchown(file, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}

fn understand(text: &str) -> Option<Secrets> {
    let values: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.trim().split_once('='))
        .collect();
    let get = |name| {
        let text = values
            .get(name)
            .filter(|text| text.len() >= MIN_CHARACTERS)?;
        Some(Secret::new(*text))
    };
    Some(Secrets {
        jwt: get(JWT_SECRET.name)?,
        action_token: get(ACTION_TOKEN_SECRET.name)?,
    })
}

fn random() -> Result<String, SecretsError> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| SecretsError::NoRandomness)?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn secrets_are_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("new/data");
        let section = SecretsSection {
            jwt: None,
            action_token: None,
        };
        let first = section.obtain(&data_dir).unwrap();
        let again = section.obtain(&data_dir).unwrap();
        assert_eq!(first.jwt, again.jwt);
        assert_eq!(first.action_token, again.action_token);
        assert_ne!(first.jwt, first.action_token);
        assert_eq!(first.jwt.expose().len(), 64);
        let mode = std::fs::metadata(data_dir.join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(&data_dir).unwrap().count(), 1);
    }

    #[test]
    fn what_is_given_wins_over_what_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let section = SecretsSection {
            jwt: Some(Secret::new("given")),
            action_token: None,
        };
        assert_eq!(section.obtain(folder.path()).unwrap().jwt.expose(), "given");
    }

    #[test]
    fn a_damaged_file_is_told_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "JWT_SECRET=short\n").unwrap();
        let section = SecretsSection {
            jwt: None,
            action_token: None,
        };
        let error = section.obtain(folder.path()).unwrap_err();
        assert!(matches!(error, SecretsError::Damaged { .. }));
        assert!(error.to_string().contains("secrets.env"));
    }
}
