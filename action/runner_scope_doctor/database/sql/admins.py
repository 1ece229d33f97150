"""The SELECT by which a server's site admins are counted. It reads no secret."""

from __future__ import annotations

from runner_scope_doctor.database.statement import Statement

# Who can act as a site admin now: Forgejo lets nobody in who is not active or may not sign in, nor by a token
# (`routers/api/shared/middleware.go`, 16). The types are a person, 0, and a bot, 4, which has tokens too
# (`models/user/user.go`); organisations, reserved names and users of other servers act here as nobody.
SELECT_SITE_ADMINS = Statement("""
SELECT u.id, u.name
  FROM "user" AS u
 WHERE u.is_admin = TRUE AND u.is_active = TRUE AND u.prohibit_login = FALSE AND u.type IN (0, 4)
 ORDER BY u.id LIMIT :limit""")
