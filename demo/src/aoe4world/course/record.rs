//! What is written down of a player's match.

use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThingKind {
    Unit,
    Building,
    Upgrade,
    Age,
    Animal,
    Unknown,
}

/// A line of the build order.
#[derive(Clone, Debug)]
pub struct Thing {
    pub kind: ThingKind,
    pub icon: String,
    pub made: Vec<u32>,
    pub lost: Vec<u32>,
}

#[derive(Clone, Debug)]
pub struct Landmark {
    pub name: &'static str,
    pub at: u32,
    pub age: u8,
}

#[derive(Debug, Default)]
pub struct Record {
    /// In the order in which the first of each came.
    pub things: Vec<Thing>,
    /// By AoE4World's words.
    pub actions: BTreeMap<String, Vec<u32>>,
    pub landmarks: Vec<Landmark>,
}

/// The icon of a building that everybody has.
pub fn building(name: &str) -> String {
    format!("icons/races/common/buildings/{name}")
}

impl Record {
    pub fn made(&mut self, kind: ThingKind, icon: &str, at: u32) {
        self.thing(kind, icon).made.push(at);
    }

    /// What was made as one level dies as the next, of which there may be none yet.
    pub fn lost(&mut self, kind: ThingKind, icon: &str, at: u32) {
        self.thing(kind, icon).lost.push(at);
    }

    pub fn acted(&mut self, action: &str, at: u32) {
        self.actions.entry(action.to_owned()).or_default().push(at);
    }

    /// How many were made, and how many of them are left.
    pub fn count(&self, icon: &str) -> (usize, usize) {
        let thing = self.things.iter().find(|thing| thing.icon == icon);
        thing.map_or((0, 0), |thing| {
            (thing.made.len(), thing.made.len() - thing.lost.len())
        })
    }

    fn thing(&mut self, kind: ThingKind, icon: &str) -> &mut Thing {
        let known = self.things.iter().position(|thing| thing.icon == icon);
        let place = known.unwrap_or_else(|| {
            self.things.push(Thing {
                kind,
                icon: icon.to_owned(),
                made: Vec::new(),
                lost: Vec::new(),
            });
            self.things.len() - 1
        });
        &mut self.things[place]
    }
}
