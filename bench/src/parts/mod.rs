//! The parts of the table, and what they share.

mod aoe4;
mod ceilings;
mod digests;
mod growth;
mod jobs;
mod live;
mod load;
pub mod memory;
mod reads;
mod reviews;
mod social;
mod trackmania;
mod writes;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::database::{Cluster, LIVE_DATABASE, SMALL_BOARD_PLAYERS};
use crate::machine::Machine;
use crate::options::{Options, Part, Scale};
use crate::players::Players;
use crate::report::Report;
use crate::server::{self, Recipe};

/// What every part works with.
struct Stage {
    scale: Scale,
    cluster: Cluster,
    players: Players,
    program: PathBuf,
    folder: PathBuf,
}

/// Measures what is asked for, and prints the table.
pub async fn run(options: &Options) -> Result<()> {
    let target = target_folder()?;
    let scale = options.scale();
    let _alone = be_alone(&target)?;
    let mut report = Report::new(Machine::look());
    if options.wants(Part::Memory) {
        memory::measure(&scale, &mut report).await?;
    }
    if options.wants(Part::Aoe4) {
        aoe4::measure_facts(scale.rounds, &mut report)?;
    }
    if options.wants_any(&[
        Part::Ceilings,
        Part::Load,
        Part::Reads,
        Part::Writes,
        Part::Live,
        Part::Jobs,
        Part::Social,
        Part::Aoe4,
        Part::Reviews,
        Part::Trackmania,
    ]) {
        let folder = target.join("bench");
        let program = match &options.server {
            Some(program) => fs::canonicalize(program)?,
            None if options.wants_any(&[
                Part::Load,
                Part::Reads,
                Part::Writes,
                Part::Live,
                Part::Social,
                Part::Aoe4,
                Part::Reviews,
                Part::Trackmania,
            ]) =>
            {
                server::beside_us()?
            }
            None => PathBuf::new(),
        };
        report.say("starting PostgreSQL");
        let cluster = Cluster::start(&folder.join("data")).await?;
        let stage = Stage {
            scale,
            cluster,
            players: Players::new(scale.players),
            program,
            folder,
        };
        // Stopped in either case: what is left of a run that failed would be in the way of the next one.
        let measured = stage.measure(options, &mut report).await;
        stage.cluster.stop().await?;
        measured?;
    }
    report.keep(&target)?;
    if options.json {
        println!("{}", report.json()?);
    } else {
        println!("\n{}", report.table());
    }
    Ok(())
}

/// The folder of build results that this program lies in.
fn target_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("target"))
        .to_owned();
    fs::create_dir_all(folder.join("bench"))?;
    Ok(folder)
}

/// Two runs at a time would measure each other, and share a folder.
fn be_alone(target: &Path) -> Result<File> {
    let lock = File::create(target.join("bench/lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!("another run is going on: wait until it has ended"),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

impl Stage {
    async fn measure(&self, options: &Options, report: &mut Report) -> Result<()> {
        if options.wants_any(&[Part::Ceilings, Part::Load, Part::Reads, Part::Writes]) {
            report.say(&format!(
                "filling the boards with {} players",
                self.scale.players
            ));
            self.cluster.fill(None, &self.players).await?;
        }
        if options.wants(Part::Ceilings) {
            ceilings::measure(self, report).await?;
        }
        if options.wants(Part::Load) {
            load::measure(self, report).await?;
        }
        if options.wants(Part::Reads) {
            reads::measure(self, report).await?;
        }
        if options.wants(Part::Writes) {
            writes::measure(self, report).await?;
        }
        if options.wants(Part::Live) {
            self.cluster
                .fill(Some(LIVE_DATABASE), &Players::new(SMALL_BOARD_PLAYERS))
                .await?;
            live::measure(self, report).await?;
        }
        if options.wants(Part::Jobs) {
            jobs::measure(self, report).await?;
            digests::measure(self, report)?;
        }
        if options.wants(Part::Social) {
            social::measure(self, report).await?;
        }
        if options.wants(Part::Aoe4) {
            aoe4::measure(self, report).await?;
        }
        if options.wants(Part::Reviews) {
            reviews::measure(self, report).await?;
        }
        if options.wants(Part::Trackmania) {
            trackmania::measure(self, report).await?;
        }
        Ok(())
    }

    fn recipe(&self, log_level: &'static str) -> Recipe {
        Recipe {
            program: self.program.clone(),
            folder: self.folder.clone(),
            log_level,
            database: None,
            settings: Vec::new(),
        }
    }
}
