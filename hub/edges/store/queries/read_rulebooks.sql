-- The texts behind the versions that decisions name.

-- name: texts
select files
from rulebooks
where version = $1;
