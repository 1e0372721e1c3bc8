//! The configuration as `grandstand config` prints it.

use super::reader::Entry;

/// Name, value and source in columns.
pub fn as_table(entries: &[Entry]) -> String {
    let rows: Vec<[String; 3]> = entries
        .iter()
        .map(|entry| {
            let value = match entry.value.as_deref() {
                None | Some("") => "-",
                Some(value) => value,
            };
            [
                entry.name.to_owned(),
                value.to_owned(),
                entry.source.to_string(),
            ]
        })
        .collect();
    // One very long value must not push the last column off the screen.
    let width = |column: usize, most: usize| {
        let lengths = rows.iter().map(|row| row[column].chars().count());
        lengths.filter(|length| *length <= most).max().unwrap_or(0)
    };
    let (names, values) = (width(0, 40), width(1, 44));
    let mut table = String::new();
    for [name, value, source] in &rows {
        table.push_str(&format!("{name:names$}  {value:values$}  {source}\n"));
    }
    table
}

/// A JSON list of `{name, value, source}`.
pub fn as_json(entries: &[Entry]) -> String {
    // A list of strings can't fail to be written.
    serde_json::to_string_pretty(entries).unwrap_or_default()
}
