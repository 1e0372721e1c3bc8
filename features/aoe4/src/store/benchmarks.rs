//! What is usual among the players whose matches were seen here.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgExecutor};

use crate::model::benchmarks::{Benchmarks, RankGroup, Tally};
use crate::model::metrics::Metric;

/// All of it, on top of the table that every server begins with: some thousand rows at the most.
pub async fn load(executor: impl PgExecutor<'_>) -> Result<Benchmarks, db::Error> {
    let rows =
        sqlx::query!("select rank_group, civilization, metric, count, mean, m2 from benchmarks")
            .fetch_all(executor)
            .await?;
    let mut benchmarks = Benchmarks::seed();
    for row in rows {
        // What only another release knows says nothing to this one.
        let rank = RankGroup::ALL
            .into_iter()
            .find(|rank| rank.as_str() == row.rank_group);
        let (Some(rank), Some(metric)) = (rank, Metric::find(&row.metric)) else {
            continue;
        };
        let tally = Tally {
            count: row.count.unsigned_abs(),
            mean: row.mean,
            m2: row.m2,
        };
        benchmarks.add(rank, &row.civilization, metric, &tally);
    }
    Ok(benchmarks)
}

/// What one player of a match did.
#[derive(Clone, Debug)]
pub struct Seen {
    pub rank: RankGroup,
    pub civilization: String,
    pub metric: Metric,
    pub value: f64,
}

/// Counts a match, unless it is counted already.
pub async fn count(tx: &mut PgConnection, game_id: u64, seen: Vec<Seen>) -> Result<(), db::Error> {
    let is_new = sqlx::query!(
        "insert into benchmark_games (game_id) values ($1) on conflict do nothing",
        game_id.cast_signed()
    );
    if is_new.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(());
    }
    let mut tallies: BTreeMap<(RankGroup, String, &str), Tally> = BTreeMap::new();
    for one in seen {
        let key = (one.rank, one.civilization, one.metric.about().word);
        tallies.entry(key).or_default().add(one.value);
    }
    let keys = || tallies.keys();
    let ranks: Vec<&str> = keys().map(|(rank, ..)| rank.as_str()).collect();
    let civilizations: Vec<&str> = keys().map(|(_, civilization, _)| &**civilization).collect();
    let metrics: Vec<&str> = keys().map(|(.., metric)| *metric).collect();
    let tallies = || tallies.values();
    let counts: Vec<i64> = tallies().map(|tally| tally.count.cast_signed()).collect();
    let means: Vec<f64> = tallies().map(|tally| tally.mean).collect();
    let m2s: Vec<f64> = tallies().map(|tally| tally.m2).collect();
    // As `Tally::merge` does it. In one order, so that two reviews never wait for each other.
    sqlx::query!(
        "insert into benchmarks as known (rank_group, civilization, metric, count, mean, m2)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::float8[], $6::float8[])
              as seen (rank_group, civilization, metric, count, mean, m2)
         order by rank_group, civilization, metric
         on conflict (rank_group, civilization, metric) do update set
             count = known.count + excluded.count,
             mean = known.mean + (excluded.mean - known.mean) * excluded.count / (known.count + excluded.count),
             m2 = known.m2 + excluded.m2
                  + (excluded.mean - known.mean) ^ 2 * known.count * excluded.count / (known.count + excluded.count)",
        &ranks as &[&str],
        &civilizations as &[&str],
        &metrics as &[&str],
        &counts,
        &means,
        &m2s
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}
