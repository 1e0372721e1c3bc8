-- What a wish for a review has cost so far, and how often a model failed it: attempts that wait for something else don't count.
alter table review_tasks
    add column model_failures    smallint not null default 0,
    add column prompt_tokens     bigint   not null default 0,
    add column completion_tokens bigint   not null default 0;

-- A review that goes, as those of a deleted user do, is looked for among the wishes.
create index review_tasks_review on review_tasks (review_id) where review_id is not null;
