//! Places and times in words, as players write them.

/// `1st`, `2nd`, `3rd`, `4th`, `11th`.
pub fn ordinal(position: i64) -> String {
    let ending = match (position % 100, position % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{position}{ending}")
}

/// What a driver reached on a map: `0:43.120`, `1:02:43.120` from an hour on; `1,234 points` on maps that aren't races.
pub fn result(time: i64, is_race: bool) -> String {
    if !is_race {
        return format!("{} points", grouped(time));
    }
    let (seconds, milliseconds) = (time / 1000, time % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}.{milliseconds:03}")
    } else {
        format!("{minutes}:{seconds:02}.{milliseconds:03}")
    }
}

/// How far two results are from each other, whichever is better: `0.120 s`, `12.000 s`, or `34 points`.
pub fn gap(one: i64, other: i64, is_race: bool) -> String {
    let gap = one.abs_diff(other);
    if is_race {
        format!("{}.{:03} s", gap / 1000, gap % 1000)
    } else {
        format!("{} points", grouped(i64::try_from(gap).unwrap_or(i64::MAX)))
    }
}

/// `1,234,567`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_as_people_do() {
        let all = [1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 101, 111, 1_000].map(ordinal);
        assert_eq!(
            all,
            [
                "1st", "2nd", "3rd", "4th", "10th", "11th", "12th", "13th", "21st", "22nd",
                "101st", "111th", "1000th"
            ]
        );
    }

    #[test]
    fn results_are_times_or_points() {
        for (time, want) in [
            (1, "0:00.001"),
            (43_120, "0:43.120"),
            (60_000, "1:00.000"),
            (3_763_120, "1:02:43.120"),
            (86_400_000, "24:00:00.000"),
        ] {
            assert_eq!(result(time, true), want);
        }
        assert_eq!(result(1_234, false), "1,234 points");
        assert_eq!(result(99, false), "99 points");
        assert_eq!(gap(43_120, 43_000, true), "0.120 s");
        assert_eq!(gap(43_000, 55_000, true), "12.000 s");
        assert_eq!(gap(1_000, 2_500, false), "1,500 points");
        assert_eq!(grouped(-1_234_567), "-1,234,567");
        assert_eq!(grouped(i64::MIN), "-9,223,372,036,854,775,808");
    }
}
