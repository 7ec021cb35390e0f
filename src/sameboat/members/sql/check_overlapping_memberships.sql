-- No two memberships of one person in one plan overlap.
SELECT a.ref AS membership, b.ref AS overlaps, a.plan
FROM members_membership AS a
JOIN members_membership AS b
  ON b.plan = a.plan AND b.person_id = a.person_id AND b.id > a.id
WHERE (a.ends_on IS NULL OR b.joined_on < a.ends_on)
  AND (b.ends_on IS NULL OR a.joined_on < b.ends_on)
  AND (a.ends_on IS NULL OR a.ends_on > a.joined_on)
  AND (b.ends_on IS NULL OR b.ends_on > b.joined_on)
