-- Drafts of rule authors.

-- name: list
select d.id, d.title, d.base_version, d.opened_by, d.opened_at, d.activated_at, f.changed_files, l.changed_by, l.changed_at
from rule_drafts d
cross join lateral (
    select count(*) filter (where text is distinct from base) as changed_files
    from rule_draft_files where draft_id = d.id
) f
left join lateral (
    select changed_by, changed_at from rule_draft_files
    where draft_id = d.id and revision > 0 order by changed_at desc limit 1
) l on true
where $1::uuid is null or d.id = $1
order by d.opened_at desc, d.id
limit $2;

-- name: count
select count(*) from rule_drafts;

-- name: open
insert into rule_drafts (id, title, base_version, opened_by, opened_at) values ($1, $2, $3, $4, $5);

-- name: open_files
insert into rule_draft_files (draft_id, file, base, text, revision, changed_by, changed_at)
select $1, file, text, text, 0, $4, $5 from unnest($2::text[], $3::text[]) as new (file, text);

-- name: files
select file, revision, changed_by, changed_at, text is distinct from base as changed, text is null as removed
from rule_draft_files
where draft_id = $1
order by file;

-- name: file
select file, base, text, revision, changed_by, changed_at, text is distinct from base as changed, text is null as removed
from rule_draft_files
where draft_id = $1 and file = $2;

-- name: texts
select file, base, text from rule_draft_files where draft_id = $1 order by file;

-- name: save
-- Nothing is overwritten that the author has not seen.
update rule_draft_files set text = $3, revision = revision + 1, changed_by = $4, changed_at = $5
where draft_id = $1 and file = $2 and revision = $6
returning revision;

-- name: add
insert into rule_draft_files (draft_id, file, base, text, revision, changed_by, changed_at)
values ($1, $2, null, $3, 1, $4, $5)
on conflict (draft_id, file) do nothing
returning revision;

-- name: drop
delete from rule_drafts where id = $1 returning id;

-- name: cases_of_version
-- The cases that were written with a rulebook that a draft became.
select f.file, f.text
from rule_draft_files f
where f.text is not null and f.file like 'cases/%'
  and f.draft_id = (select id from rule_drafts where base_version = $1 and activated_at is not null
                    order by activated_at desc limit 1);

-- name: lock
select base_version from rule_drafts where id = $1 for update;

-- name: rebase
update rule_drafts set base_version = $2, activated_at = $3 where id = $1;

-- name: forget_removed
delete from rule_draft_files where draft_id = $1 and text is null;

-- name: rebase_files
update rule_draft_files set base = text where draft_id = $1 and base is distinct from text;
