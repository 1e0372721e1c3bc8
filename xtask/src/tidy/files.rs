//! Rules about single files: their size, and words that don't belong into them.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::Finding;
use crate::workspace::below;

/// A longer file wants to be two.
const MOST_LINES: usize = 400;

/// Longer files that are right as they are, each with its reason.
const LONG_FILES: [(&str, &str); 0] = [];

/// Folders that hold nothing written by us.
const NOT_OURS: [&str; 6] = [
    "target",
    "data",
    "node_modules",
    "dist",
    "corpus",
    "artifacts",
];
/// Folders with a leading dot that do.
const HIDDEN_BUT_OURS: [&str; 3] = [".ci", ".cargo", ".github"];

const TEXT: [&str; 14] = [
    "css", "html", "js", "json", "md", "mjs", "py", "rs", "sh", "sql", "toml", "ts", "tsx", "yml",
];
const TEXT_WITHOUT_EXTENSION: [&str; 4] = ["Makefile", "Dockerfile", "run", ".env.example"];

/// A text file of this repository.
pub(super) struct SourceFile {
    /// From the root, such as `app/src/main.rs`.
    pub(super) path: String,
    pub(super) text: String,
}

pub(super) fn read_all(root: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    read_folder(root, root, &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn read_folder(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_dir() {
            let hidden = name.starts_with('.') && !HIDDEN_BUT_OURS.contains(&name.as_str());
            if !hidden && !NOT_OURS.contains(&name.as_str()) {
                read_folder(root, &path, files)?;
            }
        } else if kind.is_file() && is_text(&path, &name) {
            files.push(SourceFile {
                path: below(root, &path),
                text: String::from_utf8_lossy(&fs::read(&path)?).into_owned(),
            });
        }
    }
    Ok(())
}

fn is_text(path: &Path, name: &str) -> bool {
    TEXT_WITHOUT_EXTENSION.contains(&name)
        || path
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|extension| TEXT.contains(&extension))
}

pub(super) fn check_size(file: &SourceFile) -> Option<Finding> {
    let lines = file.text.lines().count();
    let excused = LONG_FILES.iter().any(|(path, _)| *path == file.path);
    (file.path.ends_with(".rs") && lines > MOST_LINES && !excused).then(|| {
        Finding::new(
            &file.path,
            format!(
                "{lines} lines, where {MOST_LINES} are the most: divide it by what it is about, or name it with a reason in LONG_FILES in xtask"
            ),
        )
    })
}

/// An exception whose file has become short or is gone must go too.
pub(super) fn check_exceptions(files: &[SourceFile]) -> Vec<Finding> {
    LONG_FILES
        .iter()
        .filter(|(path, _)| {
            !files
                .iter()
                .any(|file| file.path == *path && file.text.lines().count() > MOST_LINES)
        })
        .map(|(path, _)| {
            Finding::new(
                *path,
                "isn't long any more: take it out of LONG_FILES in xtask",
            )
        })
        .collect()
}

/// Notes to ourselves, in code only, and paths of one person's machine, anywhere.
pub(super) fn check_words(file: &SourceFile) -> Vec<Finding> {
    let notes =
        ["TO", "FIX"].map(|half| format!("{half}{}", if half == "TO" { "DO" } else { "ME" }));
    let homes = ["work", "root", "Users"].map(|folder| format!("/{folder}/"));
    let is_prose = file.path.ends_with(".md");
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        let place = || format!("{}:{number}", file.path);
        for note in notes.iter().filter(|_| !is_prose) {
            if has_word(line, note) {
                findings.push(Finding::new(
                    place(),
                    format!("{note}: do it now, or open an issue"),
                ));
            }
        }
        for home in &homes {
            if has_absolute(line, home) {
                findings.push(Finding::new(
                    place(),
                    format!(
                        "{home}… exists on one machine only: name a path from the repository's root"
                    ),
                ));
            }
        }
    }
    findings
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|character: char| !character.is_alphanumeric() && character != '_')
        .any(|part| part == word)
}

/// Whether the line names a path that begins with this folder, rather than one that contains it.
fn has_absolute(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        !line[..at]
            .ends_with(|before: char| before.is_alphanumeric() || "_.-/}$~*".contains(before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn long_files_are_found_and_only_rust_ones() {
        let long = "line\n".repeat(MOST_LINES + 1);
        assert!(check_size(&file("app/src/long.rs", &long)).is_some());
        assert!(check_size(&file("app/src/just.rs", &long[5..])).is_none());
        assert!(check_size(&file("migrations/0001_x.sql", &long)).is_none());
    }

    #[test]
    fn notes_are_found_in_code_as_whole_words() {
        let note = format!("// TO{} later", "DO");
        assert_eq!(check_words(&file("a.rs", &note)).len(), 1);
        assert!(check_words(&file("a.md", &note)).is_empty());
        assert!(check_words(&file("a.rs", &note.replace("DO ", "DOS "))).is_empty());
        assert!(check_words(&file("a.rs", &note.to_lowercase())).is_empty());
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        let path = format!("see /wo{}/main", "rk");
        let findings = check_words(&file("a.md", &format!("first\n{path}")));
        assert_eq!(
            findings.first().map(|finding| finding.place.as_str()),
            Some("a.md:2")
        );
        assert!(check_words(&file("a.md", &path.replace(" /", " home/"))).is_empty());
    }
}
