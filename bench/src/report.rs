//! The table: what was measured, beside its ceiling, and what is wanted of it.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::machine::Machine;
use crate::numbers::readable;

/// Where the last run is kept, from the folder of build results.
const LATEST: &str = "bench/latest.json";

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    what: String,
    unit: &'static str,
    /// What the same machine did at the same time without us.
    ceiling: Option<f64>,
    ours: f64,
    /// Ours ÷ ceiling, the median of the rounds'.
    ratio: Option<f64>,
    /// Of the ratio, or of ours where there is no ceiling.
    wanted: Option<Wanted>,
    met: Option<bool>,
    note: String,
}

#[derive(Debug, Serialize)]
pub struct Report {
    machine: Machine,
    lines: Vec<Line>,
    #[serde(skip)]
    begun: std::time::Instant,
}

impl Wanted {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(formatter, "≥ {least}"),
            Self::AtMost(most) => write!(formatter, "≤ {most}"),
        }
    }
}

impl Line {
    pub fn new(what: &str, unit: &'static str) -> Self {
        Self {
            what: what.to_owned(),
            unit,
            ceiling: None,
            ours: 0.0,
            ratio: None,
            wanted: None,
            met: None,
            note: String::new(),
        }
    }

    pub fn ours(mut self, ours: f64) -> Self {
        self.ours = ours;
        self
    }

    pub fn against(mut self, ceiling: f64, ratio: f64) -> Self {
        self.ceiling = Some(ceiling);
        self.ratio = Some(ratio);
        self
    }

    pub fn wanted(mut self, wanted: Wanted) -> Self {
        self.wanted = Some(wanted);
        self
    }

    pub fn note(mut self, note: &str) -> Self {
        self.note = note.to_owned();
        self
    }

    fn judged(mut self) -> Self {
        let value = self.ratio.unwrap_or(self.ours);
        self.met = self.wanted.map(|wanted| wanted.is_met(value));
        self
    }

    fn cells(&self) -> [String; 6] {
        [
            format!("{}, {}", self.what, self.unit),
            self.ceiling.map(readable).unwrap_or_default(),
            readable(self.ours),
            self.ratio
                .map(|ratio| format!("{ratio:.2}"))
                .unwrap_or_default(),
            self.wanted
                .map(|wanted| wanted.to_string())
                .unwrap_or_default(),
            self.met
                .map_or("", |met| if met { "✓" } else { "✗" })
                .to_owned(),
        ]
    }
}

impl Report {
    pub fn new(machine: Machine) -> Self {
        Self {
            machine,
            lines: Vec::new(),
            begun: std::time::Instant::now(),
        }
    }

    /// Tells what is being done, on stderr: the table on stdout stays clean.
    pub fn say(&self, what: &str) {
        eprintln!("[{:>5.1} s] {what}", self.begun.elapsed().as_secs_f64());
    }

    pub fn add(&mut self, line: Line) {
        let line = line.judged();
        self.say(&format!("→ {} {}", line.cells().join("  "), line.note));
        self.lines.push(line);
    }

    /// The table as Markdown, with what there is to say about its lines below.
    pub fn table(&self) -> String {
        let head = ["", "ceiling", "ours", "ratio", "wanted", ""].map(str::to_owned);
        let rows: Vec<[String; 6]> = self.lines.iter().map(Line::cells).collect();
        let widths: [usize; 6] = std::array::from_fn(|column| {
            let cells = rows
                .iter()
                .chain([&head])
                .map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        });
        let mut text = String::new();
        let mut write = |row: &[String; 6]| {
            for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                let padding = " ".repeat(width - cell.chars().count());
                let (before, after) = if (1..4).contains(&column) {
                    (&*padding, "")
                } else {
                    ("", &*padding)
                };
                text.push_str(&format!("| {before}{cell}{after} "));
            }
            text.push_str("|\n");
        };
        write(&head);
        write(&std::array::from_fn(|column| {
            let right = (1..4).contains(&column);
            format!(
                "{}{}",
                "-".repeat(widths[column] - usize::from(right)),
                if right { ":" } else { "" }
            )
        }));
        rows.iter().for_each(&mut write);
        let machine = &self.machine;
        text.push_str(&format!(
            "\n{} cores of {}, {} GiB, Linux {}; load before the run {:.1}{}\n",
            machine.cores,
            machine.processor,
            machine.memory_gib,
            machine.kernel,
            machine.load_before,
            if machine.load_before > 0.5 {
                ": the machine was busy, don't trust this run"
            } else {
                ""
            },
        ));
        for line in self.lines.iter().filter(|line| !line.note.is_empty()) {
            text.push_str(&format!("- {}: {}\n", line.what, line.note));
        }
        text
    }

    pub fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    pub fn keep(&self, target: &Path) -> Result<()> {
        let path = target.join(LATEST);
        fs::write(&path, self.json()?)
            .with_context(|| format!("could not write {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_judged_where_there_is_one() {
        let judge = |line: Line| line.judged().met;
        let line = Line::new("a", "requests/s").ours(80.0).against(100.0, 0.8);
        assert_eq!(judge(line.clone()), None);
        assert_eq!(judge(line.clone().wanted(Wanted::AtLeast(0.7))), Some(true));
        assert_eq!(judge(line.wanted(Wanted::AtLeast(0.9))), Some(false));
        assert_eq!(
            judge(Line::new("a", "ms").ours(3.0).wanted(Wanted::AtMost(2.0))),
            Some(false)
        );
    }
}
