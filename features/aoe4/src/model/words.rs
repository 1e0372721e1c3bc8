//! Words for players, from the names that the game's files have. What comes out is plain: letters, digits and a few signs,
//! so that it can stand in Markdown and in a prompt whatever came in.

#[cfg(test)]
mod tests;

/// The most characters of a name in a sentence.
const MOST_CHARACTERS: usize = 48;

/// Game seconds as players say them: `12:05`, and `1:02:05` after an hour.
pub fn clock(seconds: u32) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{rest:02}")
    } else {
        format!("{minutes}:{rest:02}")
    }
}

/// Without anything that could be more than a name: other signs and line breaks are spaces.
pub fn plain(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|character| match character {
            '\'' | '’' | '-' => character,
            other if other.is_alphanumeric() => other,
            _ => ' ',
        })
        .take(MOST_CHARACTERS)
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `holy_roman_empire` is the Holy Roman Empire.
pub fn civilization(slug: &str) -> String {
    match slug {
        "jeanne_darc" => "Jeanne d'Arc".to_owned(),
        "zhu_xis_legacy" => "Zhu Xi's Legacy".to_owned(),
        other => plain(other)
            .split(' ')
            .map(|word| match word {
                "of" | "the" => word.to_owned(),
                word => capitalised(word),
            })
            .collect::<Vec<_>>()
            .join(" "),
    }
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

/// The last part of an icon's path, which is the only name that things of a build order have.
pub fn stem(icon: &str) -> &str {
    icon.rsplit('/').next().unwrap_or(icon)
}

/// A part of an id: small letters, digits and underscores.
pub fn slug(text: &str) -> String {
    text.chars()
        .map(|character| character.to_ascii_lowercase())
        .filter(|character| character.is_ascii_alphanumeric() || *character == '_')
        .take(MOST_CHARACTERS)
        .collect()
}

/// What a unit is called whatever its level: `spearman_2` and `spearman_3` are both spearmen, since what was made as the
/// one dies as the other after an upgrade.
pub fn family(stem: &str) -> &str {
    let Some((name, level)) = stem.rsplit_once('_') else {
        return stem;
    };
    let digits = level.strip_prefix("age").unwrap_or(level);
    let is_level = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_level && !name.is_empty() {
        name
    } else {
        stem
    }
}

/// A unit in a sentence: `gilded_manatarms` is a gilded man-at-arms.
pub fn unit(family: &str) -> String {
    plain(family)
        .replace("manatarms", "man-at-arms")
        .replace("jannisary", "janissary")
}

/// More than one of it.
pub fn plural(name: &str) -> String {
    if let Some(rest) = name.strip_suffix("man-at-arms") {
        return format!("{rest}men-at-arms");
    }
    if let Some(rest) = name.strip_suffix("man") {
        return format!("{rest}men");
    }
    match name.strip_suffix('y') {
        Some(rest) if !rest.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{rest}ies"),
        _ if name.ends_with('s') || name.ends_with('x') => name.to_owned(),
        _ => format!("{name}s"),
    }
}

/// `1 spearman`, `5 spearmen`.
pub fn counted(count: usize, name: &str) -> String {
    if count == 1 {
        format!("1 {name}")
    } else {
        format!("{count} {}", plural(name))
    }
}

/// An upgrade by the name that the game shows, where it is one that everybody can research.
pub fn upgrade(stem: &str) -> String {
    let known = match stem {
        "wheelbarrow" => "Wheelbarrow",
        "food_gather_1" => "Horticulture",
        "food_gather_2" => "Fertilization",
        "food_gather_3" => "Cross Breeding",
        "wood_gather_1" => "Double Broadax",
        "wood_gather_2" => "Lumber Preservation",
        "wood_gather_3" => "Crosscut Saw",
        "gold_gather_1" => "Specialized Pick",
        "gold_gather_2" => "Acid Distillation",
        "gold_gather_3" => "Cupellation",
        "hunting_villager" => "Survival Techniques",
        "tree_fell_rate" => "Forestry",
        "siege_engineers" => "Siege Engineering",
        "melee_damage_technology_1" => "Bloomery",
        "melee_damage_technology_2" => "Decarbonization",
        "melee_damage_technology_3" => "Damascus Steel",
        "melee_armor_technology_1" => "Fitted Leatherwork",
        "melee_armor_technology_2" => "Insulated Helm",
        "melee_armor_technology_3" => "Master Smiths",
        "ranged_damage_technology_1" => "Steeled Arrow",
        "ranged_damage_technology_2" => "Balanced Projectiles",
        "ranged_damage_technology_3" => "Platecutter Point",
        "ranged_armor_technology_1" => "Iron Undermesh",
        "ranged_armor_technology_2" => "Wedge Rivets",
        "ranged_armor_technology_3" => "Angled Surfaces",
        other => return unit_level(other).unwrap_or_else(|| plain(other)),
    };
    known.to_owned()
}

/// What everybody's units are called from one level to the next.
fn unit_level(stem: &str) -> Option<String> {
    const LEVELLED: [&str; 5] = ["spearman", "archer", "horseman", "crossbowman", "knight"];
    let family = family(stem);
    let level = match stem.strip_prefix(family)? {
        "_2" => "Hardened",
        "_3" => "Veteran",
        "_4" => "Elite",
        _ => return None,
    };
    LEVELLED
        .contains(&family)
        .then(|| format!("{level} {}", capitalised(&plural(&unit(family)))))
}

/// Whether an upgrade makes gathering faster.
pub fn is_economic(stem: &str) -> bool {
    stem == "wheelbarrow"
        || stem == "hunting_villager"
        || stem == "tree_fell_rate"
        || stem.contains("_gather_")
}
