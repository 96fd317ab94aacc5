-- Reports with their petitioner, who is masked before anything leaves the hub.

-- name: of_incident
select r.report_id, r.feed, r.source_id, r.revision, r.raw_id, r.incident_id, r.occurred_at, r.received_at, r.updated_at,
       r.rulebook_version, r.document, p.name as petitioner_name, p.phone as petitioner_phone, p.secret as petitioner_secret
from reports r
left join petitioners p using (report_id)
where r.incident_id = $1
order by r.received_at desc, r.report_id
limit $2;

-- name: first_of_incident
select r.report_id, r.feed, r.source_id, r.revision, r.raw_id, r.incident_id, r.occurred_at, r.received_at, r.updated_at,
       r.rulebook_version, r.document, p.name as petitioner_name, p.phone as petitioner_phone, p.secret as petitioner_secret
from reports r
left join petitioners p using (report_id)
where r.incident_id = $1
order by r.received_at, r.report_id
limit 1;

-- name: one
select r.report_id, r.feed, r.source_id, r.revision, r.raw_id, r.incident_id, r.occurred_at, r.received_at, r.updated_at,
       r.rulebook_version, r.document, p.name as petitioner_name, p.phone as petitioner_phone, p.secret as petitioner_secret
from reports r
left join petitioners p using (report_id)
where r.report_id = $1;

-- name: earlier
select revision, raw_id, filed_at, stale, rulebook_version, document
from report_revisions
where report_id = $1
order by revision desc, filed_at desc
limit $2;
