//! Medians, and numbers as people read them.

/// The middle one; of an even count, the upper of the two. 0 of none.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Three significant digits or so, thousands separated.
pub fn readable(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude < 1.0 {
        return format!("{value:.3}");
    }
    if magnitude < 10.0 {
        return format!("{value:.2}");
    }
    if magnitude < 1000.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{magnitude:.0}");
    let mut text = String::from(if value < 0.0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
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
    fn the_median_is_the_middle_one() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([2.0, 1.0]), 2.0);
        assert_eq!(median([]), 0.0);
    }

    #[test]
    fn numbers_are_readable() {
        let texts = [0.7, 73.44, 999.96, 1000.0, 151_234.6, 1_234_567.0].map(readable);
        assert_eq!(
            texts,
            ["0.700", "73.4", "1000.0", "1,000", "151,235", "1,234,567"]
        );
        assert_eq!(readable(-1234.0), "-1,234");
    }
}
