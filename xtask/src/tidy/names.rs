//! Files that must be there, and what they are called.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::Finding;
use crate::workspace::Package;

/// Each crate of the house tells what it is for.
pub(super) fn readmes(root: &Path, packages: &[Package]) -> Vec<Finding> {
    packages
        .iter()
        .map(|package| package.folder.as_str())
        .filter(|folder| folder.starts_with("platform/") || folder.starts_with("features/"))
        .filter(|folder| !folder.ends_with("/fuzz"))
        .map(|folder| format!("{folder}/README.md"))
        .filter(|readme| !root.join(readme).is_file())
        .map(|readme| {
            Finding::new(
                readme,
                "missing: write what the crate is for, its invariants, its tables and its events",
            )
        })
        .collect()
}

pub(super) fn migrations(root: &Path) -> Result<Vec<Finding>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root.join("migrations"))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(check_migration_names(names))
}

/// One linear history: NNNN_name.sql from 0001 on, without a gap or a number taken twice.
fn check_migration_names(names: Vec<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut numbers: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for name in names.into_iter().filter(|name| name != "README.md") {
        match migration_number(&name) {
            Some(number) => numbers.entry(number).or_default().push(name),
            None => findings.push(Finding::new(
                format!("migrations/{name}"),
                "call it NNNN_name.sql, with the next number and a name of small letters, digits and _",
            )),
        }
    }
    for (number, names) in &numbers {
        if names.len() > 1 {
            findings.push(Finding::new(
                format!("migrations/{}", names.join(", ")),
                "one number for several: give the newer ones the next numbers",
            ));
        }
        if *number > 1 && !numbers.contains_key(&(number - 1)) {
            findings.push(Finding::new(
                format!("migrations/{}", names.join(", ")),
                format!(
                    "there is no {:04} before it: migrations are added at the end and never taken away",
                    number - 1
                ),
            ));
        }
    }
    findings
}

fn migration_number(name: &str) -> Option<u32> {
    let (number, title) = name.strip_suffix(".sql")?.split_once('_')?;
    let small = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_'
    };
    let good = number.len() == 4
        && number.chars().all(|digit| digit.is_ascii_digit())
        && !title.is_empty()
        && title.chars().all(small);
    number.parse().ok().filter(|number| good && *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(names: &[&str]) -> usize {
        check_migration_names(names.iter().map(|&name| name.to_owned()).collect()).len()
    }

    #[test]
    fn migrations_are_one_line() {
        assert_eq!(
            findings(&["0001_accounts.sql", "0002_scores.sql", "README.md"]),
            0
        );
        assert_eq!(findings(&["0001_accounts.sql", "0003_scores.sql"]), 1);
        assert_eq!(findings(&["0002_scores.sql"]), 1);
        assert_eq!(findings(&["0001_accounts.sql", "0001_scores.sql"]), 1);
    }

    #[test]
    fn migrations_are_named_alike() {
        for name in [
            "1_a.sql",
            "0001-a.sql",
            "0001_A.sql",
            "0001_.sql",
            "0000_a.sql",
            "0001_a.txt",
        ] {
            assert_eq!(findings(&[name]), 1, "{name}");
        }
    }
}
