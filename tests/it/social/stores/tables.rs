//! Making the tables.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveStatus,
};
use social::{Made, TablesError};

use super::World;
use crate::harness::aws;

#[tokio::test]
async fn tables_are_made_once_and_presence_expires_by_itself() {
    let world = World::at(aws::endpoint().await).await;
    let (store, client, tables) = world.dynamodb.as_ref().unwrap();
    let missing = store.check_tables().await.unwrap_err();
    assert!(missing.to_string().contains("create-tables"), "{missing}");
    for want in [Made::Now, Made::Before] {
        let made = store.create_tables().await.unwrap();
        let names: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [&tables.follows, &tables.presence, &tables.user_game_stats]
        );
        assert!(made.iter().all(|(_, made)| *made == want), "{made:?}");
    }
    store.check_tables().await.unwrap();
    let expiry = client
        .describe_time_to_live()
        .table_name(&tables.presence)
        .send()
        .await
        .unwrap()
        .time_to_live_description
        .unwrap();
    assert_eq!(expiry.attribute_name(), Some("expiresAt"));
    assert_eq!(
        expiry.time_to_live_status(),
        Some(&TimeToLiveStatus::Enabled)
    );
}

#[tokio::test]
async fn what_is_missing_is_made_and_somebody_elses_table_is_left_alone() {
    let world = World::at(aws::endpoint().await).await;
    let (store, client, tables) = world.dynamodb.as_ref().unwrap();
    let key = KeySchemaElement::builder()
        .attribute_name("order")
        .key_type(KeyType::Hash);
    let attribute = AttributeDefinition::builder()
        .attribute_name("order")
        .attribute_type(ScalarAttributeType::S);
    client
        .create_table()
        .table_name(&tables.user_game_stats)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key.build().unwrap())
        .attribute_definitions(attribute.build().unwrap())
        .send()
        .await
        .unwrap();
    let error = store.create_tables().await.unwrap_err();
    let TablesError::Different { table, why } = &error else {
        panic!("{error}");
    };
    assert_eq!(table, &tables.user_game_stats);
    assert!(why.contains("order"), "{why}");
    client
        .delete_table()
        .table_name(&tables.user_game_stats)
        .send()
        .await
        .unwrap();
    // The others were made before it was come to.
    let made = store.create_tables().await.unwrap();
    let how: Vec<Made> = made.into_iter().map(|(_, made)| made).collect();
    assert_eq!(how, [Made::Before, Made::Before, Made::Now]);
}
