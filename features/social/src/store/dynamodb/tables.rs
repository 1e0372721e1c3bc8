//! The tables with their keys and indexes: made, and looked at.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TableDescription, TimeToLiveDescription,
    TimeToLiveSpecification, TimeToLiveStatus,
};

use super::DynamoTables;
use super::calls::away;
use super::item::{CREATED_AT, EXPIRES_AT, GAME, TARGET, USER};
use super::lists::FOLLOWED_BY;
use super::stats::{BY_GAME, RECENT_GAMES, RECENT_KEY};
use crate::store::StoreError;

/// For a new table to be there; AWS takes some seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// What there is, or was done, of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    Now,
    /// It was there, with the keys and indexes that it has to have.
    Before,
}

#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    #[error("There is no table {0:?} in DynamoDB. Make it with `grandstand social create-tables`.")]
    Missing(String),
    #[error(
        "The table {table:?} in DynamoDB is another one: {why}. Name others by TABLE_FOLLOWS, TABLE_PRESENCE and TABLE_USER_GAME_STATS."
    )]
    Different { table: String, why: String },
    #[error("{}", because(.0))]
    Away(#[from] StoreError),
}

/// For whoever set it up, what DynamoDB said is more than that it can't be reached.
fn because(error: &StoreError) -> String {
    match error {
        StoreError::Away(cause) => cause.to_string(),
        StoreError::Database(error) => error.to_string(),
    }
}

impl From<BuildError> for TablesError {
    fn from(error: BuildError) -> Self {
        Self::Away(away(error))
    }
}

/// A key: what items are together by, and what they are in the order of.
type Keys = (&'static str, Option<&'static str>);

struct Index {
    name: &'static str,
    keys: Keys,
    /// What can be read of it beside the keys of the table and its own: everything, or these.
    shows: Option<&'static [&'static str]>,
}

struct Shape<'a> {
    table: &'a str,
    keys: Keys,
    indexes: &'a [Index],
    expires_by: Option<&'static str>,
}

const FOLLOWS_INDEXES: [Index; 1] = [Index {
    name: FOLLOWED_BY,
    keys: (TARGET, Some(USER)),
    // Counts are items of the table, and so of the index: they change without a write to it, since it shows none.
    shows: Some(&[CREATED_AT]),
}];
const STATS_INDEXES: [Index; 2] = [
    Index {
        name: BY_GAME,
        keys: (GAME, Some(USER)),
        shows: Some(&[]),
    },
    Index {
        name: RECENT_GAMES,
        keys: (USER, Some(RECENT_KEY)),
        shows: None,
    },
];

impl DynamoTables {
    fn shapes(&self) -> [Shape<'_>; 3] {
        [
            Shape {
                table: &self.names.follows,
                keys: (USER, Some(TARGET)),
                indexes: &FOLLOWS_INDEXES,
                expires_by: None,
            },
            Shape {
                table: &self.names.presence,
                keys: (USER, None),
                indexes: &[],
                expires_by: Some(EXPIRES_AT),
            },
            Shape {
                table: &self.names.user_game_stats,
                keys: (USER, Some(GAME)),
                indexes: &STATS_INDEXES,
                expires_by: None,
            },
        ]
    }

    /// Makes the tables that aren't there, paid by what is read and written, and waits until they can be used. To be called
    /// again as often as one likes.
    ///
    /// # Errors
    /// When one of them is there with other keys or indexes, or DynamoDB can't be reached or refuses.
    pub async fn create(&self) -> Result<Vec<(String, Made)>, TablesError> {
        let mut made = Vec::new();
        for shape in self.shapes() {
            let how = match self.check_one(&shape).await {
                Ok(()) => Made::Before,
                Err(TablesError::Missing(_)) => {
                    self.create_one(&shape).await?;
                    Made::Now
                }
                Err(error) => return Err(error),
            };
            if let Some(attribute) = shape.expires_by {
                self.expire_by(shape.table, attribute).await?;
            }
            made.push((shape.table.to_owned(), how));
        }
        Ok(made)
    }

    /// Whether the tables are there and what they have to be.
    ///
    /// # Errors
    /// When they are not, or DynamoDB can't be reached.
    pub async fn check(&self) -> Result<(), TablesError> {
        for shape in self.shapes() {
            self.check_one(&shape).await?;
        }
        Ok(())
    }

    async fn check_one(&self, shape: &Shape<'_>) -> Result<(), TablesError> {
        let asking = self.client.describe_table().table_name(shape.table);
        let described = match asking.send().await {
            Ok(answer) => answer.table,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DescribeTableError::is_resource_not_found_exception) =>
            {
                None
            }
            Err(error) => return Err(away(error).into()),
        };
        let Some(described) = described else {
            return Err(TablesError::Missing(shape.table.to_owned()));
        };
        different(shape, &described).map_or(Ok(()), |why| {
            Err(TablesError::Different {
                table: shape.table.to_owned(),
                why,
            })
        })
    }

    async fn create_one(&self, shape: &Shape<'_>) -> Result<(), TablesError> {
        let indexes = shape.indexes.iter().map(index);
        let indexes = indexes.collect::<Result<Vec<_>, _>>()?;
        let created = self
            .client
            .create_table()
            .table_name(shape.table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_key_schema(Some(schema(shape.keys)?))
            .set_attribute_definitions(Some(attributes(shape)?))
            .set_global_secondary_indexes(Some(indexes).filter(|indexes| !indexes.is_empty()))
            .send()
            .await;
        match created {
            Ok(_) => {}
            // Somebody else was as fast; what was made is the same.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(CreateTableError::is_resource_in_use_exception) => {}
            Err(error) => return Err(away(error).into()),
        }
        let waiting = self.client.wait_until_table_exists();
        let waiting = waiting.table_name(shape.table).wait(PATIENCE);
        waiting.await.map_err(away)?;
        Ok(())
    }

    async fn expire_by(&self, table: &str, attribute: &str) -> Result<(), TablesError> {
        let asking = self.client.describe_time_to_live().table_name(table);
        let described = asking.send().await.map_err(away)?;
        let described = described.time_to_live_description;
        if let Some(used) = described.as_ref().and_then(used_to_expire) {
            if used == attribute {
                return Ok(());
            }
            return Err(TablesError::Different {
                table: table.to_owned(),
                why: format!("its items expire by {used:?}, not by {attribute:?}"),
            });
        }
        let wanted = TimeToLiveSpecification::builder()
            .attribute_name(attribute)
            .enabled(true)
            .build()?;
        self.client
            .update_time_to_live()
            .table_name(table)
            .time_to_live_specification(wanted)
            .send()
            .await
            .map_err(away)?;
        Ok(())
    }
}

/// The attribute by which items expire, or soon will.
fn used_to_expire(described: &TimeToLiveDescription) -> Option<&str> {
    match described.time_to_live_status() {
        Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling) => described.attribute_name(),
        _ => None,
    }
}

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, BuildError> {
    let element = KeySchemaElement::builder().attribute_name(name);
    element.key_type(kind).build()
}

fn schema((partition, sort): Keys) -> Result<Vec<KeySchemaElement>, BuildError> {
    let sort = sort.map(|name| key(name, KeyType::Range));
    std::iter::once(key(partition, KeyType::Hash))
        .chain(sort)
        .collect()
}

/// What is used as a key anywhere has to be declared. All of it is text.
fn attributes(shape: &Shape<'_>) -> Result<Vec<AttributeDefinition>, BuildError> {
    let of_indexes = shape.indexes.iter().map(|index| index.keys);
    let mut names: Vec<&str> = std::iter::once(shape.keys)
        .chain(of_indexes)
        .flat_map(|(partition, sort)| std::iter::once(partition).chain(sort))
        .collect();
    names.sort_unstable();
    names.dedup();
    let declared = names.into_iter().map(|name| {
        let declared = AttributeDefinition::builder().attribute_name(name);
        declared.attribute_type(ScalarAttributeType::S).build()
    });
    declared.collect()
}

fn index(index: &Index) -> Result<GlobalSecondaryIndex, BuildError> {
    let projection = match index.shows {
        None => Projection::builder().projection_type(ProjectionType::All),
        Some([]) => Projection::builder().projection_type(ProjectionType::KeysOnly),
        Some(names) => {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            Projection::builder()
                .projection_type(ProjectionType::Include)
                .set_non_key_attributes(Some(names))
        }
    };
    GlobalSecondaryIndex::builder()
        .index_name(index.name)
        .set_key_schema(Some(schema(index.keys)?))
        .projection(projection.build())
        .build()
}

/// In what a table isn't what it has to be.
fn different(shape: &Shape<'_>, described: &TableDescription) -> Option<String> {
    let keys = read_schema(described.key_schema());
    if keys != names(shape.keys) {
        return Some(format!(
            "its keys are {keys:?}, not {:?}",
            names(shape.keys)
        ));
    }
    let indexes = described.global_secondary_indexes().iter();
    let indexes: BTreeMap<&str, Vec<&str>> = indexes
        .filter_map(|index| Some((index.index_name()?, read_schema(index.key_schema()))))
        .collect();
    shape.indexes.iter().find_map(|index| {
        let wanted = names(index.keys);
        match indexes.get(index.name) {
            Some(keys) if *keys == wanted => None,
            Some(keys) => Some(format!(
                "the keys of its index {} are {keys:?}, not {wanted:?}",
                index.name
            )),
            None => Some(format!("it has no index {}", index.name)),
        }
    })
}

fn names((partition, sort): Keys) -> Vec<&'static str> {
    std::iter::once(partition).chain(sort).collect()
}

/// The partition key comes first, whatever order it is told in.
fn read_schema(schema: &[KeySchemaElement]) -> Vec<&str> {
    let mut keys: Vec<&KeySchemaElement> = schema.iter().collect();
    keys.sort_by_key(|key| *key.key_type() != KeyType::Hash);
    keys.into_iter()
        .map(KeySchemaElement::attribute_name)
        .collect()
}
