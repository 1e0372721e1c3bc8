-- A batch of scores tells how long PostgreSQL was at it.

-- As before, and says when it was done: what is left of the time that a batch takes is waited for, for the disk or the network, and a
-- second batch fits in. Scores are moved by one statement, whether it is known where their rows lie or not.
drop function count_plays;
create function count_plays(
    -- Keys of the advisory locks of the players.
    players         bigint[],
    -- The version of the catalog that the batch went by, and the boards that it moves, by their numbers.
    catalog         bigint,
    boards          integer[],
    -- Players of whom nothing was known: they have to be users.
    unknown_players uuid[],
    -- The plays.
    actions         text[],
    users           uuid[],
    games           text[],
    deltas          bigint[],
    metadata        text[],
    -- Their tokens; without a signature, there was none.
    signatures      bytea[],
    expirations     timestamptz[],
    answers         text[],
    -- Scores that move: from what, and to what.
    moved_numbers   integer[],
    moved_periods   integer[],
    moved_users     uuid[],
    moved_from      bigint[],
    moved_from_at   timestamptz[],
    moved_to        bigint[],
    moved_to_at     timestamptz[],
    moved_places    integer[],
    -- Scores that were looked at and stay.
    kept_numbers    integer[],
    kept_periods    integer[],
    kept_users      uuid[],
    kept_scores     bigint[],
    kept_at         timestamptz[],
    -- Scores of players who had none on that board.
    new_numbers     integer[],
    new_periods     integer[],
    new_users       uuid[],
    new_scores      bigint[],
    new_at          timestamptz[],
    new_places      integer[],
    -- What was played, by player and game, and in which of the games a lower score is better.
    played_users    uuid[],
    played_games    text[],
    played_best     bigint[],
    played_last     bigint[],
    played_count    bigint[],
    played_at       timestamptz[],
    played_places   integer[],
    ascending_games text[],
    -- Whether the player has played no other game in this batch, and this one now.
    played_alone    boolean[] default null,
    -- Where the rows of the scores lie that move, or null: they are found by their keys then.
    moved_rows      tid[] default null,
    -- The boards that were moved with their new versions, what "now" was, and when all was written but for COMMIT.
    out numbers     integer[],
    out versions    bigint[],
    out base        timestamptz,
    out done        timestamptz,
    -- Where the rows of the scores that moved lie now, and which of those scores they are, counted from 1.
    out rows        tid[],
    out rows_of     integer[]
)
    language plpgsql as $$
declare
    -- An import's batches have nothing but plays of long ago, others have none.
    of_long_ago constant boolean := array_remove(played_at, null) <> '{}';
    news score_news;
    events bigint[];
    found_rows bigint;
begin
    -- A statement of its own, so that the later ones see what was committed by whoever held a lock before.
    if exists (select from (select unnest(players) as key) as player where not pg_try_advisory_xact_lock(player.key)) then
        raise exception 'a player is being written by somebody else' using errcode = 'GS002';
    end if;
    base := clock_timestamp();

    -- One question inside the other: together they would be a query, and be asked for nobody.
    if cardinality(unknown_players) > 0 then
        if exists (
            select from unnest(unknown_players) as player (id)
            where not exists (select from users as known where known.id = player.id)
        ) then
            raise exception 'a player is gone' using errcode = 'GS002';
        end if;
    end if;

    -- Ids come first, so that events and tokens needn't be matched afterwards.
    select array_agg(nextval('score_events_id_seq')) into events from generate_series(1, cardinality(actions));
    insert into score_events (id, action_id, user_id, game_id, score_delta, metadata, created_at)
        overriding system value
        select play.id, play.action_id, play.user_id, play.game_id, play.delta, play.metadata::jsonb, base
        from (select unnest(events) as id, unnest(actions) as action_id, unnest(users) as user_id, unnest(games) as game_id,
                     unnest(deltas) as delta, unnest(count_plays.metadata) as metadata) as play;
    insert into consumed_tokens (event_id, signature, expires_at, answer)
        select token.event_id, token.signature, token.expires_at, token.answer
        from (select unnest(events) as event_id, unnest(signatures) as signature, unnest(expirations) as expires_at,
                     unnest(answers) as answer) as token
        where token.signature is not null;

    -- Going by the row saves the search, and the pruning of the page that comes with each search.
    with changed as (
        update scores set
            score = moved.score,
            reached_at = coalesce(moved.at, greatest(reached_at, base + moved.place * interval '1 microsecond'))
            from (select generate_subscripts(moved_users, 1) as nth, unnest(moved_rows) as row,
                         unnest(moved_numbers) as number, unnest(moved_periods) as period,
                         unnest(moved_users) as user_id, unnest(moved_from) as score_before,
                         unnest(moved_from_at) as at_before, unnest(moved_to) as score,
                         unnest(moved_to_at) as at, unnest(moved_places) as place) as moved
            where scores.ctid = coalesce(moved.row, (
                      select found.ctid from scores as found
                      where found.leaderboard_number = moved.number and found.period = moved.period
                        and found.user_id = moved.user_id
                  ))
              and scores.leaderboard_number = moved.number and scores.period = moved.period
              and scores.user_id = moved.user_id
              and scores.score = moved.score_before and scores.reached_at = moved.at_before
            returning scores.ctid as row, moved.nth
    )
    select array_agg(changed.row), array_agg(changed.nth) into rows, rows_of from changed;
    if coalesce(cardinality(rows), 0) <> cardinality(moved_users) then
        if exists (
            select from generate_subscripts(moved_rows, 1) as nth
            where moved_rows[nth] is not null and nth <> all(coalesce(rows_of, '{}'))
        ) then
            raise exception 'a row has moved' using errcode = 'GS003';
        end if;
        raise exception 'a score has moved' using errcode = 'GS002';
    end if;
    if cardinality(kept_users) > 0 then
        select count(*) into found_rows
        from unnest(kept_numbers, kept_periods, kept_users, kept_scores, kept_at)
             as kept (number, period, user_id, score, at)
        join scores on scores.leaderboard_number = kept.number and scores.period = kept.period
                   and scores.user_id = kept.user_id and scores.score = kept.score and scores.reached_at = kept.at;
        if found_rows <> cardinality(kept_users) then
            raise exception 'a score has moved' using errcode = 'GS002';
        end if;
    end if;
    if cardinality(new_users) > 0 then
        insert into scores (leaderboard_number, period, user_id, score, reached_at)
            select score.number, score.period, score.user_id, score.score,
                   coalesce(score.at, base + score.place * interval '1 microsecond')
            from unnest(new_numbers, new_periods, new_users, new_scores, new_at, new_places)
                 as score (number, period, user_id, score, at, place);
    end if;

    -- Rows that are there are updated rather than upserted, which would lock each first, and log that.
    with changed as (
        update user_game_stats as stats set
            best = case when stats.game_id = any(ascending_games) then least(stats.best, played.best)
                        else greatest(stats.best, played.best) end,
            best_before = stats.best,
            last = case when played.at >= stats.last_played_at then played.last else stats.last end,
            plays = stats.plays + played.count,
            last_played_at = greatest(stats.last_played_at, played.at),
            latest_since = case
                when played.alone and not exists (
                    select from user_game_stats as other
                    where other.user_id = stats.user_id and other.latest_since > stats.latest_since
                ) then stats.latest_since
                else greatest(stats.last_played_at, played.at) end
            from (select user_id, game_id, best, last, count, coalesce(at, base + place * interval '1 microsecond') as at, alone
                  from (select unnest(played_users) as user_id, unnest(played_games) as game_id, unnest(played_best) as best,
                               unnest(played_last) as last, unnest(played_count) as count, unnest(played_at) as at,
                               unnest(played_places) as place, unnest(played_alone) as alone) as given) as played
            where stats.user_id = played.user_id and stats.game_id = played.game_id
            returning stats.user_id, stats.game_id, stats.best_before, stats.best
    )
    select coalesce(array_agg(user_id), '{}'), coalesce(array_agg(game_id), '{}'), array_agg(changed.best_before),
           array_agg(changed.best)
        into news.users, news.games, news.best_before, news.best
        from changed;
    if cardinality(news.users) < cardinality(played_users) then
        with made as (
            insert into user_game_stats (user_id, game_id, best, last, plays, last_played_at, latest_since)
                select played.user_id, played.game_id, played.best, played.last, played.count, played.at, played.at
                from (select user_id, game_id, best, last, count, coalesce(at, base + place * interval '1 microsecond') as at
                      from unnest(played_users, played_games, played_best, played_last, played_count, played_at, played_places)
                           as played (user_id, game_id, best, last, count, at, place)) as played
                on conflict (user_id, game_id) do nothing
                returning user_id, game_id, best_before, best
        )
        select news.users || array_agg(user_id), news.games || array_agg(game_id),
               news.best_before || array_agg(made.best_before), news.best || array_agg(made.best)
            into news.users, news.games, news.best_before, news.best
            from made;
    end if;
    -- Plays of long ago may lie within the time that the player stayed with another game.
    if of_long_ago then
        update user_game_stats as stats set latest_since = stats.last_played_at
            from unnest(played_users, played_games, played_at) as played (user_id, game_id, at)
            where stats.user_id = played.user_id and stats.last_played_at > played.at and stats.game_id = (
                select other.game_id from user_game_stats as other
                where other.user_id = played.user_id and other.latest_since <= played.at and other.game_id <> played.game_id
                order by other.latest_since desc limit 1
            );
    end if;
    insert into score_news (users, games, best_before, best)
        values (news.users, news.games, case when not of_long_ago then news.best_before end,
                case when not of_long_ago then news.best end);

    select array_agg(raised.number), array_agg(raised.version) into numbers, versions
        from raise_versions(boards, catalog) as raised;
    done := clock_timestamp();
end $$;
