"""Forgejo's tables around the Actions ones, from `models/repo`, `models/user` and the migration packages, 7.0.16 to 16.

Written as `tables_actions.py` explains.
"""

REPOSITORY = """
id              BIGINT PK AUTOINCR
owner_id        BIGINT UNIQUE(s) INDEX
owner_name      VARCHAR(255)
lower_name      VARCHAR(255) UNIQUE(s) INDEX NOT NULL
name            VARCHAR(255) INDEX NOT NULL
description     TEXT
website         VARCHAR(2048)
original_service_type INT INDEX
original_url    VARCHAR(2048)
default_branch  VARCHAR(255)
wiki_branch     VARCHAR(255)
num_watches     INT
num_stars       INT
num_forks       INT
num_issues      INT ; -13
num_closed_issues INT ; -13
num_pulls       INT ; -13
num_closed_pulls INT ; -13
num_milestones  INT NOT NULL DEFAULT 0
num_closed_milestones INT NOT NULL DEFAULT 0
num_projects    INT NOT NULL DEFAULT 0
num_closed_projects INT NOT NULL DEFAULT 0
num_action_runs INT NOT NULL DEFAULT 0 ; -13
num_closed_action_runs INT NOT NULL DEFAULT 0 ; -13
is_private      BOOL INDEX
is_empty        BOOL INDEX
is_archived     BOOL INDEX
is_mirror       BOOL INDEX
status          INT NOT NULL DEFAULT 0
is_fork         BOOL INDEX NOT NULL DEFAULT false
fork_id         BIGINT INDEX
is_template     BOOL INDEX NOT NULL DEFAULT false
template_id     BIGINT INDEX
size            BIGINT NOT NULL DEFAULT 0
git_size        BIGINT NOT NULL DEFAULT 0
lfs_size        BIGINT NOT NULL DEFAULT 0
is_fsck_enabled BOOL NOT NULL DEFAULT true
close_issues_via_commit_in_any_branch BOOL NOT NULL DEFAULT false
topics          JSON ; -11
topics          JSON NOT NULL ; 12-
object_format_name VARCHAR(6) NOT NULL DEFAULT 'sha1'
trust_model     INT
avatar          VARCHAR(64)
created_unix    BIGINT INDEX
updated_unix    BIGINT INDEX
archived_unix   BIGINT DEFAULT 0
"""

USER = """
id              BIGINT PK AUTOINCR
lower_name      VARCHAR(255) UNIQUE NOT NULL
name            VARCHAR(255) UNIQUE NOT NULL
full_name       VARCHAR(255)
email           VARCHAR(255) NOT NULL
keep_email_private BOOL
email_notifications_preference VARCHAR(20) NOT NULL DEFAULT 'enabled'
passwd          VARCHAR(255) NOT NULL
passwd_hash_algo VARCHAR(255) NOT NULL DEFAULT 'argon2'
must_change_password BOOL NOT NULL DEFAULT false
login_type      INT
login_source    BIGINT NOT NULL DEFAULT 0
login_name      VARCHAR(255)
type            INT
location        VARCHAR(255)
website         VARCHAR(255)
pronouns        VARCHAR(255)
rands           VARCHAR(32)
salt            VARCHAR(32)
language        VARCHAR(5)
description     VARCHAR(255)
created_unix    BIGINT INDEX
updated_unix    BIGINT INDEX
last_login_unix BIGINT INDEX
last_repo_visibility BOOL
max_repo_creation INT NOT NULL DEFAULT -1
is_active       BOOL INDEX
is_admin        BOOL
is_restricted   BOOL NOT NULL DEFAULT false
allow_git_hook  BOOL
allow_import_local BOOL
allow_create_organization BOOL DEFAULT true
prohibit_login  BOOL NOT NULL DEFAULT false
avatar          VARCHAR(2048) NOT NULL
avatar_email    VARCHAR(255) NOT NULL
use_custom_avatar BOOL
normalized_federated_uri VARCHAR(255) ; 8-11
num_followers   INT
num_following   INT NOT NULL DEFAULT 0
num_stars       INT
num_repos       INT
num_teams       INT
num_members     INT
visibility      INT NOT NULL DEFAULT 0
repo_admin_change_team_access BOOL NOT NULL DEFAULT false
diff_view_style VARCHAR(255) NOT NULL DEFAULT ''
theme           VARCHAR(255) NOT NULL DEFAULT ''
keep_activity_private BOOL NOT NULL DEFAULT false
keep_pronouns_private BOOL NOT NULL DEFAULT false ; 11-
enable_repo_unit_hints BOOL NOT NULL DEFAULT true
"""

REPO_UNIT = """
id              BIGINT PK AUTOINCR
repo_id         BIGINT INDEX(s)
type            INT INDEX(s)
config          TEXT
created_unix    BIGINT INDEX
default_permissions INT NOT NULL DEFAULT 0
"""

PROTECTED_BRANCH = """
id              BIGINT PK AUTOINCR
repo_id         BIGINT UNIQUE(s)
branch_name     VARCHAR(255) UNIQUE(s)
can_push        BOOL NOT NULL DEFAULT false
enable_whitelist BOOL
whitelist_user_i_ds TEXT
whitelist_team_i_ds TEXT
enable_merge_whitelist BOOL NOT NULL DEFAULT false
whitelist_deploy_keys BOOL NOT NULL DEFAULT false
merge_whitelist_user_i_ds TEXT
merge_whitelist_team_i_ds TEXT
enable_status_check BOOL NOT NULL DEFAULT false
status_check_contexts TEXT
enable_approvals_whitelist BOOL NOT NULL DEFAULT false
approvals_whitelist_user_i_ds TEXT
approvals_whitelist_team_i_ds TEXT
required_approvals BIGINT NOT NULL DEFAULT 0
block_on_rejected_reviews BOOL NOT NULL DEFAULT false
block_on_official_review_requests BOOL NOT NULL DEFAULT false
block_on_outdated_branch BOOL NOT NULL DEFAULT false
dismiss_stale_approvals BOOL NOT NULL DEFAULT false
ignore_stale_approvals BOOL NOT NULL DEFAULT false
require_signed_commits BOOL NOT NULL DEFAULT false
protected_file_patterns TEXT
unprotected_file_patterns TEXT
apply_to_admins BOOL NOT NULL DEFAULT false
created_unix    BIGINT
updated_unix    BIGINT
"""

VERSION = """
id              BIGINT PK AUTOINCR
version         BIGINT
"""

FORGEJO_VERSION = VERSION

FORGEJO_SEM_VER = """
version         VARCHAR(255)
"""

FORGEJO_MIGRATION = """
id              VARCHAR(255) PK
created_unix    BIGINT
"""
