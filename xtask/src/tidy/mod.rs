//! Rules of this repository that neither the compiler nor clippy can hold us to.
//!
//! Invariant: every finding says where, what, and what to do about it.

mod documents;
mod files;
mod floors;
mod names;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// One broken rule.
#[derive(Debug, Eq, PartialEq)]
struct Finding {
    /// The file, with the line if there is one.
    place: String,
    /// What is wrong, and what to do.
    message: String,
}

impl Finding {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
        }
    }
}

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let files = files::read_all(&workspace.root)?;
    let mut findings = floors::check(&workspace.packages);
    findings.extend(names::readmes(&workspace.root, &workspace.packages));
    findings.extend(names::migrations(&workspace.root)?);
    for file in &files {
        findings.extend(files::check_size(file));
        findings.extend(files::check_words(file));
        findings.extend(documents::check(file, &workspace.root));
    }
    findings.extend(files::check_exceptions(&files));
    if findings.is_empty() {
        println!("tidy: {} files, nothing to say", files.len());
        return Ok(());
    }
    for Finding { place, message } in &findings {
        eprintln!("{place}: {message}");
    }
    bail!("tidy: {} to mend", findings.len())
}
