//! What is usual among the players whose matches were seen here.

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
pub async fn count(
    tx: &mut PgConnection,
    game_id: u64,
    mut seen: Vec<Seen>,
) -> Result<(), db::Error> {
    let is_new = sqlx::query!(
        "insert into benchmark_games (game_id) values ($1) on conflict do nothing",
        game_id.cast_signed()
    );
    if is_new.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(());
    }
    // In one order, so that two reviews never wait for each other.
    let key = |seen: &Seen| {
        (
            seen.rank,
            seen.civilization.clone(),
            seen.metric.about().word,
        )
    };
    seen.sort_by_key(key);
    for one in seen {
        sqlx::query!(
            "insert into benchmarks as known (rank_group, civilization, metric, count, mean, m2)
             values ($1, $2, $3, 1, $4, 0)
             on conflict (rank_group, civilization, metric) do update set
                 count = known.count + 1,
                 mean = known.mean + ($4 - known.mean) / (known.count + 1),
                 m2 = known.m2 + ($4 - known.mean) * ($4 - (known.mean + ($4 - known.mean) / (known.count + 1)))",
            one.rank.as_str(),
            one.civilization,
            one.metric.about().word,
            one.value
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
