//! A word on what each civilization lives on. Those that aren't here, as those that come, have none.

pub fn hint(slug: &str) -> Option<&'static str> {
    Some(match slug {
        "abbasid_dynasty" | "ayyubids" => {
            "The House of Wisdom is your landmark for every age: decide on the wing before the resources are there, so that none of it waits"
        }
        "byzantines" => {
            "Olive oil pays for mercenaries that need no counter of their own: send villagers to berries and olive groves early, and spend the oil as it comes"
        }
        "chinese" | "zhu_xis_legacy" => {
            "Imperial officials collect taxes and speed up buildings: keep them at work all match, and plan the second landmark of an age for its dynasty"
        }
        "delhi_sultanate" => {
            "Research costs you nothing but time: keep scholars in the mosque, and something in research in every building from the first minute"
        }
        "english" => {
            "Farms are cheap around your mills, and longbows come early: wood from the start makes both possible"
        }
        "french" => {
            "Knights in the Feudal Age are your edge: have gold miners before you are there, and look for villagers away from home"
        }
        "holy_roman_empire" => {
            "Prelates make villagers work faster, and relics pay gold: keep the inspiration going, and be first at the relics in the Castle Age"
        }
        "house_of_lancaster" => {
            "Manors bring resources without villagers: build them steadily and where they can be defended"
        }
        "japanese" => {
            "Your farmhouses and forges reward a compact base: place them at the resources, and keep upgrades coming early"
        }
        "jeanne_darc" => {
            "Jeanne grows with what she fells: take her along from the first fights, and never lose her to a careless one"
        }
        "knights_templar" => {
            "The commandery that you choose with each age decides your army: know which one answers your opponent before you age up"
        }
        "malians" => {
            "Gold from pit mines and food from cattle free your villagers for the rest: build them early, and keep them safe"
        }
        "mongols" => {
            "The Ovoo doubles what you make for stone, and your base can leave: keep stone coming, and fight where your opponent is not"
        }
        "order_of_the_dragon" => {
            "Gilded units are few, dear and strong: each one that falls for nothing costs you more than others, so fight near healing and leave early"
        }
        "ottomans" => {
            "Military schools make units for nothing: build them as soon as you can, and spend vizier points at once"
        }
        "rus" => {
            "Hunting pays you gold as well: send the scouts after animals from the first minute, and let wooden fortresses guard the wood"
        }
        _ => return None,
    })
}
