-- What the clockwork asks for once a second. Each look is a look into a partial index that holds only what waits.

-- name: take_muted
-- Muted incidents whose mute is over, or was last confirmed by another rulebook; locked, so that only one clockwork
-- decides on each.
select * from incidents
where mute is not null and status = 'open' and (muted_until <= $1 or mute->>'rulebook_version' <> $2)
order by muted_until limit $3 for update skip locked;

-- name: confirm_mutes
-- They stay muted by this rulebook. Nothing of theirs has changed, so their version has not either.
update incidents set mute = jsonb_set(mute, '{rulebook_version}', to_jsonb($2::text))
where id = any($1::text[]) and mute is not null;
