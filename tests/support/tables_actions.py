"""Forgejo's Actions tables as its Go structs have them, 7.0.16 to 16 (`models/actions`, `models/secret`).

One line per column: `name TYPE tags ; majors`. TYPE is xorm's (BIGINT is Go's int64 and TimeStamp, VARCHAR(255) a plain
Go string), the tags are xorm's, majors are inclusive: `15-` from 15 on, `-13` up to 13, `9-13`; none means all.
A column whose place or tag changed has a line per form. `definitions.py` reads and renders this.
"""

ACTION_RUNNER = """
id              BIGINT PK AUTOINCR
uuid            CHAR(36) UNIQUE
name            VARCHAR(255)
version         VARCHAR(64)
owner_id        BIGINT INDEX
repo_id         BIGINT INDEX
description     TEXT
base            INT
repo_range      VARCHAR(255)
token_hash      VARCHAR(255) UNIQUE
token_salt      VARCHAR(255)
last_online     BIGINT INDEX
last_active     BIGINT INDEX
agent_labels    TEXT
ephemeral       BOOL NOT NULL DEFAULT false ; 15-
created         BIGINT
updated         BIGINT
deleted         BIGINT
"""

ACTION_RUNNER_TOKEN = """
id              BIGINT PK AUTOINCR
token           VARCHAR(255) UNIQUE
owner_id        BIGINT INDEX ; -14
owner_id        BIGINT INDEX REFERENCES(user) ; 15-
repo_id         BIGINT INDEX ; -14
repo_id         BIGINT INDEX REFERENCES(repository) ; 15-
is_active       BOOL
created         BIGINT
updated         BIGINT
deleted         BIGINT ; -14
"""

ACTION_TASKS_VERSION = """
id              BIGINT PK AUTOINCR
owner_id        BIGINT UNIQUE(owner_repo)
repo_id         BIGINT INDEX UNIQUE(owner_repo)
version         BIGINT
created_unix    BIGINT
updated_unix    BIGINT
"""

ACTION_TASK = """
id              BIGINT PK AUTOINCR
job_id          BIGINT ; -12
job_id          BIGINT INDEX ; 13-
attempt         BIGINT
runner_id       BIGINT INDEX ; -14
runner_id       BIGINT INDEX INDEX(request_key) ; 15-
status          INT INDEX
started         BIGINT INDEX
stopped         BIGINT ; -8
stopped         BIGINT INDEX(stopped_log_expired) ; 9-
repo_id         BIGINT INDEX
owner_id        BIGINT INDEX
commit_sha      VARCHAR(255) INDEX
is_fork_pull_request BOOL
token_hash      VARCHAR(255) UNIQUE
token_salt      VARCHAR(255)
token_last_eight VARCHAR(255) INDEX
log_filename    VARCHAR(255)
log_in_storage  BOOL
log_length      BIGINT
log_size        BIGINT
log_indexes     LONGBLOB
log_expired     BOOL ; -8
log_expired     BOOL INDEX(stopped_log_expired) ; 9-
runner_request_key VARCHAR(255) INDEX(request_key) ; 15-
created         BIGINT
updated         BIGINT INDEX
"""

ACTION_RUN = """
id              BIGINT PK AUTOINCR
title           VARCHAR(255)
repo_id         BIGINT INDEX UNIQUE(repo_index) ; -13
repo_id         BIGINT INDEX UNIQUE(repo_index) INDEX(concurrency) ; 14-
owner_id        BIGINT INDEX
workflow_id     VARCHAR(255) INDEX
workflow_directory VARCHAR(255) NOT NULL DEFAULT '.forgejo/workflows' ; 14-
index           BIGINT INDEX UNIQUE(repo_index)
trigger_user_id BIGINT INDEX
schedule_id     BIGINT
ref             VARCHAR(255) INDEX
commit_sha      VARCHAR(255)
is_fork_pull_request BOOL ; -13
need_approval   BOOL ; -13
approved_by     BIGINT INDEX ; -13
event           VARCHAR(255)
event_payload   LONGTEXT
trigger_event   VARCHAR(255)
status          INT INDEX
version         INT DEFAULT 0
started         BIGINT
stopped         BIGINT
previous_duration BIGINT
created         BIGINT
updated         BIGINT
notify_email    BOOL ; 12-
is_fork_pull_request BOOL ; 14-
pull_request_poster_id BIGINT ; 14-
pull_request_id BIGINT INDEX ; 14-
need_approval   BOOL ; 14-
approved_by     BIGINT INDEX ; 14-
concurrency_group VARCHAR(255) INDEX(concurrency) ; 14-
concurrency_type INT ; 14-
pre_execution_error LONGTEXT ; 13-
pre_execution_error_code BIGINT ; 14-
pre_execution_error_details LONGTEXT ; 14-
pre_execution_warning_codes TEXT ; 16-
pre_execution_warning_details LONGTEXT ; 16-
priority        INT NOT NULL DEFAULT 0 ; 16-
prioritize      BOOL NOT NULL DEFAULT false ; 16-
"""

ACTION_RUN_JOB = """
id              BIGINT PK AUTOINCR
run_id          BIGINT INDEX
repo_id         BIGINT INDEX
owner_id        BIGINT INDEX
commit_sha      VARCHAR(255) INDEX
is_fork_pull_request BOOL
name            VARCHAR(255)
attempt         BIGINT
handle          VARCHAR(255) UNIQUE ; 15-
workflow_payload BLOB
job_id          VARCHAR(255)
needs           TEXT
runs_on         TEXT
task_id         BIGINT
status          INT INDEX
started         BIGINT
stopped         BIGINT
created         BIGINT
updated         BIGINT INDEX
"""

SECRET = """
id              BIGINT PK AUTOINCR
owner_id        BIGINT INDEX UNIQUE(owner_repo_name) NOT NULL
repo_id         BIGINT INDEX UNIQUE(owner_repo_name) NOT NULL DEFAULT 0
name            VARCHAR(255) UNIQUE(owner_repo_name) NOT NULL
data            LONGTEXT ; -12
data            BLOB ; 13-
created_unix    BIGINT NOT NULL
"""

ACTION_VARIABLE = """
id              BIGINT PK AUTOINCR
owner_id        BIGINT UNIQUE(owner_repo_name)
repo_id         BIGINT INDEX UNIQUE(owner_repo_name)
name            VARCHAR(255) UNIQUE(owner_repo_name) NOT NULL
data            LONGTEXT NOT NULL
created_unix    BIGINT NOT NULL
updated_unix    BIGINT
"""
