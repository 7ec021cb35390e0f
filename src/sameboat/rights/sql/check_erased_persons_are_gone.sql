-- Of an erased person no name, document, phone, declaration or open membership is there.
SELECT person.ref
FROM identity_person AS person
WHERE person.erased_at IS NOT NULL
    AND (
        person.sealed_name IS NOT NULL
        OR person.sealed_document_number IS NOT NULL
        OR EXISTS (
            SELECT FROM members_membership AS membership
            WHERE membership.person_id = person.id AND membership.ends_on IS NULL
        )
        OR EXISTS (
            SELECT FROM members_healthdeclaration AS declaration
            JOIN members_membership AS membership ON membership.id = declaration.membership_id
            WHERE membership.person_id = person.id
        )
        OR EXISTS (
            SELECT FROM identity_login AS login
            WHERE login.person_id = person.id AND NOT login.is_staff
                AND (login.sealed_phone IS NOT NULL OR login.is_active)
        )
        OR EXISTS (
            SELECT FROM identity_personindex AS mark
            WHERE mark.person_id = person.id AND mark.kept_until IS NULL
        )
    )
